"""The plain trees of disks whose machine runs: one folder each, in the folder of the plane.

A plane holds the trees of its machines by a lock on each folder, which ends with the process. A
tree that is held is not dropped.

A tree that began with the content that the store has is newer than that content, which is kept
until the store knows newer content; the tree is removed after that. A tree comes by a rename once
all of it is durable, and goes by a rename before the first of its files does, so that no half of
one is ever taken for the disk.
"""

import fcntl
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from juyong.base import linux
from juyong.base.ids import random_bytes
from juyong.base.private_file import sync_folder
from juyong.netplane.desired import MachineDisk
from juyong.netplane.packing import BadTree, names_in, packed, unpack

SYSTEM_FOLDERS = ("root", "home", "opt", "srv", "var")
"""The folders of a machine that lie on its system disk."""
DATA_FOLDER = "data"
_VAR = ("log", "lib", "tmp")
_ARRIVING, _GOING, _COPIES = ".arriving-", ".going-", ".copies-"
_HOLDABLE = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PATH_ONLY = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


class GivenUp(Exception):
    """The tree is wanted no more."""


class Locked(OSError):
    """The content of a disk cannot be opened now."""


class TreeName(NamedTuple):
    """A tree: its disk, and the content that it began with, as the store names both."""

    disk_id: str
    base: str


class Trees:
    """The trees in a folder.

    SECURITY: trees are named by ids that the platform drew, never by what a caller sent.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[TreeName, int] = {}
        """Descriptors of folders, each with a lock."""
        self.packed = 0
        """How many bytes were streamed."""

    @property
    def held(self) -> AbstractSet[TreeName]:
        """The trees that are held."""
        return frozenset(self._held)

    def clean(self) -> None:
        """Remove what a killed plane left half made or half removed.

        A plane of this home that was stopped may still seal: its last trees are waited for.
        """
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with opened(self._folder) as folder:
            fcntl.flock(folder, fcntl.LOCK_EX)
        for each in list(self._folder.iterdir()):
            if each.name.startswith((_ARRIVING, _GOING)):
                remove(each)
        for copies in self.copies():
            # A plane of this process that has ended may still seal its own.
            with suppress(FileNotFoundError, BlockingIOError), opened(copies) as folder:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(copies)

    def copies(self) -> list[Path]:
        """Return the folders that hold copies, each with a folder for each copy."""
        return list(self._folder.glob(f"{_COPIES}*"))

    @contextmanager
    def room(self, names: Iterable[str]) -> Iterator[Mapping[str, Path]]:
        """Hold an empty folder for a copy under each name; all go with what is in them.

        Raises:
            OSError: the system refuses a folder.
        """
        above = self._folder / f"{_COPIES}{random_bytes(8).hex()}"
        above.mkdir(mode=0o700)
        try:
            with opened(above) as folder:
                fcntl.flock(folder, fcntl.LOCK_SH)
                found = {name: above / name for name in names}
                for each in found.values():
                    each.mkdir(mode=0o700)
                yield found
        finally:
            remove(above)

    def there(self) -> frozenset[TreeName]:
        """Return the trees that are there."""
        if not self._folder.is_dir():
            return frozenset()
        names = (each.name for each in self._folder.iterdir() if each.name[0] != ".")
        return frozenset(TreeName(*name.partition(".")[::2]) for name in names)

    def path(self, tree: TreeName) -> Path:
        """Return the folder of a tree."""
        return self._folder / f"{tree.disk_id}.{tree.base}"

    def hold(self, tree: TreeName) -> bool:
        """Hold a tree for a machine; returns False where there is no such tree."""
        if tree in self._held:
            return True
        try:
            folder = os.open(self.path(tree), _HOLDABLE)
        except FileNotFoundError:
            return False
        fcntl.flock(folder, fcntl.LOCK_SH)
        # The tree may have been dropped before the lock came.
        if not _is_at(folder, self.path(tree)):
            os.close(folder)
            return False
        self._held[tree] = folder
        return True

    def hold_only(self, trees: AbstractSet[TreeName]) -> None:
        """Let go of all trees but some."""
        for tree in self._held.keys() - trees:
            os.close(self._held.pop(tree))

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """Have the next plane of the home wait, which would begin with what the store has now."""
        with opened(self._folder) as folder:
            fcntl.flock(folder, fcntl.LOCK_SH)
            yield

    def prepare(
        self,
        disk: MachineDisk,
        content: Iterable[bytes] | None,
        go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        """Have a disk's tree there: the one that is, else its content, else an empty one.

        Raises:
            GivenUp: `go_on` said so, at a block of the content or before the tree came.
            Locked: there is no tree, and the key of the disk is not open.
            BadTree: the content is no tree.
            OSError: the system refuses a part of it.
            Exception: whatever reading the content raises.
        """
        place = self.path(TreeName(disk.id, disk.base))
        if place.is_dir():
            return
        if disk.is_locked:
            raise Locked("its key is not open: StartInstance asks the KMS for the key")
        arriving = self._folder / f"{_ARRIVING}{random_bytes(8).hex()}"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        arriving.mkdir(mode=0o700)
        try:
            with opened(arriving) as root:
                if content is not None:
                    unpack(_while(go_on, content), root)
                _lay_out(root, SYSTEM_FOLDERS if disk.is_system else (DATA_FOLDER,))
                linux.call("syncfs", root)
            _check(go_on)
            arriving.rename(place)
        except BaseException:
            remove(arriving)
            raise
        sync_folder(self._folder)

    def stream(self, tree: TreeName) -> Iterator[bytes]:
        """Yield a tree as a stream.

        Raises:
            OSError: there is none, or the system refuses a part of it.
        """
        return self.stream_of(self.path(tree))

    def stream_of(self, folder: Path) -> Iterator[bytes]:
        """Yield a folder as a stream, as `stream`."""
        with opened(folder) as root:
            for part in packed(root):
                self.packed += len(part)
                yield part

    def drop(self, tree: TreeName) -> None:
        """Remove a tree, if it is there and no plane holds it."""
        place = self.path(tree)
        try:
            with opened(place) as folder:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                going = self._folder / f"{_GOING}{random_bytes(8).hex()}"
                place.rename(going)
        except (FileNotFoundError, BlockingIOError):
            return
        sync_folder(self._folder)
        remove(going)


@contextmanager
def opened(path: Path | str) -> Iterator[int]:
    """Hold a folder open."""
    descriptor = os.open(path, _HOLDABLE)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_at(folder: int, path: Path) -> bool:
    """Tell whether an open folder is the one at a path."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(folder), path.stat(follow_symlinks=False))
    return False


def _while(go_on: Callable[[], bool], blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        _check(go_on)
        yield block


def _check(go_on: Callable[[], bool]) -> None:
    if not go_on():
        raise GivenUp


def _lay_out(root: int, names: Iterable[str]) -> None:
    """Make the folders that a tree lacks.

    The names are the platform's alone: machines see the folders, and not the one above them.
    """
    for name in names:
        try:
            os.mkdir(name, 0o755, dir_fd=root)
        except FileExistsError:
            if not stat.S_ISDIR(os.stat(name, dir_fd=root, follow_symlinks=False).st_mode):
                raise BadTree("a folder of the disk is none") from None
            continue
        if name == "var":
            for inner in _VAR:
                os.mkdir(f"var/{inner}", 0o755, dir_fd=root)
                mode = 0o1777 if inner == "tmp" else 0o755
                os.chmod(f"var/{inner}", mode, dir_fd=root)  # from a descriptor


def remove(path: Path) -> None:
    """Remove a folder with all that is in it, however deep, and whatever the modes say.

    Inner folders are moved up before they are emptied, so that depth costs nothing.
    """
    with opened(path.parent) as above:
        waiting = [path.name]
        while waiting:
            name = waiting.pop()
            folder = _own_folder(name, above)
            try:
                for inner in names_in(folder):
                    found = os.stat(inner, dir_fd=folder, follow_symlinks=False)
                    if not stat.S_ISDIR(found.st_mode):
                        os.unlink(inner, dir_fd=folder)  # from a descriptor
                        continue
                    moved = f"{_GOING}{random_bytes(8).hex()}"
                    os.close(_own_folder(inner, folder))
                    with suppress(FileNotFoundError):
                        os.rename(  # from a descriptor
                            inner, moved, src_dir_fd=folder, dst_dir_fd=above
                        )
                        waiting.append(moved)
            finally:
                os.close(folder)
            os.rmdir(name, dir_fd=above)  # from a descriptor


def _own_folder(name: str, above: int) -> int:
    """Open a folder once its mode lets its owner do everything."""
    found = os.open(name, _PATH_ONLY | os.O_DIRECTORY, dir_fd=above)
    try:
        place = f"/proc/self/fd/{found}"
        os.chmod(place, 0o700)  # noqa: PTH101  # a descriptor
        return os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    finally:
        os.close(found)
