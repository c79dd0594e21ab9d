"""Zip packages: what is taken, and what is refused before anything is written."""

import io
import stat
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from juyong.sandbox import BadPackage, PackageLimits, ZipPackage, check_package


def zipped(*entries: tuple[str, bytes], mode: int = 0o644, kind: int = stat.S_IFREG) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = (kind | mode) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return held.getvalue()


def read(data: bytes, limits: PackageLimits) -> None:
    check_package(io.BytesIO(data), limits)


def test_files_and_their_execute_bit_are_written(tmp_path: Path) -> None:
    data = zipped(("a.py", b"1"), ("b/c.sh", b"2"), mode=0o755)
    ZipPackage(lambda: io.BytesIO(data), PackageLimits()).write(tmp_path / "code")
    assert (tmp_path / "code/a.py").read_bytes() == b"1"
    assert (tmp_path / "code/b/c.sh").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "/etc/cron.d/x",
        "a/../../b",
        "a//b",
        "./a",
        "a/..",
        "C:/x",
        "a\\..\\b",
        "a\nb",
        "x" * 300,
        "/".join("d" * 40),
    ],
)
def test_names_that_leave_the_package_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadPackage, match="name"):
        read(zipped((name, b"x")), PackageLimits())


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(kind: int) -> None:
    with pytest.raises(BadPackage, match="neither file nor directory"):
        read(zipped(("a", b"/etc/passwd"), kind=kind), PackageLimits())


def test_bomb_costs_no_more_than_the_limit() -> None:
    with pytest.raises(BadPackage, match="larger than allowed"):
        read(zipped(("a", bytes(20_000_000))), PackageLimits(unpacked=1_000_000))


def test_bomb_that_lies_about_its_size_is_refused() -> None:
    data = zipped(("a", bytes(5_000_000)))
    real, lie = (5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    with pytest.raises(BadPackage):
        read(data.replace(real, lie), PackageLimits(unpacked=1_000_000))


def test_many_small_files_are_counted_together() -> None:
    entries = [(f"f{n}", bytes(1000)) for n in range(20)]
    with pytest.raises(BadPackage, match="larger than allowed"):
        read(zipped(*entries), PackageLimits(unpacked=15_000))
    with pytest.raises(BadPackage, match="more than 10 entries"):
        read(zipped(*entries), PackageLimits(entries=10))


def test_entries_are_counted_before_each_becomes_an_object() -> None:
    data = zipped(*((f"f{n}", b"") for n in range(30_000)))
    tracemalloc.start()
    try:
        with pytest.raises(BadPackage, match="more than 20000 entries"):
            read(data, PackageLimits())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 6_000_000


def test_directories_count_as_entries() -> None:
    read(zipped(("a/b/c", b""), ("a/b/d", b"")), PackageLimits(entries=4))
    with pytest.raises(BadPackage, match="more than 3 files and directories"):
        read(zipped(("a/b/c", b""), ("a/b/d", b"")), PackageLimits(entries=3))
    deep = [(f"{n}/{'d/' * 30}f", b"") for n in range(1000)]
    with pytest.raises(BadPackage, match="more than 20000 files and directories"):
        read(zipped(*deep), PackageLimits())


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_and_a_file_for_a_directory_are_refused() -> None:
    with pytest.raises(BadPackage, match="twice"):
        read(zipped(("a", b"1"), ("a", b"2")), PackageLimits())
    with pytest.raises(BadPackage, match="directory must be"):
        read(zipped(("a", b"1"), ("a/b", b"2")), PackageLimits())


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip", zipped(("a", b"x"))[:-30]])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    with pytest.raises(BadPackage):
        read(data, PackageLimits())


def test_an_empty_package_is_refused() -> None:
    with pytest.raises(BadPackage, match="no file"):
        read(zipped(), PackageLimits())


def test_wrong_checksum_inside_is_refused() -> None:
    data = bytearray(zipped(("a.py", b"hello hello hello")))
    at = data.index(b"a.py") + 4
    data[at + 2] ^= 0xFF
    with pytest.raises(BadPackage):
        read(bytes(data), PackageLimits())


def test_a_directory_that_fills_the_memory_is_not_read() -> None:
    """Each entry has an extra field, so that few entries make a long directory."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for number in range(140):
            info = zipfile.ZipInfo(f"f{number}")
            info.extra = b"\xff\xff" + (60_000).to_bytes(2, "little") + bytes(60_000)
            archive.writestr(info, b"x")
    with pytest.raises(BadPackage, match="directory of its entries is too large"):
        read(held.getvalue(), PackageLimits())


def test_a_package_that_changed_after_it_was_checked_is_not_run(tmp_path: Path) -> None:
    package = ZipPackage(lambda: io.BytesIO(zipped(("../evil.py", b"x"))), PackageLimits())
    with pytest.raises(BadPackage, match="name"):
        package.write(tmp_path / "code")
    assert not (tmp_path / "evil.py").exists()
