"""Which policy a disk has.

The module knows no resource, so that those of disks may ask.
"""

from juyong.api.context import Context
from juyong.services.ecs.snapshot_policies.tables import PolicyDiskRow
from juyong.store.transaction import Transaction


def policy_of(tx: Transaction, disk_id: str) -> str:
    """Return the policy of a disk; empty for none."""
    row = tx.get(PolicyDiskRow, disk_id)
    return row.policy_id if row else ""


def disks_under(tx: Transaction, policy_id: str) -> list[PolicyDiskRow]:
    """Return the disks that a policy is applied to."""
    return tx.find(PolicyDiskRow, order=("disk_id",), policy_id=policy_id)


def bind(ctx: Context, disk_id: str, policy_id: str) -> None:
    """Apply a policy to a disk, in place of the one that the disk has."""
    release(ctx.tx, disk_id)
    ctx.tx.insert(PolicyDiskRow(disk_id=disk_id, policy_id=policy_id, taken_at=ctx.now))


def release(tx: Transaction, disk_id: str) -> None:
    """Take the policy off a disk, if the disk has one."""
    row = tx.get(PolicyDiskRow, disk_id)
    if row is not None:
        tx.delete(row)
