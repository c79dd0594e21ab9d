"""The record as it is stored, read as leaves: events and entry bundles, side by side and once.

What stands in a bundle is compared with the events and never believed: whoever reads the leaves
compares them with the tiles.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, zip_longest

from juyong.audit.ledger.leaves import (
    BEFORE_ALL,
    Columns,
    all_places,
    leaf_or_none,
    leaves_of,
    rows_after,
)
from juyong.audit.ledger.report import BUNDLE, EARLY, Period, Trouble
from juyong.audit.ledger.stored import width_of
from juyong.audit.ledger.tables import BundleRow, LogRow
from juyong.base.clock import DAY_SECONDS
from juyong.engines.ledger import (
    WIDTH,
    Beginning,
    Expiry,
    Leaf,
    LedgerError,
    decode_leaf,
    pack_entries,
    read_entries,
)
from juyong.store.transaction import Transaction

_DAY_MS = DAY_SECONDS * 1000


class Upcoming:
    """The events behind a number, up to another, of which the next are looked at before they go."""

    def __init__(self, tx: Transaction, after: int, up_to: int) -> None:
        self._tx, self._after, self._up_to = tx, after, up_to
        self._held: list[Columns] = []
        self._at = 0

    def peek(self, count: int) -> list[Columns]:
        """Return the next events, at most so many, and fewer where no more are left."""
        if len(self._held) - self._at < count:
            self._held, self._at = self._held[self._at :], 0
            if page := rows_after(self._tx, self._after, self._up_to):
                self._held += page
                self._after = page[-1][0]
        return self._held[self._at : self._at + count]

    def skip(self, count: int) -> None:
        """Go on behind events that were looked at."""
        self._at += count


@dataclass(slots=True)
class Comparison:
    """Events and bundles of a log, compared.

    said: The leaves that say what expired, proven, by their indexes; the oldest first.
    period: Which events are compared as a whole; all without it.
    compared: How many events were. expired: How many events are known by their leaf alone.
    unlike: The first that differs between bundles and events, or expired too early.
    """

    tx: Transaction
    row: LogRow
    said: Mapping[int, Expiry]
    period: Period | None
    compared: int = 0
    expired: int = 0
    unlike: Trouble | None = None
    _covering: list[Expiry] = field(default_factory=list)

    @property
    def bundles(self) -> int:
        """How many bundles a log of this size has."""
        return -(-self.row.size // WIDTH)

    @property
    def gone(self) -> int:
        """The index before which all events expired."""
        newest = self.said.get(self.row.expiry)
        return newest.up_to if newest else 0

    def place_of(self, index: int) -> int:
        """Return the place among the events that are there of the one that has a leaf."""
        begins = is_beginning(next(iter(self.entries(0)), b""))
        others = [*self.said, *([0] if begins else [])]
        return index - self.gone - sum(self.gone <= each < index for each in others)

    def entries(self, number: int) -> list[bytes]:
        """Return the leaves in a bundle, empty ones where it cannot be read."""
        return self._entries_of(number, self.tx.get(BundleRow, number))

    def leaves(self) -> Iterator[bytes]:
        """Return the leaves that the events make, and compare them with the bundles' on the way.

        A leaf that is no event's, or whose event expired, is taken from its bundle.
        """
        self.compared, self.expired, self.unlike = 0, 0, None
        self._covering = list(self.said.values())[::-1]
        every = self._all_leaves() if self.period is None else self._leaves_of_period(self.period)
        return chain.from_iterable(every)

    def _all_leaves(self) -> Iterator[list[bytes]]:
        """Yield the leaves of each bundle, and those of events that the log does not have."""
        events = Upcoming(self.tx, BEFORE_ALL, self.row.last_seq)
        for number in range(self.bundles):
            yield self._leaves_of(number, self.tx.get(BundleRow, number), events)
        yield from self._made(events)

    def _leaves_of_period(self, period: Period) -> Iterator[list[bytes]]:
        """Yield the leaves of each bundle; outside of the period only ids, times and places count.

        The numbers of a bundle say which events are its own. One that has no event any more, or
        never had, is passed over, and so are its numbers.
        """
        after = BEFORE_ALL
        for number in range(self.bundles):
            row, is_last = self.tx.get(BundleRow, number), number == self.bundles - 1
            last = self.row.last_seq if row is None or is_last else row.last_seq
            entries = self._entries_of(number, row)
            held = self._held(number, entries)
            if not held and not is_last:
                self._pass_expired(number, entries)
                yield entries
                continue
            if not period.touches(entries) and self._are_in_place(number, row, held, after, last):
                self._pass_expired(number, entries)
                yield entries
            else:
                events = Upcoming(self.tx, after, last)
                yield self._leaves_of(number, row, events)
                yield from self._made(events)
            after = last

    def _held(self, number: int, entries: list[bytes]) -> list[bytes]:
        """Return the leaves in a bundle whose events should be there."""
        return [
            entry
            for index, entry in enumerate(entries, number * WIDTH)
            if index >= self.gone and not self._says(index, entry)
        ]

    def _says(self, index: int, entry: bytes) -> bool:
        """Tell whether a leaf says something of the log, and is no event's."""
        return index in self.said or (index == 0 and is_beginning(entry))

    def _are_in_place(
        self, number: int, row: BundleRow | None, held: list[bytes], after: int, last: int
    ) -> bool:
        """Tell whether events of these numbers have the ids and times of these leaves.

        If so, the numbers of their bundle are compared, too.
        """
        first = newest = None
        for entry, event in zip_longest(held, all_places(self.tx, after, last)):
            leaf = None if entry is None else decode_leaf(entry)
            if event is None or not isinstance(leaf, Leaf):
                return False
            if (leaf.event_id, leaf.time_ms) != (event.event_id, event.at * 1000):
                return False
            first, newest = first or event, event
        if row is not None and first is not None and newest is not None:
            self._compare_numbers(number, row, (first.seq, newest.seq), first.event_id)
        return True

    def _pass_expired(self, number: int, entries: list[bytes]) -> None:
        """Count and judge the leaves of a bundle whose events expired."""
        for index, entry in enumerate(entries, number * WIDTH):
            if index < self.gone and not self._says(index, entry):
                self._take_expired(index, entry)

    def _made(self, events: Upcoming) -> Iterator[list[bytes]]:
        """Yield the leaves of the events that are left, of which the log has none."""
        while some := events.peek(WIDTH):
            self.compared += len(some)
            yield leaves_of(some)
            events.skip(len(some))

    def _leaves_of(self, number: int, row: BundleRow | None, events: Upcoming) -> list[bytes]:
        """Return the leaves of a bundle.

        PERF: mostly each is an event's, so the bundle that events make is compared as a whole.
        """
        width = width_of(self.row.size, number)
        some = events.peek(width)
        leaves = leaves_of(some)
        if row is None or not _is_bundle(leaves, row.entries, width):
            return self._leaves_one_by_one(number, row, events)
        self._take(number, row, events, width)
        return leaves

    def _leaves_one_by_one(
        self, number: int, row: BundleRow | None, events: Upcoming
    ) -> list[bytes]:
        entries, first = self._entries_of(number, row), number * WIDTH
        rest, leaves, used = events.peek(len(entries)), list[bytes](), 0
        for index, entry in enumerate(entries, first):
            if self._says(index, entry):
                leaves.append(entry)
            elif index < self.gone:
                self._take_expired(index, entry)
                leaves.append(entry)
            elif used < len(rest):
                leaves.append(leaf_or_none(rest[used]))
                if leaves[-1] != entry:
                    text = f"entry {index % WIDTH} of bundle {number}"
                    self._note_unlike(index, rest[used][1], text)
                used += 1
        self._take(number, row, events, used)
        return leaves

    def _take(self, number: int, row: BundleRow | None, events: Upcoming, used: int) -> None:
        """Go on behind a bundle, and compare what it says of the numbers of its events."""
        self.compared += used
        some = events.peek(used)
        events.skip(used)
        if row is not None and some:
            self._compare_numbers(number, row, (some[0][0], some[-1][0]), some[0][1])

    def _compare_numbers(
        self, number: int, row: BundleRow, there: tuple[int, int], event_id: str
    ) -> None:
        """Compare what a bundle says of numbers with those of its first and last event there."""
        first = number * WIDTH
        begins = row.first_seq if first < self.gone else there[0]
        if (row.first_seq, row.last_seq) != (begins, there[1]):
            self._note_unlike(first, event_id, f"the numbers of bundle {number}")

    def _take_expired(self, index: int, entry: bytes) -> None:
        """Count an event that expired, and compare its time with what its statement says."""
        self.expired += 1
        while self._covering[-1].up_to <= index:
            self._covering.pop()
        said = self._covering[-1]
        oldest = said.time_ms - said.kept_days * _DAY_MS
        try:
            leaf = decode_leaf(entry)
        except LedgerError:
            return  # Its tile says that it is another one.
        if isinstance(leaf, Leaf) and leaf.time_ms >= oldest:
            text = f"leaf {index} was not {said.kept_days} days old when it expired"
            self._note(Trouble(how=EARLY, index=index, event_id=leaf.event_id, text=text))

    def _note_unlike(self, index: int, event_id: str, what: str) -> None:
        text = f"{what} is another one"
        self._note(Trouble(how=BUNDLE, index=index, event_id=shown(event_id), text=text))

    def _note(self, trouble: Trouble) -> None:
        if self.unlike is None:
            self.unlike = trouble

    def _entries_of(self, number: int, row: BundleRow | None) -> list[bytes]:
        width = width_of(self.row.size, number)
        try:
            return read_entries(row.entries if row else b"", width)
        except LedgerError:
            return [b""] * width


def is_beginning(entry: bytes) -> bool:
    """Tell whether a leaf says which log was before."""
    try:
        return isinstance(decode_leaf(entry), Beginning)
    except LedgerError:
        return False


def shown(event_id: object) -> str:
    """Return an id as it can be shown, whatever was stored in its place."""
    return str(event_id)[:255].encode("ascii", "backslashreplace").decode()


def _is_bundle(leaves: list[bytes], entries: bytes, width: int) -> bool:
    return len(leaves) == width and pack_entries(leaves) == entries
