"""Prove one event to somebody who has the log's key and nothing else of it."""

import msgspec

from juyong.audit.ledger.expiring import statements
from juyong.audit.ledger.leaves import Recorded, events_named
from juyong.audit.ledger.signing import key_of
from juyong.audit.ledger.stored import entries_of, log_of, opened, tiles_of, width_of
from juyong.audit.ledger.tables import BundleRow, LogRow
from juyong.engines.ledger import (
    WIDTH,
    Checkpoint,
    Key,
    Leaf,
    Note,
    ProofBundle,
    ProvenTiles,
    decode_leaf,
    prove_inclusion,
    read_entries,
)
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction


class NotProven(Exception):
    """The event cannot be proven; the text says why."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A proof, checked.

    bundle: The file. material: The bytes whose SHA-256 is in the leaf, None where the event
    expired. size: Of the log.
    """

    bundle: bytes
    material: bytes | None
    index: int
    size: int
    key: Key


def prove(tx: Transaction, event_id: str, account_id: str | None, public: bytes) -> Proof:
    """Prove an event.

    Args:
        tx: Reads.
        event_id: The event's id, which the caller knows as the request id.
        account_id: The account of the event, where the owner of a resource got a copy.
        public: The key that signs the log's checkpoints, 32 bytes.

    Raises:
        NotProven: there is no such event, or several, or none that is a leaf.
        LedgerError: the log does not hold.

    Cost: of an event that expired, reads the leaves of all that did.
    """
    event, row = _event(tx, event_id, account_id), log_of(tx)
    if row is None or (event is not None and event.seq > row.last_seq):
        raise NotProven("the event is no leaf yet: a running server makes one in ten seconds")
    checkpoint = opened(row, public)
    if event is not None:
        index, leaf = _index_of(tx, row, event), event.leaf()
    else:
        index, leaf = _expired(tx, row, checkpoint, event_id)
    bundle = ProofBundle(
        index,
        tuple(prove_inclusion(tiles_of(tx), checkpoint.size, index)),
        Note.parse(row.checkpoint.encode()),
        leaf,
    )
    key = key_of(row.origin, public)
    bundle.check(row.origin, (key,))
    return Proof(
        bundle=bundle.encode(),
        material=event.material if event else None,
        index=index,
        size=checkpoint.size,
        key=key,
    )


def _event(tx: Transaction, event_id: str, account_id: str | None) -> Recorded | None:
    """Return the event, None where there is none, or none any more.

    Raises:
        NotProven: there are several.
    """
    try:
        event_id.encode()
    except UnicodeEncodeError:
        raise NotProven(f"there is no event {event_id!a}") from None
    found = events_named(tx, event_id)
    if not found:
        return None
    mine = [each for each in found if account_id in (None, each.account)]
    if len(mine) == 1:
        return mine[0]
    accounts = ", ".join(each.account for each in found)
    raise NotProven(f"the event is in these accounts, name one of them: {accounts}")


def _expired(
    tx: Transaction, row: LogRow, checkpoint: Checkpoint, event_id: str
) -> tuple[int, bytes]:
    """Return the index and the leaf of an event that expired.

    Raises:
        NotProven: no leaf of an event that expired has the id, or several have.
    """
    tiles = ProvenTiles.below(tiles_of(tx), checkpoint)
    newest = next(statements(tiles, tx, row), None)
    end = newest[1].up_to if newest else 0
    found = [
        (index, leaf)
        for number in range(-(-end // WIDTH))
        for index, leaf in enumerate(_leaves_named(tx, row, number, event_id), number * WIDTH)
        if leaf and index < end
    ]
    if not found:
        raise NotProven(f"there is no event `{event_id}`")
    if len(found) > 1:
        places = ", ".join(str(index) for index, _ in found)
        raise NotProven(f"the event and its copies expired, and are the leaves {places} of the log")
    return found[0]


def _leaves_named(tx: Transaction, row: LogRow, number: int, event_id: str) -> list[bytes]:
    """Return the leaves of a bundle; in the place of each that has another id, an empty one."""
    bundle = tx.get(BundleRow, number)
    if bundle is None or event_id.encode() not in bundle.entries:
        return []
    entries = read_entries(bundle.entries, width_of(row.size, number))
    return [each if _names(each, event_id) else b"" for each in entries]


def _names(entry: bytes, event_id: str) -> bool:
    leaf = decode_leaf(entry)
    return isinstance(leaf, Leaf) and leaf.event_id == event_id


def _index_of(tx: Transaction, row: LogRow, event: Recorded) -> int:
    """Return the index of an event's leaf.

    Raises:
        NotProven: the leaf that the event makes now is not in its bundle.
    """
    leaf = event.leaf()
    for (number,) in tx.query(_bundles_around, seq=event.seq):
        entries = entries_of(tx, number, width_of(row.size, number))
        if leaf in entries:
            return int(number) * WIDTH + entries.index(leaf)
    raise NotProven("the event is not what it was when it became a leaf: juyong audit verify")


def _bundles_around() -> "sa.Select[int]":
    bundle = table_of(BundleRow)
    seq = sa.bindparam("seq", type_=sa.BigInteger())
    return sa.select(bundle.c.number).where(bundle.c.first_seq <= seq, bundle.c.last_seq >= seq)
