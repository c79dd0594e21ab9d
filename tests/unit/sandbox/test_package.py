"""Zip packages: what is taken, and what is refused before anything is written."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from juyong.sandbox import BadPackage, PackageLimits, crc64, read_package


def zipped(*entries: tuple[str, bytes], mode: int = 0o644, kind: int = stat.S_IFREG) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = (kind | mode) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return held.getvalue()


def test_files_and_their_execute_bit_are_written(tmp_path: Path) -> None:
    package = read_package(zipped(("a.py", b"1"), ("b/c.sh", b"2"), mode=0o755), PackageLimits())
    package.write(tmp_path / "code")
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
        read_package(zipped((name, b"x")), PackageLimits())


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(kind: int) -> None:
    with pytest.raises(BadPackage, match="neither file nor directory"):
        read_package(zipped(("a", b"/etc/passwd"), kind=kind), PackageLimits())


def test_bomb_costs_no_more_than_the_limit() -> None:
    with pytest.raises(BadPackage, match="larger than allowed"):
        read_package(zipped(("a", bytes(20_000_000))), PackageLimits(unpacked=1_000_000))


def test_bomb_that_lies_about_its_size_is_refused() -> None:
    data = zipped(("a", bytes(5_000_000)))
    real, lie = (5_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    with pytest.raises(BadPackage):
        read_package(data.replace(real, lie), PackageLimits(unpacked=1_000_000))


def test_many_small_files_are_counted_together() -> None:
    entries = [(f"f{n}", bytes(1000)) for n in range(20)]
    with pytest.raises(BadPackage, match="larger than allowed"):
        read_package(zipped(*entries), PackageLimits(unpacked=15_000))
    with pytest.raises(BadPackage, match="more than 10 entries"):
        read_package(zipped(*entries), PackageLimits(entries=10))


def test_directories_count_as_entries() -> None:
    read_package(zipped(("a/b/c", b""), ("a/b/d", b"")), PackageLimits(entries=4))
    with pytest.raises(BadPackage, match="more than 3 files and directories"):
        read_package(zipped(("a/b/c", b""), ("a/b/d", b"")), PackageLimits(entries=3))
    deep = [(f"{n}/{'d/' * 30}f", b"") for n in range(500)]
    with pytest.raises(BadPackage, match="more than 5000 files and directories"):
        read_package(zipped(*deep), PackageLimits())


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_and_a_file_for_a_directory_are_refused() -> None:
    with pytest.raises(BadPackage, match="twice"):
        read_package(zipped(("a", b"1"), ("a", b"2")), PackageLimits())
    with pytest.raises(BadPackage, match="directory must be"):
        read_package(zipped(("a", b"1"), ("a/b", b"2")), PackageLimits())


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"no zip", zipped(("a", b"x"))[:-30]])
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    with pytest.raises(BadPackage):
        read_package(data, PackageLimits())


def test_an_empty_package_is_refused() -> None:
    with pytest.raises(BadPackage, match="no file"):
        read_package(zipped(), PackageLimits())


def test_wrong_checksum_inside_is_refused() -> None:
    data = bytearray(zipped(("a.py", b"hello hello hello")))
    at = data.index(b"a.py") + 4
    data[at + 2] ^= 0xFF
    with pytest.raises(BadPackage):
        read_package(bytes(data), PackageLimits())


@pytest.mark.parametrize(
    ("data", "known"),
    [(b"123456789", 0x995DC9BBDF1939FA), (b"", 0)],
)
def test_crc64_of_known_texts(data: bytes, known: int) -> None:
    """The check value of CRC-64/XZ in the catalogue of parametrised CRC algorithms."""
    assert crc64(data) == known


def slow_crc64(data: bytes) -> int:
    """The definition, a bit at a time."""
    state = 2**64 - 1
    for byte in data:
        state ^= byte
        for _ in range(8):
            state = (state >> 1) ^ (0xC96C5795D7870F42 * (state & 1))
    return state ^ (2**64 - 1)


def test_crc64_takes_pairs_and_an_odd_end_alike() -> None:
    for size in range(18):
        data = bytes(range(200, 200 + size))
        assert crc64(data) == slow_crc64(data)
