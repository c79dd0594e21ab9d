"""The hashes of a Merkle tree: SHA-256, with a first byte that tells leaves from nodes.

Source: RFC 6962, 2.1 (documented).
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from struct import Struct

from juyong.engines.ledger.native import CORE

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves."""
_PAIR = Struct(f"{2 * HASH_BYTES}s")
_LEAF = sha256(b"\0")
_NODE = sha256(b"\1")
"""PERF: to copy a hash that has its first byte costs less than to make one and to join bytes."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf's bytes."""
    made = _LEAF.copy()
    made.update(leaf)
    return made.digest()


def leaf_hashes(leaves: Iterable[bytes]) -> bytes:
    """Return the hashes of leaves in their order, one behind the other."""
    if CORE.module is None:
        return leaf_hashes_in_python(leaves)
    found: bytes = CORE.module.leaf_hashes(list(leaves))
    return found


def leaf_hashes_in_python(leaves: Iterable[bytes]) -> bytes:
    """As `leaf_hashes`, without the native core."""
    found, copy = [], _LEAF.copy
    for leaf in leaves:
        made = copy()
        made.update(leaf)
        found.append(made.digest())
    return b"".join(found)


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node with two children."""
    made = _NODE.copy()
    made.update(left + right)
    return made.digest()


def parents(hashes: bytes) -> bytes:
    """Return the hashes of the nodes above consecutive nodes, pair by pair.

    Args:
        hashes: An even number of hashes, one behind the other.
    """
    if CORE.module is not None:
        found: bytes | None = CORE.module.parents(hashes)
        if found is not None:
            return found
    return parents_in_python(hashes)


def parents_in_python(hashes: bytes) -> bytes:
    """As `parents`, without the native core."""
    # PERF: two children that stand side by side are what is hashed.
    found, copy = [], _NODE.copy
    for (pair,) in _PAIR.iter_unpack(hashes):
        made = copy()
        made.update(pair)
        found.append(made.digest())
    return b"".join(found)


def perfect_root(hashes: bytes) -> bytes:
    """Return the root above a power of two of consecutive nodes.

    Args:
        hashes: 1, 2, 4, 8 … hashes, one behind the other.
    """
    if CORE.module is not None:
        found: bytes | None = CORE.module.perfect_root(hashes)
        if found is not None:
            return found
    return perfect_root_in_python(hashes)


def perfect_root_in_python(hashes: bytes) -> bytes:
    """As `perfect_root`, without the native core."""
    while len(hashes) > HASH_BYTES:
        hashes = parents_in_python(hashes)
    return hashes


def folded(edge: Sequence[bytes]) -> bytes:
    """Return the root above perfect trees that stand side by side, the largest first.

    Args:
        edge: The root of each; none of them for the empty tree.
    """
    if not edge:
        return EMPTY_ROOT
    root = edge[-1]
    for left in edge[-2::-1]:
        root = node_hash(left, root)
    return root
