"""Verify a whole log: each leaf against the tiles, and the tiles against checkpoints.

Tiles are checked from the root downwards, so that every hash a leaf is compared with is one that
the signed checkpoint vouches for. The first leaf that differs is named, and how.

COST: memory for one tile a level and 256 leaves, whatever the size.
"""

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import islice
from typing import Self

from juyong.engines.ledger.appending import Frontier, append_all
from juyong.engines.ledger.checkpoint import Checkpoint, open_checkpoint
from juyong.engines.ledger.errors import LedgerError
from juyong.engines.ledger.hashing import HASH_BYTES, leaf_hash, leaf_hashes, perfect_root
from juyong.engines.ledger.note import Key
from juyong.engines.ledger.proofs import root_from_tiles
from juyong.engines.ledger.tiles import (
    HEIGHT,
    WIDTH,
    Tile,
    TileReader,
    edge_tiles,
    read_tile,
    split_hashes,
)


class Difference(StrEnum):
    """How a log differs from its checkpoint."""

    CHECKPOINT = "checkpoint"
    """The checkpoint is not signed by the log, or not readable."""
    ROLLED_BACK = "rolled back"
    """The log is shorter than a checkpoint that was trusted before."""
    FORK = "fork"
    """The log does not begin with the tree of a checkpoint that was trusted before."""
    TILE = "tile differs"
    """A tile is not there, or is not the one below the checkpoint's root."""
    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    REORDERED = "reordered"


class Discrepancy(LedgerError):
    """A log does not hold what its checkpoint says.

    index: Of the first leaf that this is about; None where no single leaf is.
    """

    def __init__(self, difference: Difference, index: int | None, text: str) -> None:
        super().__init__(text)
        self.difference = difference
        self.index = index


def verify_log(
    leaves: Iterable[bytes],
    reader: TileReader,
    note: bytes,
    origin: str,
    keys: Sequence[Key],
    *,
    trusted: Sequence[Checkpoint] = (),
) -> Checkpoint:
    """Verify that a log holds just these leaves, and is what it was.

    Args:
        leaves: The bytes of all leaves that the checkpoint covers, in their order.
        reader: Reads the log's tiles.
        note: The log's signed checkpoint.
        origin, keys: The log's name and keys, see open_checkpoint.
        trusted: Checkpoints of this log that were kept, such as those that witnesses cosigned.

    Returns:
        The checkpoint.

    Raises:
        Discrepancy: the first thing that does not hold.

    Cost: two hashes a leaf, and reading each tile once; some of them again for
    each trusted checkpoint.
    """
    try:
        checkpoint = open_checkpoint(note, origin, keys).checkpoint
    except LedgerError as error:
        raise Discrepancy(Difference.CHECKPOINT, None, str(error)) from None
    rest, tiles = iter(leaves), ProvenTiles(reader, checkpoint.size)
    if tiles.frontier.root() != checkpoint.root:
        raise tiles.first_unlike(rest, checkpoint.root)
    _check_lengths(checkpoint, trusted)
    _compare(rest, tiles, checkpoint.size)
    _check_roots(tiles, trusted)
    return checkpoint


class ProvenTiles:
    """The tiles below a checkpoint, each checked before it is used; two a level are kept.

    SECURITY: all rests on the root of `frontier`, which is made of the partial tiles as they are
    read. Compare it with that of a checkpoint, or use `below`.

    Args:
        reader: Reads tiles.
        size: Of the tree.

    Raises:
        Discrepancy: a partial tile is not there.
    """

    def __init__(self, reader: TileReader, size: int) -> None:
        self._reader = reader
        self._size = size
        # The partial tiles, and the tile of each level that was read last.
        self._edge: dict[int, tuple[int, bytes]] = {}
        self._last: dict[int, tuple[int, bytes]] = {}
        self.frontier = Frontier.from_tiles(size, self._read_edge)

    @classmethod
    def below(cls, reader: TileReader, checkpoint: Checkpoint) -> Self:
        """Return the tiles below a checkpoint's root.

        Raises:
            Discrepancy: the partial tiles lead to another root.
        """
        tiles = cls(reader, checkpoint.size)
        if tiles.frontier.root() != checkpoint.root:
            text = "the tiles do not lead to the checkpoint's root"
            raise Discrepancy(Difference.TILE, None, text)
        return tiles

    def hash_of(self, index: int) -> bytes:
        """Return the hash of a leaf.

        Raises:
            Discrepancy: a tile is another one. IndexError: the tree has no such leaf.
        """
        if not 0 <= index < self._size:
            raise IndexError(index)
        tile, at = divmod(index, WIDTH)
        return self.hashes(0, tile)[at * HASH_BYTES : (at + 1) * HASH_BYTES]

    def hashes(self, level: int, index: int) -> bytes:
        """Return the hashes of a tile, which the frontier's root vouches for.

        Raises:
            Discrepancy: the tile is another one.
        """
        for kept in (self._edge.get(level), self._last.get(level)):
            if kept is not None and kept[0] == index:
                return kept[1]
        tile = Tile(level, index)  # A full one: all others are the edge.
        found = self._read(tile)
        above, at = divmod(index, WIDTH)
        wanted = self.hashes(level + 1, above)[at * HASH_BYTES : (at + 1) * HASH_BYTES]
        if perfect_root(found) != wanted:
            raise _differing(tile)
        self._last[level] = (index, found)
        return found

    def first(self, level: int, index: int, width: int) -> bytes:
        """Return the first hashes of a tile."""
        return self.hashes(level, index)[: width * HASH_BYTES]

    def leaves(self, start: int = 0) -> Iterator[bytes]:
        """Yield the hashes of the tiles of level 0 from one tile on, one tile after the other."""
        for index in range(start, -(-self._size // WIDTH)):
            yield self.hashes(0, index)

    def has(self, leaf: bytes, start: int) -> bool:
        """Tell whether a leaf's hash stands in the tiles of level 0 from one tile on.

        Tiles that are not what the checkpoint says count as without the leaf.
        """
        try:
            return any(leaf in split_hashes(tile) for tile in self.leaves(start))
        except Discrepancy:
            return False

    def first_unlike(self, leaves: Iterator[bytes], root: bytes) -> Discrepancy:
        """Name the partial tile that is not the one of the leaves, if those lead to the root.

        COST: the leaves are hashed once: this happens once.
        """
        frontier, rebuilt = Frontier(), dict[int, bytes]()
        while hashes := leaf_hashes(islice(leaves, WIDTH)):
            frontier, additions = append_all(frontier, hashes)
            for addition in additions:
                for _, before, part in addition.by_tile():
                    kept = rebuilt.get(addition.level, b"") if before else b""
                    rebuilt[addition.level] = kept + part
        if (frontier.size, frontier.root()) == (self._size, root):
            unlike = (
                t for t in edge_tiles(self._size) if self._edge[t.level][1] != rebuilt[t.level]
            )
            return _differing(min(unlike, key=_start))
        text = "neither the tiles nor the leaves lead to the checkpoint's root"
        return Discrepancy(Difference.TILE, None, text)

    def _read_edge(self, level: int, index: int, width: int) -> bytes:
        found = self._read(Tile(level, index, width))
        self._edge[level] = (index, found)
        return found

    def _read(self, tile: Tile) -> bytes:
        try:
            return read_tile(self._reader, tile)
        except LedgerError:
            raise _differing(tile) from None


def _start(tile: Tile) -> int:
    """Return the index of the first leaf below a tile."""
    return tile.index << (HEIGHT * (tile.level + 1))


def _differing(tile: Tile) -> Discrepancy:
    text = f"`{tile.path}` is not what the checkpoint says"
    return Discrepancy(Difference.TILE, _start(tile), text)


def _check_lengths(checkpoint: Checkpoint, trusted: Sequence[Checkpoint]) -> None:
    for each in trusted:
        if each.origin != checkpoint.origin:
            raise Discrepancy(Difference.FORK, None, f"the log was `{each.origin}`")
        if each.size > checkpoint.size:
            text = f"the log has {checkpoint.size} leaves and had {each.size}"
            raise Discrepancy(Difference.ROLLED_BACK, checkpoint.size, text)


def _check_roots(tiles: ProvenTiles, trusted: Sequence[Checkpoint]) -> None:
    for each in trusted:
        if root_from_tiles(tiles.first, each.size) != each.root:
            text = f"the first {each.size} leaves have another root than before"
            raise Discrepancy(Difference.FORK, None, text)


def _compare(leaves: Iterator[bytes], tiles: ProvenTiles, size: int) -> None:
    index = 0
    for wanted in tiles.leaves():
        found = leaf_hashes(islice(leaves, len(wanted) // HASH_BYTES))
        if found != wanted:
            raise _named(split_hashes(found), split_hashes(wanted), leaves, tiles, index)
        index += len(found) // HASH_BYTES
    if any(True for _ in leaves):
        raise Discrepancy(Difference.ADDED, size, f"leaf {size} is not in the log")


def _named(
    found: list[bytes],
    wanted: list[bytes],
    leaves: Iterator[bytes],
    tiles: ProvenTiles,
    index: int,
) -> Discrepancy:
    """Name the first difference of a tile, whose first leaf has some index.

    COST: the rest of the leaves is hashed once, and the rest of the tiles read: this happens once.
    """
    same = 0
    while same < len(found) and found[same] == wanted[same]:
        same += 1
    first, right = index + same, wanted[same]
    if same == len(found):
        return Discrepancy(Difference.MISSING, first, f"leaf {first} and all behind it are missing")
    comes_later = right in found[same:] or any(leaf_hash(each) == right for each in leaves)
    belongs_later = found[same] in wanted[same:] or tiles.has(found[same], index // WIDTH + 1)
    match comes_later, belongs_later:
        case True, True:
            return Discrepancy(Difference.REORDERED, first, f"leaf {first} stands elsewhere")
        case True, False:
            return Discrepancy(Difference.ADDED, first, f"leaf {first} is not in the log")
        case False, True:
            return Discrepancy(Difference.MISSING, first, f"leaf {first} is missing")
        case _:
            return Discrepancy(Difference.CHANGED, first, f"leaf {first} is another one")
