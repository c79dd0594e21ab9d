"""Do what a worker does with the queue, in the test's own thread."""

from juyong.api.bench import Bench
from juyong.api.job import PerItem
from juyong.store.queue import QueueRow
from juyong.worker.figures import Figures
from juyong.worker.items import carry_out, take


def work_off(job: PerItem, bench: Bench, figures: Figures | None = None) -> int:
    """Do every item of a job that is due now; returns how many were claimed.

    Raises what the job raises, once the item is put off for that.
    """
    now = bench.clock()
    found = bench.transact(lambda tx: tx.find(QueueRow, kind=job.name, dead_at=None))
    claimed = 0
    for _ in [row for row in found if row.due_at <= now]:
        taken = take(job, bench)
        if taken is not None:
            claimed += 1
            carry_out(job, bench, taken, figures or Figures())
    return claimed
