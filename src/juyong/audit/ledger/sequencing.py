"""Sequencing: settled events become leaves, in the order of their numbers, a batch at a time.

A step is prepared from one view of the database, where reading and hashing hold nothing up; events
are never changed, so what was read stays so. Then one transaction writes bundles, tiles and the
signed checkpoint, if the head is still the one that the step goes on from. Of two servers that
prepared the same step, one is Stale. So no lease is needed: each event is one leaf, whoever is
killed when.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

from msgspec.structs import replace

from juyong.audit.ledger.leaves import events_after, sound_leaves_of
from juyong.audit.ledger.signing import LogSigner
from juyong.audit.ledger.stored import LogDamaged, frontier_of, log_of
from juyong.audit.ledger.tables import BundleRow, LogRow, TileRow
from juyong.base.clock import Instant
from juyong.base.ids import random_bytes
from juyong.engines.ledger import (
    WIDTH,
    Addition,
    Beginning,
    Checkpoint,
    Expiry,
    Frontier,
    append_all,
    leaf_hashes,
    pack_entries,
)
from juyong.engines.ledger.hashing import HASH_BYTES
from juyong.store.errors import Stale
from juyong.store.transaction import Transaction

STEP_EVENTS = 1024
"""How many events one transaction makes leaves of."""
_ORIGIN_BYTES = 8
OPERATOR = "operator"
"""The operator of a leaf that begins a log; public, so it names no person."""
NewRow = LogRow | BundleRow | TileRow
Begin = Callable[[Transaction], Beginning | None]
"""Returns the first leaf of the first log of a home; asked once."""


_NO_BUNDLE = BundleRow(number=0, first_seq=0, last_seq=0, entries=b"")


class Step(NamedTuple):
    """The rows that one transaction writes. before: The head that the step goes on from."""

    before: LogRow | None
    after: LogRow
    bundles: list[BundleRow]
    tiles: list[TileRow]


def no_beginning(_tx: Transaction) -> None:
    """Begin a log with its first event."""


def next_step(
    tx: Transaction, up_to: int, signer: LogSigner, *, begin: Begin = no_beginning
) -> Step | None:
    """Prepare the next step; None when no settled event is left.

    Args:
        tx: Reads.
        up_to: The number of the newest settled event: none can appear before it any more.
        signer: Signs the checkpoint.
        begin: What the first log of a home begins with.

    Raises:
        LogDamaged: what is stored is not what was signed, or does not fit together.
    """
    before = log_of(tx)
    events = events_after(tx, before.last_seq if before else 0, up_to, STEP_EVENTS)
    first = begin(tx) if before is None else None
    if not events and first is None:
        return None
    leaves, numbers = sound_leaves_of(events), [each.seq for each in events]
    if first is not None:
        leaves, numbers = [first.encode(), *leaves], [0, *numbers]
    return _step(tx, before, leaves, numbers, signer)


def stating_step(tx: Transaction, before: LogRow, expiry: Expiry, signer: LogSigner) -> Step:
    """Prepare the step whose one leaf says which events expired.

    Raises:
        LogDamaged: as next_step.
    """
    step = _step(tx, before, [expiry.encode()], [0], signer)
    return step._replace(after=replace(step.after, expiry=before.size))


def take(tx: Transaction, step: Step) -> None:
    """Write a step.

    Raises:
        Stale, Duplicate: the log has gone on, or is another one; nothing may be committed.
    """
    if log_of(tx) != step.before:
        raise Stale("audit_log")
    if step.before is None:
        tx.insert(step.after)
    else:
        after = step.after
        tx.update(
            step.before,
            size=after.size,
            last_seq=after.last_seq,
            edge=after.edge,
            checkpoint=after.checkpoint,
            expiry=after.expiry,
        )
    for row in (*step.bundles, *step.tiles):
        tx.put_later(row)


def new_log(old: LogRow, reason: str, signer: LogSigner, now: Instant) -> list[NewRow]:
    """Return the rows of a log that follows another one: its first leaf says which, and why.

    Args:
        old: The head of the log that ends, as it is stored.
        reason: Why; public.
        signer: Signs the first checkpoint.
        now: The present.
    """
    first = Beginning(
        old_origin=_plain(old.origin),
        old_checkpoint_hash=sha256(_text_of(old.checkpoint)).digest(),
        operator=OPERATOR,
        reason=reason,
        time_ms=now * 1000,
    ).encode()
    leaf = leaf_hashes([first])
    frontier, _ = append_all(Frontier(), leaf)
    return [
        _head(_new_origin(), frontier, 0, signer),
        BundleRow(number=0, first_seq=0, last_seq=0, entries=pack_entries([first])),
        TileRow(level=0, number=0, hashes=leaf),
    ]


def described(row: LogRow) -> str:
    """Describe the end of a log, for a reason."""
    digest = sha256(_text_of(row.checkpoint)).hexdigest()
    return f"{_plain(row.origin)} of {row.size} leaves, SHA-256 of its checkpoint {digest}"


def _text_of(note: str) -> bytes:
    return f"{note.partition(chr(10) * 2)[0]}\n".encode("utf-8", "surrogateescape")


def _plain(origin: str) -> str:
    """Return an origin in a form that a leaf can hold, whatever somebody stored."""
    return origin.encode("ascii", "backslashreplace").decode()[:255] or "unreadable"


def _new_origin() -> str:
    return f"juyong/{random_bytes(_ORIGIN_BYTES).hex()}"


def _head(origin: str, frontier: Frontier, last_seq: int, signer: LogSigner) -> LogRow:
    checkpoint = Checkpoint(origin=origin, size=frontier.size, root=frontier.root())
    return LogRow(
        origin=origin,
        size=frontier.size,
        last_seq=last_seq,
        edge=b"".join(frontier.edge),
        checkpoint=signer.note(checkpoint),
    )


def _step(
    tx: Transaction,
    before: LogRow | None,
    leaves: list[bytes],
    numbers: list[int],
    signer: LogSigner,
) -> Step:
    """Prepare a step; the number of a leaf that is no event is 0."""
    frontier = frontier_of(before, signer.public) if before else Frontier()
    after, additions = append_all(frontier, leaf_hashes(leaves))
    last = max(numbers[-1], before.last_seq if before else 0)
    head = _head(before.origin if before else _new_origin(), after, last, signer)
    if before is not None:
        head = replace(head, version=before.version, expiry=before.expiry)
    return Step(before, head, _bundles(tx, frontier.size, leaves, numbers), _tiles(tx, additions))


def _bundles(
    tx: Transaction, first: int, leaves: list[bytes], numbers: list[int]
) -> list[BundleRow]:
    """Append leaves to bundles; `first` is the index of the first of them."""
    made, at = [], 0
    while at < len(leaves):
        number, width = divmod(first + at, WIDTH)
        end = min(len(leaves), at + WIDTH - width)
        known = tx.get(BundleRow, number) if width else _NO_BUNDLE
        if known is None:
            raise LogDamaged(f"bundle {number} of the audit log is missing")
        of_events = [each for each in numbers[at:end] if each] or [known.last_seq]
        made.append(
            BundleRow(
                number=number,
                first_seq=known.first_seq or of_events[0],
                last_seq=of_events[-1],
                entries=known.entries + pack_entries(leaves[at:end]),
            )
        )
        at = end
    return made


def _tiles(tx: Transaction, additions: list[Addition]) -> list[TileRow]:
    made = []
    for addition in additions:
        for number, width, hashes in addition.by_tile():
            known = tx.get(TileRow, addition.level, number) if width else None
            held = known.hashes if known else b""
            if len(held) != width * HASH_BYTES:
                raise LogDamaged(f"tile {number} of level {addition.level} is missing or cut off")
            made.append(TileRow(level=addition.level, number=number, hashes=held + hashes))
    return made
