"""The outcome of a verification of the record."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from juyong.base.clock import Instant
from juyong.engines.ledger import Beginning, Expiry, LedgerError, decode_leaf

BUNDLE = "bundle differs"
"""An entry bundle is not what the events and the tiles say."""
EARLY = "expired early"
"""An event was not as old as its expiry says."""
REPLACED = "replaced"
"""The log is another one than the one that was known, and does not say that it follows that one."""


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing that does not hold.

    how: One of engines.ledger.Difference, BUNDLE, REPLACED or EARLY. index: Of the leaf, if it is
    about one. event_id: Of the event that is there or should be there, if one can be named.
    """

    how: str
    index: int | None = None
    event_id: str | None = None
    text: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a verification.

    origin, size: Of the log; empty and 0 where there is none.
    compared: How many events were compared with their leaves.
    expired: How many events are known by their hash alone. statement: The newest leaf that says so.
    unsigned, unsigned_since: How many events are behind the log, and the time of the oldest.
    follows: The first leaf, where it says which log was before.
    replaced: Known checkpoints of that log before; what they covered is not proven by this one.
    trouble: None where all holds.
    """

    origin: str = ""
    size: int = 0
    compared: int = 0
    expired: int = 0
    statement: Expiry | None = None
    unsigned: int = 0
    unsigned_since: Instant | None = None
    follows: Beginning | None = None
    replaced: int = 0
    trouble: Trouble | None = None


class Period(NamedTuple):
    """The whole records of events of these seconds since 1970 UTC, both included, are compared.

    Of all other events, id, time and place are compared with the leaves of the entry bundles, which
    are proven all the same. So an event that was added, removed or moved is found wherever it is;
    another change of a record is found within the period alone. An event that expired is known by
    its leaf alone, within the period and outside of it.
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
