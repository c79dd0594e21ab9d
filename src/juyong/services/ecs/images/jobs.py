"""Write the content of copies that are encrypted, of images that are not.

The new blob is durable before the store knows it, and the old one is forgotten with the same
commit. So a kill leaves the copy as it was, and another worker begins anew.
"""

from collections.abc import Iterator
from functools import partial

from juyong.api.bench import Bench
from juyong.api.job import job
from juyong.base.clock import Instant
from juyong.blobs import blob as blobs
from juyong.blobs.arrived import Blob
from juyong.blobs.blocks import DamagedBlob
from juyong.blobs.content import whole
from juyong.blobs.tables import BlobRow
from juyong.services.ecs.disks.content import end_snapshot
from juyong.services.ecs.disks.keys import sealed_key
from juyong.services.ecs.disks.snapshot import ACCOMPLISHED, FAILED, PROGRESSING
from juyong.services.ecs.disks.tables import SnapshotRow
from juyong.services.ecs.images.copying import COPY
from juyong.store.queue import Claim, extend
from juyong.store.transaction import Transaction

_LEASE_SECONDS = 120
_BLOCKS = 64
"""After so many blocks of 1 MiB the lease begins anew."""


@job(COPY, lease_seconds=_LEASE_SECONDS, attempts=None, at_once=1)
def copy_snapshot(bench: Bench, claim: Claim) -> None:
    """Write the content of one snapshot under its key; content that is damaged fails the copy.

    Raises:
        Unavailable: the disk is full, or away: the copy is tried again.
    """
    found = bench.transact(lambda tx: _source(tx, claim.key))
    if found is None:
        return
    disk, now = bench.platform.disk, bench.clock()
    try:
        blob = blobs.written(disk, _blocks(bench, claim, found))
    except (DamagedBlob, FileNotFoundError) as failure:
        bench.pass_over(f"snapshot {claim.key} is not copied", failure)
        bench.transact(partial(_fail, claim.key, now))
        return
    if not bench.transact(partial(_keep, claim.key, blob, now)):
        blobs.drop(disk, blob.blob_id)


def _source(tx: Transaction, snapshot_id: str) -> BlobRow | None:
    """Return the blob that a snapshot is a copy of; None once the copy is written, or cancelled."""
    row = tx.get(SnapshotRow, snapshot_id)
    if row is None or row.status != PROGRESSING:
        return None
    return tx.get(BlobRow, row.blob_id)


def _blocks(bench: Bench, claim: Claim, source: BlobRow) -> Iterator[bytes]:
    """Yield the blocks of a blob, and keep the lease meanwhile."""
    for number, block in enumerate(whole(bench.platform.disk, source).blocks(), 1):
        yield block
        if number % _BLOCKS == 0:
            bench.transact(lambda tx: extend(tx, claim, now=bench.clock(), seconds=_LEASE_SECONDS))


def _keep(snapshot_id: str, blob: Blob, now: Instant, tx: Transaction) -> bool:
    """Give a snapshot its own content, unless the copy was cancelled meanwhile."""
    row = tx.get(SnapshotRow, snapshot_id)
    if row is None or row.status != PROGRESSING:
        return False
    blobs.keep(tx, blob, row.account_id, now, keyless=True)
    blobs.forget(tx, row.blob_id, now)
    key = sealed_key(row, blob)
    end_snapshot(tx, row, ACCOMPLISHED, now, blob_id=blob.blob_id, blob_key=key)
    return True


def _fail(snapshot_id: str, now: Instant, tx: Transaction) -> None:
    row = tx.get(SnapshotRow, snapshot_id)
    if row is not None and row.status == PROGRESSING:
        end_snapshot(tx, row, FAILED, now)
