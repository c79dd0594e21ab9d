"""Prove raw logs: each batch opens as it was taken.

Of a batch that has a data key the frame is opened, and not what the key seals.
"""

from collections.abc import Iterator

from juyong.logs.batches import packed_of, raw_of
from juyong.logs.compression import Incompressible
from juyong.logs.loggroup import BadLogGroup, measure
from juyong.logs.segments import DamagedLogs, Segments
from juyong.logs.tables import BatchRow
from juyong.store.finding import Finding
from juyong.store.scan import scan
from juyong.store.transaction import Transaction


def damaged_batches(tx: Transaction, segments: Segments) -> Iterator[Finding]:
    """Yield the batches whose bytes are not there as they were taken.

    Cost: reads and decompresses all of them.
    """
    for key in scan(tx, BatchRow):
        row = tx.get(BatchRow, *key)
        assert row is not None  # noqa: S101  # the view is frozen
        where = f"logs_batch {row.store_id} {row.shard} {row.sequence}"
        try:
            if row.key_id:
                packed_of(segments, row)
                continue
            found = measure(raw_of(segments, row))
        except (DamagedLogs, Incompressible, BadLogGroup) as damage:
            yield Finding("logs-damaged", where, str(damage))
        else:
            if found.logs != row.logs:
                yield Finding("logs-damaged", where, f"{found.logs} logs instead of {row.logs}")
