"""Logs under a data key: nothing that the platform's own keys open tells them."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.unit.logs.groups import INDEX, NOW, Logstore, group
from tests.unit.logs.test_opening import texts
from tests.unit.logs.test_turnover import Turning

from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.blobs.arrived import Blob
from juyong.blobs.blocks import DamagedBlob
from juyong.blobs.tables import BlobRow
from juyong.engines.crypto.keys import Undecipherable
from juyong.logs.batches import arrive, keep, packed_of, raw_of
from juyong.logs.checks import damaged_batches
from juyong.logs.columns import files_of, merged_file_of
from juyong.logs.compression import compress
from juyong.logs.keys import DataKey, KeyNotOpen, no_key
from juyong.logs.merging import LONGEST_SPAN, merge, merge_of
from juyong.logs.opening import Opener, Wanted
from juyong.logs.segments import DamagedLogs
from juyong.logs.turnover import LONGEST_WAIT, turn_over
from juyong.store.errors import Unavailable

KEY, OTHER = DataKey("k", b"k" * 32), DataKey("k", b"o" * 32)


def key_of(key_id: str) -> DataKey:
    assert key_id == KEY.key_id
    return KEY


def put(logstore: Logstore, text: str, key: DataKey | None = KEY, at: int = NOW) -> None:
    raw = group(text, at=at)
    packed = compress("", raw)
    taken = arrive(logstore.segments, "", packed, len(raw), key=key)
    call = logstore.running.store.call
    call(lambda tx: keep(tx, logstore.store_id, 0, taken, Instant(at)))


def test_a_batch_opens_under_its_data_key_alone(logstore: Logstore) -> None:
    put(logstore, "canary")
    put(logstore, "plain", key=None)
    sealed, plain = logstore.rows()
    assert (sealed.key_id, plain.key_id) == ("k", "")
    assert b"canary" not in packed_of(logstore.segments, sealed)
    assert b"plain" in packed_of(logstore.segments, plain)
    assert b"canary" in raw_of(logstore.segments, sealed, key_of)
    with pytest.raises(DamagedLogs):
        raw_of(logstore.segments, sealed, lambda _: OTHER)
    with pytest.raises(KeyNotOpen):
        raw_of(logstore.segments, sealed)


def test_a_check_opens_what_the_platform_can(logstore: Logstore) -> None:
    put(logstore, "canary")
    call = logstore.running.store.call
    assert call(lambda tx: list(damaged_batches(tx, logstore.segments))) == []
    segments = [*logstore.segments.disk.published()]
    logstore.segments.disk.remove(segments[0][0])
    (found,) = call(lambda tx: list(damaged_batches(tx, logstore.segments)))
    assert found.code == "logs-damaged"


def test_what_is_sealed_is_bound_to_its_key_and_purpose() -> None:
    blob = Blob(blob_id="b", size=1, md5=b"", crc64=0, key=Secret("a2V5"), content=None)
    sealed = KEY.seal_batch(b"body")
    assert KEY.open_batch(sealed) == b"body"
    keys = KEY.seal_keys([blob])
    (opened,) = KEY.open_keys(keys, ["b"])
    assert opened.reveal() == "a2V5"
    for wrong in (sealed[:11], sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1]), b""):
        with pytest.raises(Undecipherable):
            KEY.open_batch(wrong)
    with pytest.raises(Undecipherable):
        DataKey("another", b"k" * 32).open_batch(sealed)
    with pytest.raises(Undecipherable):
        KEY.open_keys(keys, ["c"])
    assert "kkkk" not in repr(KEY)


class Sealed(Turning):
    """Turns a store of one data key over."""

    def turn(self) -> None:
        portion = self.portion()
        files = files_of(self.disk, self.logstore.segments, portion, keys=key_of)
        assert self.call(lambda tx: turn_over(tx, portion, files, Instant(NOW)))

    def wanted(self) -> Wanted:
        found = self.searched()

        def blob(blob_id: str) -> BlobRow:
            row = self.call(lambda tx: tx.get(BlobRow, blob_id))
            assert row is not None
            return row

        files = tuple((each, blob(each.blob_id), blob(each.words_id)) for each in found.files)
        return Wanted(files=files, waiting=found.batches, index=INDEX, keys=key_of)


@pytest.fixture
def opener(logstore: Logstore) -> Iterator[Opener]:
    platform = logstore.running.pipeline.platform
    made = Opener(platform.disk, platform.segments)
    yield made
    made.close()


def test_files_under_a_key_are_open_while_they_are_read(logstore: Logstore, opener: Opener) -> None:
    turning = Sealed(logstore)
    logstore.index()
    put(logstore, "plain", key=None)
    put(logstore, "turned")
    turning.turn()
    (file,) = turning.searched().files
    assert file.key_id == "k"
    put(logstore, "waits")
    assert texts(opener, turning.wanted()) == ["plain", "turned", "waits"]
    assert [*opener._folder.path.iterdir()] == []
    wrong = turning.wanted()
    for keys, error in ((no_key, KeyNotOpen), (lambda _: OTHER, DamagedLogs)):
        with (
            pytest.raises(error),
            opener.opened(Wanted(files=wrong.files, waiting=(), index=INDEX, keys=keys)),
        ):
            pytest.fail("it opened")


def test_files_under_one_key_are_merged_under_it(logstore: Logstore, opener: Opener) -> None:
    turning = Sealed(logstore)
    logstore.index()
    put(logstore, "plain", key=None)
    turning.turn()
    for name in ("one", "two"):
        put(logstore, name)
        turning.turn()
    later = Instant(NOW + LONGEST_SPAN + LONGEST_WAIT)
    found = turning.call(lambda tx: merge_of(tx, "s", later))
    assert found is not None
    assert (len(found.files), found.key_id) == (2, "k")
    disk = turning.disk
    with pytest.raises(KeyNotOpen):
        merged_file_of(disk, found)
    made = merged_file_of(disk, found, keys=key_of)
    assert turning.call(lambda tx: merge(tx, found, made, later))
    files = turning.searched().files
    assert sorted((row.logs, row.key_id) for row in files) == [(1, ""), (2, "k")]
    assert sorted(texts(opener, turning.wanted())) == ["one", "plain", "two"]


def test_a_file_that_does_not_open_whole_leaves_no_part(
    logstore: Logstore, opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    turning = Sealed(logstore)
    logstore.index()
    put(logstore, "canary")
    turning.turn()
    what = turning.wanted()
    (file,) = what.files
    damaged = msgspec.structs.replace(file[2], content=b"x" * 40)
    broken = msgspec.structs.replace(what, files=((file[0], file[1], damaged),))
    with pytest.raises(DamagedBlob), opener.opened(broken):
        pytest.fail("it opened")
    assert [*opener._folder.path.iterdir()] == []


def test_without_a_folder_in_memory_nothing_is_opened(
    logstore: Logstore, opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    turning = Sealed(logstore)
    logstore.index()
    put(logstore, "canary")
    monkeypatch.setattr(opener._folder, "_in_memory", False)
    with pytest.raises(Unavailable), opener.opened(turning.wanted()):
        pytest.fail("it opened")
    put(logstore, "plain", key=None)
    assert Path(opener._folder.path).is_dir()
