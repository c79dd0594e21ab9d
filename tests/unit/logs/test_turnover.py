"""Each batch becomes part of one file, and queries see each log once."""

import os
from collections.abc import Iterator

import pytest
from pyarrow import parquet
from tests.jobs import work_off
from tests.unit.logs.groups import INDEX, NOW, Logstore

from juyong.api.bench import Bench
from juyong.base.clock import Instant
from juyong.blobs.arrived import Blob
from juyong.blobs.content import whole
from juyong.blobs.disk import Disk
from juyong.blobs.reading import opened
from juyong.blobs.tables import BlobRow
from juyong.logs import columns, pieces, turnover
from juyong.logs.columns import files_of
from juyong.logs.tables import FileRow
from juyong.logs.turnover import LONGEST_WAIT, Portion, Searched, logs_in, portion_of, turn_over
from juyong.store.errors import Unavailable
from juyong.worker import logs as worker_logs
from juyong.worker.logs import find_due, turn


class Turning:
    """Turns a store over into files that hold the texts of its logs."""

    def __init__(self, logstore: Logstore) -> None:
        self.logstore = logstore
        self.call = logstore.running.store.call
        self.disk = logstore.running.pipeline.platform.disk

    def portion(self) -> Portion:
        found = self.call(lambda tx: portion_of(tx, self.logstore.store_id))
        assert found is not None
        return found

    def commit(self, portion: Portion, at: int = NOW) -> bool:
        files = files_of(self.disk, self.logstore.segments, portion)
        return self.call(lambda tx: turn_over(tx, portion, files, Instant(at)))

    def is_due(self, at: int = NOW) -> bool:
        return self.call(lambda tx: turnover.is_due(tx, self.logstore.store_id, Instant(at)))

    def texts(self, file: FileRow) -> list[tuple[int, str]]:
        """Read sequence and text of each log of a file."""
        row = self.call(lambda tx: tx.get(BlobRow, file.blob_id))
        assert row is not None
        table = parquet.read_table(opened(whole(self.disk, row)), columns=["_seq", "_values"])
        return [(each["_seq"], each["_values"][0]) for each in table.to_pylist()]

    def searched(self, first: int = 0, behind: int = 2**32) -> Searched:
        store = self.logstore.row()
        return self.call(lambda tx: turnover.searched(tx, store, first, behind))


@pytest.fixture
def turning(logstore: Logstore) -> Turning:
    return Turning(logstore)


def test_without_an_index_nothing_is_turned_over(logstore: Logstore, turning: Turning) -> None:
    logstore.put("a")
    assert turning.call(lambda tx: portion_of(tx, "s")) is None
    assert turning.call(lambda tx: portion_of(tx, "other")) is None
    logstore.index()
    logstore.drop()
    assert turning.call(lambda tx: portion_of(tx, "s")) is None


def test_batches_become_a_file_once(logstore: Logstore, turning: Turning) -> None:
    logstore.put("before the index", at=NOW - 5)
    logstore.index()
    for number, text in enumerate("abc"):
        logstore.put(text, shard=number % 2, at=NOW + number)
    portion, again = turning.portion(), turning.portion()
    assert turning.searched().batches == portion.batches
    assert turning.commit(portion)
    assert not turning.commit(again)
    found = turning.searched()
    assert found.batches == ()
    (file,) = found.files
    assert (file.logs, file.min_time, file.max_time) == (3, NOW, NOW + 2)
    assert (file.received_at, file.last_received_at, file.index) == (NOW, NOW + 2, INDEX)
    assert turning.texts(file) == [(1 << 16, "a"), (1, "b"), (2 << 16, "c")]
    logstore.put("d")
    assert [log.contents for log in logs_in(logstore.segments, turning.portion().batches)] == [
        (("text", "d"),)
    ]
    assert logstore.texts() == ["before the index", "a", "c", "d"]


def test_what_comes_meanwhile_is_for_the_next_file(logstore: Logstore, turning: Turning) -> None:
    logstore.index()
    logstore.put("a")
    portion = turning.portion()
    logstore.put("b")
    logstore.put("c", shard=1)
    assert turning.commit(portion)
    assert [row.logs for row in turning.searched().batches] == [1, 1]


@pytest.mark.parametrize("meanwhile", ["index made anew", "store dropped"])
def test_a_file_that_came_too_late_is_not_kept(
    logstore: Logstore, turning: Turning, meanwhile: str
) -> None:
    logstore.index()
    logstore.put("a")
    portion = turning.portion()
    if meanwhile == "store dropped":
        logstore.drop()
    else:
        logstore.index(None)
        logstore.index(at=NOW + 1)
    assert not turning.commit(portion)
    assert turning.call(lambda tx: (tx.count(FileRow), tx.count(BlobRow))) == (0, 0)


def test_an_index_that_is_made_anew_begins_with_what_arrives(
    logstore: Logstore, turning: Turning
) -> None:
    logstore.index()
    logstore.put("a")
    assert turning.commit(turning.portion())
    logstore.put("waits")
    logstore.index(None)
    logstore.index(at=NOW + 1)
    assert turning.searched() == Searched(files=(), batches=())
    logstore.put("b", at=NOW + 1)
    assert turning.commit(turning.portion())
    assert len(turning.searched().files) == 1


def test_another_index_loses_nothing(logstore: Logstore, turning: Turning) -> None:
    logstore.index()
    logstore.put("a")
    assert turning.commit(turning.portion())
    logstore.put("b")
    logstore.index('{"keys":{}}', at=NOW + 1)
    found = turning.searched()
    assert (len(found.files), len(found.batches)) == (1, 1)


def test_a_query_reads_only_what_meets_its_time(logstore: Logstore, turning: Turning) -> None:
    logstore.index()
    logstore.put("a", at=NOW)
    assert turning.commit(turning.portion())
    logstore.put("b", at=NOW + 10)
    counts = [
        (len(found.files), len(found.batches))
        for first, behind in (
            (0, 1),
            (NOW, NOW),
            (NOW, NOW + 1),
            (NOW + 1, NOW + 10),
            (NOW + 10, NOW + 11),
        )
        for found in [turning.searched(first, behind)]
    ]
    assert counts == [(0, 0), (0, 0), (1, 0), (0, 0), (0, 1)]


def test_what_waits_beyond_what_a_query_reads_is_said_to_be_missing(
    logstore: Logstore, turning: Turning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turnover, "MOST_SEARCHED", 2)
    logstore.index()
    for text in ("a", "b", "other shard"):
        logstore.put(text, shard=text == "other shard")
    found = turning.searched()
    assert (found.complete, len(found.batches)) == (True, 3)
    logstore.put("c")
    found = turning.searched()
    assert (found.complete, len(found.batches)) == (False, 3)
    assert not turning.searched(0, 1).complete
    assert turning.commit(turning.portion())
    assert turning.searched().complete


@pytest.mark.parametrize(
    ("bound", "value", "taken"),
    [("MOST_LOGS", 4, [2, 2]), ("MOST_LOGS", 1, [2]), ("MOST_BATCHES", 2, [2, 2])],
)
def test_a_file_is_bounded(
    turning: Turning, monkeypatch: pytest.MonkeyPatch, bound: str, value: int, taken: list[int]
) -> None:
    logstore = turning.logstore
    logstore.index()
    for _ in range(2):
        logstore.put("a", "b")
    logstore.put("c", "d", shard=1)
    monkeypatch.setattr(turnover, bound, value)
    assert [row.logs for row in turning.portion().batches] == taken
    while turning.portion().batches:
        assert turning.commit(turning.portion())
    assert sum(file.logs for file in turning.searched().files) == 6


def test_when_a_file_is_due(turning: Turning, monkeypatch: pytest.MonkeyPatch) -> None:
    logstore = turning.logstore
    logstore.index()
    assert not turning.is_due(NOW + 10**6)
    logstore.put("a", at=NOW)
    assert not turning.is_due(NOW + LONGEST_WAIT - 1)
    assert turning.is_due(NOW + LONGEST_WAIT)
    for bound in ("ENOUGH_LOGS", "MOST_BATCHES"):
        with monkeypatch.context() as patched:
            patched.setattr(turnover, bound, 2)
            assert not turning.is_due()
    logstore.put("b", shard=1)
    for bound in ("ENOUGH_LOGS", "MOST_BATCHES", "MOST_BYTES"):
        with monkeypatch.context() as patched:
            patched.setattr(turnover, bound, 2)
            assert turning.is_due()


def test_a_long_batch_becomes_several_files(
    turning: Turning, monkeypatch: pytest.MonkeyPatch
) -> None:
    turning.logstore.index()
    turning.logstore.put("a", "b", "c")
    monkeypatch.setattr(pieces, "MOST_ROWS", 2)
    assert turning.commit(turning.portion())
    found = [turning.texts(file) for file in turning.searched().files]
    assert sorted(found) == [[(0, "a"), (1 << 16, "b")], [(2 << 16, "c")]]


def test_files_of_a_portion_that_fails_are_removed(
    turning: Turning, monkeypatch: pytest.MonkeyPatch
) -> None:
    turning.logstore.index()
    turning.logstore.put(os.urandom(40_000).hex(), "b")
    portion = turning.portion()
    monkeypatch.setattr(pieces, "MOST_ROWS", 1)
    real, calls = columns.written, []

    def fails(disk: Disk, parts: Iterator[bytes]) -> Blob:
        calls.append(disk)
        if len(calls) > 3:
            raise Unavailable("full")
        return real(disk, parts)

    monkeypatch.setattr(columns, "written", fails)
    with pytest.raises(Unavailable, match="full"):
        files_of(turning.disk, turning.logstore.segments, portion)
    assert not [*turning.disk.published(), *turning.disk.unpublished()]


def test_the_worker_makes_files_of_what_is_due(
    turning: Turning, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, clock = turning.logstore.running, [NOW]
    bench = Bench(
        call=running.store.call,
        clock=lambda: Instant(clock[0]),
        platform=running.pipeline.platform,
    )
    Logstore(running, "without an index").put("x")
    turning.logstore.index()
    turning.logstore.put("a")
    find_due(bench)
    assert work_off(turn, bench) == 0
    clock[0] += LONGEST_WAIT
    find_due(bench)
    find_due(bench)
    assert work_off(turn, bench) == 1
    assert turning.searched().batches == ()
    (file,) = turning.searched().files
    assert turning.texts(file) == [(0, "a")]


def test_a_turn_that_comes_too_late_leaves_no_file(
    turning: Turning, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = turning.logstore.running
    bench = Bench(
        call=running.store.call,
        clock=lambda: Instant(NOW + LONGEST_WAIT),
        platform=running.pipeline.platform,
    )
    turning.logstore.index()
    turning.logstore.put(os.urandom(40_000).hex())

    def meanwhile(*given: object) -> object:
        files = files_of(*given)  # type: ignore[arg-type]
        assert turning.commit(turning.portion())
        return files

    monkeypatch.setattr(worker_logs, "files_of", meanwhile)
    find_due(bench)
    assert work_off(turn, bench) == 1
    (file,) = turning.searched().files
    assert [name for name, _ in turning.disk.published()] == [file.blob_id]
