"""Files that prove an event: one form, and nothing is proven but what is in the log."""

from tests.ledger_logs import LOG, ORIGIN, Log, events

from juyong.engines.ledger import (
    LedgerError,
    ProofBundle,
    check_consistency,
    check_inclusion,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
)

_LOG = Log(events(21))
_READ = _LOG.tiles.read
_FILES = [
    ProofBundle(i, tuple(prove_inclusion(_READ, 21, i)), _LOG.note, _LOG.leaves[i]).encode()
    for i in (0, 7, 20)
]
_HASHES = [
    bytes((kind, place, size)) + b"".join(proof)
    for kind, place, size, proof in (
        (0, 3, 21, prove_inclusion(_READ, 21, 3)),
        (1, 6, 21, prove_consistency(_READ, 6, 21)),
        (1, 8, 21, prove_consistency(_READ, 8, 21)),
    )
]
SEEDS: list[bytes] = [
    *_FILES,
    *_HASHES,
    _FILES[0].replace(_FILES[0].split(b"\n")[1] + b"\n", b""),
    b"c2sp.org/tlog-proof@v1\nindex 0\n\n",
    b"",
]


def target(data: bytes) -> None:
    """Read a file; or, after a small first byte, a proof of inclusion or consistency."""
    if data[:1] in (b"\0", b"\1") and len(data) >= 3:
        _check_hashes(data[0], data[1], data[2], data[3:])
        return
    try:
        bundle = ProofBundle.parse(data)
    except LedgerError:
        return
    assert bundle.encode() == data
    try:
        proven = bundle.check(ORIGIN, [LOG.key])
    except LedgerError:
        return
    assert _LOG.leaves[proven.index] == proven.leaf.encode()
    assert proven.opened.checkpoint == _LOG.checkpoint


def _check_hashes(kind: int, place: int, size: int, hashes: bytes) -> None:
    proof = [hashes[at : at + 32] for at in range(0, len(hashes), 32)]
    root = _LOG.frontier.root()
    try:
        if kind == 0:
            leaf = _LOG.leaves[place % 21]
            check_inclusion(leaf_hash(leaf), place, size, proof, root)
            right = prove_inclusion(_READ, 21, place)
        else:
            old_root = Log(events(place % 22)).frontier.root()
            check_consistency(place, old_root, size, root, proof)
            right = prove_consistency(_READ, place, 21)
    except LedgerError:
        return
    # The size may be another than 21 where the way to the root has the same shape.
    assert proof == right
