"""Paths of tiles, and entry bundles: each has one form, whatever is asked for."""

from juyong.engines.ledger import ENTRIES, LedgerError, Tile, pack_entries, parse_path, read_entries

SEEDS: list[bytes] = [
    Tile(0, 0).path.encode(),
    Tile(1, 1_234_067, 112).path.encode(),
    Tile(63, 2**63 - 1, 255).path.encode(),
    Tile(ENTRIES, 1000).path.encode(),
    b"tile/entries/x001/000.p/256",
    b"\0" + pack_entries([b"one leaf"]),
    b"\2" + pack_entries([b"", b"a", b"bc" * 200]),
    b"\xff" + pack_entries([b"x"] * 256),
    b"\0\xff\xff",
    b"",
]


def target(data: bytes) -> None:
    """Read a path; or a bundle, whose width less one is the first byte."""
    if data.startswith(b"tile/"):
        _path(data)
    elif data:
        _bundle(data[1:], data[0] + 1)


def _path(data: bytes) -> None:
    path = data.decode(errors="replace")
    try:
        tile = parse_path(path)
    except LedgerError:
        return
    assert tile.path == path
    assert path.encode() == data
    assert path.isascii()
    assert ".." not in path
    assert 1 <= tile.width <= 256


def _bundle(data: bytes, width: int) -> None:
    try:
        leaves = read_entries(data, width)
    except LedgerError:
        return
    assert len(leaves) == width
    assert pack_entries(leaves) == data
