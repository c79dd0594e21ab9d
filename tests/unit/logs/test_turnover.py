"""Each batch becomes part of one file, and queries see each log once."""

import pytest
from tests.unit.logs.groups import INDEX, NOW, Logstore

from juyong.base.clock import Instant
from juyong.blobs.arrived import Blob
from juyong.blobs.blob import written
from juyong.blobs.tables import BlobRow
from juyong.logs import turnover
from juyong.logs.tables import FileRow
from juyong.logs.turnover import LONGEST_WAIT, Portion, Searched, logs_in, portion_of, turn_over


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

    def file(self, portion: Portion) -> Blob:
        texts = [log.contents[0][1] for log in logs_in(self.logstore.segments, portion.batches)]
        return written(self.disk, [",".join(texts).encode()])

    def commit(self, portion: Portion, at: int = NOW) -> bool:
        blob = self.file(portion)
        return self.call(lambda tx: turn_over(tx, portion, blob, Instant(at)))

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


def test_when_a_file_is_made(
    logstore: Logstore, turning: Turning, monkeypatch: pytest.MonkeyPatch
) -> None:
    logstore.index()
    assert not turning.portion().is_enough(Instant(NOW + 10**6))
    logstore.put("a", at=NOW)
    assert not turning.portion().is_enough(Instant(NOW + LONGEST_WAIT - 1))
    assert turning.portion().is_enough(Instant(NOW + LONGEST_WAIT))
    monkeypatch.setattr(turnover, "ENOUGH_LOGS", 2)
    assert not turning.portion().is_enough(NOW)
    logstore.put("b", shard=1)
    assert turning.portion().is_enough(NOW)
