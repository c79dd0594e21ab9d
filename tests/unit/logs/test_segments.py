"""What was acknowledged is durable and reads back; what failed leaves nothing that counts."""

import errno
import os
import random
import threading
from contextlib import nullcontext
from pathlib import Path

import pytest
from tests.unit.blobs.disks import ForgetfulDisk, PowerCut
from tests.waiting import wait_until

from juyong.base.ids import random_bytes
from juyong.blobs.disk import FileHandle, LocalDisk
from juyong.engines.crypto.symmetric import AesGcm
from juyong.logs import segments as module
from juyong.logs.segments import KEY, DamagedLogs, Place, Segments
from juyong.store.errors import Unavailable
from juyong.store.seal import derive_key

KEYS = {KEY: random_bytes(32)}


@pytest.fixture
def disk(tmp_path: Path) -> LocalDisk:
    return LocalDisk(tmp_path / "logs")


@pytest.fixture
def segments(disk: LocalDisk) -> Segments:
    return Segments(disk, KEYS)


def file_of(disk: LocalDisk, place: Place) -> Path:
    return disk._root / place.segment_id[:2] / place.segment_id


def test_bodies_read_back_from_one_file(segments: Segments, disk: LocalDisk) -> None:
    bodies = [os.urandom(n) for n in (0, 1, 70_000)]
    places = [segments.append(body) for body in bodies]
    assert [segments.read(place) for place in places] == bodies
    assert len(list(disk.published())) == 1
    assert not list(disk.unpublished())


def test_another_process_reads_them_and_has_a_file_of_its_own(
    segments: Segments, disk: LocalDisk
) -> None:
    place = segments.append(b"one")
    other = Segments(disk, KEYS)
    assert other.read(place) == b"one"
    assert other.append(b"two").segment_id != place.segment_id


def test_the_file_shows_nothing(segments: Segments, disk: LocalDisk) -> None:
    place = segments.append(b"a password in a log")
    assert b"password" not in file_of(disk, place).read_bytes()
    assert file_of(disk, place).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["changed", "cut", "moved", "gone", "elsewhere", "other key"])
def test_damage_is_told(segments: Segments, disk: LocalDisk, damage: str) -> None:
    first, second = segments.append(b"first"), segments.append(b"other")
    path = file_of(disk, first)
    content = bytearray(path.read_bytes())
    if damage == "changed":
        content[0] ^= 1
    elif damage == "cut":
        del content[3:]
    elif damage == "moved":
        half = len(content) // 2
        content = content[half:] + content[:half]
    elif damage == "elsewhere":
        segments.close()
        path = file_of(disk, second := segments.append(b"first"))
        first = Place(second.segment_id, second.offset, second.length)
    path.write_bytes(file_of(disk, first).read_bytes()[::-1] if damage == "elsewhere" else content)
    if damage == "gone":
        path.unlink()
    reader = Segments(disk, {KEY: bytes(32)}) if damage == "other key" else segments
    with pytest.raises(DamagedLogs):
        reader.read(first)


class Held:
    """The first fsync of a block waits until others have written, and ends as a test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, first: BaseException | None) -> None:
        self.count = 0
        self._go = threading.Event()
        sync = FileHandle.sync

        def held(handle: FileHandle) -> None:
            self.count += 1
            if self.count == 1:
                assert self._go.wait(10)
                if first is not None:
                    raise first
            sync(handle)

        monkeypatch.setattr(FileHandle, "sync", held)

    def run(self, segments: Segments, others: int) -> tuple[list[Place], list[BaseException]]:
        """Append bodies at once, all but the first while the first fsync waits."""
        places: list[Place] = []
        refused: list[BaseException] = []

        def append(number: int) -> None:
            try:
                places.append(segments.append(b"%d" % number))
            except (Unavailable, KeyError) as refusal:
                refused.append(refusal)

        threads = [threading.Thread(target=append, args=(n,)) for n in range(1 + others)]
        threads[0].start()
        wait_until(lambda: self.count == 1)
        for thread in threads[1:]:
            thread.start()
        wait_until(lambda: len(segments._queue) == others)
        self._go.set()
        for thread in threads:
            thread.join()
        return places, refused


def test_those_that_wait_share_an_fsync(
    segments: Segments, monkeypatch: pytest.MonkeyPatch
) -> None:
    segments.append(b"the file is there")
    held = Held(monkeypatch, None)
    places, _ = held.run(segments, 8)
    assert sorted(segments.read(place) for place in places) == [b"%d" % n for n in range(9)]
    assert held.count == 2


@pytest.mark.parametrize("failure", [OSError(errno.EIO, "gone"), KeyError("of a thread")])
def test_a_frame_that_was_written_before_an_fsync_failed_is_not_acknowledged(
    segments: Segments, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    before = segments.append(b"before")
    held = Held(monkeypatch, failure)
    places, refused = held.run(segments, 3)
    if isinstance(failure, OSError):
        # The kernel told of the lost pages once; another fsync would succeed without them.
        assert (len(places), len(refused), held.count) == (0, 4, 1)
        after = segments.append(b"after")
        assert after.segment_id != before.segment_id
    else:
        # The thread ended, and its fsync proves nothing of the others' frames.
        assert (len(places), len(refused), held.count) == (3, 1, 2)
    assert segments.read(before) == b"before"


def test_a_thread_that_cannot_write_takes_no_place_of_others(
    segments: Segments, disk: LocalDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = segments.append(b"first")
    write_at, failed = FileHandle.write_at, threading.Event()

    def write_or_fail(handle: FileHandle, place: int, data: bytes) -> None:
        if len(data) == len(b"refused") + 16:
            write_at(handle, place, data[:5])
            raise OSError(errno.ENOSPC, "full")
        assert failed.wait(10)
        write_at(handle, place, data)

    monkeypatch.setattr(FileHandle, "write_at", write_or_fail)
    places: list[Place] = []
    slow = threading.Thread(target=lambda: places.append(segments.append(b"slow")))
    segments._segment._writing = nullcontext()  # type: ignore[union-attr]
    slow.start()
    wait_until(lambda: segments._segment is not None and segments._segment.frames == 1)
    segment = segments._segment
    with pytest.raises(Unavailable):
        segments.append(b"refused")
    failed.set()
    slow.join()
    assert places == [Place(first.segment_id, first.length, len(b"slow") + 16)]
    assert [segments.read(place) for place in (first, *places)] == [b"first", b"slow"]
    assert segment is not None
    with pytest.raises(OSError, match="Bad file descriptor"):
        segment._handle.sync()
    assert segments.append(b"after").segment_id != first.segment_id


@pytest.mark.parametrize("step", ["write_at", "sync", "room"])
def test_a_full_disk_refuses_and_no_nonce_is_used_twice(
    segments: Segments, disk: LocalDisk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = segments.append(b"before")

    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patched:
        if step == "room":
            patched.setattr(LocalDisk, "free", lambda _self: 1024)
        else:
            patched.setattr(FileHandle, step, fail)
        with pytest.raises(Unavailable):
            segments.append(b"refused")
    after = segments.append(b"after")
    assert [segments.read(place) for place in (before, after)] == [b"before", b"after"]
    assert after.segment_id != before.segment_id


def test_a_frame_is_sealed_under_the_key_of_its_segment(
    segments: Segments, disk: LocalDisk
) -> None:
    segments.append(b"first")
    place = segments.append(b"second")
    sealed = file_of(disk, place).read_bytes()[place.offset :]
    cipher = AesGcm(derive_key(KEYS[KEY], place.segment_id))
    nonce = place.offset.to_bytes(12, "big")
    assert cipher.open(nonce, sealed, place.segment_id.encode()) == b"second"


@pytest.mark.parametrize("why", ["LONGEST", "OLDEST_SECONDS"])
def test_a_long_or_old_segment_gets_no_more(
    segments: Segments, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    first = segments.append(b"first")
    monkeypatch.setattr(module, why, 0)
    second = segments.append(b"second")
    assert first.segment_id != second.segment_id
    assert segments.read(first) == b"first"


@pytest.mark.parametrize("first", range(0, 500, 100))
def test_after_a_power_cut_at_any_step_what_was_acknowledged_is_there(first: int) -> None:
    for seed in range(first, first + 100):
        chance = random.Random(seed)  # noqa: S311  # the same cuts in each run
        disk = ForgetfulDisk(steps=chance.randrange(12))
        segments = Segments(disk, KEYS)  # type: ignore[arg-type]  # what segments use of a disk
        acknowledged: dict[Place, bytes] = {}
        try:
            for number in range(5):
                body = b"%d" % number
                acknowledged[segments.append(body)] = body
        except PowerCut:
            pass
        left = disk.after_the_cut()
        for place, body in acknowledged.items():
            cipher = AesGcm(derive_key(KEYS[KEY], place.segment_id))
            sealed = left[place.segment_id][place.offset : place.offset + place.length]
            nonce = place.offset.to_bytes(12, "big")
            assert cipher.open(nonce, sealed, place.segment_id.encode()) == body
