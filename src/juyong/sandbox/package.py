"""Zip packages of code: checked as a whole before a single file is written."""

import io
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

import msgspec

_CHUNK = 64 * 1024
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

    entries: int = 5_000
    unpacked: int = 64 * 1024 * 1024


class Package(msgspec.Struct, frozen=True):
    """Files by relative path, each with its content and whether it may be executed."""

    files: tuple[tuple[PurePosixPath, bytes, bool], ...]

    def write(self, directory: Path) -> None:
        """Write the files below a new directory, readable by everybody who gets in there.

        The server's umask would keep all other users from reading, so every mode is set.
        """
        for folder in sorted({parent for name, _, _ in self.files for parent in name.parents}):
            (directory / folder).mkdir()
            (directory / folder).chmod(0o755)
        for name, content, executable in self.files:
            path = directory / name
            path.write_bytes(content)
            path.chmod(0o755 if executable else 0o644)


def read_package(data: bytes, limits: PackageLimits) -> Package:
    """Read a zip package into memory.

    SECURITY: sizes are counted while unpacking, whatever the directory claims, so a bomb costs no
    more than the limit; names that leave the directory, links, devices, encrypted entries and a
    file in the place of a directory are refused.

    Raises:
        BadPackage: it is no zip file, or holds any of these, or too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > limits.entries:
                raise BadPackage(f"it has more than {limits.entries} entries")
            files = _read_all(archive, entries, limits)
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
        if isinstance(bad, BadPackage):
            raise
        raise BadPackage("it cannot be read as a zip file") from bad
    if not files:
        raise BadPackage("it holds no file")
    return Package(files)


def _read_all(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], limits: PackageLimits
) -> tuple[tuple[PurePosixPath, bytes, bool], ...]:
    left = limits.unpacked
    found: dict[PurePosixPath, tuple[bytes, bool]] = {}
    parents = {PurePosixPath()}
    for entry in entries:
        name = _safe_name(entry)
        if entry.is_dir():
            continue
        if name in found:
            raise BadPackage(f"{name} is in it twice")
        content = _read_one(archive, entry, left)
        left -= len(content)
        found[name] = content, bool(entry.external_attr >> 16 & stat.S_IXUSR)
        parents.update(name.parents)
        # The first of the directories is the package's own.
        if len(found) + len(parents) - 1 > limits.entries:
            raise BadPackage(f"it makes more than {limits.entries} files and directories")
    if parents & found.keys():
        raise BadPackage("a file stands where a directory must be")
    return tuple((name, content, executable) for name, (content, executable) in found.items())


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


def _read_one(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes:
    content = bytearray()
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            content += chunk
            if len(content) > left:
                raise BadPackage("unpacked, it is larger than allowed")
    return bytes(content)
