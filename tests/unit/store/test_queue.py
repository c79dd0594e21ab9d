"""The queue: one item a key, one worker an item, and no commit without its lease."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.unit.store.conftest import sealer

from juyong.api.registry import load_tables
from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.store import queue
from juyong.store.database import StoreSettings, open_database
from juyong.store.errors import LostLease
from juyong.store.executor import Executor
from juyong.store.queue import Claim, QueueRow
from juyong.store.transaction import Transaction

NOW = Instant(1_800_000_000)
LEASE = 60


def at(seconds: int) -> Instant:
    return Instant(NOW + seconds)


class Queue:
    """The queue's functions, each in a transaction of its own."""

    def __init__(self, store: Executor) -> None:
        self.store = store

    def put(self, key: str = "a", seconds: int = 0, **more: Any) -> bool:
        return self.store.call(lambda tx: queue.put(tx, "k", key, now=at(seconds), **more))

    def claim(self, seconds: int = 0, kind: str = "k") -> Claim | None:
        return self.store.call(
            lambda tx: queue.claim(tx, kind, now=at(seconds), lease_seconds=LEASE)
        )

    def taken(self, seconds: int = 0) -> Claim:
        found = self.claim(seconds)
        assert found is not None
        return found

    def row(self, key: str = "a") -> QueueRow | None:
        return self.store.call(lambda tx: tx.get(QueueRow, "k", key))

    def does(self, work: Callable[..., Any], *args: Any, **more: Any) -> Any:
        return self.store.call(lambda tx: work(tx, *args, **more))


@pytest.fixture
def items(store: Executor) -> Queue:
    return Queue(store)


def test_the_same_key_twice_is_one_item(items: Queue) -> None:
    assert items.put(payload=Secret("first"))
    before = items.row()
    assert not items.put(seconds=5, payload=Secret("second"))
    after = items.row()
    assert before is not None
    assert after is not None
    assert (after.item_id, after.due_at) == (before.item_id, NOW)
    assert after.payload == Secret("second")
    assert items.taken(9).payload == Secret("second")
    assert items.claim(9) is None


def test_an_item_goes_with_the_transaction_that_put_it(items: Queue) -> None:
    def undone(tx: Any) -> None:
        queue.put(tx, "k", "a", now=NOW)
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011  # our own, a line above
        items.store.call(undone)
    assert items.row() is None


@pytest.mark.parametrize(("seconds", "claimed"), [(9, False), (10, True)])
def test_an_item_is_claimed_when_it_is_due(items: Queue, seconds: int, claimed: bool) -> None:
    items.put(due=at(10))
    assert (items.claim(seconds) is not None) is claimed
    assert items.claim(100, kind="other") is None


def test_the_longest_due_is_next(items: Queue) -> None:
    for key, seconds in (("b", 2), ("a", 3), ("c", 1)):
        items.put(key, due=at(seconds))
    assert [items.taken(5).key for _ in range(3)] == ["c", "b", "a"]


@pytest.mark.parametrize(("seconds", "refused"), [(LEASE - 1, False), (LEASE, True)])
def test_nothing_is_committed_after_the_lease(items: Queue, seconds: int, refused: bool) -> None:
    items.put()
    taken = items.taken()
    acts: list[Callable[[Any], Any]] = [
        lambda tx: queue.held(tx, taken, at(seconds)),
        lambda tx: queue.extend(tx, taken, now=at(seconds), seconds=LEASE - seconds),
        lambda tx: queue.fail(tx, taken, now=at(seconds), error="e", seconds=1),
    ]
    for act in acts:
        if refused:
            with pytest.raises(LostLease):
                items.store.call(act)
        else:
            items.store.call(act)
    row = items.row()
    assert row is not None
    assert row.error == ("" if refused else "e")


def test_a_later_claim_shuts_out_the_earlier_one(items: Queue) -> None:
    items.put()
    first, second = items.taken(), items.taken(LEASE)
    assert first.lease != second.lease
    assert (first.item_id, first.attempts) == (second.item_id, second.attempts - 1)
    for seconds in (1, LEASE + 1):
        with pytest.raises(LostLease):
            items.does(queue.finish, first, at(seconds))
    items.does(queue.finish, second, at(LEASE + 1))
    assert items.row() is None
    with pytest.raises(LostLease):
        items.does(queue.finish, second, at(LEASE + 1))


def test_a_lease_is_extended_and_never_cut(items: Queue) -> None:
    items.put()
    taken = items.taken()
    items.does(queue.extend, taken, now=at(10), seconds=100)
    items.does(queue.extend, taken, now=at(20), seconds=5)
    assert items.claim(109) is None
    assert items.claim(110) is not None


def test_what_fails_is_due_again_and_what_is_given_up_stays(items: Queue) -> None:
    items.put()
    first = items.taken()
    items.does(queue.fail, first, now=at(1), error="x" * 500, seconds=30)
    assert items.claim(30) is None
    second = items.taken(31)
    assert (second.attempts, second.item_id) == (2, first.item_id)
    items.does(queue.fail, second, now=at(32), error="y", seconds=None)
    row = items.row()
    assert row is not None
    assert (row.dead_at, row.error) == (at(32), "y")
    assert items.claim(10**6) is None
    assert [r.key for r in items.store.call(lambda tx: list(queue.dead_items(tx)))] == ["a"]
    items.put(seconds=40)
    again = items.taken(40)
    assert (again.attempts, again.item_id != first.item_id) == (1, True)


def test_what_is_put_off_uncounted_was_no_attempt(items: Queue) -> None:
    items.put()
    items.does(queue.put_off, items.taken(), now=NOW, seconds=5, counted=False)
    items.does(queue.put_off, items.taken(5), now=at(5), seconds=5)
    assert items.taken(10).attempts == 2


@pytest.mark.parametrize("end", ["finish", "fail", "put_off", "killed"])
def test_what_is_put_while_a_worker_has_it_is_begun_anew(items: Queue, end: str) -> None:
    items.put(payload=Secret("old"))
    first = items.taken()
    assert not items.put(seconds=1, payload=Secret("new"))
    assert items.claim(2) is None
    if end == "finish":
        items.does(queue.finish, first, at(3))
    elif end == "fail":
        items.does(queue.fail, first, now=at(3), error="e", seconds=None)
    elif end == "put_off":
        items.does(queue.put_off, first, now=at(3), seconds=1000)
    second = items.taken(LEASE if end == "killed" else 3)
    assert (second.payload, second.attempts) == (Secret("new"), 1)
    assert second.item_id != first.item_id
    items.does(queue.finish, second, at(LEASE + 1))
    assert items.row() is None


def test_hastening_and_withdrawing(items: Queue) -> None:
    items.does(queue.hasten, "k", "a", NOW)
    items.does(queue.withdraw, "k", "a")
    items.put(due=at(1000))
    items.does(queue.hasten, "k", "a", NOW)
    taken = items.taken()
    items.does(queue.hasten, "k", "a", NOW)
    assert items.claim(1) is None
    items.does(queue.fail, taken, now=at(2), error="e", seconds=None)
    items.does(queue.hasten, "k", "a", at(3))
    taken = items.taken(3)
    items.does(queue.withdraw, "k", "a")
    with pytest.raises(LostLease):
        items.does(queue.finish, taken, at(4))


def test_depths(items: Queue) -> None:
    assert items.does(queue.depths, NOW) == []
    for key, seconds in (("a", 0), ("b", 5), ("c", 10), ("d", 10**6)):
        items.put(key, due=at(seconds))
    items.does(queue.fail, items.taken(0), now=at(1), error="e", seconds=None)
    assert items.does(queue.depths, at(7)) == [queue.Depth("k", 3, 1, at(5))]
    assert items.does(queue.next_due, "k") == at(5)
    assert items.does(queue.next_due, "other") is None


def test_a_payload_is_sealed(items: Queue, url: str) -> None:
    items.put(payload=Secret("hunter2"))
    stored = items.store.call(
        lambda tx: tx._connection.execute("SELECT payload FROM store_queue", ()).fetchall()  # type: ignore[attr-defined]
    )
    assert b"hunter2" not in bytes(stored[0][0])


def test_of_two_servers_workers_each_item_is_committed_by_one(items: Queue, url: str) -> None:
    keys = [f"i{number:02}" for number in range(24)]
    for key in keys:
        items.put(key)
    servers = [open_database(StoreSettings(url=url), sealer(), load_tables) for _ in range(2)]
    committed: list[str] = []

    def work(store: Executor) -> None:
        while True:
            taken = store.call(lambda tx: queue.claim(tx, "k", now=NOW, lease_seconds=LEASE))
            if taken is None:
                return

            def finish(tx: Transaction, taken: Claim = taken) -> str:
                queue.finish(tx, taken, NOW)
                return taken.key

            committed.append(store.call(finish))

    try:
        with ThreadPoolExecutor(6) as pool:
            for done in [pool.submit(work, servers[number % 2]) for number in range(6)]:
                done.result()
    finally:
        for server in servers:
            server.close()
    assert sorted(committed) == keys
