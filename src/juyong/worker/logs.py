"""Turn logs over into columns, merge small files, and remove what has no batch or is left open."""

from collections.abc import Collection
from contextlib import closing
from functools import partial

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.in_service import do_as
from juyong.api.job import job
from juyong.base.clock import Instant
from juyong.blobs.checks import batches, is_old
from juyong.logs.columns import discard, files_of, merged_file_of
from juyong.logs.expiry import unknown_segments
from juyong.logs.merging import Merge, merge, merge_of
from juyong.logs.pieces import PieceProcess
from juyong.logs.staging import remove_abandoned
from juyong.logs.tables import StoreRow
from juyong.logs.turnover import Made, Portion, indexed_stores, is_due, portion_of, turn_over
from juyong.services.sls.facade import KeyRefused, Opened, open_keys
from juyong.store.queue import Claim, put
from juyong.store.transaction import Transaction

TURN = "logs.turn"
MERGE = "logs.merge"
_MERGES = 8
"""Merges of one store in a round."""
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
                keys = _opened(bench, portion.store, portion.key_ids)
            except KeyRefused as refusal:
                bench.pass_over("turn", refusal)
                return
            files = files_of(platform.disk, platform.segments, portion, pieces.write, keys)
            # Where the transaction fails, perhaps it was committed: a sweep removes what no row
            # knows.
            if not bench.transact(partial(_turned_over, bench, portion, files)):
                discard(platform.disk, files)


def _opened(bench: Bench, store: StoreRow, key_ids: Collection[str]) -> Opened:
    """Open data keys of a store.

    Raises:
        KeyRefused: the key of the KMS, or the role that uses the key, refuses.
    """

    def opened(ctx: Context) -> Opened:
        found = Opened(ctx.now)
        open_keys(ctx, key_ids, found)
        return found

    if not key_ids:
        return Opened(bench.clock())
    service = Service(account_id=store.account_id, name="log.aliyuncs.com")
    found = do_as(bench, service, opened)
    found.committed(bench.platform)
    return found


def _turned_over(bench: Bench, portion: Portion, files: list[Made], tx: Transaction) -> bool:
    return turn_over(tx, portion, files, bench.clock())


@job("logs.left-open", every=60)
def remove_open_files(bench: Bench) -> None:
    """Remove what killed servers left open in memory, a minute after they were killed.

    The folder that another server reads is looked through as well.
    """
    remove_abandoned()
    server = bench.platform.log_server
    if server is not None:
        remove_abandoned(server.folder)


@job("logs.small", every=600)
def find_small(bench: Bench) -> None:
    """Ask for a merge of each store that has small files side by side."""
    now = bench.clock()
    stores = bench.transact(lambda tx: [row.store_id for row in indexed_stores(tx)])
    for store_id in stores:
        if bench.transact(partial(_ask_for_merge, store_id, now)):
            bench.platform.wake_worker()


def _ask_for_merge(store_id: str, now: Instant, tx: Transaction) -> bool:
    found = merge_of(tx, store_id, now) is not None
    if found:
        put(tx, MERGE, store_id, now=now)
    return found


@job(MERGE, lease_seconds=_LEASE_SECONDS, attempts=None, at_once=1)
def merge_small(bench: Bench, claim: Claim) -> None:
    """Merge small files of one store, a few times, in a process that ends with the round.

    What is left has its turn in the next round. A worker that is killed leaves a file that no row
    knows, which is swept as blobs are.
    """
    store_id, disk = claim.key, bench.platform.disk
    with closing(PieceProcess()) as pieces:
        for _ in range(_MERGES):
            wanted = bench.transact(lambda tx: merge_of(tx, store_id, bench.clock()))
            if wanted is None:
                return
            try:
                keys = _opened(bench, wanted.store, {wanted.key_id} - {""})
                made = merged_file_of(disk, wanted, pieces.write, keys)
            except FileNotFoundError:
                continue  # It went meanwhile, since its time was over.
            except KeyRefused as refusal:
                bench.pass_over("merge", refusal)
                return
            if not bench.transact(partial(_merged, bench, wanted, made)):
                discard(disk, [made])


def _merged(bench: Bench, wanted: Merge, made: Made, tx: Transaction) -> bool:
    return merge(tx, wanted, made, bench.clock())


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
