"""The files of blobs: made under a temporary name, made durable, then given their own name.

`Disk` is the port: what blobs, jobs, checks, archives and restores need of the place where files
are. `LocalDisk` is a folder of the home; `juyong.blobs.bucket` has the bucket of another store.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from juyong.base.ids import random_bytes
from juyong.base.private_file import sync_folder, write_private

_SHARD = 2
"""Leading characters of the id that name its folder."""


class Handle(Protocol):
    """A file that is being written."""

    def write(self, data: bytes) -> None:
        """Append bytes; raises OSError where the disk is full."""
        ...

    def sync(self) -> None:
        """Make what was written durable, under the temporary name."""
        ...

    def publish(self) -> None:
        """Make the file durable under its own name.

        Nothing is written to a blob afterwards; a segment of logs grows on.
        """
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class Disk(Protocol):
    """The part of a file system that blobs need.

    Each method may raise OSError. Where `far`, each may also raise Unavailable: the store does not
    answer, or refuses.
    """

    @property
    def far(self) -> bool:
        """Whether the files are reached over a network, which may be down."""
        ...

    def create(self, blob_id: str) -> Handle:
        """Begin a file under its temporary name."""
        ...

    def publish(self, blob_id: str) -> None:
        """Give a synced file its own name, durably, in the place of one that has the name."""
        ...

    def read(self, blob_id: str, place: int, length: int) -> bytes:
        """Return bytes of a published file, fewer at its end; raises FileNotFoundError."""
        ...

    def length(self, blob_id: str) -> int:
        """Return the length of a published file; raises FileNotFoundError."""
        ...

    def remove(self, blob_id: str) -> None:
        """Remove a file under both names; harmless where there is none."""
        ...

    def abandon(self, blob_id: str) -> None:
        """Remove a file under its temporary name only; harmless where there is none."""
        ...

    def published(self) -> Iterator[tuple[str, float]]:
        """Yield id and time of the last change of each published file."""
        ...

    def unpublished(self) -> Iterator[tuple[str, float]]:
        """Yield id and time of the last change of each file under a temporary name."""
        ...

    def elsewhere(self) -> Iterator[tuple[str, int]]:
        """Yield id and length of published files that are not where new ones go."""
        ...

    def bring(self, blob_id: str) -> None:
        """Move such a file to where new ones go; readers find the file all the while.

        Raises FileNotFoundError where it was removed or moved meanwhile.
        """
        ...

    def free(self) -> int:
        """Return how many bytes more the disk takes."""
        ...

    def removing(self) -> AbstractContextManager[bool]:
        """Remove files in the block if it is given True; False while a command needs them all."""
        ...

    def keeping(self) -> AbstractContextManager[object]:
        """Have every file stay while the block reads; several processes may."""
        ...

    def replacing(self) -> AbstractContextManager[object]:
        """Put files back in the block, while no other process removes, keeps or puts back."""
        ...


class FileHandle:
    """A file of the operating system that is being written."""

    def __init__(self, path: Path, publish: Callable[[], None]) -> None:
        self._publish = publish
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    def write(self, data: bytes) -> None:
        """Append bytes."""
        left = memoryview(data)
        while left:
            left = left[os.write(self._descriptor, left) :]

    def write_at(self, place: int, data: bytes) -> None:
        """Write bytes at a place; the file is as long as its last byte."""
        left = memoryview(data)
        while left:
            done = os.pwrite(self._descriptor, left, place)
            left, place = left[done:], place + done

    def sync(self) -> None:
        """Make what was written durable."""
        os.fsync(self._descriptor)

    def publish(self) -> None:
        """Make the file durable under its own name."""
        self.sync()
        self._publish()

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


class LocalDisk:
    """A folder of the home.

    SECURITY: files are named by ids that the platform drew, never by what a caller sent.
    """

    far = False

    def __init__(self, root: Path) -> None:
        self._root = root
        self._arriving = root / "arriving"
        self._lock = root / "lock"
        self._made: set[str] = set()

    def create(self, blob_id: str) -> FileHandle:
        """Begin a file under its temporary name."""
        self._folder(self._arriving)
        return FileHandle(self._arriving / blob_id, lambda: self.publish(blob_id))

    def publish(self, blob_id: str) -> None:
        """Give a synced file its own name, and make the name durable."""
        path = self._path(blob_id)
        self._folder(path.parent)
        (self._arriving / blob_id).rename(path)
        sync_folder(path.parent)

    def read(self, blob_id: str, place: int, length: int) -> bytes:
        """Return bytes of a published file, fewer at its end."""
        descriptor = os.open(self._path(blob_id), os.O_RDONLY)
        try:
            return os.pread(descriptor, length, place)
        finally:
            os.close(descriptor)

    def length(self, blob_id: str) -> int:
        """Return the length of a published file."""
        return self._path(blob_id).stat().st_size

    def remove(self, blob_id: str) -> None:
        """Remove a file under both names."""
        for path in (self._arriving / blob_id, self._path(blob_id)):
            path.unlink(missing_ok=True)

    def published(self) -> Iterator[tuple[str, float]]:
        """Yield id and time of the last change of each published file."""
        for folder in sorted(self._root.glob("??")):
            yield from _files(folder)

    def unpublished(self) -> Iterator[tuple[str, float]]:
        """Yield id and time of the last change of each file under a temporary name."""
        return _files(self._arriving)

    def elsewhere(self) -> Iterator[tuple[str, int]]:
        """Yield nothing: all files are in the folder."""
        return iter(())

    def bring(self, blob_id: str) -> None:
        """Refuse: all files are in the folder."""
        raise FileNotFoundError(blob_id)

    def free(self) -> int:
        """Return how many bytes more the disk takes."""
        self._folder(self._root)
        found = os.statvfs(self._root)
        return found.f_bavail * found.f_frsize

    def mark(self) -> bytes:
        """Return 32 characters that tell this folder from those of all other homes."""
        path = self._root / "mark"
        with suppress(FileExistsError):
            if not path.exists():
                write_private(path, random_bytes(16).hex().encode(), replace=False)
        return path.read_bytes()

    def abandon(self, blob_id: str) -> None:
        """Remove a file under its temporary name only; harmless where there is none."""
        (self._arriving / blob_id).unlink(missing_ok=True)

    @contextmanager
    def removing(self) -> Iterator[bool]:
        """Remove files in the block if it is given True; False while a command needs them all."""
        with self._locked(fcntl.LOCK_EX | fcntl.LOCK_NB) as held:
            yield held

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Have every file stay while the block reads; several processes may."""
        with self._locked(fcntl.LOCK_SH):
            yield

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """Put files back in the block, while no other process removes, keeps or puts back."""
        with self._locked(fcntl.LOCK_EX):
            yield

    @contextmanager
    def _locked(self, how: int) -> Iterator[bool]:
        """Hold the lock of the folder; the kernel takes it back from a process that is killed."""
        self._folder(self._root)
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, how)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)

    def _path(self, blob_id: str) -> Path:
        return self._root / blob_id[:_SHARD] / blob_id

    def _folder(self, path: Path) -> None:
        """Make a folder, and its name durable, at its first use."""
        if str(path) not in self._made:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            sync_folder(path.parent)
            self._made.add(str(path))


NOWHERE = LocalDisk(Path("/proc/juyong-has-no-disk-for-blobs"))
"""Of a platform without a home: only small bodies can be kept."""


def _files(folder: Path) -> Iterator[tuple[str, float]]:
    if not folder.is_dir():
        return
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        with suppress(FileNotFoundError):  # another process removed it meanwhile
            yield entry.name, entry.stat().st_mtime
