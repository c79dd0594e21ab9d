"""What a query opens: each log in one file, opened once, gone when there is no room."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import parquet
from tests.unit.logs.groups import INDEX, NOW, Logstore
from tests.unit.logs.test_turnover import Turning

from juyong.blobs.tables import BlobRow
from juyong.logs import opening
from juyong.logs.opening import Opener, Wanted, pieces_of
from juyong.logs.segments import DamagedLogs


@pytest.fixture
def opener(logstore: Logstore) -> Iterator[Opener]:
    platform = logstore.running.pipeline.platform
    made = Opener(platform.disk, platform.segments)
    yield made
    made.close()


def wanted(turning: Turning, first: int = 0, behind: int = 2**32) -> Wanted:
    found = turning.searched(first, behind)

    def blob(blob_id: str) -> BlobRow:
        row = turning.call(lambda tx: tx.get(BlobRow, blob_id))
        assert row is not None
        return row

    files = tuple((each, blob(each.blob_id), blob(each.words_id)) for each in found.files)
    return Wanted(files=files, waiting=found.batches, index=INDEX)


def texts(opener: Opener, what: Wanted) -> list[str]:
    with opener.opened(what) as files:
        tables = [parquet.read_table(each.path, columns=["_values"]) for each in files]
        assert [table.num_rows for table in tables] == [each.rows for each in files]
        return sorted(each["_values"][0] for table in tables for each in table.to_pylist())


def opened_files(opener: Opener) -> set[Path]:
    return {each for each in opener._folder.path.iterdir() if each.suffix != ".words"}


def test_each_log_is_opened_once(logstore: Logstore, opener: Opener) -> None:
    turning = Turning(logstore)
    logstore.index()
    for number, text in enumerate("abcd"):
        logstore.put(text, shard=number % 2)
    assert turning.commit(turning.portion())
    for number, text in enumerate("efg"):
        logstore.put(text, shard=number % 2)
    assert texts(opener, wanted(turning)) == [*"abcdefg"]
    before = opened_files(opener)
    assert texts(opener, wanted(turning)) == [*"abcdefg"]
    assert opened_files(opener) == before
    assert all(each.stat().st_mode & 0o077 == 0 for each in [opener._folder.path])
    assert turning.commit(turning.portion())
    assert texts(opener, wanted(turning)) == [*"abcdefg"]


def test_pieces_that_are_full_stay_as_they_are(
    logstore: Logstore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "_PIECE_LOGS", 2)
    turning = Turning(logstore)
    logstore.index()
    seen: list[list[list[int]]] = []
    for number in range(5):
        logstore.put(str(number))
        logstore.put("other", shard=1)
        pieces = pieces_of(turning.searched().batches)
        seen.append([[row.sequence for row in piece] for piece in pieces if piece[0].shard == 0])
    assert seen == [[[0]], [[0, 1]], [[0, 1], [2]], [[0, 1], [2, 3]], [[0, 1], [2, 3], [4]]]


def test_queries_of_other_times_open_other_batches(logstore: Logstore, opener: Opener) -> None:
    """Although the first and the last batch are the same."""
    turning = Turning(logstore)
    logstore.index()
    for text, at in (("a", NOW), ("b", NOW + 100), ("c", NOW + 1)):
        logstore.put(text, at=at)
    assert texts(opener, wanted(turning, NOW, NOW + 50)) == ["a", "c"]
    assert texts(opener, wanted(turning)) == ["a", "b", "c"]


def test_what_no_query_reads_goes_when_there_is_no_room(logstore: Logstore) -> None:
    platform = logstore.running.pipeline.platform
    opener = Opener(platform.disk, platform.segments, most_bytes=0)
    turning = Turning(logstore)
    logstore.index()
    logstore.put("a")
    with opener.opened(wanted(turning)) as files:
        assert texts(opener, wanted(turning)) == ["a"]
        assert Path(files[0].path).exists()
    assert not opened_files(opener)
    opener.close()
    assert not opener._folder.path.exists()


def test_a_damaged_segment_is_not_answered_from(logstore: Logstore, opener: Opener) -> None:
    turning = Turning(logstore)
    logstore.index()
    logstore.put("a", at=NOW)
    (segment,) = [each for each in logstore.running.home.logs.rglob("*") if each.is_file()]
    changed = bytearray(segment.read_bytes())
    changed[-1] ^= 1
    segment.write_bytes(changed)
    with pytest.raises(DamagedLogs), opener.opened(wanted(turning)):
        pass
    logstore.put("b", shard=1)
    assert not opener._open
