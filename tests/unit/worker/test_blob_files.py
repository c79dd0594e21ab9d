"""Files of forgotten blobs go an hour later, files that no row knows after a day; others stay."""

import dataclasses
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from juyong.api.bench import Bench
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.blobs.blob import GRACE_SECONDS, Spool, forget, keep
from juyong.blobs.blocks import BLOCK
from juyong.blobs.checks import UNKNOWN_SECONDS
from juyong.blobs.content import whole
from juyong.blobs.disk import LocalDisk
from juyong.blobs.tables import BlobRow, GoneBlobRow
from juyong.worker import blobs
from juyong.worker.blobs import move_files, remove_forgotten, remove_unknown

NOW = Instant(1_790_000_000)
BODY = os.urandom(2 * BLOCK + 9)
Killed = KeyboardInterrupt


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    opened = open_platform(tmp_path / "home", settings=Settings())
    yield opened
    opened.store.close()


@pytest.fixture
def disk(running: Running) -> LocalDisk:
    found = running.pipeline.platform.disk
    assert isinstance(found, LocalDisk)
    return found


@pytest.fixture
def at(running: Running) -> Callable[[int], Bench]:
    """Return the bench of a job that runs so many seconds after NOW."""

    def bench(seconds: int) -> Bench:
        return Bench(
            call=running.store.call,
            clock=lambda: Instant(NOW + seconds),
            platform=running.pipeline.platform,
            job="blobs",
        )

    return bench


def stored(running: Running, disk: LocalDisk) -> BlobRow:
    spool = Spool(disk)
    spool.add(BODY[:BLOCK])
    spool.add(BODY[BLOCK : 2 * BLOCK])
    blob = spool.finish(BODY[2 * BLOCK :])
    return running.store.call(lambda tx: keep(tx, blob, AccountId("1"), NOW))


def forgotten(running: Running, disk: LocalDisk) -> BlobRow:
    row = stored(running, disk)
    running.store.call(lambda tx: forget(tx, row.blob_id, NOW))
    return row


def there(disk: LocalDisk) -> set[str]:
    return {blob_id for blob_id, _ in disk.published()}


def gone_rows(running: Running) -> int:
    return len(running.store.call(lambda tx: tx.find(GoneBlobRow)))


def test_a_reader_that_began_before_a_removal_goes_on_for_an_hour(
    running: Running, disk: LocalDisk, at: Callable[[int], Bench]
) -> None:
    row = stored(running, disk)
    reader = whole(disk, row).blocks()
    read = [next(reader)]
    running.store.call(lambda tx: forget(tx, row.blob_id, NOW))
    remove_forgotten(at(GRACE_SECONDS - 1))
    remove_unknown(at(GRACE_SECONDS - 1))
    assert b"".join([*read, *reader]) == BODY
    remove_forgotten(at(GRACE_SECONDS))
    assert there(disk) == set()
    assert gone_rows(running) == 0


def test_many_are_removed_in_bounded_transactions(
    running: Running, disk: LocalDisk, at: Callable[[int], Bench]
) -> None:
    kept = stored(running, disk)

    def many(tx: object) -> None:
        for number in range(450):
            gone = GoneBlobRow(blob_id=f"{number:032x}", due_at=Instant(NOW + number % 3))
            tx.insert(gone)  # type: ignore[attr-defined]

    running.store.call(many)
    remove_forgotten(at(1))
    assert gone_rows(running) == 150
    bench, written = at(5), []

    def call(work: Callable[[object], object]) -> object:
        def counted(tx: object) -> object:
            result = work(tx)
            written.append(tx.written)  # type: ignore[attr-defined]
            return result

        return running.store.call(counted)

    remove_forgotten(
        Bench(call=call, clock=bench.clock, platform=bench.platform, job="blobs", rows=200)
    )
    assert gone_rows(running) == 0
    assert 0 < max(written) <= 200
    assert there(disk) == {kept.blob_id}


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_removal_that_was_killed_is_done_again(
    running: Running,
    disk: LocalDisk,
    at: Callable[[int], Bench],
    after: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        forgotten(running, disk)
    left = [after]

    def remove(self: LocalDisk, blob_id: str) -> None:
        if not left[0]:
            raise Killed
        left[0] -= 1
        real(self, blob_id)

    real = LocalDisk.remove
    with monkeypatch.context() as patched:
        patched.setattr(LocalDisk, "remove", remove)
        with pytest.raises(Killed):
            remove_forgotten(at(GRACE_SECONDS))
    assert len(there(disk)) == 3 - after
    assert gone_rows(running) == 3, "a row went before its file"
    remove_forgotten(at(GRACE_SECONDS))
    assert (there(disk), gone_rows(running)) == (set(), 0)


def test_nothing_is_removed_while_a_command_needs_every_file(
    running: Running, disk: LocalDisk, at: Callable[[int], Bench]
) -> None:
    forgotten(running, disk)
    lost, half = Spool(disk), Spool(disk)
    for spool in (lost, half):
        spool.add(bytes(BLOCK))
    lost.finish(b"")
    # Another process' lock: one of this process' own descriptors would do the same.
    other = LocalDisk(disk._root)
    late = UNKNOWN_SECONDS * 20_000
    for holding in (other.keeping, other.replacing):
        with holding():
            remove_forgotten(at(late))
            remove_unknown(at(late))
            assert (len(there(disk)), len(list(disk.unpublished()))) == (2, 1)
    remove_unknown(at(late))
    remove_forgotten(at(late))
    assert (there(disk), list(disk.unpublished())) == (set(), [])


def test_the_sweep_takes_only_what_no_row_knows_and_is_old(
    running: Running, disk: LocalDisk, at: Callable[[int], Bench], tmp_path: Path
) -> None:
    kept, leaving = stored(running, disk), forgotten(running, disk)
    old, young = Spool(disk), Spool(disk)
    arriving_old, arriving_young = Spool(disk), Spool(disk)
    for spool in (old, young, arriving_old, arriving_young):
        spool.add(bytes(BLOCK))
    for spool in (old, young):
        spool.finish(b"")
    for path in (path for path in tmp_path.rglob("*") if len(path.name) == 32):
        is_young = path.name in (young.blob_id, arriving_young.blob_id)
        made = NOW - UNKNOWN_SECONDS - (0 if is_young else 1)
        os.utime(path, (made, made))
    remove_unknown(at(0))
    assert there(disk) == {kept.blob_id, leaving.blob_id, young.blob_id}
    assert {each for each, _ in disk.unpublished()} == {arriving_young.blob_id}
    assert b"".join(whole(disk, kept).blocks()) == BODY


@dataclass
class Growing:
    """A place whose files are elsewhere, until they are brought."""

    left: dict[str, int]
    gone: str = ""
    brought: list[str] = field(default_factory=list)

    def elsewhere(self) -> Iterator[tuple[str, int]]:
        yield from list(self.left.items())

    def bring(self, blob_id: str) -> None:
        if blob_id == self.gone:
            raise FileNotFoundError
        self.brought.append(blob_id)
        del self.left[blob_id]


def test_files_that_rows_know_are_moved_some_in_a_run(
    running: Running, disk: LocalDisk, at: Callable[[int], Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [stored(running, disk).blob_id for _ in range(4)]
    lost = forgotten(running, disk).blob_id
    place = Growing({lost: 9, **dict.fromkeys(kept, 9), "ab" * 16: 9}, gone=kept[1])
    platform = msgspec.structs.replace(running.pipeline.platform, disk=place)
    bench = dataclasses.replace(at(0), platform=platform)
    monkeypatch.setattr(blobs, "_MOST_MOVED", 20)
    move_files(bench)
    assert place.brought == [kept[0], kept[2]]
    move_files(bench)
    assert place.left.keys() == {lost, kept[1], "ab" * 16}


def test_a_folder_has_nothing_to_move(
    running: Running, disk: LocalDisk, at: Callable[[int], Bench]
) -> None:
    row = stored(running, disk)
    move_files(at(0))
    assert there(disk) == {row.blob_id}
