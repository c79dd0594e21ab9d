"""The hashes of a Merkle tree: SHA-256, with a first byte that tells leaves from nodes.

Source: RFC 6962, 2.1 (documented).
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of a leaf's bytes."""
    return sha256(b"\0" + leaf).digest()


def leaf_hashes(leaves: Iterable[bytes]) -> list[bytes]:
    """Return the hashes of leaves, in their order."""
    return [sha256(b"\0" + leaf).digest() for leaf in leaves]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node with two children."""
    return sha256(b"\1" + left + right).digest()


def parents(hashes: bytes) -> list[bytes]:
    """Return the hashes of the nodes above consecutive nodes, pair by pair.

    Args:
        hashes: An even number of hashes, one behind the other.
    """
    # PERF: a pair's children stand side by side, so a slice is what is hashed.
    return [
        sha256(b"\1" + hashes[at : at + 2 * HASH_BYTES]).digest()
        for at in range(0, len(hashes), 2 * HASH_BYTES)
    ]


def perfect_root(hashes: bytes) -> bytes:
    """Return the root above a power of two of consecutive nodes.

    Args:
        hashes: 1, 2, 4, 8 … hashes, one behind the other.
    """
    while len(hashes) > HASH_BYTES:
        hashes = b"".join(parents(hashes))
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
