"""A tree of files as one stream of bytes, and back.

The tree is that of a machine, which may have written anything into it. So nothing is followed that
is a link, names are looked up from open folders, and each entry is opened before it is judged.

The stream: a mark; for each entry its head (length in 4 bytes, then msgpack), and for a file its
pieces (offset and length in 8 bytes each, then the bytes) up to one of no length; then a head of no
length. Holes stay holes, and a file with several names is in the stream once.

Left out: sockets, pipes and devices, and what lies deeper than 100 folders. Owners are left out,
since a machine has one user, as are extended attributes and the bits that change a user.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Literal

import msgspec

MARK = b"juyong tree 1\n"
_HEAD, _PIECE = 4, 8
_CHUNK = 1024 * 1024
MOST_DEEP = 100
MOST_PATH = 4096
_MOST_HEAD = 16 * 1024
_MOST_ENTRIES = 2_000_000
_MOST_SIZE = 1 << 44
_MODE = 0o1777
_PATH_ONLY = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class BadTree(Exception):
    """A stream is no tree, or would leave its folder; the text says why."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One entry of a tree.

    kind: `d` a folder, `f` a file, `l` a symbolic link, `h` one more name of a file. path: From the
    root of the tree. size: In bytes, of a file. target: Of a link, or the first name of the file.
    """

    kind: Literal["d", "f", "l", "h"]
    path: bytes
    mode: int = 0
    modified_ns: int = 0
    size: int = 0
    target: bytes = b""


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Entry)


def names_in(folder: int) -> list[str]:
    """Return the names in an open folder."""
    return os.listdir(folder)  # a descriptor


# --- out of a folder ---


def packed(root: int) -> Iterator[bytes]:
    """Yield the stream of a folder's content, in parts of about 1 MiB at most.

    A tree that changes meanwhile is packed as each entry is found.

    Args:
        root: A descriptor of the folder.

    Raises:
        OSError: an entry cannot be read.
    """
    yield MARK
    first_names: dict[tuple[int, int], bytes] = {}
    open_folders = [(os.dup(root), b"", iter(sorted(names_in(root))))]
    try:
        while open_folders:
            folder, path, names = open_folders[-1]
            name = next(names, None)
            if name is None:
                os.close(open_folders.pop()[0])
                continue
            with suppress(FileNotFoundError):
                yield from _entry(folder, path, name, open_folders, first_names)
    finally:
        for folder, _, _ in open_folders:
            os.close(folder)
    yield bytes(_HEAD)


def _entry(
    folder: int,
    path: bytes,
    name: str,
    open_folders: list[tuple[int, bytes, Iterator[str]]],
    first_names: dict[tuple[int, int], bytes],
) -> Iterator[bytes]:
    found = os.open(name, _PATH_ONLY, dir_fd=folder)
    try:
        facts, path = os.fstat(found), path + os.fsencode(name)
        mode, modified = stat.S_IMODE(facts.st_mode) & _MODE, facts.st_mtime_ns
        if len(path) > MOST_PATH or path.count(b"/") >= MOST_DEEP:
            return
        if stat.S_ISDIR(facts.st_mode):
            inner = _reopened(found, mode, os.O_DIRECTORY)
            open_folders.append((inner, path + b"/", iter(sorted(names_in(inner)))))
            yield _head(Entry("d", path, mode, modified))
        elif stat.S_ISLNK(facts.st_mode):
            target = os.fsencode(os.readlink("", dir_fd=found))
            yield _head(Entry("l", path, target=target))
        elif stat.S_ISREG(facts.st_mode):
            first = first_names.setdefault((facts.st_dev, facts.st_ino), path)
            if facts.st_nlink > 1 and first != path:
                yield _head(Entry("h", path, target=first))
                return
            yield _head(Entry("f", path, mode, modified, facts.st_size))
            opened = _reopened(found, mode, 0)
            try:
                yield from _pieces(opened, facts.st_size)
            finally:
                os.close(opened)
    finally:
        os.close(found)


def _reopened(found: int, mode: int, flags: int) -> int:
    """Open what was found for reading; the owner may read whatever its mode says."""
    place = f"/proc/self/fd/{found}"
    flags |= os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        return os.open(place, flags)
    except PermissionError:
        os.chmod(place, mode | 0o700)  # noqa: PTH101  # a descriptor, whatever has the name now
        return os.open(place, flags)


def _head(entry: Entry) -> bytes:
    body = _encoder.encode(entry)
    return len(body).to_bytes(_HEAD, "big") + body


def _pieces(file: int, size: int) -> Iterator[bytes]:
    at = 0
    while at < size:
        try:
            at = os.lseek(file, at, os.SEEK_DATA)
        except OSError:
            break  # A hole up to the end.
        end = min(os.lseek(file, at, os.SEEK_HOLE), size)
        while at < end:
            data = os.pread(file, min(_CHUNK, end - at), at)
            if not data:
                end = size = at  # The file was cut meanwhile.
                break
            yield at.to_bytes(_PIECE, "big") + len(data).to_bytes(_PIECE, "big")
            yield data
            at += len(data)
    yield bytes(2 * _PIECE)


# --- into a folder ---


class _Reader:
    """Takes bytes from a stream that comes in parts."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)
        self._held = memoryview(b"")

    def some(self, most: int) -> memoryview:
        """Return at least one byte, and `most` at most."""
        while not self._held:
            part = next(self._parts, None)
            if part is None:
                raise BadTree("the stream ends too early")
            self._held = memoryview(part)
        found, self._held = self._held[:most], self._held[most:]
        return found

    def all(self, length: int) -> bytes:
        """Return so many bytes."""
        found = bytearray()
        while len(found) < length:
            found += self.some(length - len(found))
        return bytes(found)

    def number(self, length: int) -> int:
        """Return a number of so many bytes."""
        return int.from_bytes(self.all(length), "big")

    def end(self) -> None:
        """Refuse bytes behind the end."""
        if self._held or any(self._parts):
            raise BadTree("the stream goes on behind its end")


def unpack(parts: Iterable[bytes], root: int) -> None:
    """Write the entries of a stream into an empty folder.

    Args:
        parts: The stream, cut anywhere; whatever it raises goes through.
        root: A descriptor of the folder.

    Raises:
        BadTree: the stream is no tree, or has an entry that would not lie in the folder.
        OSError: the system refuses an entry.
    """
    reader = _Reader(parts)
    if reader.all(len(MARK)) != MARK:
        raise BadTree("the stream does not begin as a tree")
    folders: list[Entry] = []
    count = 0
    while length := reader.number(_HEAD):
        count += 1
        if length > _MOST_HEAD or count > _MOST_ENTRIES:
            raise BadTree("there are too many entries, or a head is too long")
        try:
            entry = _decoder.decode(reader.all(length))
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BadTree("a head is none") from None
        _write(entry, reader, root)
        if entry.kind == "d":
            folders.append(entry)
    reader.end()
    # What is written into a folder changes its time, and some modes would refuse it.
    for entry in reversed(folders):
        _finish_folder(entry, root)


def _names(path: bytes) -> list[bytes]:
    names = path.split(b"/")
    if len(path) > MOST_PATH or len(names) > MOST_DEEP:
        raise BadTree("a path is too long")
    if any(name in (b"", b".", b"..") or b"\0" in name for name in names):
        raise BadTree("a path does not stay in the tree")
    return names


def _opened(root: int, names: list[bytes]) -> int:
    """Open a folder of the tree, following no link."""
    folder = os.dup(root)
    try:
        for name in names:
            inner = os.open(name, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
    except OSError as missing:
        os.close(folder)
        raise BadTree("an entry has no folder") from missing
    return folder


def _write(entry: Entry, reader: _Reader, root: int) -> None:
    *above, name = _names(entry.path)
    folder = _opened(root, above)
    try:
        match entry.kind:
            case "d":
                os.mkdir(name, 0o700, dir_fd=folder)
            case "f":
                _write_file(entry, reader, name, folder)
            case "l":
                if not 0 < len(entry.target) < MOST_PATH or b"\0" in entry.target:
                    raise BadTree("a link leads nowhere")
                os.symlink(entry.target, name, dir_fd=folder)
            case "h":
                _link(entry, name, folder, root)
    except FileExistsError:
        raise BadTree("two entries have one path") from None
    finally:
        os.close(folder)


def _link(entry: Entry, name: bytes, folder: int, root: int) -> None:
    *above, first = _names(entry.target)
    held = _opened(root, above)
    try:
        facts = os.stat(first, dir_fd=held, follow_symlinks=False)
        if not stat.S_ISREG(facts.st_mode):
            raise BadTree("a further name is of no file")
        os.link(first, name, src_dir_fd=held, dst_dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        raise BadTree("a further name is of no file") from None
    finally:
        os.close(held)


def _write_file(entry: Entry, reader: _Reader, name: bytes, folder: int) -> None:
    if not 0 <= entry.size <= _MOST_SIZE:
        raise BadTree("a file is too long")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(name, flags, 0o600, dir_fd=folder)
    try:
        while True:
            at, left = reader.number(_PIECE), reader.number(_PIECE)
            if not left:
                break
            if at + left > entry.size:
                raise BadTree("a piece lies behind the end of its file")
            while left:
                data = reader.some(min(left, _CHUNK))
                left -= len(data)
                while data:
                    written = os.pwrite(file, data, at)
                    at, data = at + written, data[written:]
        os.ftruncate(file, entry.size)
        os.fchmod(file, entry.mode & _MODE)
        _set_time(file, entry)
    finally:
        os.close(file)


def _finish_folder(entry: Entry, root: int) -> None:
    folder = _opened(root, _names(entry.path))
    try:
        os.fchmod(folder, entry.mode & _MODE)
        _set_time(folder, entry)
    finally:
        os.close(folder)


def _set_time(opened: int, entry: Entry) -> None:
    with suppress(OverflowError, OSError):  # A time that the file system does not know.
        os.utime(opened, ns=(entry.modified_ns, entry.modified_ns))
