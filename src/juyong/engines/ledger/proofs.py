"""Proofs that a leaf is in a tree, and that a tree begins with an older one.

Proofs are made from tiles, and checked from bytes alone.

Source: RFC 6962, 2.1.1 and 2.1.2; the checks: RFC 9162, 2.1.3.2 and 2.1.4.2 (documented).
"""

from collections.abc import Sequence

from juyong.engines.ledger.errors import BadProof, Malformed
from juyong.engines.ledger.hashing import EMPTY_ROOT, HASH_BYTES, folded, node_hash, perfect_root
from juyong.engines.ledger.tiles import (
    HEIGHT,
    LARGEST_SIZE,
    WIDTH,
    Tile,
    TileReader,
    read_tile,
    width_at,
)

MOST_HASHES = 63
"""A proof in a tree of less than 2**63 leaves is not longer."""


class _Nodes:
    """The nodes of a tree, computed from its tiles; each tile is read once."""

    def __init__(self, reader: TileReader, size: int) -> None:
        self._reader = reader
        self._size = size
        self._tiles: dict[tuple[int, int], bytes] = {}

    def root(self, low: int, high: int) -> bytes:
        """Return the root above the leaves from `low` to before `high`.

        low: A multiple of the smallest power of two that is not less than the number of leaves.
        """
        edge = []
        while low < high:
            height = (high - low).bit_length() - 1
            edge.append(self._perfect(height, low >> height))
            low += 1 << height
        return folded(edge)

    def _perfect(self, height: int, index: int) -> bytes:
        level, above = divmod(height, HEIGHT)
        tile, at = divmod(index << above, WIDTH)
        hashes = self._tile(level, tile)
        return perfect_root(hashes[at * HASH_BYTES : (at + (1 << above)) * HASH_BYTES])

    def _tile(self, level: int, index: int) -> bytes:
        found = self._tiles.get((level, index))
        if found is None:
            tile = Tile(level, index, width_at(self._size, level, index))
            found = self._tiles[level, index] = read_tile(self._reader, tile)
        return found


def root_from_tiles(reader: TileReader, size: int) -> bytes:
    """Return the root of the tree of some size whose leaves are the first of the tiles.

    Raises:
        LedgerError: a tile is not there, or has another length.
    """
    _check_sizes(0, size)
    return _Nodes(reader, size).root(0, size)


def prove_inclusion(reader: TileReader, size: int, index: int) -> list[bytes]:
    """Return the proof that a leaf is in a tree: the siblings of all nodes from it to the root.

    SECURITY: tiles are taken as they are; check the proof before you hand it out.

    Raises:
        Malformed: the tree has no such leaf.
        LedgerError: a tile is not there, or has another length.
    """
    if not 0 <= index < size <= LARGEST_SIZE:
        raise Malformed("the tree has no leaf of that index")
    nodes = _Nodes(reader, size)
    found = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _left(high - low)
        if index < middle:
            found.append(nodes.root(middle, high))
            high = middle
        else:
            found.append(nodes.root(low, middle))
            low = middle
    return found[::-1]


def prove_consistency(reader: TileReader, old_size: int, size: int) -> list[bytes]:
    """Return the proof that a tree begins with the tree that its first leaves form.

    Returns:
        The hashes; none where the old tree is empty or the whole.

    Raises:
        Malformed: the old tree is the larger one.
        LedgerError: a tile is not there, or has another length.
    """
    _check_sizes(old_size, size)
    if old_size in (0, size):
        return []
    nodes = _Nodes(reader, size)
    found = []
    low, high = 0, size
    while high > old_size:
        middle = low + _left(high - low)
        if old_size <= middle:
            found.append(nodes.root(middle, high))
            high = middle
        else:
            found.append(nodes.root(low, middle))
            low = middle
    if low:
        found.append(nodes.root(low, high))
    return found[::-1]


def check_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf is in the tree of some size and root.

    Raises:
        BadProof: the proof does not lead from the leaf at that index to the root.
    """
    _check_hashes(leaf_hash, root, *proof)
    if not 0 <= index < size <= LARGEST_SIZE:
        raise BadProof("the tree has no leaf of that index")
    place, last, found = index, size - 1, leaf_hash
    for each in proof:
        if last == 0:
            raise BadProof("the proof of inclusion is too long")
        if place & 1 or place == last:
            found = node_hash(each, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, each)
        place, last = place >> 1, last >> 1
    if last or found != root:
        raise BadProof("the proof of inclusion does not lead to the root")


def check_consistency(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that a tree begins with an older one.

    The empty tree is the beginning of every tree.

    Raises:
        BadProof: the proof does not lead to both roots.
    """
    _check_hashes(old_root, root, *proof)
    _check_sizes(old_size, size)
    if old_size in (0, size):
        known = EMPTY_ROOT if old_size == 0 else root
        if proof or old_root != known or (size == 0 and root != EMPTY_ROOT):
            raise BadProof("the proof of consistency does not lead to the roots")
        return
    # A tree of a power of two is a node of the new one, so its root begins the proof unsaid.
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path or not proof:
        raise BadProof("the proof of consistency is too short")
    if _walked(old_size, size, path) != (old_root, root):
        raise BadProof("the proof of consistency does not lead to the roots")


def _walked(old_size: int, size: int, path: list[bytes]) -> tuple[bytes, bytes]:
    """Return the roots of both trees as the path of a proof of consistency has them."""
    place, last = old_size - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for each in path[1:]:
        if last == 0:
            raise BadProof("the proof of consistency is too long")
        if place & 1 or place == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, each)
        place, last = place >> 1, last >> 1
    if last:
        raise BadProof("the proof of consistency is too short")
    return old, new


def _left(leaves: int) -> int:
    """Return how many of two or more leaves are below the root's left child."""
    return 1 << ((leaves - 1).bit_length() - 1)


def _check_sizes(old_size: int, size: int) -> None:
    if not 0 <= old_size <= size <= LARGEST_SIZE:
        raise Malformed("a tree has at most 2**63 - 1 leaves, and an older one no more than it")


def _check_hashes(*hashes: bytes) -> None:
    if any(len(each) != HASH_BYTES for each in hashes):
        raise BadProof("a hash is 32 bytes long")
