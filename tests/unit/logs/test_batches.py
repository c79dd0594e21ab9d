"""Batches have their places in their shard, and are read from any of them."""

from contextlib import suppress

import pytest
from tests.unit.logs.groups import NOW, Logstore, arrived, group

from juyong.app.platform import Running
from juyong.logs import batches
from juyong.logs.batches import NoSuchStore, TooFarBehind, begin, end, keep, read, since
from juyong.logs.loggroup import BadLogGroup
from juyong.logs.tables import ShardRow
from juyong.store.transaction import Transaction


class _Undo(Exception):
    pass


def undo() -> None:
    raise _Undo


def test_each_shard_counts_for_itself(logstore: Logstore) -> None:
    assert [logstore.put("a"), logstore.put("b", "c"), logstore.put("d", shard=1)] == [0, 1, 0]
    assert logstore.texts() == ["a", "b", "c"]
    assert logstore.texts(shard=1) == ["d"]


def test_calls_of_one_commit_have_places_of_their_own(logstore: Logstore) -> None:
    taken = [arrived(logstore.segments, group(text)) for text in "abc"]

    def all_at_once(tx: Transaction) -> list[int]:
        places = [keep(tx, "s", 0, taken[0], NOW)]
        with suppress(_Undo), tx.savepoint():
            keep(tx, "s", 0, taken[1], NOW)
            undo()
        return [*places, keep(tx, "s", 0, taken[2], NOW)]

    assert logstore.running.store.call(all_at_once) == [0, 1]
    assert logstore.texts() == ["a", "c"]


def test_a_group_that_is_undone_leaves_no_gap(logstore: Logstore) -> None:
    def fails(tx: Transaction) -> None:
        keep(tx, "s", 0, arrived(logstore.segments, group("x")), NOW)
        raise _Undo

    with pytest.raises(_Undo):
        logstore.running.store.call(fails)
    assert logstore.put("a") == 0


def test_nothing_is_kept_elsewhere(logstore: Logstore) -> None:
    taken = arrived(logstore.segments, group("a"))
    with pytest.raises(NoSuchStore):
        logstore.running.store.call(lambda tx: keep(tx, "other", 0, taken, NOW))


def test_a_dropped_store_takes_nothing(logstore: Logstore) -> None:
    logstore.drop()
    with pytest.raises(NoSuchStore):
        logstore.put("a")


def test_a_bad_group_is_refused_before_the_disk(logstore: Logstore) -> None:
    with pytest.raises(BadLogGroup):
        arrived(logstore.segments, b"no group")
    assert not list(logstore.segments.disk.published())


def test_reads_are_bounded(logstore: Logstore, monkeypatch: pytest.MonkeyPatch) -> None:
    for text in "abcde":
        logstore.put(text)
    assert [row.sequence for row in logstore.rows(1, count=2)] == [1, 2]
    assert logstore.rows(5) == []
    call = logstore.running.store.call
    rows = call(lambda tx: read(tx, "s", 0, 1, count=9, until=3))
    assert [row.sequence for row in rows] == [1, 2]
    monkeypatch.setattr(batches, "MOST_READ", 2 * logstore.rows()[0].size)
    assert len(logstore.rows()) == 2
    monkeypatch.setattr(batches, "MOST_READ", 1)
    assert len(logstore.rows()) == 1


def test_cursors_by_arrival(logstore: Logstore, running: Running) -> None:
    call = running.store.call
    assert call(lambda tx: (begin(tx, "s", 0), end(tx, "s", 0), since(tx, "s", 0, 0))) == (0, 0, 0)
    for at in (10, 10, 20):
        logstore.put("a", at=NOW + at)
    assert call(lambda tx: (begin(tx, "s", 0), end(tx, "s", 0))) == (0, 3)
    found = [call(lambda tx, at=at: since(tx, "s", 0, NOW + at)) for at in (0, 10, 11, 20, 21)]
    assert found == [0, 0, 2, 2, 3]


@pytest.mark.parametrize("bound", ["MOST_WAITING_LOGS", "MOST_WAITING_BYTES"])
def test_what_waits_for_columns_is_bounded(
    logstore: Logstore, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    logstore.put("before the index")
    logstore.index()
    logstore.put("a")
    size = logstore.rows()[1].size
    monkeypatch.setattr(
        batches, bound, {"MOST_WAITING_LOGS": 2, "MOST_WAITING_BYTES": 2 * size}[bound]
    )
    logstore.put("b")
    with pytest.raises(TooFarBehind):
        logstore.put("c")
    assert logstore.put("d", shard=1) == 0
    logstore.index(None)
    assert logstore.put("c") == 3


def test_the_numbers_of_a_shard(logstore: Logstore, running: Running) -> None:
    logstore.put("a", "b")
    logstore.put("c")
    head = running.store.call(lambda tx: tx.get(ShardRow, "s", 0))
    assert head is not None
    rows = logstore.rows()
    assert (head.next_sequence, head.logs, head.size) == (2, 3, sum(row.size for row in rows))
