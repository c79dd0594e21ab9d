"""Turn logs over into columns; remove segments without batches, and what was left open."""

from contextlib import closing
from functools import partial

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.in_service import do_as
from juyong.api.job import job
from juyong.blobs.checks import batches, is_old
from juyong.logs.columns import discard, files_of
from juyong.logs.expiry import unknown_segments
from juyong.logs.pieces import PieceProcess
from juyong.logs.staging import remove_abandoned
from juyong.logs.turnover import Made, Portion, indexed_stores, is_due, portion_of, turn_over
from juyong.services.sls.facade import KeyRefused, Opened, open_keys
from juyong.store.queue import Claim, put
from juyong.store.transaction import Transaction

TURN = "logs.turn"
_LEASE_SECONDS = 600


@job("logs.due", every=10)
def find_due(bench: Bench) -> None:
    """Ask for a turn of each store of which enough waits."""
    now = bench.clock()

    def ask(tx: Transaction) -> bool:
        due = [row.store_id for row in indexed_stores(tx) if is_due(tx, row.store_id, now)]
        for store_id in due:
            put(tx, TURN, store_id, now=now)
        return bool(due)

    if bench.transact(ask):
        bench.platform.wake_worker()


@job(TURN, lease_seconds=_LEASE_SECONDS, attempts=None, at_once=1)
def turn(bench: Bench, claim: Claim) -> None:
    """Make files of one store until no more is due, in a process that ends with the turn.

    A worker that is killed leaves files that no row knows, which are swept as blobs are. Where the
    key of a logstore refuses, its batches wait until the key serves again.
    """
    store_id, platform = claim.key, bench.platform
    with closing(PieceProcess()) as pieces:
        while bench.transact(lambda tx: is_due(tx, store_id, bench.clock())):
            portion = bench.transact(lambda tx: portion_of(tx, store_id))
            if portion is None or not portion.batches:
                return
            try:
                keys = _keys_of(bench, portion)
            except KeyRefused as refusal:
                bench.pass_over("turn", refusal)
                return
            files = files_of(platform.disk, platform.segments, portion, pieces.write, keys)
            # Where the transaction fails, perhaps it was committed: a sweep removes what no row
            # knows.
            if not bench.transact(partial(_turned_over, bench, portion, files)):
                discard(platform.disk, files)


def _keys_of(bench: Bench, portion: Portion) -> Opened:
    """Open the data keys of a portion.

    Raises:
        KeyRefused: the key of the KMS, or the role that uses the key, refuses.
    """

    def opened(ctx: Context) -> Opened:
        found = Opened(ctx.now)
        open_keys(ctx, portion.key_ids, found)
        return found

    if not portion.key_ids:
        return Opened(bench.clock())
    service = Service(account_id=portion.store.account_id, name="log.aliyuncs.com")
    found = do_as(bench, service, opened)
    found.committed(bench.platform)
    return found


def _turned_over(bench: Bench, portion: Portion, files: list[Made], tx: Transaction) -> bool:
    return turn_over(tx, portion, files, bench.clock())


@job("logs.left-open", every=60)
def remove_open_files(_bench: Bench) -> None:
    """Remove what killed servers left open in memory, a minute after they were killed."""
    remove_abandoned()


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
