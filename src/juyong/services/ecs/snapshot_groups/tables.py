"""Groups of snapshots."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("ecs_snapshot_group", key=("group_id",), index=(("account_id", "region"),))
class SnapshotGroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """One group; its snapshots name the group. instance_id: Empty where the call named none."""

    group_id: str
    account_id: AccountId
    region: str
    group_name: str
    description: str
    instance_id: str
    created_at: Instant
    version: int = 0
