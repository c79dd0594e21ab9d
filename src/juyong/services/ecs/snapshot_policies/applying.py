"""Apply policies to disks, and take them off.

Source: ECS API reference, ApplyAutoSnapshotPolicy, CancelAutoSnapshotPolicy and
DescribeAutoSnapshotPolicyAssociations (documented: a disk has one policy, and another one takes its
place).
"""

from typing import Annotated

from juyong.api.access import acs
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc, Text
from juyong.api.listing import NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.ecs.disks.disk import DISK, NoDisk
from juyong.services.ecs.disks.tables import DiskRow
from juyong.services.ecs.key_pairs import NoRegion, Region, check_region
from juyong.services.ecs.pages import texts_of
from juyong.services.ecs.places import PAGING
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.snapshot_policies.applied import bind, disks_under
from juyong.services.ecs.snapshot_policies.policy import (
    SNAPSHOT_POLICY,
    DiskIds,
    NoPolicy,
    NoSuchPolicy,
    PolicyId,
    RegionId,
)
from juyong.services.ecs.snapshot_policies.tables import PolicyDiskRow

_DISK_IDS = "diskIds"
_Text = Annotated[str, Text(1, 64)]
NeitherNamed = fact(
    "MissingParameter.AutoSnapshotPolicyIdOrDiskId",
    403,
    "The AutoSnapshotPolicyId and DiskId parameters cannot both be empty.",
    why="Neither a policy nor a disk is named.",
)
BothNamed = fact(
    "ParameterConflict.AutoSnapshotPolicyIdAndDiskId",
    403,
    "The AutoSnapshotPolicyId and DiskId parameters cannot be specified at the same time.",
    why="A policy and a disk are named.",
)
_FOUND = SNAPSHOT_POLICY.found(SNAPSHOT_POLICY.find, NoSuchPolicy)


class Association(Shape, frozen=True, kw_only=True):
    """A policy, and a disk that the policy is applied to."""

    auto_snapshot_policy_id: str
    disk_id: str


def _each_disk(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name each disk, and the policy if one is named: each must be allowed."""
    disks = texts_of(_DISK_IDS, arguments["disk_ids"])
    policy = arguments["policy_id"]
    return (
        *(DISK.arn_named(ctx, each) for each in disks),
        *((SNAPSHOT_POLICY.arn_named(ctx, policy),) if policy else ()),
    )


def _conditions(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    return {**DISK.tag_conditions(ctx, arn), **SNAPSHOT_POLICY.tag_conditions(ctx, arn)}


def _disks(ctx: Context, disk_ids: str) -> list[DiskRow]:
    """Return all disks of a call, before anything is done to the first of them."""
    return [DISK.the(ctx, each) for each in texts_of(_DISK_IDS, disk_ids)]


@operation(
    ECS,
    "ApplyAutoSnapshotPolicy",
    resource=_each_disk,
    resource_conditions=_conditions,
    raises=(NoRegion, NoPolicy, NoDisk),
)
def apply_auto_snapshot_policy(
    ctx: Context, *, region_id: RegionId, policy_id: PolicyId, disk_ids: DiskIds
) -> None:
    """Apply a policy to disks, in place of the one that each has."""
    check_region(ctx, region_id)
    SNAPSHOT_POLICY.the(ctx, policy_id)
    for disk in _disks(ctx, disk_ids):
        bind(ctx, disk.disk_id, policy_id)


@operation(
    ECS,
    "CancelAutoSnapshotPolicy",
    resource=_each_disk,
    resource_conditions=_conditions,
    raises=(NoRegion, NoPolicy, NoDisk),
)
def cancel_auto_snapshot_policy(
    ctx: Context, *, region_id: RegionId, disk_ids: DiskIds, policy_id: PolicyId | None = None
) -> None:
    """Take the policy off disks: the policy that the call names, or any policy that a disk has.

    Snapshots that are there stay for their days, and disks without the policy are passed over.
    """
    check_region(ctx, region_id)
    if policy_id is not None:
        SNAPSHOT_POLICY.the(ctx, policy_id)
    for disk in _disks(ctx, disk_ids):
        held = ctx.tx.get(PolicyDiskRow, disk.disk_id)
        if held is not None and policy_id in (None, held.policy_id):
            ctx.tx.delete(held)


@operation(
    ECS,
    "DescribeAutoSnapshotPolicyAssociations",
    resource=acs("ecs", "snapshotpolicy/*", regional=True),
    answers="AutoSnapshotPolicyAssociations.AutoSnapshotPolicyAssociation",
    reads_only=True,
    scans=True,
    raises=(NeitherNamed, BothNamed, NoSuchPolicy, NoDisk),
)
def describe_auto_snapshot_policy_associations(
    ctx: Context,
    *,
    region_id: Region,
    auto_snapshot_policy_id: Annotated[_Text, Doc("The disks of this policy.")] | None = None,
    disk_id: Annotated[_Text, Doc("The policy of this disk.")] | None = None,
    max_results: Annotated[int, Between(1, 500), Doc("Taken for 10 to 100.")] = 10,
    next_token: NextToken = "",
) -> Listing[Association, TokenPage]:
    """List the disks of a policy, by id, or the policy of a disk."""
    check_region(ctx, region_id)
    if auto_snapshot_policy_id and disk_id:
        raise BothNamed
    if auto_snapshot_policy_id:
        _FOUND.the(ctx, auto_snapshot_policy_id)
        rows = disks_under(ctx.tx, auto_snapshot_policy_id)
    elif disk_id:
        DISK.the(ctx, disk_id)
        held = ctx.tx.get(PolicyDiskRow, disk_id)
        rows = [held] if held else []
    else:
        raise NeitherNamed
    found = PAGING.part(
        f"disks of {auto_snapshot_policy_id or disk_id}",
        rows,
        key=lambda row: (row.disk_id,),
        token=next_token,
        limit=min(max(max_results, 10), 100),
    )
    return found.map(
        lambda row: Association(auto_snapshot_policy_id=row.policy_id, disk_id=row.disk_id)
    )
