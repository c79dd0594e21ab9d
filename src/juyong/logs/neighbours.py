"""The neighbours of a log: what its sender sent before it and after it.

A sender marks each of its groups by a tag, `__pack_id__`: the sender's own part, a hyphen, and a
number that rises. Groups of one sender in one shard are its logs in their order.

Source: SLS API reference, GetContextLogs (documented); the form of a pack id (documented in
aliyun-log-python-sdk).
"""

from collections.abc import Iterator

import msgspec

from juyong.engines.logsearch.log import Log
from juyong.logs.batches import begin, end, raw_of
from juyong.logs.keys import KeyOf, no_key
from juyong.logs.loggroup import logs_of, tags_of
from juyong.logs.segments import Segments
from juyong.logs.tables import BatchRow
from juyong.store.transaction import Transaction

PACK = "__pack_id__"
MOST_GROUPS, MOST_BYTES = 1000, 32 * 1024 * 1024
"""The most that is read on either side of a log: groups, and their raw bytes."""
_AT_ONCE = 100


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """A log with its neighbours, each in the order of arrival.

    complete: False where the neighbours were not found within MOST_GROUPS and MOST_BYTES.
    """

    before: tuple[Log, ...]
    start: Log
    after: tuple[Log, ...]
    complete: bool


def sender_of(pack: str) -> str:
    """Return the part of a pack id that all groups of its sender share."""
    return pack.rpartition("-")[0] or pack


class Walk:
    """Reads one shard around one of its logs.

    number: Of the log in its shard. pack: Its pack id.
    """

    def __init__(
        self,
        tx: Transaction,
        segments: Segments,
        store_id: str,
        shard: int,
        keys: KeyOf = no_key,
    ) -> None:
        self._tx, self._segments, self._keys = tx, segments, keys
        self._store, self._shard = store_id, shard

    def around(self, number: int, pack: str, back: int, forward: int) -> Around | None:
        """Return a log and up to so many neighbours; None where no such log has this pack id.

        Cost: reads up to MOST_GROUPS groups, and MOST_BYTES, in each direction.
        """
        row = self._batch(number)
        if row is None:
            return None
        found, group = self._group(row)
        if found != pack:
            return None
        sender, at = sender_of(pack), number - row.before
        before, all_before = self._taken(self._down(row.sequence), sender, back - at)
        after, all_after = self._taken(
            self._up(row.sequence), sender, forward - (len(group) - at - 1), downwards=False
        )
        return Around(
            before=tuple([*before, *group[:at]][-back:]) if back else (),
            start=group[at],
            after=tuple([*group[at + 1 :], *after][:forward]),
            complete=all_before and all_after,
        )

    def _batch(self, number: int) -> BatchRow | None:
        """Find the batch of a log by halves: the numbers of logs rise as sequences do."""
        low = begin(self._tx, self._store, self._shard)
        high = end(self._tx, self._store, self._shard)
        while low < high:
            middle = (low + high) // 2
            row = self._tx.get(BatchRow, self._store, self._shard, middle)
            if row is None or row.before + row.logs <= number:
                low = middle + 1
            elif row.before > number:
                high = middle
            else:
                return row
        return None

    def _group(self, row: BatchRow) -> tuple[str | None, list[Log]]:
        """Return the pack id of a group, None where it has none, and its logs."""
        raw = raw_of(self._segments, row, self._keys)
        found = next((value for key, value in tags_of(raw) if key == PACK), None)
        return found, list(logs_of(raw, lambda number: row.before + number)) if found else []

    def _taken(
        self, rows: Iterator[BatchRow], sender: str, most: int, *, downwards: bool = True
    ) -> tuple[list[Log], bool]:
        """Take logs of a sender until there are enough; also tell whether all that are were met."""
        found: list[Log] = []
        size = 0
        for number, row in enumerate(rows):
            size += row.size
            if len(found) >= most:
                return found, True
            if number >= MOST_GROUPS or size > MOST_BYTES:
                return found, False
            pack, group = self._group(row)
            if pack is None or sender_of(pack) != sender:
                continue
            found = [*group, *found] if downwards else [*found, *group]
        return found, True

    def _down(self, sequence: int) -> Iterator[BatchRow]:
        while sequence > 0:
            first = max(sequence - _AT_ONCE, 0)
            rows = self._rows(first, sequence - first)
            yield from reversed([row for row in rows if row.sequence < sequence])
            if not rows:
                return  # what came before has expired
            sequence = first

    def _up(self, sequence: int) -> Iterator[BatchRow]:
        while rows := self._rows(sequence + 1, _AT_ONCE):
            yield from rows
            sequence = rows[-1].sequence

    def _rows(self, first: int, count: int) -> list[BatchRow]:
        return self._tx.find(
            BatchRow,
            store_id=self._store,
            shard=self._shard,
            order=("sequence",),
            after=("sequence", first - 1),
            limit=count,
        )
