"""The plain trees of disks whose machine runs: one folder each, in the folder of the plane.

A tree that began with the content that the store has is newer than that content, which is kept
until the store knows newer content; the tree is removed after that. A tree comes by a rename once
all of it is durable, and goes by a rename before the first of its files does, so that no half of
one is ever taken for the disk.
"""

import os
import stat
from collections.abc import Iterable, Iterator
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
_ARRIVING, _GOING = ".arriving-", ".going-"
_PATH_ONLY = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC


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

    def clean(self) -> None:
        """Remove what a killed plane left half made or half removed."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for each in list(self._folder.iterdir()):
            if each.name.startswith((_ARRIVING, _GOING)):
                remove(each)

    def there(self) -> frozenset[TreeName]:
        """Return the trees that are there."""
        if not self._folder.is_dir():
            return frozenset()
        names = (each.name for each in self._folder.iterdir() if each.name[0] != ".")
        return frozenset(TreeName(*name.partition(".")[::2]) for name in names)

    def path(self, tree: TreeName) -> Path:
        """Return the folder of a tree."""
        return self._folder / f"{tree.disk_id}.{tree.base}"

    def prepare(self, disk: MachineDisk, content: Iterable[bytes] | None) -> None:
        """Have a disk's tree there: the one that is, else its content, else an empty one.

        A tree that began with other content is removed: the store has newer content.

        Raises:
            Locked: there is no tree, and the key of the disk is not open.
            BadTree: the content is no tree.
            OSError: the system refuses a part of it.
            Exception: whatever reading the content raises.
        """
        tree = TreeName(disk.id, disk.base)
        for other in self.there() - {tree}:
            if other.disk_id == disk.id:
                self.drop(other)
        place = self.path(tree)
        if place.is_dir():
            return
        if disk.is_locked:
            raise Locked("its key is not open: StartInstance asks the KMS for the key")
        arriving = self._folder / f"{_ARRIVING}{disk.id}"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if os.path.lexists(arriving):
            remove(arriving)
        arriving.mkdir(mode=0o700)
        with opened(arriving) as root:
            if content is not None:
                unpack(content, root)
            _lay_out(root, SYSTEM_FOLDERS if disk.is_system else (DATA_FOLDER,))
            linux.call("syncfs", root)
        arriving.rename(place)
        sync_folder(self._folder)

    def stream(self, tree: TreeName) -> Iterator[bytes]:
        """Yield a tree as a stream.

        Raises:
            OSError: there is none, or the system refuses a part of it.
        """
        with opened(self.path(tree)) as root:
            yield from packed(root)

    def drop(self, tree: TreeName) -> None:
        """Remove a tree, if it is there."""
        place = self.path(tree)
        if not place.is_dir():
            return
        going = self._folder / f"{_GOING}{random_bytes(8).hex()}"
        place.rename(going)
        sync_folder(self._folder)
        remove(going)


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """Hold a folder open."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


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
