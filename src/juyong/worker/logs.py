"""Turn logs over into columns, and remove segments of which no batch is left."""

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.blobs.checks import batches, is_old
from juyong.logs.expiry import unknown_segments


@job("logs.sweep", every=3600)
def remove_segments(bench: Bench) -> None:
    """Remove segments of which no row knows a batch, a day after the last append to them.

    A killed server leaves one; others were outlived by their store's time.
    """
    disk, now = bench.platform.segments.disk, bench.clock()
    for some in batches(each for each, at in disk.published() if is_old(at, now)):
        with disk.removing() as may:
            unknown = bench.transact(lambda tx, ids=some: list(unknown_segments(tx, ids)))  # type: ignore[misc]  # bound now
            for segment_id in unknown if may else ():
                disk.remove(segment_id)
    for segment_id in [each for each, at in disk.unpublished() if is_old(at, now)]:
        disk.abandon(segment_id)
