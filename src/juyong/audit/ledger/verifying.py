"""Verify the record: every event against the log, and the log against its checkpoints.

Events and entry bundles are read side by side, once and in the memory of a page. The engine proves
tiles from the signed root downwards, and compares each event's leaf with them; so the first event
that is not as it was is named, and how. A known checkpoint from elsewhere shows whether the log as
a whole was cut off or replaced.

Of events that expired only the leaves are there. Leaves of the log say so themselves, and each
event was as old as they say.

What somebody who writes the database can store may be anything: it is compared, and never believed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from juyong.audit.ledger.comparing import Comparison, shown
from juyong.audit.ledger.expiring import NoStatement, statements
from juyong.audit.ledger.leaves import BEFORE_ALL, count_behind, event_at
from juyong.audit.ledger.report import BUNDLE, REPLACED, Period, Report, Trouble
from juyong.audit.ledger.signing import key_of
from juyong.audit.ledger.stored import (
    LogDamaged,
    beginning_of,
    continues,
    frontier_of,
    log_of,
    opened,
)
from juyong.audit.ledger.tables import BundleRow, LogRow, TileRow
from juyong.base.clock import Instant
from juyong.engines.ledger import (
    WIDTH,
    Beginning,
    Checkpoint,
    Difference,
    Discrepancy,
    Expiry,
    Frontier,
    Leaf,
    LedgerError,
    Malformed,
    ProvenTiles,
    append_all,
    decode_leaf,
    leaf_hash,
    leaf_hashes,
    verify_log,
    width_at,
)
from juyong.engines.ledger.hashing import HASH_BYTES
from juyong.store.transaction import Transaction


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
        count, since = unsigned(tx)
        trouble = None
        if known:
            text = f"there is no log, and there was one of {known[0].size} leaves"
            trouble = Trouble(how=Difference.ROLLED_BACK, index=0, text=text)
        return Report(unsigned=count, unsigned_since=since, trouble=trouble)
    return _Verification(tx, row, public, known, former, period, strict).report()


def unsigned(tx: Transaction) -> tuple[int, Instant | None]:
    """Return how many events are no leaves yet, and the time of the oldest of them."""
    row = log_of(tx)
    return count_behind(tx, BEFORE_ALL if row is None else row.last_seq)


@dataclass(slots=True)
class _Verification:
    """One verification of a log."""

    tx: Transaction
    row: LogRow
    public: bytes
    known: Sequence[Checkpoint]
    former: Sequence[Checkpoint]
    period: Period | None
    strict: bool
    read: Comparison = field(init=False)

    def __post_init__(self) -> None:
        self.read = Comparison(self.tx, self.row, {}, self.period)

    def report(self) -> Report:
        row = self.row
        trouble = self._trouble()
        count, since = unsigned(self.tx)
        return Report(
            origin=row.origin,
            size=row.size,
            compared=self.read.compared,
            expired=self.read.expired,
            statement=self.read.said.get(row.expiry),
            unsigned=count,
            unsigned_since=since,
            follows=None if trouble else beginning_of(self.tx, row, self.public),
            replaced=sum(each.origin != row.origin for each in self.known),
            trouble=trouble,
        )

    def _trouble(self) -> Trouble | None:
        others = [each for each in self.known if each.origin != self.row.origin]
        try:
            checkpoint = opened(self.row, self.public)
        except LedgerError as damage:
            return Trouble(how=Difference.CHECKPOINT, text=str(damage))
        try:
            self._read_statements(checkpoint)
            self._verify_log()
            frontier_of(self.row, self.public)
        except Discrepancy as found:
            return self._named(found)
        except NoStatement as none:
            return Trouble(how=BUNDLE, index=none.index, text=str(none))
        except LogDamaged as damage:
            return Trouble(how=Difference.CHECKPOINT, text=str(damage))
        for each in others:
            if not continues(self.tx, each, self.public) and not self._follows(each):
                text = f"the log was `{each.origin}`, and this one does not say that it follows it"
                return Trouble(how=REPLACED, text=text)
        return self.read.unlike or self._superfluous()

    def _follows(self, known: Checkpoint) -> bool:
        """Tell whether the first leaf names the log of a checkpoint, where that is enough."""
        first = None if self.strict else beginning_of(self.tx, self.row, self.public)
        return first is not None and first.old_origin == known.origin

    def _read_statements(self, checkpoint: Checkpoint) -> None:
        if self.row.expiry:
            tiles = ProvenTiles.below(self._tile, checkpoint)
            said = reversed(list(statements(tiles, self.tx, self.row)))
            self.read.said = dict(said)

    def _verify_log(self) -> None:
        verify_log(
            self.read.leaves(),
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

    # --- what is said ---

    def _superfluous(self) -> Trouble | None:
        """Find tiles, bundles and numbers that nothing above has looked at."""
        tiles = sum(1 for level in range(8) if self.row.size >> (8 * level))
        expected = sum(-(-(self.row.size >> (8 * level)) // WIDTH) for level in range(tiles))
        if self.tx.count(TileRow) != expected:
            return Trouble(how=Difference.TILE, text="there are tiles that the log does not have")
        if self.tx.count(BundleRow) != self.read.bundles:
            return Trouble(how=BUNDLE, text="there are bundles that the log does not have")
        return None

    def _named(self, found: Discrepancy) -> Trouble:
        index, text = found.index, str(found)
        named = index is not None and found.difference is not Difference.TILE
        if named and not self._signed_entry(0):
            # Nothing says whether the first leaf is an event or a beginning.
            return Trouble(how=BUNDLE, index=0, text="bundle 0 is not what the tiles say")
        if index is not None and named and index < self.read.gone:
            text = f"entry {index % WIDTH} of bundle {index // WIDTH} is another one"
            return Trouble(how=BUNDLE, index=index, text=text)
        event_id = self._event_id(found.difference, index) if named and index is not None else None
        if index is None and found.difference in (Difference.TILE, Difference.FORK):
            text += self._bracketed()
        return Trouble(how=found.difference, index=index, event_id=event_id, text=text)

    def _event_id(self, difference: Difference, index: int) -> str | None:
        """Return the id of the event that was at a place, or of the event that is there now."""
        entry = self._signed_entry(index)
        if entry is not None and difference is not Difference.ADDED:
            return entry.event_id if isinstance(entry, Leaf) else None
        there = event_at(self.tx, BEFORE_ALL, self.read.place_of(index))
        return None if there is None else shown(there.event_id)

    def _signed_entry(self, index: int) -> Leaf | Beginning | Expiry | None:
        """Return a leaf from its bundle, if the tiles say that it is the one that was there."""
        number, at = divmod(index, WIDTH)
        entries = self.read.entries(number)
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
        frontier, held, rest = Frontier(), 0, self.read.leaves()
        for size in sorted(mine):
            while hashes := leaf_hashes(islice(rest, min(WIDTH, size - frontier.size))):
                frontier, _ = append_all(frontier, hashes)
            if frontier.size != size or frontier.root() != mine[size]:
                return f"; the first {held} are as they were, the first {size} are not"
            held = size
        return f"; the first {held} are as they were" if held else ""
