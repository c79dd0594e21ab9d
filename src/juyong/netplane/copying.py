"""A copy of a tree that is renewed in passes, so that the last one has little left to do.

The first passes run while a machine writes, the last one while the machine stands still. A pass
copies what changed since the one before; content is shared with the tree where the file system can.

A change is known by the number, the time and the size of an inode. Times are of the file system's
own clock, and coarse: what changed shortly ahead of a pass, or later, is copied again by the next.
A store into a mapped page tells no time unless the page was clean: each pass that another one
follows has the file system write back all pages first. Where that makes no page clean, as in
memory, no time is believed, and each pass compares all content.

What packing leaves out is left out, and as there nothing is followed that is a link.
"""

import ctypes
import fcntl
import os
import shutil
import stat
from contextlib import suppress
from typing import NamedTuple

from juyong.base import linux
from juyong.netplane.packing import MOST_DEEP, MOST_PATH, names_in

_CLONE = 0x40049409
"""Shares the content of one file with another. Source: ioctl_ficlone(2) (documented)."""
_BELIEVED = {0xEF53: "ext", 0x58465342: "xfs", 0x9123683E: "btrfs"}
"""File systems that note the first store into a page that was written back, by their magic numbers.
Source: statfs(2) (documented)."""
_COARSE_NS = 100_000_000
_CHUNK = 8 * 1024 * 1024
_COMPARED = 256 * 1024
"""PERF: a fifth of the time that pieces of 1 MiB take, for each of which memory is mapped anew."""
_MODE = 0o1777
RESERVE = 256 * 1024 * 1024
"""Bytes that copies leave free on the host."""
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class NoRoom(Exception):
    """The host has too little room for a copy, and for the seals to come."""


class _Facts(NamedTuple):
    """The state of an inode when it was copied. is_settled: A later change shows another state."""

    kind: int
    inode: int
    changed_ns: int
    size: int
    is_settled: bool

    def holds(self, found: os.stat_result) -> bool:
        """Tell whether an inode is as it was."""
        now = stat.S_IFMT(found.st_mode), found.st_ino, found.st_ctime_ns, found.st_size
        return self.is_settled and now == self[:4]


class Copy:
    """The copy of one tree.

    Args:
        source: A descriptor of the tree's folder.
        target: A descriptor of an empty folder, on the same file system.

    Raises:
        OSError: the system refuses.
    """

    def __init__(self, source: int, target: int) -> None:
        self._source, self._target = source, target
        self._staged: dict[bytes, dict[str, _Facts]] = {}
        """The state of all entries when they were copied, by folder and name."""
        self._firsts: dict[int, bytes] = {}
        """The paths of inodes with several names, in this pass."""
        self._settled_ns = 0
        self._passed_over: tuple[type[OSError], ...] = ()
        self._shares = True
        self._copied = 0
        is_same = os.fstat(source).st_dev == os.fstat(target).st_dev
        self.is_believed = is_same and _kind_of(target) in _BELIEVED
        """Whether a pass leaves out what did not change, so that a further one is shorter."""

    def renew(self, *, last: bool) -> None:
        """Bring the copy to the state of the tree.

        Args:
            last: Nothing writes into the tree meanwhile, and no pass follows.

        Raises:
            NoRoom: as named.
            OSError: the system refuses.
        """
        os.utime(self._target)
        self._settled_ns = os.fstat(self._target).st_ctime_ns - _COARSE_NS
        if self.is_believed and not last:
            linux.call("syncfs", self._source)
        # An entry that goes meanwhile, or changes its kind, is seen by the next pass.
        self._passed_over = () if last else (FileNotFoundError, NotADirectoryError)
        self._firsts.clear()
        self._folder(self._source, self._target, b"")

    def _folder(self, source: int, target: int, path: bytes) -> None:
        staged = self._staged.setdefault(path, {})
        names = names_in(source)
        for name in staged.keys() - set(names):
            self._drop(target, path, name)
        for name in names:
            if path.count(b"/") >= MOST_DEEP or len(path) + len(os.fsencode(name)) > MOST_PATH:
                continue
            with suppress(*self._passed_over):
                self._entry(source, target, path, name)
        _finish(target, os.fstat(source))

    def _entry(self, source: int, target: int, path: bytes, name: str) -> None:
        found = os.stat(name, dir_fd=source, follow_symlinks=False)
        before, place = self._staged[path].get(name), path + os.fsencode(name)
        if stat.S_ISDIR(found.st_mode):
            self._inner(source, target, path, name)
        elif before is not None and before.holds(found) and self._is_one(found, place):
            pass
        elif before is not None and not self._shares and _is_same_file(before, found):
            self._renew_file(source, target, path, name)
        else:
            self._drop(target, path, name)
            if stat.S_ISLNK(found.st_mode):
                os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
                self._staged[path][name] = self._facts(found)
            elif stat.S_ISREG(found.st_mode):
                first = self._firsts.setdefault(found.st_ino, place)
                if found.st_nlink > 1 and first != place:
                    os.link(
                        *(first, name),
                        src_dir_fd=self._target,
                        dst_dir_fd=target,
                        follow_symlinks=False,
                    )
                    self._staged[path][name] = self._facts(found)
                else:
                    self._new_file(source, target, path, name)

    def _is_one(self, found: os.stat_result, place: bytes) -> bool:
        """Tell whether an entry that was copied before is one file with its other names.

        A name that is new, as of a folder that was moved, may have come first and been copied anew.
        """
        first = self._firsts.setdefault(found.st_ino, place)
        if first == place:
            return True
        one, other = (
            os.stat(each, dir_fd=self._target, follow_symlinks=False) for each in (first, place)
        )
        return os.path.samestat(one, other)

    def _inner(self, source: int, target: int, path: bytes, name: str) -> None:
        staged = self._staged[path]
        if name in staged and staged[name].kind != stat.S_IFDIR:
            self._drop(target, path, name)
        inner = os.open(name, _FOLDER, dir_fd=source)
        try:
            if name not in staged:
                os.mkdir(name, 0o700, dir_fd=target)
                staged[name] = self._facts(os.fstat(inner))
            below = os.open(name, _FOLDER, dir_fd=target)
            try:
                self._folder(inner, below, path + os.fsencode(name) + b"/")
            finally:
                os.close(below)
        finally:
            os.close(inner)

    def _facts(self, found: os.stat_result) -> _Facts:
        is_settled = self.is_believed and found.st_ctime_ns < self._settled_ns
        kind = stat.S_IFMT(found.st_mode)
        return _Facts(kind, found.st_ino, found.st_ctime_ns, found.st_size, is_settled)

    def _drop(self, target: int, path: bytes, name: str) -> None:
        before = self._staged[path].pop(name, None)
        if before is None:
            return
        if before.kind != stat.S_IFDIR:
            os.unlink(name, dir_fd=target)  # from a descriptor
            return
        shutil.rmtree(name, dir_fd=target)
        begin = path + os.fsencode(name) + b"/"
        for folder in [each for each in self._staged if each.startswith(begin)]:
            del self._staged[folder]

    # -- files -----------------------------------------------------------------------------------

    def _new_file(self, source: int, target: int, path: bytes, name: str) -> None:
        opened = os.open(name, _FILE, dir_fd=source)
        try:
            found = os.fstat(opened)
            if not stat.S_ISREG(found.st_mode):
                return
            made = os.open(name, _NEW, 0o600, dir_fd=target)
            try:
                self._staged[path][name] = self._facts(found)
                self._fill(opened, made, found)
                _finish(made, found)
            finally:
                os.close(made)
        finally:
            os.close(opened)

    def _fill(self, opened: int, made: int, found: os.stat_result) -> None:
        """Share the content of a file, else copy all that is no hole."""
        if self._shares and found.st_size:
            try:
                fcntl.ioctl(made, _CLONE, opened)
            except OSError:
                self._shares = False
            else:
                return
        self._check_room(made, found)
        at, size = 0, found.st_size
        while at < size:
            try:
                at = os.lseek(opened, at, os.SEEK_DATA)
            except OSError:
                break  # A hole up to the end.
            end = min(os.lseek(opened, at, os.SEEK_HOLE), size)
            while at < end:
                count = _copied(opened, made, at, min(_CHUNK, end - at))
                if not count:
                    end = size = at  # The file was cut meanwhile.
                    break
                at += count
        os.ftruncate(made, found.st_size)

    def _check_room(self, made: int, found: os.stat_result) -> None:
        """Refuse a copy whose blob, and the seals of the machine's disks, would find no room."""
        system, needed = os.fstatvfs(made), found.st_blocks * 512
        left = system.f_bavail * system.f_frsize - needed
        self._copied += needed
        if left < self._copied + max(self._copied, RESERVE):
            raise NoRoom("the host has too little room for a copy of the disk")

    def _renew_file(self, source: int, target: int, path: bytes, name: str) -> None:
        """Write the parts of a file that changed, so that the host has little to write back."""
        opened = os.open(name, _FILE, dir_fd=source)
        try:
            made = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=target)
            try:
                found = os.fstat(opened)
                self._staged[path][name] = self._facts(found)
                _write_changes(opened, made, found.st_size)
                _finish(made, found)
            finally:
                os.close(made)
        finally:
            os.close(opened)


def _is_same_file(before: _Facts, found: os.stat_result) -> bool:
    """Tell whether a file with one name and without holes was copied before."""
    is_whole = found.st_blocks * 512 >= found.st_size
    same = (before.kind, before.inode) == (stat.S_IFREG, found.st_ino)
    return same and found.st_nlink == 1 and is_whole


def _copied(opened: int, made: int, at: int, most: int) -> int:
    """Copy a piece of a file; returns how many bytes."""
    try:
        return os.copy_file_range(opened, made, most, at, at)
    except OSError:
        # Kernels and file systems refuse for many reasons what reading and writing does.
        data = os.pread(opened, min(most, _COMPARED), at)
        return os.pwrite(made, data, at)


def _write_changes(opened: int, made: int, size: int) -> None:
    for at in range(0, size, _COMPARED):
        most = min(_COMPARED, size - at)
        data = os.pread(opened, most, at)
        if data != os.pread(made, most, at):
            left = memoryview(data)
            while left:
                written = os.pwrite(made, left, at)
                at, left = at + written, left[written:]  # noqa: PLW2901  # within one piece
    os.ftruncate(made, size)


def _finish(made: int, found: os.stat_result) -> None:
    os.fchmod(made, stat.S_IMODE(found.st_mode) & _MODE)
    with suppress(OverflowError, OSError):  # A time that the file system does not know.
        os.utime(made, ns=(found.st_mtime_ns, found.st_mtime_ns))


def _kind_of(folder: int) -> int:
    """Return the magic number of the file system of an open folder; 0 where it is not told."""
    told = ctypes.create_string_buffer(256)
    try:
        linux.call("fstatfs", folder, told)
    except OSError:
        return 0
    return int.from_bytes(told.raw[: ctypes.sizeof(ctypes.c_long)], "little") & 0xFFFFFFFF
