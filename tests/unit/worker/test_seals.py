"""The chain of seals: what it covers, what it tolerates, that it may be made by several at once."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from msgspec.structs import asdict
from tests.unit.app.state.conftest import NOW, write_event
from tests.unit.worker.conftest import KEY

from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.services.actiontrail import seals
from juyong.services.actiontrail.seals import GRACE_SECONDS, head_of, holds, verify_seals
from juyong.services.actiontrail.tables import SealMarkRow, SealRow
from juyong.services.identity.facade import NewAccount
from juyong.store.executor import Executor
from juyong.store.finding import Finding
from juyong.store.table import spec_of


def add(store: Executor, owner: NewAccount, count: int = 1) -> None:
    for number in range(count):
        store.call(lambda tx, n=number: write_event(tx, owner, KEY, f"Call{n}", NOW))


def seal(store: Executor, after: int) -> seals.Sealed:
    return store.call(lambda tx: seals.seal_events(tx, KEY, Instant(NOW + after)))


def put(store: Executor, row: EventRow) -> None:
    """Insert an event under a seq of our choosing."""
    statement = sa.insert(spec_of(EventRow).table).values(asdict(row))
    store.call(lambda tx: tx.change(statement))  # type: ignore[arg-type]  # no public way


def findings(store: Executor) -> list[Finding]:
    return store.call(lambda tx: list(verify_seals(tx, KEY)))


def blocks(store: Executor) -> list[tuple[int, int, int]]:
    rows = store.call(lambda tx: tx.find(SealRow, order=("number",)))
    return [(row.first_seq, row.last_seq, row.count) for row in rows]


def test_nothing_is_sealed_without_events(store: Executor) -> None:
    for after in (0, 1000):
        assert seal(store, after) == seals.Sealed(0, None, more=False)
    assert findings(store) == []


def test_event_is_sealed_once_it_was_seen_a_grace_period_ago(
    store: Executor, owner: NewAccount
) -> None:
    add(store, owner, 3)
    assert seal(store, 0).blocks == 0
    add(store, owner, 2)
    assert seal(store, GRACE_SECONDS - 1).blocks == 0
    first = seal(store, GRACE_SECONDS)
    assert (first.blocks, blocks(store)) == (1, [(1, 3, 3)])
    assert seal(store, 2 * GRACE_SECONDS - 1).blocks == 0
    assert seal(store, 2 * GRACE_SECONDS).blocks == 1
    assert blocks(store) == [(1, 3, 3), (4, 5, 2)]
    assert seal(store, 9 * GRACE_SECONDS).blocks == 0
    assert findings(store) == []


def test_many_events_take_several_blocks_and_calls(
    store: Executor, owner: NewAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "BLOCK_EVENTS", 4)
    monkeypatch.setattr(seals, "_PAGE", 3)
    add(store, owner, 22)
    seal(store, 0)
    done = seal(store, GRACE_SECONDS)
    assert (done.blocks, done.more) == (4, True)
    done = seal(store, GRACE_SECONDS)
    assert (done.blocks, done.more) == (2, False)
    assert blocks(store)[-1] == (21, 22, 2)
    assert findings(store) == []


def test_gap_in_the_order_and_late_commit_are_tolerated(store: Executor, owner: NewAccount) -> None:
    """As on PostgreSQL: a place is taken, newer events show, then its event does, or never."""
    add(store, owner, 6)
    rows = {row.seq: row for row in store.call(lambda tx: tx.find(EventRow))}
    store.call(lambda tx: [tx.delete(rows[2]), tx.delete(rows[4])])
    seal(store, 0)
    put(store, rows[4])
    assert seal(store, GRACE_SECONDS).blocks == 1
    assert blocks(store) == [(1, 6, 5)]
    assert findings(store) == []


def test_head_is_held_until_the_chain_is_replaced(store: Executor, owner: NewAccount) -> None:
    add(store, owner, 2)
    seal(store, 0)
    head = seal(store, GRACE_SECONDS).head
    assert head is not None
    assert store.call(head_of) == head
    assert store.call(lambda tx: holds(tx, head))
    assert not store.call(lambda tx: holds(tx, replace(head, mac="0" * 64)))
    store.call(lambda tx: [tx.delete(row) for row in tx.find(SealRow)])
    assert not store.call(lambda tx: holds(tx, head))


def test_block_sealed_by_another_process_meanwhile_is_left(
    store: Executor, owner: NewAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, owner, 2)
    seal(store, 0)
    seal(store, GRACE_SECONDS)
    mark = store.call(lambda tx: tx.get(SealMarkRow, 1))
    assert mark is not None
    held = store.call(head_of)
    # What the slower of two sees: the block is not there yet when it looks.
    monkeypatch.setattr(seals, "_last_seal", lambda _tx: None)
    assert seal(store, GRACE_SECONDS).blocks == 0
    monkeypatch.undo()
    assert store.call(head_of) == held
    assert findings(store) == []


def test_block_made_under_another_key_does_not_hold(store: Executor, owner: NewAccount) -> None:
    add(store, owner, 2)
    seal(store, 0)
    seal(store, GRACE_SECONDS)
    wrong = store.call(lambda tx: list(verify_seals(tx, b"x" * 32)))
    assert [finding.code for finding in wrong] == ["audit-seal-broken"]


def test_event_added_into_a_sealed_range_is_found(store: Executor, owner: NewAccount) -> None:
    add(store, owner, 3)
    row = store.call(lambda tx: tx.get(EventRow, 2))
    assert row is not None
    store.call(lambda tx: tx.delete(row))
    seal(store, 0)
    seal(store, GRACE_SECONDS)
    put(store, row)
    assert [finding.code for finding in findings(store)] == ["audit-events-added"]
