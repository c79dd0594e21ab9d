"""Prove one event to somebody who has the log's key and nothing else of it."""

import msgspec

from juyong.audit.ledger.leaves import Recorded, events_named
from juyong.audit.ledger.signing import key_of
from juyong.audit.ledger.stored import entries_of, log_of, opened, tiles_of, width_of
from juyong.audit.ledger.tables import BundleRow, LogRow
from juyong.engines.ledger import WIDTH, Key, Note, ProofBundle, prove_inclusion
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction


class NotProven(Exception):
    """The event cannot be proven; the text says why."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A proof, checked.

    bundle: The file. material: The bytes whose SHA-256 is in the leaf. size: Of the log.
    """

    bundle: bytes
    material: bytes
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
    """
    event = _event(tx, event_id, account_id)
    row = log_of(tx)
    if row is None or event.seq > row.last_seq:
        raise NotProven("the event is no leaf yet: a running server makes one in ten seconds")
    checkpoint = opened(row, public)
    index = _index_of(tx, row, event)
    bundle = ProofBundle(
        index,
        tuple(prove_inclusion(tiles_of(tx), checkpoint.size, index)),
        Note.parse(row.checkpoint.encode()),
        event.leaf(),
    )
    key = key_of(row.origin, public)
    bundle.check(row.origin, (key,))
    return Proof(
        bundle=bundle.encode(),
        material=event.material,
        index=index,
        size=checkpoint.size,
        key=key,
    )


def _event(tx: Transaction, event_id: str, account_id: str | None) -> Recorded:
    found = events_named(tx, event_id)
    if not found:
        raise NotProven(f"there is no event `{event_id}`")
    mine = [each for each in found if account_id in (None, each.account_id)]
    if len(mine) == 1:
        return mine[0]
    accounts = ", ".join(each.account_id for each in found)
    raise NotProven(f"the event is in these accounts, name one of them: {accounts}")


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
