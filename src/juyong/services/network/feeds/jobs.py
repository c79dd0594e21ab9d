"""Each minute: read the feeds that are due."""

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.services.network.feeds.filling import PIECE, refresh
from juyong.services.network.feeds.tables import FeedRow

_MOST_AT_ONCE = 20


@job("network.feeds", every=60, rows=PIECE + 10)
def feeds(bench: Bench) -> None:
    """Read them; what two servers do at once, both do alike."""
    now = bench.clock()
    rows = bench.transact(lambda tx: tx.find(FeedRow, order=("due_at",), limit=_MOST_AT_ONCE))
    for row in rows:
        if row.due_at <= now:
            refresh(bench, row)
