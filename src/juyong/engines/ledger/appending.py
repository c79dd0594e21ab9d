"""Append leaves to a tree of which only the right edge is known.

The edge holds the roots of the perfect trees that the leaves form, at most 63 hashes whatever the
size. Hashes that are appended to tiles are final: a partial tile only grows.
"""

from collections.abc import Iterator
from typing import NamedTuple, Self

from juyong.engines.ledger.errors import Malformed
from juyong.engines.ledger.hashing import HASH_BYTES, folded, parents, perfect_root
from juyong.engines.ledger.tiles import (
    HEIGHT,
    LARGEST_SIZE,
    WIDTH,
    TileReader,
    edge_tiles,
    read_tile,
    split_hashes,
)


class Frontier(NamedTuple):
    """A tree, known by its right edge.

    size: How many leaves it has.
    edge: The roots of the perfect trees that the leaves form, the largest first: one for each bit
        that is set in the size.
    """

    size: int = 0
    edge: tuple[bytes, ...] = ()

    @classmethod
    def read(cls, size: int, edge: bytes) -> Self:
        """Restore a frontier from its size and its edge, hashes one behind the other.

        Raises:
            Malformed: a tree of that size has another number of hashes.
        """
        if not 0 <= size <= LARGEST_SIZE or len(edge) != HASH_BYTES * size.bit_count():
            raise Malformed("an edge has a hash for each bit of the size")
        return cls(size, tuple(split_hashes(edge)))

    @classmethod
    def from_tiles(cls, size: int, reader: TileReader) -> Self:
        """Restore the frontier of a tree of some size from its tiles, at most eight of them.

        SECURITY: tiles are taken as they are; compare the root with that of a checkpoint.

        Raises:
            LedgerError: a tile is not there, or has another length.
        """
        if not 0 <= size <= LARGEST_SIZE:
            raise Malformed("a size is 0 to 2**63 - 1")
        edge: list[bytes] = []
        for tile in edge_tiles(size):
            edge += perfect_roots(read_tile(reader, tile))
        return cls(size, tuple(edge))

    def root(self) -> bytes:
        """Return the root of the tree."""
        return folded(self.edge)


class Addition(NamedTuple):
    """Hashes to append to the tiles of a level.

    first: The index, within the level, of the first of them. hashes: One behind the other.
    """

    level: int
    first: int
    hashes: bytes

    def by_tile(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield the index of each tile, how many hashes it has before, and those to append."""
        start = self.first
        end = start + len(self.hashes) // HASH_BYTES
        while start < end:
            index, before = divmod(start, WIDTH)
            stop = min(end, (index + 1) * WIDTH)
            part = slice((start - self.first) * HASH_BYTES, (stop - self.first) * HASH_BYTES)
            yield index, before, self.hashes[part]
            start = stop


def append_all(frontier: Frontier, leaf_hashes: bytes) -> tuple[Frontier, list[Addition]]:
    """Append leaves, given by their hashes, one behind the other.

    Returns:
        The frontier with them, and what to append to which tiles, lower levels first. Appending
        leaves in several steps adds the same hashes to the same tiles.

    Raises:
        Malformed: the hashes are not of 32 bytes each, or the tree would be too large.

    Cost: one hash a leaf, on average; memory for all hashes of the call.
    """
    nodes = leaf_hashes
    count, cut_off = divmod(len(nodes), HASH_BYTES)
    if cut_off:
        raise Malformed("a hash is 32 bytes long")
    if frontier.size + count > LARGEST_SIZE:
        raise Malformed("the tree would be too large")
    size, first, height = frontier.size + count, frontier.size, 0
    old = list(frontier.edge)
    edge: list[bytes] = []
    additions: list[Addition] = []
    while nodes:
        if height % HEIGHT == 0:
            additions.append(Addition(height // HEIGHT, first, nodes))
        if first & 1:
            nodes = old.pop() + nodes
        if len(nodes) // HASH_BYTES & 1:
            edge.append(nodes[-HASH_BYTES:])
            nodes = nodes[:-HASH_BYTES]
        nodes = parents(nodes)
        first >>= 1
        height += 1
    return Frontier(size, (*old, *reversed(edge))), additions


def perfect_roots(hashes: bytes) -> list[bytes]:
    """Return the roots of the perfect trees above the hashes of a partial tile, largest first."""
    found, at = [], 0
    while left := len(hashes) - at:
        taken = 1 << (left.bit_length() - 1)
        found.append(perfect_root(hashes[at : at + taken]))
        at += taken
    return found
