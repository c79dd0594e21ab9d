"""The content of disks: what the network plane unseals, and the sealing of what it leaves.

A plain tree is sealed into a blob once no machine runs on it. The blob is durable before the store
knows it, and the tree goes after that, so that a kill between any two steps leaves one of both.
"""

from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from juyong.api.bench import Bench
from juyong.base.clock import Instant
from juyong.base.ids import new_request_id
from juyong.blobs import blob as blobs
from juyong.blobs.arrived import Blob
from juyong.blobs.content import Part
from juyong.blobs.tables import BlobRow
from juyong.netplane.desired import MachineDisk, NotTaken, TreeAsked, TreeLeft, TreesAsked
from juyong.services.ecs.disks.keys import sealed_key
from juyong.services.ecs.disks.snapshot import (
    ACCOMPLISHED,
    FAILED,
    PROGRESSING,
    SNAPSHOT,
    waiting_of,
)
from juyong.services.ecs.disks.tables import DiskRow, SnapshotRow
from juyong.services.ecs.images.image import IMAGE, settled
from juyong.services.network.machines import RUNNING
from juyong.services.network.tables import InstanceRow
from juyong.store.errors import Unavailable
from juyong.store.inventory import Cause, write
from juyong.store.transaction import Transaction


def disks_by_machine(
    tx: Transaction, machine_ids: Collection[str]
) -> Mapping[str, tuple[MachineDisk, ...]]:
    """Return the disks of machines, the system disk first.

    Cost: all disks, and one read for each that has content.
    """
    found: dict[str, list[MachineDisk]] = {}
    for row in tx.find(DiskRow, order=("device",)):
        if row.instance_id in machine_ids:
            found.setdefault(row.instance_id, []).append(_disk(tx, row))
    return {machine_id: tuple(disks) for machine_id, disks in found.items()}


def _disk(tx: Transaction, row: DiskRow) -> MachineDisk:
    blob = tx.get(BlobRow, row.blob_id) if row.blob_id else None
    has_key = blob is not None and (blob.key is not None or row.opened_key is not None)
    sealed = None
    if blob is not None and has_key:
        sealed = Part(row=blob, start=0, length=blob.size, key=row.opened_key)
    no_pair = bool(row.data_key) and row.seal_key is None
    return MachineDisk(
        id=row.disk_id,
        at="" if row.kind == "system" else row.device.replace("/dev/", "/mnt/", 1),
        most_mb=row.size_gib * 1024,
        sealed=sealed,
        base=row.base,
        snapshots={each.snapshot_id: each.group_id for each in waiting_of(tx, row.disk_id)},
        is_locked=no_pair or (bool(row.blob_id) and sealed is None),
    )


def seal_left(bench: Bench, events: Iterable[TreeLeft]) -> None:
    """Seal trees on which no machine runs, and drop those whose content the store has.

    A disk without room for it stays plain, and is tried again at the next change.
    """
    with ExitStack() as stack:
        for event in events:
            try:
                if event.stopping:
                    stack.enter_context(event.trees.finishing())
                _seal(bench, event)
            except (OSError, Unavailable) as failure:
                bench.pass_over(f"disk {event.tree.disk_id} stays plain", failure)


def _seal(bench: Bench, event: TreeLeft) -> None:
    row = bench.transact(lambda tx: tx.get(DiskRow, event.tree.disk_id))
    if row is not None and row.base == event.tree.base:
        if bench.transact(lambda tx: _is_used(tx, event)):
            return
        disk, stream = bench.platform.disk, event.trees.stream(event.tree)
        blob = blobs.written(disk, stream)
        now = bench.clock()
        if not bench.transact(lambda tx: _keep(tx, event, blob, now)):
            blobs.drop(disk, blob.blob_id)
            return
    event.trees.drop(event.tree)


def _is_used(tx: Transaction, event: TreeLeft) -> bool:
    """Tell whether a tree is needed as it is: the machine of its disk runs, or starts again."""
    row = tx.get(DiskRow, event.tree.disk_id)
    machine = tx.get(InstanceRow, row.instance_id) if row is not None and row.instance_id else None
    return machine is not None and machine.status == RUNNING and not event.stopping


def _keep(tx: Transaction, event: TreeLeft, blob: Blob, now: Instant) -> bool:
    """Keep a sealed tree as the content of its disk, unless the disk changed meanwhile."""
    row = tx.get(DiskRow, event.tree.disk_id)
    if row is None or row.base != event.tree.base or _is_used(tx, event):
        return False
    blobs.keep(tx, blob, row.account_id, now, keyless=bool(row.data_key))
    if row.blob_id:
        blobs.forget(tx, row.blob_id, now)
    blob_key = sealed_key(row, blob)
    tx.update(
        row,
        blob_id=blob.blob_id,
        base=blob.blob_id,
        blob_key=blob_key,
        opened_key=None,
        unsealed=False,
    )
    for snapshot in waiting_of(tx, row.disk_id):
        blobs.share(tx, blob.blob_id)
        end_snapshot(tx, snapshot, ACCOMPLISHED, now, blob_id=blob.blob_id, blob_key=blob_key)
    return True


def take_snapshots(bench: Bench, events: Iterable[TreesAsked]) -> None:
    """Seal copies of trees as snapshots; those of one event that cannot be taken fail together.

    Where the plane or a machine ended meanwhile, the next plane or the seal of the disk takes them.
    """
    for event in events:
        waiting = bench.transact(partial(_waiting, event=event))
        if not waiting:
            continue
        try:
            with event.taker.copies(waiting) as copies:
                for snapshot_id, copy in copies.items():
                    _take(bench, event, snapshot_id, copy)
        except NotTaken:
            event.taker.ask_again(waiting)
        except (OSError, Unavailable) as failure:
            bench.pass_over(f"snapshots {', '.join(sorted(waiting))} fail", failure)
            bench.transact(partial(_fail, snapshot_ids=waiting, now=bench.clock()))


def _waiting(tx: Transaction, *, event: TreesAsked) -> dict[str, TreeAsked]:
    rows = {each: tx.get(SnapshotRow, each) for each in event.asked}
    return {
        each: event.asked[each] for each, row in rows.items() if row and row.status == PROGRESSING
    }


def _take(bench: Bench, event: TreesAsked, snapshot_id: str, copy: Path) -> None:
    disk = bench.platform.disk
    blob, now = blobs.written(disk, event.taker.stream(copy)), bench.clock()
    disk_id = event.asked[snapshot_id].tree.disk_id

    def keep(tx: Transaction) -> bool:
        row, snapshot = tx.get(DiskRow, disk_id), tx.get(SnapshotRow, snapshot_id)
        if row is None or snapshot is None or snapshot.status != PROGRESSING:
            return False
        blobs.keep(tx, blob, row.account_id, now, keyless=bool(row.data_key))
        key = sealed_key(row, blob)
        end_snapshot(tx, snapshot, ACCOMPLISHED, now, blob_id=blob.blob_id, blob_key=key)
        return True

    if not bench.transact(keep):
        blobs.drop(disk, blob.blob_id)


def _fail(tx: Transaction, *, snapshot_ids: Iterable[str], now: Instant) -> None:
    for snapshot_id in snapshot_ids:
        snapshot = tx.get(SnapshotRow, snapshot_id)
        if snapshot is not None and snapshot.status == PROGRESSING:
            end_snapshot(tx, snapshot, FAILED, now)


def end_snapshot(
    tx: Transaction, row: SnapshotRow, status: str, now: Instant, **changes: str | bytes | None
) -> None:
    """End the taking of a snapshot, and with it the making of images that only waited for it."""
    row = tx.update(row, status=status, changed_at=now, **changes)
    images = [IMAGE.noted("updated", each) for each in settled(tx, row.snapshot_id)]
    write(tx, [SNAPSHOT.noted("updated", row), *images], Cause(new_request_id(), now))
