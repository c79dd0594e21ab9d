"""The inventory's tables: current states, history and links, on each database."""

import threading
from collections.abc import Iterable
from contextlib import suppress

import pytest

from juyong.base.clock import Instant
from juyong.base.ids import AccountId, RequestId
from juyong.store.executor import Executor
from juyong.store.inventory import (
    GLOBAL,
    Cause,
    Change,
    Link,
    LinkRow,
    Noted,
    Picture,
    Ref,
    ResourceEventRow,
    ResourceRow,
    links_of,
    merged,
    write,
)
from juyong.store.transaction import Transaction

ACCOUNT = AccountId("1000000000000001")
USER, GROUP = (Ref(ACCOUNT, GLOBAL, f"ACS::Test::{kind}", "1") for kind in ("User", "Group"))
MEMBER = Link("member-of", GROUP)


def noted(change: Change, state: str = "{}", links: Iterable[Link] = (), ref: Ref = USER) -> Noted:
    picture = Picture(state, {"b": "2", "a": "1"}, tuple(links))
    return Noted(change, ref, "name", "acs:test::1:user/name", lambda _tx: picture, linked=True)


def save(store: Executor, *changes: Noted, at: int = 100) -> None:
    store.call(lambda tx: write(tx, changes, Cause(RequestId(f"r{at}"), Instant(at))))


def test_a_resource_has_one_current_row_and_every_state_in_its_history(store: Executor) -> None:
    save(store, noted("created", '{"n":1}'), at=100)
    save(store, noted("updated", '{"n":2}', [MEMBER]), at=200)
    (row,) = store.call(lambda tx: tx.find(ResourceRow))
    assert (row.ref, row.state, row.tags) == (USER, '{"n":2}', '{"a":"1","b":"2"}')
    assert (row.since, row.at, row.request_id) == (100, 200, "r200")
    assert links_of(row.links) == (MEMBER,)
    events = store.call(lambda tx: tx.find(ResourceEventRow, order=("seq",)))
    assert [(e.change, e.snapshot, e.whole) for e in events] == [
        ("created", '{"n":1}', True),
        ("updated", '{"n":2}', True),
    ]


def test_links_follow_the_last_picture(store: Executor) -> None:
    other = Link("member-of", GROUP._replace(resource_id="2"))
    save(store, noted("created", links=[MEMBER]))
    assert [r.link for r in store.call(lambda tx: tx.find(LinkRow))] == [MEMBER]
    save(store, noted("updated", links=[other]))
    assert [r.link for r in store.call(lambda tx: tx.find(LinkRow))] == [other]
    save(store, noted("deleted", links=[other]))
    assert not store.call(lambda tx: tx.find(LinkRow) + tx.find(ResourceRow))


def test_a_resource_that_comes_back_begins_anew(store: Executor) -> None:
    save(store, noted("created"), at=100)
    both = [noted("deleted"), noted("created", '{"n":3}')]
    save(store, *both, at=300)
    (row,) = store.call(lambda tx: tx.find(ResourceRow))
    assert (row.state, row.since) == ('{"n":3}', 300)


def test_an_undone_savepoint_leaves_no_state(store: Executor) -> None:
    def work(tx: Transaction) -> None:
        write(tx, [noted("created", '{"n":1}')], Cause(RequestId("r"), Instant(1)))
        with suppress(KeyError), tx.savepoint():
            write(tx, [noted("updated", '{"n":2}')], Cause(RequestId("r"), Instant(1)))
            raise KeyError

    store.call(work)
    (row,) = store.call(lambda tx: tx.find(ResourceRow))
    assert row.state == '{"n":1}'
    assert store.call(lambda tx: tx.count(ResourceEventRow)) == 1


@pytest.mark.parametrize(
    ("before", "now", "together"),
    [
        ("created", "updated", "created"),
        ("created", "deleted", None),
        ("updated", "updated", "updated"),
        ("updated", "deleted", "deleted"),
        ("deleted", "created", "updated"),
    ],
)
def test_changes_of_one_call_become_one(before: Change, now: Change, together: str | None) -> None:
    made = merged(noted(before), noted(now, '{"n":2}'))
    assert (made.change if made else None) == together


def test_positions_rise_in_the_order_of_commits(store: Executor) -> None:
    """Who has a position that is not committed yet keeps others from committing a higher one."""
    second = threading.Thread(target=lambda: save(store, noted("created")))

    def first(tx: Transaction) -> bool:
        write(tx, [noted("created", ref=GROUP)], Cause(RequestId("first"), Instant(1)))
        tx.flush()
        second.start()
        second.join(0.3)
        return second.is_alive()

    assert store.call(first)
    second.join(20)
    events = store.call(lambda tx: tx.find(ResourceEventRow, order=("seq",)))
    assert [e.request_id for e in events] == ["first", "r100"]
