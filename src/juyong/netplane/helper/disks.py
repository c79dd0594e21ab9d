"""Runs in the helper, with its powers over mounts: shows machines the trees of their disks.

Whatever is below a tree's own folders was written by a machine: no path through them is followed by
name from the host's root, and no link in them.
"""

import ctypes
import mmap
import os
import signal
import stat
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from juyong.base import linux, walls
from juyong.netplane.messages import Tree
from juyong.netplane.packing import names_in
from juyong.netplane.trees import DATA_FOLDER, SYSTEM_FOLDERS

_BASE = "/sys"
_PLACE = os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC
_OPEN_TREE, _MOVE_MOUNT = 428, 429
"""Numbers of system calls, the same on all processors. Source: linux/unistd.h (documented)."""
_CLONE, _CLOEXEC = 1, os.O_CLOEXEC
_FROM_DESCRIPTOR, _TO_DESCRIPTOR = 0x04, 0x40
_HERE = -100
_MEGABYTE = 1024 * 1024
_MOST_FILES = 200_000
_RESERVE = 256 * _MEGABYTE
"""Bytes that machines leave free on the host."""
_NUMBER = 8
_SHARE = 50
"""A look at the disks takes one part of so many of a processor's time.

The clock of the wall would put off the look after one that others held up, on a busy host, and what
a machine writes in seconds fills a disk.
"""


def most_mb(trees: Iterable[Tree]) -> int:
    """Return how long a file may become in a machine, 0 for one without disks."""
    return max((tree.most_mb for tree in trees), default=0)


def is_on_disk(path: str) -> bool:
    """Tell whether a path of a machine is on its system disk, or is one of the folders there."""
    return path.split("/")[1] in SYSTEM_FOLDERS


def show(tree: Tree, root: Path, uid: int) -> None:
    """Show a disk's folders in the root of a machine that is being built."""
    if tree.at:
        place = root / tree.at.lstrip("/")
        place.mkdir(mode=0o755)
        _show(Path(tree.path, DATA_FOLDER), str(place), uid)
        return
    for name in SYSTEM_FOLDERS:
        _show(Path(tree.path, name), str(root / name), uid)


def _show(folder: Path, place: str, uid: int) -> None:
    _give(folder, uid)
    linux.mount(str(folder), place, None, linux.BIND)
    flags = linux.BIND | linux.REMOUNT | linux.NOSUID | linux.NODEV
    linux.mount(None, place, None, flags | walls.flags_of(place))


def bind_below(shown: str, root: Path) -> None:
    """Show a folder of the host's programs below a folder of a disk, read-only."""
    _, *names = shown.split("/")
    place = _walk(root, names, make=True)
    try:
        linux.mount(shown, f"/proc/self/fd/{place}", None, linux.BIND | linux.REC)
    finally:
        os.close(place)
    # The descriptor leads below the new mount; the same names lead to it.
    place = _walk(root, names, make=False)
    try:
        target = f"/proc/self/fd/{place}"
        flags = linux.BIND | linux.REMOUNT | linux.NOSUID | linux.NODEV | linux.RDONLY
        linux.mount(None, target, None, flags | walls.flags_of(target))
    finally:
        os.close(place)


def _walk(root: Path, names: list[str], *, make: bool) -> int:
    """Open a folder below the root of a machine, by its names, following no link."""
    at = os.open(root, _PLACE)
    for name in names:
        if make:
            with suppress(FileExistsError):
                os.mkdir(name, 0o755, dir_fd=at)
        try:
            inner = os.open(name, _PLACE, dir_fd=at)
        finally:
            os.close(at)
        at = inner
    return at


def _give(folder: Path, uid: int) -> None:
    """Give all of a tree to a machine's user, unless the tree has that owner."""
    top = os.open(folder, _FOLDER)
    if os.fstat(top).st_uid == uid:
        os.close(top)
        return
    open_folders = [(top, iter(names_in(top)))]
    while open_folders:
        at, names = open_folders[-1]
        name = next(names, None)
        if name is None:
            # The top is the last, so that a process that is killed here begins anew.
            os.fchown(at, uid, uid)
            os.close(at)
            open_folders.pop()
            continue
        if stat.S_ISDIR(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode):
            inner = os.open(name, _FOLDER, dir_fd=at)
            open_folders.append((inner, iter(names_in(inner))))
        else:
            os.chown(name, uid, uid, dir_fd=at, follow_symlinks=False)


# --- in a machine that runs ---


def add(tree: Tree, uid: int, mounts: int) -> bool:
    """Show a machine the tree of a data disk; tells whether that was done.

    Args:
        uid: The machine's user.
        mounts: A descriptor of its mount namespace.
    """

    def work() -> None:
        shown = _held(tree, uid)
        linux.enter(mounts, linux.NEWNS)
        _put(shown, tree.at)

    return _done_by_another(work)


def remove(at: str, mounts: int) -> bool:
    """Take the tree of a data disk out of a machine's sight; tells whether that was done."""

    def work() -> None:
        linux.enter(mounts, linux.NEWNS)
        linux.unmount(at)

    return _done_by_another(work)


def _done_by_another(work: Callable[[], None]) -> bool:
    """Do work in a process of its own, which may change its namespaces."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except OSError:
            pass
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _held(tree: Tree, uid: int) -> int:
    """Return a descriptor of a mount of a data disk that is nowhere yet.

    The calling process leaves its mount namespace.
    """
    linux.unshare(linux.NEWNS)
    linux.mount(None, "/", None, linux.REC | linux.PRIVATE)
    _show(Path(tree.path, DATA_FOLDER), _BASE, uid)
    return _call(_OPEN_TREE, _HERE, os.fsencode(_BASE), _CLONE | _CLOEXEC)


def _put(shown: int, at: str) -> None:
    """Put a mount into its place in the machine whose mount namespace was entered."""
    place = _walk(Path("/"), at.strip("/").split("/"), make=True)
    _call(_MOVE_MOUNT, shown, b"", place, b"", _FROM_DESCRIPTOR | _TO_DESCRIPTOR)


def _call(number: int, *arguments: int | bytes) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    found = int(libc.syscall(ctypes.c_long(number), *arguments))
    if found < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), f"call {number}")
    return found


class Bound:
    """How many MiB the disks of a machine may hold; the helper sets what the machine reads.

    file: A descriptor of a file that a later helper opens again; -1 for memory of this one and of
        the processes that it forks. The file's bound holds.
    """

    def __init__(self, file: int = -1) -> None:
        if file >= 0:
            os.ftruncate(file, _NUMBER)
        self._shared = mmap.mmap(file, _NUMBER)

    @property
    def total_mb(self) -> int:
        """Return the bound, 0 for a machine without disks."""
        return int.from_bytes(self._shared[:_NUMBER], "little")

    def set(self, total_mb: int) -> None:
        """Change the bound."""
        self._shared[:_NUMBER] = total_mb.to_bytes(_NUMBER, "little")


class Watch:
    """Looks at how much a machine's disks hold; runs as the first process of the machine.

    A folder of the host has no bound of its own. Above the bound, or where the host has no room
    left to seal the disks, and as long as the disks grow, all other processes of the machine are
    killed: files can still be removed afterwards.
    """

    def __init__(self, bound: Bound) -> None:
        self._bound = bound
        self._programs = frozenset(walls.visible(walls.PROGRAMS)) if bound.total_mb else frozenset()
        self._before = 0
        self._due = 0.0

    def look(self) -> None:
        """Look, unless the last look was a short time ago for what it took."""
        began, most = time.process_time(), self._bound.total_mb * _MEGABYTE
        if not most or time.monotonic() < self._due:
            return
        used = self._used(most)
        if used > self._before and (used > most or _free() < max(used, _RESERVE)):
            # The last writer may have ended. Processes of another owner are passed over, and never
            # an error. Source: the kernel's kill_something_info (documented).
            with suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        self._before = used
        self._due = time.monotonic() + _SHARE * (time.process_time() - began)

    def _used(self, most: int) -> int:
        """Return the bytes on the disks; too many files count as too many bytes."""
        used = files = 0
        waiting = [*(f"/{name}" for name in SYSTEM_FOLDERS), *_data_disks()]
        while waiting:
            with suppress(OSError), os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    files += 1
                    with suppress(OSError):
                        used += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False) and entry.path not in self._programs:
                        waiting.append(entry.path)
            if files > _MOST_FILES:
                return most + files
        return used


def _data_disks() -> list[str]:
    """Return where a machine's data disks are now; everything else in the folder is memory."""
    return [f"/mnt/{name}" for name in os.listdir("/mnt") if os.path.ismount(f"/mnt/{name}")]  # noqa: PTH208


def _free() -> int:
    """Return the bytes that the host has left where the disks lie."""
    found = os.statvfs("/root")
    return found.f_bavail * found.f_frsize
