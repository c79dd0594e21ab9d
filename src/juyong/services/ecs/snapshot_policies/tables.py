"""The policies that make snapshots by themselves, and the disks that they are applied to."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("ecs_snapshot_policy", key=("policy_id",), index=(("account_id", "region"), ("due_at",)))
class SnapshotPolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One policy.

    hours, weekdays: JSON arrays of texts, as calls send them: hours of the day in UTC+8, and 1 for
    Monday to 7. retention_days: The days that new snapshots stay; -1: for ever.
    due_at: The first hour whose snapshots are not all made.
    """

    policy_id: str
    account_id: AccountId
    region: str
    policy_name: str
    hours: str
    weekdays: str
    retention_days: int
    due_at: Instant
    created_at: Instant
    version: int = 0


@table("ecs_snapshot_policy_disk", key=("disk_id",), index=(("policy_id", "taken_at"),))
class PolicyDiskRow(msgspec.Struct, frozen=True, kw_only=True):
    """The policy of a disk.

    taken_at: When the disk had its turn, or the policy was applied: an hour of the policy up to
    that time is done.
    """

    disk_id: str
    policy_id: str
    taken_at: Instant
    version: int = 0
