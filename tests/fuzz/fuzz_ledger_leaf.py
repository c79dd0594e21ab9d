"""Leaves of a log from outside: one leaf, which encodes to the same bytes, or refused."""

from juyong.engines.ledger import Beginning, Expiry, Leaf, LedgerError, decode_leaf

SEEDS: list[bytes] = [
    Leaf("86a9efd9-3d16-4894-bd4f-7f34d0b62f3a", 1_700_000_000_000, bytes(range(32))).encode(),
    Leaf("é", 0, bytes(32)).encode(),
    Beginning(
        old_origin="juyong.test/log",
        old_checkpoint_hash=bytes(32),
        operator="root",
        reason="",
        time_ms=2**63 - 1,
    ).encode(),
    Expiry(up_to=300, previous=0, kept_days=90, time_ms=1_700_000_000_000).encode(),
    b"\1\0" + bytes(40),
    b"\3" + bytes(28),
    b"\2" + bytes(46),
    b"\xff" * 80,
    b"",
]


def target(data: bytes) -> None:
    """Decode; what is a leaf has one form."""
    try:
        leaf = decode_leaf(data)
    except LedgerError:
        return
    assert leaf.encode() == data
    assert decode_leaf(leaf.encode()) == leaf
