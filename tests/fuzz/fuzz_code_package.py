"""Zip packages of code: read within bounds into files that stay below a directory, or refused."""

import io
import stat
import zipfile
from pathlib import PurePosixPath

from juyong.sandbox import BadPackage, PackageLimits, entries_of

_LIMITS = PackageLimits(entries=50, unpacked=200_000)


def _zip(*entries: tuple[str, bytes, int], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, content, mode in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = method
            archive.writestr(info, content)
    return held.getvalue()


SEEDS: list[bytes] = [
    _zip(("index.py", b"def handler(e, c): return e", stat.S_IFREG | 0o644)),
    _zip(("a/", b"", stat.S_IFDIR | 0o755), ("a/b.sh", b"x" * 99, stat.S_IFREG | 0o755)),
    _zip(("../../etc/passwd", b"root", stat.S_IFREG | 0o644)),
    _zip(("link", b"/etc/passwd", stat.S_IFLNK | 0o777)),
    _zip(("bomb", bytes(1_000_000), 0)),
    _zip(("stored", b"plain", 0), method=zipfile.ZIP_STORED),
    _zip(("lzma", b"plain" * 50, 0), method=zipfile.ZIP_LZMA),
    b"PK\x05\x06" + bytes(18),
    b"",
]


def target(data: bytes) -> None:
    """Read a package; whatever is taken keeps every promise."""
    files: dict[PurePosixPath, int] = {}
    try:
        for entry in entries_of(io.BytesIO(data), _LIMITS):
            assert entry.name not in files
            files[entry.name] = sum(map(len, entry.content))
    except BadPackage:
        return
    assert len(files) <= _LIMITS.entries
    assert sum(files.values()) <= _LIMITS.unpacked
    for name in files:
        assert not name.is_absolute()
        assert ".." not in name.parts
        assert not files.keys() & set(name.parents)
