"""Copies of trees that are renewed: they pack to the same stream, whatever changed in between."""

import mmap
import os
import random
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.unit.netplane.test_packing import stream_of, tree

from juyong.netplane import copying
from juyong.netplane.copying import Copy, NoRoom
from juyong.netplane.trees import opened, remove

__all__ = ["tree"]


class Copied:
    """A tree and its copy."""

    def __init__(self, source: Path, target: Path, copy: Copy) -> None:
        self.source, self.target, self.copy = source, target, copy

    def renew(self, *, last: bool) -> None:
        self.copy.renew(last=last)
        if last:
            assert stream_of(self.target) == stream_of(self.source)


@pytest.fixture
def copied(tree: Path) -> Iterator[Copied]:
    if os.geteuid():
        # The helper has the power over modes.
        (tree / "inner/empty").chmod(0o700)
    target = tree.with_name("copy")
    target.mkdir()
    with opened(tree) as source, opened(target) as folder:
        yield Copied(tree, target, Copy(source, folder))


def _write(tree: Path) -> None:
    (tree / "inner/text").write_bytes(b"other")


def _rename(tree: Path) -> None:
    (tree / "inner").rename(tree / "outer")


def _swap(tree: Path) -> None:
    (tree / "new").write_bytes(b"text" * 1000)
    (tree / "new").rename(tree / "inner/text")


def _unlink(tree: Path) -> None:
    (tree / "again").unlink()
    (tree / "inner/empty").rmdir()


def _link(tree: Path) -> None:
    os.link(tree / "holes", tree / "inner/first")
    os.link(tree / "holes", tree / "zone")


def _chmod(tree: Path) -> None:
    (tree / "inner/text").chmod(0o600)
    (tree / "inner").chmod(0o711)
    os.utime(tree / "holes", (9, 9))


def _turn(tree: Path) -> None:
    """Have a file, a folder and a link in the place of other kinds."""
    (tree / "link").unlink()
    (tree / "link").mkdir()
    (tree / "link/below").write_bytes(b"below")
    (tree / "inner/empty").rmdir()
    (tree / "inner/empty").write_bytes(b"full")
    (tree / "holes").unlink()
    (tree / "holes").symlink_to("inner")


def _cut(tree: Path) -> None:
    os.truncate(tree / "holes", 1000)
    os.truncate(tree / "inner/text", 3)


def _map(tree: Path) -> None:
    with (tree / "inner/text").open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        mapped[:4] = b"gone"


CHANGES = (_write, _rename, _swap, _unlink, _link, _chmod, _turn, _cut, _map)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_between_passes_is_in_the_copy(
    copied: Copied, change: Callable[[Path], None]
) -> None:
    copied.renew(last=False)
    change(copied.source)
    copied.renew(last=True)


def test_random_changes_between_passes_are_in_the_copy(copied: Copied) -> None:
    draw = random.Random(7)  # noqa: S311  # reproducible on purpose
    for turn in range(60):
        folders = [copied.source, *(each for each in copied.source.rglob("*") if each.is_dir())]
        files = [each for each in copied.source.rglob("*") if each.is_file()]
        name = f"n{draw.randrange(30)}"
        place = draw.choice([each for each in folders if not each.is_symlink()]) / name
        match draw.randrange(6):
            case 0 if not place.exists():
                place.mkdir()
            case 1 if not place.is_dir():
                place.write_bytes(draw.randbytes(draw.randrange(100)))
            case 2 if files and not place.exists():
                os.link(draw.choice(files), place)
            case 3 if files and not place.is_dir():
                draw.choice(files).rename(place)
            case 4 if files:
                draw.choice(files).unlink()
            case 5 if place.is_dir():
                remove(place)
        copied.renew(last=turn % 5 == 4)


def test_a_large_file_is_renewed_where_it_changed(copied: Copied) -> None:
    large = copied.source / "large"
    data = bytearray(random.Random(7).randbytes(3_500_000))  # noqa: S311  # as above
    large.write_bytes(data)
    copied.renew(last=False)
    data[2_000_000:2_000_004] = b"here"
    with large.open("r+b") as file:
        file.write(data)
        file.truncate(3_400_000)
    copied.renew(last=True)


def test_content_is_shared_where_the_file_system_can(
    copied: Copied, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = []

    def share(made: int, request: int, opened: int) -> None:
        assert request == 0x40049409
        shared.append(os.fstat(opened).st_size)
        os.copy_file_range(opened, made, shared[-1], 0, 0)

    monkeypatch.setattr("juyong.netplane.copying.fcntl.ioctl", share)
    (copied.source / "holes").unlink()
    (copied.source / "void").touch()
    copied.renew(last=False)
    _write(copied.source)
    copied.renew(last=True)
    assert {4000, 5} <= set(shared)


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder that is not in memory."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parents[3]) as folder:
        (Path(folder) / "tree").mkdir()
        (Path(folder) / "copy").mkdir()
        yield Path(folder)


def test_content_that_did_not_change_is_not_copied_again(
    on_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The files are old enough.
    monkeypatch.setattr(copying, "_COARSE_NS", -(10**18))
    (on_disk / "tree/one").write_bytes(b"one")
    (on_disk / "tree/two").write_bytes(b"two")
    os.link(on_disk / "tree/two", on_disk / "tree/three")
    with opened(on_disk / "tree") as source, opened(on_disk / "copy") as target:
        copy = Copy(source, target)
        if not copy.is_believed:
            pytest.skip("the file system keeps no times to go by")
        copy.renew(last=False)
        before = {each.name: each.stat().st_ctime_ns for each in (on_disk / "copy").iterdir()}
        (on_disk / "tree/one").write_bytes(b"other")
        copy.renew(last=True)
    after = {each.name: each.stat().st_ctime_ns for each in (on_disk / "copy").iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"one"}
    assert stream_of(on_disk / "copy") == stream_of(on_disk / "tree")


def test_names_of_one_file_stay_together_when_a_folder_is_moved(
    on_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The move changes no time of the file: its other name is there from the first pass.
    monkeypatch.setattr(copying, "_COARSE_NS", -(10**18))
    (on_disk / "tree/old").mkdir()
    (on_disk / "tree/old/one").write_bytes(b"one")
    for name in ("a", "z"):
        os.link(on_disk / "tree/old/one", on_disk / "tree" / name)
    with opened(on_disk / "tree") as source, opened(on_disk / "copy") as target:
        copy = Copy(source, target)
        copy.renew(last=False)
        (on_disk / "tree/old").rename(on_disk / "tree/new")
        copy.renew(last=True)
    assert stream_of(on_disk / "copy") == stream_of(on_disk / "tree")


def test_a_store_into_a_mapped_page_is_seen_once_the_page_was_written_back(
    on_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All is believed: the time of the file alone tells of the store.
    monkeypatch.setattr(copying, "_COARSE_NS", -(10**18))
    file = on_disk / "tree/mapped"
    file.write_bytes(bytes(4096))
    with (
        opened(on_disk / "tree") as source,
        opened(on_disk / "copy") as target,
        file.open("r+b") as mapping,
        mmap.mmap(mapping.fileno(), 0) as mapped,
    ):
        copy = Copy(source, target)
        mapped[:4] = b"once"
        copy.renew(last=False)
        mapped[:4] = b"more"
        copy.renew(last=True)
    assert (on_disk / "copy/mapped").read_bytes()[:4] == b"more"


def test_what_packing_leaves_out_is_left_out(copied: Copied) -> None:
    os.mkfifo(copied.source / "pipe")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(copied.source / "door"))
    deep = copied.source
    for _ in range(120):
        deep /= "d"
    deep.mkdir(parents=True)
    copied.renew(last=False)
    copied.renew(last=True)
    assert not (copied.target / "pipe").exists()
    assert not (copied.target / "door").exists()
    remove(copied.source / "d")


def test_a_copy_for_which_the_host_has_no_room_is_refused(
    copied: Copied, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "RESERVE", 1 << 60)
    monkeypatch.setattr(copying, "_CLONE", 0)
    with pytest.raises(NoRoom):
        copied.renew(last=False)
