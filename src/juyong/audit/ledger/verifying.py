"""Verify the record: every event against the log, and the log against its checkpoints.

Events and entry bundles are read side by side, once and in the memory of a page. The engine proves
tiles from the signed root downwards, and compares each event's leaf with them; so the first event
that is not as it was is named, and how. A known checkpoint from elsewhere shows whether the log as
a whole was cut off or replaced.

What somebody who writes the database can store may be anything: it is compared, and never believed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import NamedTuple

import msgspec

from juyong.audit.ledger.leaves import all_events, all_places, event_at, unsigned
from juyong.audit.ledger.signing import key_of
from juyong.audit.ledger.stored import (
    LogDamaged,
    beginning_of,
    continues,
    entries_of,
    frontier_of,
    log_of,
    opened,
    width_of,
)
from juyong.audit.ledger.tables import BundleRow, LogRow, TileRow
from juyong.base.clock import Instant
from juyong.engines.ledger import (
    WIDTH,
    Beginning,
    Checkpoint,
    Difference,
    Discrepancy,
    Frontier,
    Leaf,
    LedgerError,
    Malformed,
    append_all,
    decode_leaf,
    leaf_hash,
    leaf_hashes,
    verify_log,
    width_at,
)
from juyong.engines.ledger.hashing import HASH_BYTES
from juyong.store.transaction import Transaction

BUNDLE = "bundle differs"
"""An entry bundle is not what the events and the tiles say."""
REPLACED = "replaced"
"""The log is another one than the one that was known, and does not say that it follows that one."""
_BEFORE_ALL = -(1 << 62)


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing that does not hold.

    how: One of engines.ledger.Difference, BUNDLE or REPLACED. index: Of the leaf, if it is about
    one. event_id: Of the event that is there or should be there, if one can be named.
    """

    how: str
    index: int | None = None
    event_id: str | None = None
    text: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a verification.

    origin, size: Of the log; empty and 0 where there is none.
    compared: How many events were compared with their leaves.
    unsigned, unsigned_since: How many events are behind the log, and the time of the oldest.
    follows: The first leaf, where it says which log was before.
    replaced: Known checkpoints of that log before; what they covered is not proven by this one.
    trouble: None where all holds.
    """

    origin: str = ""
    size: int = 0
    compared: int = 0
    unsigned: int = 0
    unsigned_since: Instant | None = None
    follows: Beginning | None = None
    replaced: int = 0
    trouble: Trouble | None = None


class Period(NamedTuple):
    """The whole records of events of these seconds since 1970 UTC, both included, are compared.

    Of all other events, id, time and place are compared with the leaves of the entry bundles, which
    are proven all the same. So an event that was added, removed or moved is found wherever it is;
    another change of a record is found within the period alone.
    """

    since: int
    until: int

    def touches(self, entries: Sequence[bytes]) -> bool:
        """Tell whether a leaf of this period is among them; what cannot be read is."""
        for each in entries:
            try:
                time_ms = decode_leaf(each).time_ms
            except LedgerError:
                return True
            if self.since <= time_ms // 1000 <= self.until:
                return True
        return False


def verify(
    tx: Transaction,
    public: bytes,
    *,
    known: Sequence[Checkpoint] = (),
    former: Sequence[Checkpoint] = (),
    period: Period | None = None,
    strict: bool = True,
) -> Report:
    """Verify the record in one view of the database.

    Args:
        tx: Reads.
        public: The key that signs the log's checkpoints, 32 bytes.
        known: Checkpoints that are trusted to be the log's, each proven by its signature.
        former: Older ones, which tell where it went wrong if no leaf can be named.
        period: Which events are compared as a whole; all of them without it.
        strict: A known checkpoint of the log before must be the very one that the first leaf names.
            Without, any of that log counts as replaced: a checkpoint kept elsewhere is older.

    Cost: reads events, bundles and tiles once, in the memory of a page.
    """
    row = log_of(tx)
    if row is None:
        count, since = unsigned(tx, _BEFORE_ALL)
        trouble = None
        if known:
            text = f"there is no log, and there was one of {known[0].size} leaves"
            trouble = Trouble(how=Difference.ROLLED_BACK, index=0, text=text)
        return Report(unsigned=count, unsigned_since=_instant(since), trouble=trouble)
    return _Verification(tx, row, public, known, former, period, strict).report()


@dataclass(slots=True)
class _Verification:
    """One verification of a log; `unlike` is the first difference between bundles and events."""

    tx: Transaction
    row: LogRow
    public: bytes
    known: Sequence[Checkpoint]
    former: Sequence[Checkpoint]
    period: Period | None
    strict: bool
    compared: int = 0
    unlike: Trouble | None = None

    def report(self) -> Report:
        row = self.row
        trouble = self._trouble()
        count, since = unsigned(self.tx, row.last_seq)
        return Report(
            origin=row.origin,
            size=row.size,
            compared=self.compared,
            unsigned=count,
            unsigned_since=_instant(since),
            follows=None if trouble else beginning_of(self.tx, row, self.public),
            replaced=sum(each.origin != row.origin for each in self.known),
            trouble=trouble,
        )

    def _trouble(self) -> Trouble | None:
        others = [each for each in self.known if each.origin != self.row.origin]
        try:
            opened(self.row, self.public)
        except LedgerError as damage:
            return Trouble(how=Difference.CHECKPOINT, text=str(damage))
        try:
            self._verify_log()
            frontier_of(self.row, self.public)
        except Discrepancy as found:
            return self._named(found)
        except LogDamaged as damage:
            return Trouble(how=Difference.CHECKPOINT, text=str(damage))
        for each in others:
            if not continues(self.tx, each, self.public) and not self._follows(each):
                text = f"the log was `{each.origin}`, and this one does not say that it follows it"
                return Trouble(how=REPLACED, text=text)
        return self.unlike or self._superfluous()

    def _follows(self, known: Checkpoint) -> bool:
        """Tell whether the first leaf names the log of a checkpoint, where that is enough."""
        first = None if self.strict else beginning_of(self.tx, self.row, self.public)
        return first is not None and first.old_origin == known.origin

    def _verify_log(self) -> None:
        verify_log(
            self._leaves(),
            self._tile,
            self.row.checkpoint.encode("utf-8", "surrogateescape"),
            self.row.origin,
            (key_of(self.row.origin, self.public),),
            trusted=[each for each in self.known if each.origin == self.row.origin],
        )

    # --- what is read ---

    def _tile(self, level: int, number: int, width: int) -> bytes:
        """Read a tile, which has just the hashes that a log of this size has."""
        found = self.tx.get(TileRow, level, number)
        held = width_at(self.row.size, level, number) * HASH_BYTES
        if found is None or len(found.hashes) != held:
            raise Malformed("a tile is missing, or has another length")
        return found.hashes[: width * HASH_BYTES]

    def _leaves(self) -> Iterator[bytes]:
        """Yield the leaves that the events make, and compare them with the bundles' on the way."""
        self.compared, self.unlike = 0, None
        entries = self._entries()
        first = next(entries, b"")
        index = 0
        if _is_beginning(first):
            yield first
            index = 1
        else:
            entries = chain((first,), entries)
        if self.period is not None:
            yield from self._leaves_of_period(self.period, index)
            return
        for event in all_events(self.tx, _BEFORE_ALL, self.row.last_seq):
            leaf = event.leaf_or_none()
            if leaf != next(entries, b""):
                self._note_unlike(index, event.event_id)
            self.compared += 1
            yield leaf
            index += 1

    def _leaves_of_period(self, period: Period, index: int) -> Iterator[bytes]:
        after = _BEFORE_ALL
        for number in range(self._bundles()):
            row, entries = self.tx.get(BundleRow, number), self._bundle(number)
            last = self.row.last_seq if row is None or self._is_last(number) else row.last_seq
            skipped = index if number == 0 else 0
            if not period.touches(entries) and self._are_in_place(entries[skipped:], after, last):
                yield from entries[skipped:]
            else:
                for at, event in enumerate(all_events(self.tx, after, last), skipped):
                    leaf = event.leaf_or_none()
                    entry = entries[at] if at < len(entries) else b""
                    if leaf != entry:
                        self._note_unlike(number * WIDTH + at, event.event_id)
                    self.compared += 1
                    yield leaf
            after = last

    def _are_in_place(self, entries: Sequence[bytes], after: int, last: int) -> bool:
        """Tell whether events of these numbers have the ids and times of these leaves."""
        for entry, event in zip_longest(entries, all_places(self.tx, after, last)):
            leaf = None if entry is None else decode_leaf(entry)
            if event is None or not isinstance(leaf, Leaf):
                return False
            if (leaf.event_id, leaf.time_ms) != (event.event_id, event.at * 1000):
                return False
        return True

    def _note_unlike(self, index: int, event_id: str) -> None:
        if self.unlike is None:
            text = f"entry {index % WIDTH} of bundle {index // WIDTH} is another one"
            self.unlike = Trouble(how=BUNDLE, index=index, event_id=_shown(event_id), text=text)

    def _entries(self) -> Iterator[bytes]:
        for number in range(self._bundles()):
            yield from self._bundle(number)

    def _bundles(self) -> int:
        return -(-self.row.size // WIDTH)

    def _is_last(self, number: int) -> bool:
        return number == self._bundles() - 1

    def _bundle(self, number: int) -> list[bytes]:
        width = width_of(self.row.size, number)
        try:
            return entries_of(self.tx, number, width)
        except LedgerError:
            return [b""] * width

    # --- what is said ---

    def _superfluous(self) -> Trouble | None:
        """Find tiles, bundles and numbers that nothing above has looked at."""
        tiles = sum(1 for level in range(8) if self.row.size >> (8 * level))
        expected = sum(-(-(self.row.size >> (8 * level)) // WIDTH) for level in range(tiles))
        if self.tx.count(TileRow) != expected:
            return Trouble(how=Difference.TILE, text="there are tiles that the log does not have")
        if self.tx.count(BundleRow) != self._bundles():
            return Trouble(how=BUNDLE, text="there are bundles that the log does not have")
        return None

    def _named(self, found: Discrepancy) -> Trouble:
        index, text = found.index, str(found)
        named = index is not None and found.difference is not Difference.TILE
        if named and not self._signed_entry(0):
            # Nothing says whether the first leaf is an event or a beginning.
            return Trouble(how=BUNDLE, index=0, text="bundle 0 is not what the tiles say")
        event_id = self._event_id(found.difference, index) if named and index is not None else None
        if index is None and found.difference in (Difference.TILE, Difference.FORK):
            text += self._bracketed()
        return Trouble(how=found.difference, index=index, event_id=event_id, text=text)

    def _event_id(self, difference: Difference, index: int) -> str | None:
        """Return the id of the event that was at a place, or of the event that is there now."""
        entry = self._signed_entry(index)
        if entry is not None and difference is not Difference.ADDED:
            return entry.event_id if isinstance(entry, Leaf) else None
        begins = _is_beginning(next(self._entries(), b""))
        there = event_at(self.tx, _BEFORE_ALL, index - begins)
        return None if there is None else _shown(there.event_id)

    def _signed_entry(self, index: int) -> Leaf | Beginning | None:
        """Return a leaf from its bundle, if the tiles say that it is the one that was there."""
        number, at = divmod(index, WIDTH)
        entries = self._bundle(number)
        if at >= len(entries):
            return None
        try:
            hashes = self._tile(0, number, at + 1)
            leaf = decode_leaf(entries[at])
        except LedgerError:
            return None
        return leaf if hashes[-HASH_BYTES:] == leaf_hash(entries[at]) else None

    def _bracketed(self) -> str:
        """Say between which former checkpoints the events differ.

        COST: the events are hashed once more: this happens once.
        """
        mine = {each.size: each.root for each in self.former if each.origin == self.row.origin}
        frontier, held, rest = Frontier(), 0, self._leaves()
        for size in sorted(mine):
            while hashes := leaf_hashes(islice(rest, min(WIDTH, size - frontier.size))):
                frontier, _ = append_all(frontier, hashes)
            if frontier.size != size or frontier.root() != mine[size]:
                return f"; the first {held} are as they were, the first {size} are not"
            held = size
        return f"; the first {held} are as they were" if held else ""


def _is_beginning(entry: bytes) -> bool:
    try:
        return isinstance(decode_leaf(entry), Beginning)
    except LedgerError:
        return False


def _shown(event_id: object) -> str:
    """Return an id as it can be shown, whatever was stored in its place."""
    return str(event_id)[:255].encode("ascii", "backslashreplace").decode()


def _instant(at: int | None) -> Instant | None:
    return None if at is None else Instant(at)
