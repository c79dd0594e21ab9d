"""Measure what logstores hold, twice an hour, for CloudMonitor."""

from functools import partial

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.logs.sizes import bytes_between, shards_of
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.product import STORAGE
from juyong.services.sls.tables import LogstoreRow

BATCHES = 10_000
"""Batches that one transaction looks at."""


@job("sls.measure", every=1800)
def measure_logstores(bench: Bench) -> None:
    """Tell the raw bytes that each logstore keeps.

    Cost: one pass over the rows of all batches, in transactions of so many.
    """
    usage, now = bench.platform.usage, bench.clock()
    order = ("project_name", "logstore_name")
    for row in bench.transact(lambda tx: tx.find(LogstoreRow, order=order)):
        usage.measure(
            SLS.code,
            STORAGE,
            row.account_id,
            row.project_name,
            row.logstore_name,
            value=_kept(bench, row.store_id),
            at=now,
        )


def _kept(bench: Bench, store_id: str) -> int:
    size = 0
    for shard, first, end in bench.transact(partial(shards_of, store_id=store_id)):
        for start in range(first, end, BATCHES):
            part = partial(
                bytes_between,
                store_id=store_id,
                shard=shard,
                first=start,
                end=min(end, start + BATCHES),
            )
            size += bench.transact(part)
    return size
