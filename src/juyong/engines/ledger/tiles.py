"""Tiles: the hashes of a tree in files of at most 256, from which every proof is computed.

A tile of level 0 holds hashes of leaves. A hash of level L + 1 is the root above a full tile of
level L. The last tile of a level may be partial. Entry bundles hold the leaves' bytes.

Source: C2SP tlog-tiles (documented).
"""

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from juyong.engines.ledger.errors import Malformed
from juyong.engines.ledger.hashing import HASH_BYTES
from juyong.engines.ledger.native import CORE

HEIGHT = 8
WIDTH = 1 << HEIGHT
"""How many hashes a full tile has, and how many entries a full bundle."""
ENTRIES = -1
"""Stands for the level of entry bundles."""
MOST_LEVEL = 63
MOST_ENTRY_BYTES = 0xFFFF
LARGEST_SIZE = 2**63 - 1

TileReader = Callable[[int, int, int], bytes]
"""Reads a tile: its level, its index and how many hashes are wanted, 1 to WIDTH.

The answer is exactly those hashes, the tile's first; a LedgerError says that the tile is not there.
"""
_PATH = re.compile(
    r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)
_LENGTH = struct.Struct(">H")


class Tile(msgspec.Struct, frozen=True, gc=False):
    """A tile, or an entry bundle when its level is ENTRIES.

    index: Within the level. width: How many hashes or entries; WIDTH when full.
    """

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """The path below the log's address, such as `tile/1/x001/067.p/4`.

        Raises:
            Malformed: there can be no such tile.
        """
        _check(self)
        level = "entries" if self.level == ENTRIES else str(self.level)
        digits = f"{self.index:03d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{number}{partial}"


def parse_path(path: str) -> Tile:
    """Read the path of a tile or of an entry bundle.

    Raises:
        Malformed: there can be no such path; each tile has one spelling.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise Malformed("this is no path of a tile")
    level, number, width = match.groups()
    index = int(re.sub(r"[x/]", "", number))
    level_number = ENTRIES if level == "entries" else int(level)
    tile = Tile(level_number, index, WIDTH if width is None else int(width))
    if tile.path != path:
        raise Malformed("a tile has another path")
    return tile


def _check(tile: Tile) -> None:
    if not ENTRIES <= tile.level <= MOST_LEVEL:
        raise Malformed("a level is 0 to 63")
    if not 0 <= tile.index <= LARGEST_SIZE:
        raise Malformed("an index is 0 to 2**63 - 1")
    if not 1 <= tile.width <= WIDTH:
        raise Malformed("a tile has 1 to 256 hashes")


def width_at(size: int, level: int, index: int) -> int:
    """Return how many hashes a tile of a tree of some size has, 0 to WIDTH."""
    return max(0, min(WIDTH, (size >> (HEIGHT * level)) - index * WIDTH))


def edge_tiles(size: int) -> list[Tile]:
    """Return the partial tiles of a tree, the highest level first: together they span the tree."""
    levels = range((size.bit_length() + HEIGHT - 1) // HEIGHT - 1, -1, -1)
    found = (
        Tile(level, nodes // WIDTH, nodes % WIDTH)
        for level in levels
        if (nodes := size >> (HEIGHT * level))
    )
    return [tile for tile in found if tile.width]


def read_tile(reader: TileReader, tile: Tile) -> bytes:
    """Read a tile's hashes.

    Raises:
        LedgerError: the tile is not there, or has another length.
    """
    data = reader(tile.level, tile.index, tile.width)
    if len(data) != tile.width * HASH_BYTES:
        raise Malformed(f"`{tile.path}` has another length")
    return data


def split_hashes(data: bytes) -> list[bytes]:
    """Take hashes apart that stand one behind the other.

    Raises:
        Malformed: the length is no multiple of 32.
    """
    if len(data) % HASH_BYTES:
        raise Malformed("hashes are 32 bytes long each")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def join_hashes(hashes: Iterable[bytes]) -> bytes:
    """Put hashes one behind the other.

    Raises:
        Malformed: one of them is not 32 bytes long.
    """
    found = list(hashes)
    if any(len(each) != HASH_BYTES for each in found):
        raise Malformed("a hash is 32 bytes long")
    return b"".join(found)


def pack_entries(leaves: Sequence[bytes]) -> bytes:
    """Return an entry bundle.

    Args:
        leaves: The bytes of 1 to WIDTH leaves, each at most MOST_ENTRY_BYTES long.

    Raises:
        Malformed: there are too many or none, or one is too long.
    """
    if not 1 <= len(leaves) <= WIDTH:
        raise Malformed("a bundle has 1 to 256 entries")
    if CORE.module is not None:
        found: bytes | None = CORE.module.pack_entries(list(leaves))
        if found is not None:
            return found
    return pack_in_python(leaves)


def pack_in_python(leaves: Sequence[bytes]) -> bytes:
    """As `pack_entries`, without the native core, and of any number of leaves."""
    if any(len(leaf) > MOST_ENTRY_BYTES for leaf in leaves):
        raise Malformed("an entry is at most 65,535 bytes long")
    return b"".join([_LENGTH.pack(len(leaf)) + leaf for leaf in leaves])


def read_entries(data: bytes, width: int) -> list[bytes]:
    """Take an entry bundle apart.

    Args:
        data: The bundle.
        width: How many entries it has.

    Raises:
        Malformed: it has more or fewer, or ends within one.
    """
    found = list(_entries(data, width))
    if len(found) != width:
        raise Malformed("a bundle has another number of entries")
    return found


def _entries(data: bytes, most: int) -> Iterator[bytes]:
    at = 0
    while at < len(data) and most >= 0:
        start = at + _LENGTH.size
        at = start + int.from_bytes(data[at:start])
        if at > len(data):
            raise Malformed("an entry is cut off")
        yield data[start:at]
        most -= 1
