"""The stored log, read: its head, proven by its signature, and its tiles."""

from collections.abc import Iterable
from hmac import compare_digest

from juyong.audit.ledger.signing import key_of
from juyong.audit.ledger.tables import BundleRow, LogRow, TileRow
from juyong.engines.ledger import (
    WIDTH,
    Beginning,
    Checkpoint,
    Frontier,
    LedgerError,
    Malformed,
    Note,
    TileReader,
    check_inclusion,
    decode_leaf,
    leaf_hash,
    open_checkpoint,
    prove_inclusion,
    read_entries,
    root_from_tiles,
)
from juyong.engines.ledger.hashing import HASH_BYTES
from juyong.store.transaction import Transaction

SLOT = 1


class LogDamaged(Exception):
    """The log cannot go on from what is stored: nothing is signed that does not follow.

    SECURITY: whoever can write the database could otherwise have a tree of their own signed.
    """


def log_of(tx: Transaction) -> LogRow | None:
    """Return the head of the log as it is stored, None before the first."""
    return tx.get(LogRow, SLOT)


def tiles_of(tx: Transaction) -> TileReader:
    """Return what reads tiles."""

    def read(level: int, number: int, width: int) -> bytes:
        row = tx.get(TileRow, level, number)
        if row is None or len(row.hashes) < width * HASH_BYTES:
            raise Malformed(f"tile {number} of level {level} is missing or cut off")
        return row.hashes[: width * HASH_BYTES]

    return read


def entries_of(tx: Transaction, number: int, width: int) -> list[bytes]:
    """Return the leaves of an entry bundle.

    Raises:
        Malformed: the bundle is missing, or holds others than so many leaves.
    """
    row = tx.get(BundleRow, number)
    if row is None:
        raise Malformed(f"bundle {number} is missing")
    return read_entries(row.entries, width)


def width_of(size: int, number: int) -> int:
    """Return how many leaves a bundle of a log of some size has."""
    return max(0, min(WIDTH, size - number * WIDTH))


def opened(row: LogRow, public: bytes) -> Checkpoint:
    """Return the checkpoint of a head.

    Raises:
        LedgerError: it is not signed by that key, or not about that head.
    """
    note = row.checkpoint.encode("utf-8", "surrogateescape")
    found = open_checkpoint(note, row.origin, (key_of(row.origin, public),)).checkpoint
    if found.size != row.size:
        raise Malformed("the checkpoint is of another size than the log")
    return found


def frontier_of(row: LogRow, public: bytes) -> Frontier:
    """Return the edge of the tree, proven by the signature.

    Raises:
        LogDamaged: the head was changed since it was signed.
    """
    try:
        checkpoint = opened(row, public)
        frontier = Frontier.read(row.size, row.edge)
    except LedgerError as damage:
        raise LogDamaged(f"the head of the audit log does not hold: {damage}") from damage
    if frontier.root() != checkpoint.root:
        raise LogDamaged("the edge of the audit log is not what its checkpoint says")
    return frontier


def beginning_of(tx: Transaction, row: LogRow, public: bytes) -> Beginning | None:
    """Return the leaf that says which log this one follows, None where the first leaf is an event.

    Raises:
        LedgerError: it is not the first leaf of the tree that the checkpoint is about.
    """
    checkpoint = opened(row, public)
    if not checkpoint.size:
        return None
    first = entries_of(tx, 0, width_of(row.size, 0))[0]
    proof = prove_inclusion(tiles_of(tx), checkpoint.size, 0)
    check_inclusion(leaf_hash(first), 0, checkpoint.size, proof, checkpoint.root)
    leaf = decode_leaf(first)
    return leaf if isinstance(leaf, Beginning) else None


def checkpoints_in(notes: Iterable[bytes], public: bytes) -> list[Checkpoint]:
    """Return the checkpoints that a key signed, of whichever of its logs; others are left out."""
    found = []
    for note in notes:
        try:
            parsed = Note.parse(note)
            checkpoint = Checkpoint.parse(parsed.text)
            parsed.check((key_of(checkpoint.origin, public),))
        except LedgerError:
            continue
        found.append(checkpoint)
    return found


def continues(tx: Transaction, known: Checkpoint, public: bytes) -> bool:
    """Tell whether the log goes on from a checkpoint that was remembered elsewhere.

    A log that another replaced counts as going on where the first leaf of the new log, which only
    the key's owner can have signed, names that very checkpoint.

    Cost: reads two tiles a level.
    """
    row = log_of(tx)
    if row is None:
        return False
    try:
        if known.origin == row.origin:
            opened(row, public)
            is_shorter = row.size < known.size
            return not is_shorter and root_from_tiles(tiles_of(tx), known.size) == known.root
        first = beginning_of(tx, row, public)
    except LedgerError:
        return False
    return (
        first is not None
        and first.old_origin == known.origin
        and compare_digest(first.old_checkpoint_hash, known.digest)
    )
