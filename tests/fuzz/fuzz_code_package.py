"""Zip packages of code: read within bounds into files that stay below a directory, or refused."""

import io
import stat
import zipfile

from juyong.sandbox import BadPackage, PackageLimits, read_package

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
    try:
        package = read_package(data, _LIMITS)
    except BadPackage:
        return
    assert len(package.files) <= _LIMITS.entries
    assert sum(len(content) for _, content, _ in package.files) <= _LIMITS.unpacked
    names = {name for name, _, _ in package.files}
    assert len(names) == len(package.files)
    for name in names:
        assert not name.is_absolute()
        assert ".." not in name.parts
        assert not names & set(name.parents)
