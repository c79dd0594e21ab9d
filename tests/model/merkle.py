"""The slow model of a log: RFC 6962 word for word, over the whole list of leaves each time."""

from hashlib import sha256


def root(leaves):
    """MTH of 2.1."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = split(len(leaves))
    return sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:])).digest()


def split(n):
    """The largest power of two smaller than n."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def path(m, leaves):
    """PATH of 2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), root(leaves[k:])]
    return [*path(m - k, leaves[k:]), root(leaves[:k])]


def proof(m, leaves):
    """PROOF of 2.1.2."""
    return subproof(m, leaves, known=True)


def subproof(m, leaves, *, known):
    if m == len(leaves):
        return [] if known else [root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known=known), root(leaves[k:])]
    return [*subproof(m - k, leaves[k:], known=False), root(leaves[:k])]


def tiles(leaves):
    """All tiles of C2SP tlog-tiles by level and index, from the definition by ranges of leaves."""
    found = {}
    level, span = 0, 1
    while span <= len(leaves):
        count = len(leaves) // span
        hashes = [root(leaves[i * span : (i + 1) * span]) for i in range(count)]
        for n in range(0, count, 256):
            found[level, n // 256] = b"".join(hashes[n : n + 256])
        level, span = level + 1, span * 256
    return found
