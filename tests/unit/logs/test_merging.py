"""Small files become one, each log stays in one file, and what is over is in no answer."""

import msgspec
import pytest
from tests.jobs import work_off
from tests.unit.logs.groups import INDEX, NOW, Logstore
from tests.unit.logs.test_opening import texts, wanted
from tests.unit.logs.test_turnover import Turning

from juyong.api.bench import Bench
from juyong.base.clock import Instant
from juyong.blobs.tables import BlobRow, GoneBlobRow
from juyong.engines.logsearch.columns import read_file, write_file
from juyong.engines.logsearch.index import parse_index
from juyong.engines.logsearch.log import Log
from juyong.logs import merging
from juyong.logs.columns import merged_file_of
from juyong.logs.expiry import expire
from juyong.logs.merging import LONGEST_SPAN, Merge, merge, merge_of
from juyong.logs.opening import Opener
from juyong.logs.tables import FileRow
from juyong.logs.trimming import left_of
from juyong.logs.turnover import LONGEST_WAIT
from juyong.store.queue import QueueRow
from juyong.worker.logs import find_small, merge_small

HOUR, DAY = 3600, 86_400
LATER = NOW + 2 * DAY


class Merging(Turning):
    """A store whose files are made an hour from each other."""

    def file(self, *names: str, shard: int = 0, at: int = NOW) -> None:
        for name in names:
            self.logstore.put(name, shard=shard, at=at)
        assert self.commit(self.portion(), at)

    def wanted(self, at: int = LATER) -> Merge | None:
        return self.call(lambda tx: merge_of(tx, "s", Instant(at)))

    def merge(self, found: Merge, at: int = LATER) -> bool:
        made = merged_file_of(self.disk, found)
        return self.call(lambda tx: merge(tx, found, made, Instant(at)))

    def files(self) -> list[FileRow]:
        return self.call(lambda tx: tx.find(FileRow, order=("last_received_at",)))


@pytest.fixture
def merging_store(logstore: Logstore) -> Merging:
    logstore.index()
    logstore.keep_for(3650)
    return Merging(logstore)


@pytest.fixture
def opener(logstore: Logstore):
    platform = logstore.running.pipeline.platform
    made = Opener(platform.disk, platform.segments)
    yield made
    made.close()


def test_a_file_is_read_back_as_it_was_written(tmp_path):
    logs = [
        Log(
            time=NOW + number,
            time_ns=number or None,
            topic="t",
            source="s",
            tags=(("a", "1"), ("a", "2")),
            contents=(("k", "v"), ("k", f"{number}"), ("", "")),
            sequence=number,
        )
        for number in range(5)
    ]
    file = write_file(logs, parse_index(INDEX), tmp_path / "f")
    assert [*read_file(file.path)] == logs


def test_files_of_a_day_become_one(merging_store: Merging, opener: Opener) -> None:
    for hour in range(3):
        merging_store.file(f"a{hour}", shard=hour % 2, at=NOW + hour * HOUR)
    rows = merging_store.files()
    found = merging_store.wanted()
    assert found is not None
    assert [row for row, _ in found.files] == rows
    assert merging_store.merge(found)
    (file,) = merging_store.files()
    assert (file.logs, file.min_time, file.max_time) == (3, NOW, NOW + 2 * HOUR)
    assert (file.received_at, file.last_received_at) == (NOW, NOW + 2 * HOUR)
    assert (file.index, merging_store.wanted()) == (INDEX, None)
    assert [text for _, text in merging_store.texts(file)] == ["a0", "a1", "a2"]
    assert texts(opener, wanted(merging_store)) == ["a0", "a1", "a2"]
    gone = merging_store.call(lambda tx: {row.blob_id for row in tx.find(GoneBlobRow)})
    kept = merging_store.call(lambda tx: {row.blob_id for row in tx.find(BlobRow)})
    assert not kept & {row.blob_id for row in rows}
    assert gone <= {each for row in rows for each in (row.blob_id, row.words_id)}


def test_files_wait_for_those_that_may_join_them(merging_store: Merging) -> None:
    merging_store.file("a")
    merging_store.file("b", at=NOW + HOUR)
    over = NOW + LONGEST_SPAN + LONGEST_WAIT
    assert merging_store.wanted(over - 1) is None
    assert merging_store.wanted(over) is not None


def test_a_run_that_is_full_does_not_wait(
    merging_store: Merging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "MOST_FILES", 2)
    for name in "abc":
        merging_store.file(name)
    found = merging_store.wanted(NOW)
    assert found is not None
    assert len(found.files) == 2
    assert merging_store.merge(found)
    assert sorted(file.logs for file in merging_store.files()) == [1, 2]


@pytest.mark.parametrize(
    ("bound", "value"),
    [("MOST_LOGS", 3), ("MOST_BYTES", 1), ("SMALL_LOGS", 1), ("SMALL_BYTES", 1)],
)
def test_a_merge_is_bounded(
    merging_store: Merging, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    for _ in range(3):
        merging_store.file("x", "y")
    monkeypatch.setattr(merging, bound, value)
    assert merging_store.wanted() is None


def test_a_merge_spans_a_day_at_most(merging_store: Merging) -> None:
    merging_store.file("a")
    merging_store.file("b", at=NOW + LONGEST_SPAN + 1)
    assert merging_store.wanted(NOW + 10 * DAY) is None
    merging_store.file("c", at=NOW + LONGEST_SPAN + 2)
    found = merging_store.wanted(NOW + 10 * DAY)
    assert found is not None
    assert [row.received_at for row, _ in found.files] == [NOW + DAY + 1, NOW + DAY + 2]


def test_files_of_another_index_are_merged_apart(
    logstore: Logstore, merging_store: Merging
) -> None:
    merging_store.file("a")
    logstore.index('{"keys":{"text":{"type":"text","token":[" "]}}}')
    merging_store.file("b")
    assert merging_store.wanted() is None
    logstore.index(None)
    assert merging_store.wanted() is None
    logstore.index(at=NOW + 5)
    for _ in range(2):
        merging_store.file("c", at=NOW + 6)
    found = merging_store.wanted(LATER)
    assert found is not None
    assert [row.received_at for row, _ in found.files] == [NOW + 6, NOW + 6]
    logstore.drop()
    assert merging_store.wanted() is None


@pytest.mark.parametrize("meanwhile", ["merged", "dropped", "index made anew", "expired"])
def test_a_merge_that_comes_too_late_is_not_kept(
    logstore: Logstore, merging_store: Merging, meanwhile: str
) -> None:
    merging_store.file("a")
    merging_store.file("b")
    found = merging_store.wanted()
    assert found is not None
    made = merged_file_of(merging_store.disk, found)
    if meanwhile == "merged":
        assert merging_store.merge(found)
    elif meanwhile == "dropped":
        logstore.drop()
    elif meanwhile == "expired":
        logstore.keep_for(1)
        merging_store.call(lambda tx: expire(tx, Instant(LATER), 3))
    else:
        logstore.index(None)
        logstore.index(at=NOW + 1)
    before = merging_store.files()
    assert not merging_store.call(lambda tx: merge(tx, found, made, Instant(LATER)))
    assert merging_store.files() == before


def test_what_is_over_is_left_out_of_a_merged_file(
    logstore: Logstore, merging_store: Merging, opener: Opener
) -> None:
    """The file stays until its newest log is over; an answer has no older ones."""
    for hour in range(0, 9, 2):
        merging_store.file(f"a{hour}", shard=hour % 4, at=NOW + hour * HOUR)
    found = merging_store.wanted()
    assert found is not None
    assert merging_store.merge(found)
    logstore.keep_for(1)

    def seen(at: int) -> list[str]:
        row = logstore.row()
        left = merging_store.call(lambda tx: left_of(tx, row, Instant(at)))
        asked = msgspec.structs.replace(wanted(merging_store), left=left)
        return texts(opener, asked)

    step = (NOW // HOUR + 1) * HOUR - NOW
    assert seen(NOW + DAY) == ["a0", "a2", "a4", "a6", "a8"]
    assert seen(NOW + DAY + step) == ["a2", "a4", "a6", "a8"]
    assert seen(NOW + DAY + step + 4 * HOUR) == ["a6", "a8"]
    merging_store.call(lambda tx: expire(tx, Instant(NOW + DAY + step + 4 * HOUR), 100))
    assert seen(NOW + DAY + step + 4 * HOUR) == ["a6", "a8"]
    assert seen(NOW + DAY + step + 9 * HOUR) == []
    merging_store.call(lambda tx: expire(tx, Instant(NOW + DAY + 9 * HOUR), 100))
    assert merging_store.files() == []


def test_the_worker_merges(
    merging_store: Merging, logstore: Logstore, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = logstore.running.pipeline.platform
    bench = Bench(call=logstore.running.store.call, clock=lambda: Instant(LATER), platform=platform)
    find_small(bench)
    assert work_off(merge_small, bench) == 0
    for hour in range(3):
        merging_store.file(f"a{hour}", at=NOW + hour * HOUR)
    find_small(bench)
    find_small(bench)
    assert work_off(merge_small, bench) == 1
    assert [file.logs for file in merging_store.files()] == [3]
    assert merging_store.call(lambda tx: tx.find(QueueRow, kind="logs.merge")) == []


def test_a_worker_that_comes_too_late_leaves_no_file(
    merging_store: Merging, logstore: Logstore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        merging_store.file(name)
    before = merging_store.files()
    calls = []

    def call(work):
        calls.append(work)
        return logstore.running.store.call(work)

    platform = logstore.running.pipeline.platform
    bench = Bench(call=call, clock=lambda: Instant(LATER), platform=platform)
    find_small(bench)
    monkeypatch.setattr("juyong.worker.logs.merge", lambda *_: False)
    monkeypatch.setattr("juyong.worker.logs._MERGES", 1)
    dropped = []
    monkeypatch.setattr("juyong.worker.logs.discard", lambda _disk, files: dropped.extend(files))
    assert work_off(merge_small, bench) == 1
    assert len(dropped) == 1
    assert merging_store.files() == before


def test_a_file_that_went_meanwhile_is_passed_over(
    merging_store: Merging, logstore: Logstore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        merging_store.file(name)
    platform = logstore.running.pipeline.platform
    bench = Bench(call=logstore.running.store.call, clock=lambda: Instant(LATER), platform=platform)

    def gone(*_arguments: object) -> None:
        raise FileNotFoundError

    find_small(bench)
    monkeypatch.setattr("juyong.worker.logs.merged_file_of", gone)
    assert work_off(merge_small, bench) == 1
    assert len(merging_store.files()) == 2
