"""What is over goes, row by row and file by file; what is not stays."""

import os
from collections.abc import Callable

import pytest
from tests.unit.logs.groups import NOW, Logstore
from tests.unit.logs.test_turnover import Turning

from juyong.api.bench import Bench
from juyong.app.platform import Running
from juyong.base.clock import Instant
from juyong.blobs.checks import UNKNOWN_SECONDS
from juyong.blobs.tables import BlobRow, GoneBlobRow
from juyong.logs.expiry import expire
from juyong.logs.tables import BatchRow, FileRow, ShardRow, StoreRow, TurnedRow
from juyong.worker.hooks import Hooks
from juyong.worker.logs import remove_segments

DAY = 86_400
TABLES = (StoreRow, ShardRow, TurnedRow, BatchRow, FileRow, BlobRow)


@pytest.fixture
def expired(running: Running) -> Callable[..., int]:
    def run(after: int, most: int = 500) -> int:
        return running.store.call(lambda tx: expire(tx, Instant(NOW + after), most))

    return run


def test_a_sweep_does_it() -> None:
    assert Hooks().sweeps["logs.expiry"] is expire


def test_batches_go_by_their_arrival(logstore: Logstore, expired: Callable[..., int]) -> None:
    for at in (0, 10, 20):
        logstore.put(f"at {at}", at=NOW + at)
    assert expired(DAY) == 0
    assert expired(DAY + 11) == 2
    assert logstore.texts() == ["at 20"]
    assert logstore.put("next") == 3
    logstore.keep_for(3650)
    assert expired(10 * 365 * DAY) == 0


def test_a_sweep_is_bounded(logstore: Logstore, expired: Callable[..., int]) -> None:
    for text in "abcde":
        logstore.put(text, shard=len(text) % 2)
    assert [expired(2 * DAY, 2) for _ in range(4)] == [2, 2, 1, 0]


def test_batches_that_wait_for_columns_stay(
    logstore: Logstore, expired: Callable[..., int], running: Running
) -> None:
    logstore.put("before the index")
    logstore.index()
    logstore.put("a")
    assert expired(2 * DAY) == 1
    turning = Turning(logstore)
    assert turning.commit(turning.portion())
    assert expired(2 * DAY) == 2
    count = running.store.call(lambda tx: [tx.count(t) for t in (*TABLES, GoneBlobRow)])
    assert count == [1, 1, 1, 0, 0, 0, 0]


def test_a_dropped_store_goes_and_others_stay(
    running: Running, logstore: Logstore, expired: Callable[..., int]
) -> None:
    other = Logstore(running, "t")
    for each in (logstore, other):
        each.index()
        each.put("a")
        turning = Turning(each)
        assert turning.commit(turning.portion())
        each.put("b")
    logstore.drop()
    deleted = [expired(0, 3) for _ in range(4)]
    assert deleted == [3, 3, 0, 0]
    assert running.store.call(lambda tx: [tx.count(table) for table in TABLES]) == [
        1,
        1,
        1,
        2,
        1,
        2,
    ]
    assert other.texts() == ["a", "b"]


def test_a_segment_goes_a_day_after_its_last_batch(
    running: Running, logstore: Logstore, expired: Callable[..., int]
) -> None:
    disk = logstore.segments.disk
    kept, gone = Logstore(running, "t"), logstore
    kept.put("stays")
    logstore.segments.close()
    gone.put("goes")
    names = {row.segment_id for each in (kept, gone) for row in each.rows()}
    assert {name for name, _ in disk.published()} == names
    (disk._root / "arriving" / "left").write_bytes(b"of a killed server")
    for path in disk._root.rglob("*"):
        os.utime(path, (NOW, NOW))

    def sweep(after: int) -> set[str]:
        bench = Bench(
            call=running.store.call,
            clock=lambda: Instant(NOW + after),
            platform=running.pipeline.platform,
        )
        remove_segments(bench)
        return {name for name, _ in (*disk.published(), *disk.unpublished())}

    assert sweep(UNKNOWN_SECONDS + 1) == names
    kept.keep_for(3650)
    assert expired(2 * DAY) == 1
    assert sweep(UNKNOWN_SECONDS) == names
    with disk.keeping():
        assert sweep(UNKNOWN_SECONDS + 1) == names
    assert sweep(UNKNOWN_SECONDS + 1) == {kept.rows()[0].segment_id}
    assert kept.texts() == ["stays"]
