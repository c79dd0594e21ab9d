"""The group of snapshots: how calls name one, and what the inventory keeps.

Source: ECS API reference, CreateSnapshotGroup and DescribeSnapshotGroups (documented).
"""

from typing import Annotated

from juyong.api.errors import fact
from juyong.api.fields import Doc, Text
from juyong.api.resource import Quota, Resource, found_here
from juyong.api.shape import CreateDate, Of, Shape
from juyong.services.ecs.disks.snapshot import ACCOMPLISHED, FAILED, PROGRESSING
from juyong.services.ecs.disks.tables import SnapshotRow
from juyong.services.ecs.snapshot_groups.tables import SnapshotGroupRow
from juyong.services.ecs.tags import RULES
from juyong.store.transaction import Transaction

GroupId = Annotated[str, Text(1, 64), Doc("The group.")]
NoGroup = fact(
    "InvalidSnapshotGroup.NotFound",
    404,
    "The SnapshotGroupId provided does not exist in our records.",
    why="The region has no such group.",
)
TooManyGroups = fact(
    "QuotaExceed.SnapshotGroup",
    403,
    "The snapshot group quota exceeds.",
    why="The region holds the quota `ecs.snapshot-groups`.",
)


class GroupState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a group."""

    snapshot_group_id: Annotated[str, Of("group_id")]
    name: Annotated[str, Of("group_name")]
    description: str
    instance_id: str
    creation_time: CreateDate


SNAPSHOT_GROUP: Resource[SnapshotGroupRow] = Resource(
    kind="ACS::ECS::SnapshotGroup",
    row=SnapshotGroupRow,
    id="group_id",
    name="group_id",
    arn="ecs:snapshotgroup/",
    regional=True,
    find=found_here(SnapshotGroupRow),
    missing=NoGroup,
    quota=Quota("ecs.snapshot-groups", TooManyGroups),
    state=GroupState,
    tags=RULES,
)


def snapshots_of(tx: Transaction, group_id: str) -> list[SnapshotRow]:
    """Return the snapshots of a group that are left."""
    return tx.find(SnapshotRow, order=("snapshot_id",), group_id=group_id)


def status_of(snapshots: list[SnapshotRow]) -> str:
    """Return the status of a group: failed if any snapshot is, in progress if any still waits."""
    statuses = {row.status for row in snapshots}
    return next((each for each in (FAILED, PROGRESSING) if each in statuses), ACCOMPLISHED)
