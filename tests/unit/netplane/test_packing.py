"""Trees as streams: what comes back, what is left out, and streams that are refused."""

import os
import socket
from pathlib import Path

import msgspec
import pytest

from juyong.netplane.desired import MachineDisk
from juyong.netplane.packing import MARK, BadTree, Entry, packed, unpack
from juyong.netplane.trees import GivenUp, TreeName, Trees, opened, remove


def stream_of(folder: Path) -> bytes:
    with opened(folder) as root:
        return b"".join(packed(root))


def unpacked(stream: bytes, folder: Path) -> Path:
    folder.mkdir()
    with opened(folder) as root:
        unpack([stream[at : at + 7] for at in range(0, len(stream), 7)], root)
    return folder


def written(*entries: Entry) -> bytes:
    heads = [msgspec.msgpack.encode(entry) for entry in entries]
    ends = {"f": bytes(16)}
    parts = [
        len(head).to_bytes(4, "big") + head + ends.get(entry.kind, b"")
        for head, entry in zip(heads, entries, strict=True)
    ]
    return MARK + b"".join(parts) + bytes(4)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "inner/empty").mkdir(parents=True)
    (tree / "inner/text").write_bytes(b"text" * 1000)
    (tree / "inner/text").chmod(0o640)
    (tree / "link").symlink_to("/etc/passwd")
    os.link(tree / "inner/text", tree / "again")
    with (tree / "holes").open("wb") as file:
        file.seek(1 << 24)
        file.write(b"end")
        file.truncate(1 << 30)
    os.utime(tree / "inner", (7, 7))
    (tree / "inner/empty").chmod(0)
    return tree


def test_a_tree_comes_back(tree: Path, tmp_path: Path) -> None:
    stream = stream_of(tree)
    assert len(stream) < 100_000
    back = unpacked(stream, tmp_path / "back")
    assert stream_of(back) == stream
    assert (back / "inner/text").stat().st_mode & 0o777 == 0o640
    assert (back / "inner/empty").stat().st_mode & 0o777 == 0
    assert (back / "link").readlink() == Path("/etc/passwd")
    assert (back / "again").samefile(back / "inner/text")
    assert (back / "holes").stat().st_size == 1 << 30
    assert (back / "inner").stat().st_mtime == 7
    remove(back)
    assert not back.exists()


def test_what_is_no_file_is_left_out(tree: Path, tmp_path: Path) -> None:
    whole = stream_of(tree)
    os.mkfifo(tree / "pipe")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tree / "door"))
    deep = tree
    for _ in range(120):
        deep /= "d"
    deep.mkdir(parents=True)
    back = unpacked(stream_of(tree), tmp_path / "back")
    assert not (back / "pipe").exists()
    assert not (back / "door").exists()
    remove(back / "d")
    assert stream_of(back) == whole


@pytest.mark.parametrize(
    "entries",
    [
        [Entry("f", b"../x")],
        [Entry("f", b"/x")],
        [Entry("f", b"a/x")],
        [Entry("d", b".")],
        [Entry("d", b"..")],
        [Entry("d", b"")],
        [Entry("f", b"x\0")],
        [Entry("l", b"a", target=b"/tmp"), Entry("f", b"a/x")],
        [Entry("l", b"a", target=b"/tmp"), Entry("d", b"a")],
        [Entry("l", b"a", target=b"/etc/passwd"), Entry("h", b"b", target=b"a")],
        [Entry("h", b"b", target=b"../a")],
        [Entry("h", b"b", target=b"none")],
        [Entry("d", b"a"), Entry("h", b"b", target=b"a")],
        [Entry("f", b"x"), Entry("f", b"x")],
        [Entry("l", b"x")],
        [Entry("f", b"x", size=1 << 60)],
        [Entry("f", b"x", size=-1)],
        [Entry("d", b"/".join([b"d"] * 101))],
    ],
)
def test_an_entry_that_does_not_stay_in_the_tree_is_refused(
    tmp_path: Path, entries: list[Entry]
) -> None:
    with pytest.raises(BadTree):
        unpacked(written(*entries), tmp_path / "back")


def test_a_stream_that_is_cut_or_goes_on_is_refused(tree: Path, tmp_path: Path) -> None:
    stream = stream_of(tree)
    for number, other in enumerate((b"", stream[:-1], stream[:50], stream + b"x", b"x" + stream)):
        with pytest.raises(BadTree):
            unpacked(other, tmp_path / f"back-{number}")
    with pytest.raises(BadTree):
        unpacked(written(Entry("f", b"x"))[:-20] + bytes(7) + b"\1" * 9, tmp_path / "piece")


def test_a_half_made_tree_is_never_taken_for_the_disk(tmp_path: Path) -> None:
    trees, disk = Trees(tmp_path / "disks"), MachineDisk(id="d-1", base="one")
    with pytest.raises(BadTree):
        trees.prepare(disk, [written(Entry("f", b"root/x"))])
    assert not trees.there()
    trees.clean()
    assert not list((tmp_path / "disks").iterdir())
    trees.prepare(disk, [written(Entry("d", b"root"), Entry("f", b"root/x"))])
    assert trees.there() == {TreeName("d-1", "one")}
    assert (trees.path(TreeName("d-1", "one")) / "root/x").exists()


def test_a_tree_that_a_plane_holds_is_not_dropped(tmp_path: Path) -> None:
    trees, other = Trees(tmp_path / "disks"), Trees(tmp_path / "disks")
    one = TreeName("d-1", "one")
    assert not trees.hold(one)
    trees.prepare(MachineDisk(id="d-1", base="one"), None)
    assert trees.hold(one)
    for each in (trees, other):
        each.drop(one)
        assert trees.there() == {one}
    trees.hold_only(frozenset())
    other.drop(one)
    assert not trees.there()
    other.drop(one)


def test_a_tree_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    trees = Trees(tmp_path / "disks")
    content = [written(Entry("d", b"root"), Entry("f", b"root/x"))]
    for turns in (0, 1):
        left = iter([True] * turns)
        with pytest.raises(GivenUp):
            trees.prepare(MachineDisk(id="d-1"), content, lambda left=left: next(left, False))
        assert not list((tmp_path / "disks").iterdir())
