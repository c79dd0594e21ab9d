"""Each minute: make the snapshots of policies whose hour has come, and delete those that are over.

Each disk is one transaction, which makes the snapshot and notes that the disk had its turn. So
after a stop or a kill, the hour goes on with the missing disks, and no disk gets two snapshots of
one hour. Hours that passed while no server ran count as one.

Source: ECS, "Automatic snapshot policies" (documented: the names, that a disk whose snapshot is
not taken yet is passed over, and that a snapshot in an image stays); that a snapshot also stays if
disks were made from that snapshot (assumed).
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.in_service import do_as
from juyong.api.job import job
from juyong.base.clock import DAY_SECONDS, Instant, iso
from juyong.base.ids import AccountId
from juyong.services.actiontrail.facade import record_own_action
from juyong.services.ecs.disks.disk import DISK
from juyong.services.ecs.disks.keys import SERVICE
from juyong.services.ecs.disks.snapshot import remove_snapshot
from juyong.services.ecs.disks.tables import DiskRow, SnapshotRow
from juyong.services.ecs.disks.taking import has_content, take
from juyong.services.ecs.images.tables import ImageDiskRow
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.snapshot_policies.policy import KEPT, SNAPSHOT_POLICY
from juyong.services.ecs.snapshot_policies.schedule import day_of, next_after
from juyong.services.ecs.snapshot_policies.tables import PolicyDiskRow, SnapshotPolicyRow
from juyong.store.errors import Stale
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

if TYPE_CHECKING:
    from sqlalchemy import Select

_MOST = 1000
"""Policies, and snapshots, of one run; the next run goes on."""


@job("ecs.snapshot-policies", every=60)
def follow_policies(bench: Bench) -> None:
    """Make and delete what is due once."""
    now = bench.clock()
    for (policy_id,) in bench.transact(lambda tx: tx.query(_due, now=now)):
        # Another server, or a call, came before: what is left is found by the next run.
        with suppress(Stale):
            _follow(bench, policy_id, now)
    for (snapshot_id,) in bench.transact(lambda tx: tx.query(_over, now=now)):
        with suppress(Stale):
            _delete(bench, snapshot_id, now)


def _follow(bench: Bench, policy_id: str, now: Instant) -> None:
    """Make the snapshots of the disks of one policy, and have it wait for its next hour."""
    while (found := bench.transact(partial(_next, policy_id, now))) is not None:
        policy, disk_id = found
        try:
            _as_service(bench, policy, partial(_take, policy_id, disk_id))
        except ApiError as refusal:
            _as_service(bench, policy, partial(_pass, disk_id, refusal))


def _as_service(
    bench: Bench, row: SnapshotPolicyRow | SnapshotRow, work: Callable[[Context], None]
) -> None:
    do_as(bench, Service(account_id=AccountId(row.account_id), name=SERVICE), work, row.region)


def _next(policy_id: str, now: Instant, tx: Transaction) -> tuple[SnapshotPolicyRow, str] | None:
    """Return a policy and a disk that did not have its turn; where all had, end the hour."""
    policy = tx.get(SnapshotPolicyRow, policy_id)
    if policy is None or policy.due_at > now:
        return None
    for (disk_id,) in tx.query(_waiting, policy_id=policy_id, due=policy.due_at):
        return policy, disk_id
    tx.update(policy, due_at=next_after(policy.hours, policy.weekdays, now))
    return None


def _take(policy_id: str, disk_id: str, ctx: Context) -> None:
    """Make the snapshot of one disk, unless the disk was released meanwhile.

    Raises:
        ApiError: of TAKING.
    """
    held, policy = ctx.tx.get(PolicyDiskRow, disk_id), ctx.tx.get(SnapshotPolicyRow, policy_id)
    disk = ctx.tx.get(DiskRow, disk_id)
    if held is None or policy is None or disk is None or held.policy_id != policy_id:
        return
    ctx.tx.update(held, taken_at=ctx.now)
    if not has_content(disk):
        return
    days = policy.retention_days
    take(
        ctx,
        disk,
        name=f"auto2.0_{iso(day_of(ctx.now))[:10].replace('-', '')}_{policy_id}",
        policy_id=policy_id,
        delete_at=None if days == KEPT else Instant(ctx.now + days * DAY_SECONDS),
    )
    ctx.journal.refer(DISK.kind, disk_id)
    ctx.journal.refer(SNAPSHOT_POLICY.kind, policy_id)
    _tell(ctx, "CreateSnapshot")


def _pass(disk_id: str, refusal: ApiError, ctx: Context) -> None:
    """Note that a disk had its turn without a snapshot."""
    held = ctx.tx.get(PolicyDiskRow, disk_id)
    if held is not None:
        ctx.tx.update(held, taken_at=ctx.now)
        ctx.journal.refer(DISK.kind, disk_id)
        _tell(ctx, "CreateSnapshot", refusal)


def _delete(bench: Bench, snapshot_id: str, now: Instant) -> None:
    row = bench.transact(lambda tx: tx.get(SnapshotRow, snapshot_id))
    if row is not None:
        _as_service(bench, row, partial(_end, snapshot_id, now))


def _end(snapshot_id: str, now: Instant, ctx: Context) -> None:
    """Delete a snapshot whose days are over, as it is now."""
    row = ctx.tx.get(SnapshotRow, snapshot_id)
    if row is None or row.delete_at is None or row.delete_at > now:
        return
    if ctx.tx.find(ImageDiskRow, snapshot_id=snapshot_id, limit=1):
        return
    if ctx.tx.find(DiskRow, snapshot_id=snapshot_id, account_id=row.account_id, limit=1):
        return
    remove_snapshot(ctx, row)
    _tell(ctx, "DeleteSnapshot")


def _tell(ctx: Context, name: str, error: ApiError | None = None) -> None:
    """Write the event of what the service did by itself."""
    service = Service(account_id=ctx.account_id, name=SERVICE)
    record_own_action(ctx, service, ECS, name, error)


def _due() -> "Select[tuple[str]]":
    policy = table_of(SnapshotPolicyRow)
    return (
        sa.select(policy.c.policy_id)
        .where(policy.c.due_at <= sa.bindparam("now"))
        .order_by(policy.c.due_at)
        .limit(_MOST)
    )


def _waiting() -> "Select[tuple[str]]":
    held = table_of(PolicyDiskRow)
    return (
        sa.select(held.c.disk_id)
        .where(held.c.policy_id == sa.bindparam("policy_id"))
        .where(held.c.taken_at < sa.bindparam("due"))
        .order_by(held.c.taken_at, held.c.disk_id)
        .limit(1)
    )


def _over() -> "Select[tuple[str]]":
    row, disk, part = table_of(SnapshotRow), table_of(DiskRow), table_of(ImageDiskRow)
    return (
        sa.select(row.c.snapshot_id)
        .where(
            row.c.delete_at <= sa.bindparam("now"),
            ~sa.exists().where(part.c.snapshot_id == row.c.snapshot_id),
            ~sa.exists().where(
                disk.c.snapshot_id == row.c.snapshot_id, disk.c.account_id == row.c.account_id
            ),
        )
        .order_by(row.c.delete_at)
        .limit(_MOST)
    )
