"""The content of a disk: any bytes are a tree within its folder, or are refused."""

import tempfile
from pathlib import Path

import msgspec

from juyong.netplane.packing import MARK, BadTree, Entry, packed, unpack
from juyong.netplane.trees import opened, remove


def stream(*parts: Entry | bytes) -> bytes:
    """Return a stream of heads and of the bytes between them."""
    found = MARK
    for part in parts:
        if isinstance(part, Entry):
            head = msgspec.msgpack.encode(part)
            found += len(head).to_bytes(4, "big") + head
        else:
            found += part
    return found + bytes(4)


_NO_MORE = bytes(16)
SEEDS: list[bytes] = [
    stream(Entry("d", b"root"), Entry("f", b"root/x", 0o600, 7, 3), _NO_MORE),
    stream(
        Entry("f", b"x", size=3), bytes(15) + b"\x03abc" + bytes(16), Entry("h", b"y", target=b"x")
    ),
    stream(Entry("l", b"a", target=b"/tmp"), Entry("f", b"a/x"), _NO_MORE),
    stream(Entry("f", b"../../x"), _NO_MORE),
    MARK,
]


def target(data: bytes) -> None:
    """Unpack the bytes; what is unpacked is packed and unpacked as the same again."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        for each in ("one", "two"):
            (home / each).mkdir()
        try:
            with opened(home / "one") as root:
                unpack([data], root)
        except BadTree:
            pass
        else:
            with opened(home / "one") as root, opened(home / "two") as other:
                first = b"".join(packed(root))
                unpack([first], other)
                assert b"".join(packed(other)) == first
        for each in ("one", "two"):
            remove(home / each)
        assert not list(home.iterdir())
