"""Zip packages of code: checked as a whole before a single file is written."""

import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple, Protocol

import msgspec

_CHUNK = 64 * 1024
_MOST_AT_ONCE = 8 * 1024 * 1024
"""The longest piece of a package that is read at once: its directory is read as one."""
_ENTRY = b"PK\x01\x02"
_WINDOWS_DRIVE = ":"
_ENCRYPTED = 0x1
_LONGEST_NAME = 255
_DEEPEST = 32
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class BadPackage(ValueError):
    """The bytes are no package that may be run; the text says why."""


class PackageLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of a package.

    entries: Of the zip file, and as many files and directories that it makes. unpacked: Bytes of
    all files.
    """

    entries: int = 20_000
    unpacked: int = 1024 * 1024 * 1024


class Code(Protocol):
    """The code of a run."""

    def write(self, directory: Path) -> None:
        """Write the files below a new directory, readable by everybody who gets in there."""
        ...


class Entry(NamedTuple):
    """One file of a package; `content` is read before the next entry is asked for."""

    name: PurePosixPath
    executable: bool
    content: Iterator[bytes]


class Package(msgspec.Struct, frozen=True):
    """Files in memory by relative path, each with its content and whether it may be executed."""

    files: tuple[tuple[PurePosixPath, bytes, bool], ...]

    def write(self, directory: Path) -> None:
        """Write the files below a new directory, readable by everybody who gets in there."""
        _write(directory, (Entry(name, may, iter((text,))) for name, text, may in self.files))


class ZipPackage(msgspec.Struct, frozen=True):
    """A zip package that was checked; `source` opens the package, which may be a large file."""

    source: Callable[[], BinaryIO]
    limits: PackageLimits

    def write(self, directory: Path) -> None:
        """Write the files below a new directory, readable by everybody who gets in there.

        Raises:
            BadPackage: it is not the package that was checked.

        Cost: memory for one chunk.
        """
        with self.source() as source:
            _write(directory, entries_of(source, self.limits))


def check_package(source: BinaryIO, limits: PackageLimits) -> None:
    """Read a zip package to its end.

    Raises:
        BadPackage: as entries_of.

    Cost: unpacks the whole of it, with memory for one chunk and for the list of the entries.
    """
    for entry in entries_of(source, limits):
        for _ in entry.content:
            pass


def entries_of(source: BinaryIO, limits: PackageLimits) -> Iterator[Entry]:
    """Yield the files of a zip package.

    SECURITY: sizes are counted while unpacking, whatever the directory claims, so a bomb costs no
    more than the limit; names that leave the directory, links, devices, encrypted entries and a
    file in the place of a directory are refused.

    Raises:
        BadPackage: it is no zip file, or holds any of these, or too much.
    """
    with _told(), zipfile.ZipFile(_Bounded(source, limits.entries)) as archive:
        entries = archive.infolist()
        if len(entries) > limits.entries:
            raise BadPackage(f"it has more than {limits.entries} entries")
        yield from _all_of(archive, entries, limits)


class _Bounded:
    """A file for ZipFile, which reads the directory of entries into memory at once."""

    def __init__(self, source: BinaryIO, entries: int) -> None:
        self._source = source
        self._entries = entries
        self.seek, self.tell, self.seekable = source.seek, source.tell, source.seekable

    def read(self, length: int = -1) -> bytes:
        if length > _MOST_AT_ONCE:
            raise BadPackage("the directory of its entries is too large")
        data = self._source.read(length if length >= 0 else _MOST_AT_ONCE)
        # ZipFile makes an object of each entry, a hundred times its bytes, before it can be asked.
        if length > _CHUNK and data.count(_ENTRY) > self._entries:
            raise BadPackage(f"it has more than {self._entries} entries")
        return data


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the zip library says of bytes that are no package into BadPackage."""
    try:
        yield
    except BadPackage:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        OverflowError,
        UnicodeDecodeError,
        ValueError,
        RuntimeError,
    ) as bad:
        raise BadPackage("it cannot be read as a zip file") from bad


def _all_of(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], limits: PackageLimits
) -> Iterator[Entry]:
    left = _Left(limits.unpacked)
    found: set[PurePosixPath] = set()
    parents = {PurePosixPath()}
    for entry in entries:
        name = _safe_name(entry)
        if entry.is_dir():
            continue
        if name in found:
            raise BadPackage(f"{name} is in it twice")
        found.add(name)
        parents.update(name.parents)
        # The first of the directories is the package's own.
        if len(found) + len(parents) - 1 > limits.entries:
            raise BadPackage(f"it makes more than {limits.entries} files and directories")
        may = bool(entry.external_attr >> 16 & stat.S_IXUSR)
        yield Entry(name, may, _content_of(archive, entry, left))
    if parents & found:
        raise BadPackage("a file stands where a directory must be")
    if not found:
        raise BadPackage("it holds no file")


class _Left:
    """The bytes that all files together may still have."""

    def __init__(self, most: int) -> None:
        self._most = most

    def take(self, size: int) -> None:
        self._most -= size
        if self._most < 0:
            raise BadPackage("unpacked, it is larger than allowed")


def _safe_name(entry: zipfile.ZipInfo) -> PurePosixPath:
    text = entry.orig_filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadPackage("it holds something that is neither file nor directory")
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
        raise BadPackage("it holds an encrypted or unusually compressed entry")
    parts = text.rstrip("/").split("/")
    unsafe = any(p in ("", ".", "..") or len(p.encode()) > _LONGEST_NAME for p in parts)
    odd = any(c in text for c in ("\\", "\0", _WINDOWS_DRIVE)) or not text.isprintable()
    if unsafe or odd or len(parts) > _DEEPEST:
        raise BadPackage("an entry's name leaves the package or cannot be written")
    return PurePosixPath(*parts)


def _content_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: _Left) -> Iterator[bytes]:
    with _told(), archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            left.take(len(chunk))
            yield chunk


def _write(directory: Path, entries: Iterable[Entry]) -> None:
    """Write files; the server's umask would keep others from reading, so every mode is set."""
    made = {PurePosixPath()}
    _make(directory)
    for name, executable, content in entries:
        for folder in reversed(name.parents):
            if folder not in made:
                _make(directory / folder)
                made.add(folder)
        path = directory / name
        with path.open("xb") as file:
            for chunk in content:
                file.write(chunk)
        path.chmod(0o755 if executable else 0o644)


def _make(folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o755)
