"""Make, list, change and delete disks.

Source: ECS API reference, CreateDisk, DescribeDisks, ModifyDiskAttribute and DeleteDisk
(documented). That the key of the service is not shown is observed in the Terraform provider, which
would make such a disk again at each plan.
"""

from typing import Annotated

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Clearable, Doc, Grouped, Items, OneOf, Text, Wire
from juyong.api.operation import operation
from juyong.api.product import because
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Of, Shape, Within
from juyong.api.tags import TagList, bears, pairs_of, tag_list
from juyong.api.wrapping import Listing
from juyong.base.clock import iso, iso_or_empty
from juyong.services.ecs.disks.attaching import TooManyDisks
from juyong.services.ecs.disks.disk import (
    AVAILABLE,
    DATA,
    DISK,
    IN_USE,
    MAKING,
    MAKING_OF_SNAPSHOT,
    MOST_DISKS,
    DiskId,
    Level,
    WantedDisk,
    disks_of,
    make_disk,
    remove_disk,
)
from juyong.services.ecs.disks.keys import KeyId, needs_of
from juyong.services.ecs.disks.snapshot import SNAPSHOT, SnapshotId
from juyong.services.ecs.disks.tables import DiskRow
from juyong.services.ecs.flags import OffAlone, refuse_on
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.machines.machine import DESCRIPTION, INSTANCE, RUNNING, Name, NoInstance
from juyong.services.ecs.machines.unsupported import NO_GROUPS, NO_TIMES
from juyong.services.ecs.pages import PageAnswer, PageParameters, paged, texts_of
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.snapshot_policies.applied import policy_of
from juyong.services.ecs.tags import RULES, TagFilter, Tags
from juyong.services.network.zones import zones_of

_BY_POLICY = "the policy of a disk alone makes snapshots, which stay for their days"
_NO_BURSTS = "disks are as fast as the machine that the platform runs on"
_NOT_MADE = because(
    {
        NO_GROUPS: "ResourceGroupId",
        _NO_BURSTS: "ProvisionedIops",
        "disks are folders of the machine that the platform runs on": (
            "StorageSetId StorageSetPartitionNumber StorageClusterId AdvancedFeatures"
        ),
        "keys of disks are AES keys of the KMS": "EncryptAlgorithm",
        "no call is made for another account": "Arn",
    }
)
_NOT_CHANGED = {"DiskIds": "disks are changed one by one, by DiskId"}
_Text = Annotated[str, Text(1, 128)]
_Additional = Annotated[list[str], Items(1, 20), Doc("All are shown without, too.")]
_Kind = Annotated[str, OneOf(("all", "system", "data"))]
Attached = fact(
    "DiskStillAttached",
    403,
    "The specified disk is still attached to an instance.",
    why="The disk is attached to an instance.",
)
NoZone = fact(
    "InvalidZoneId.NotFound",
    404,
    "The specified zone does not exist.",
    why="The region has no such zone.",
)
ZoneOrInstance = fact(
    "InvalidParameter.Conflict",
    400,
    "Either ZoneId or InstanceId must be given.",
    why="Neither a zone nor an instance is named, or both.",
)


class Attachment(Shape, frozen=True, kw_only=True):
    """The instance of a disk."""

    instance_id: str
    device: str
    attached_time: str


class Lock(Shape, frozen=True, kw_only=True):
    """A lock of a disk, of which there are none."""

    lock_reason: str


class Disk(Shape, frozen=True, kw_only=True):
    """One disk."""

    disk_id: str
    disk_name: str
    description: str
    type: Annotated[str, Of("kind")]
    category: str
    performance_level: str
    size: Annotated[int, Of("size_gib")]
    status: Annotated[str, Of("instance_id", lambda held: IN_USE if held else AVAILABLE)]
    instance_id: str
    device: str
    region_id: Annotated[str, Of("region")]
    zone_id: str
    image_id: str
    encrypted: Annotated[bool, Of("data_key", bool)]
    kms_key_id: Annotated[str, Of("key_id")] = msgspec.field(name="KMSKeyId")
    delete_with_instance: bool
    delete_auto_snapshot: bool = False
    enable_auto_snapshot: bool = False
    enable_automated_snapshot_policy: bool
    auto_snapshot_policy_id: str
    source_snapshot_id: Annotated[str, Of("snapshot_id")]
    portable: Annotated[bool, Of("kind", lambda kind: kind == DATA)]
    product_code: str = ""
    serial_number: Annotated[str, Of("disk_id", lambda disk_id: disk_id.removeprefix("d-"))]
    disk_charge_type: str = "PostPaid"
    expired_time: str = "2999-09-08T16:00Z"
    creation_time: Annotated[str, Of("created_at", iso)]
    attached_time: Annotated[str, Of("attached_at", iso_or_empty)]
    detached_time: Annotated[str, Of("detached_at", iso_or_empty)]
    multi_attach: str = "Disabled"
    resource_group_id: str = ""
    attachments: Annotated[list[Attachment], Within("Attachment")]
    mount_instances: Annotated[list[Attachment], Within("MountInstance")]
    operation_locks: Annotated[list[Lock], Within("OperationLock")] = msgspec.field(
        default_factory=list
    )
    tags: TagList


class NewDisk(Shape, frozen=True, kw_only=True):
    """The disk just made."""

    disk_id: str


class DiskFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of DescribeDisks: only disks that meet all of them."""

    disk_ids: Annotated[str, Doc("A JSON array of up to 100 disks.")] | None = None
    instance_id: _Text | None = None
    zone_id: _Text | None = None
    disk_type: _Kind = "all"
    category: _Text | None = None
    performance_level: Level | None = None
    status: Annotated[str, Text(1, 32)] | None = None
    disk_name: _Text | None = None
    snapshot_id: Annotated[_Text, Doc("The snapshot that it was made of.")] | None = None
    encrypted: bool | None = None
    kms_key_id: KeyId | None = None
    portable: bool | None = None
    delete_with_instance: bool | None = None
    disk_charge_type: Annotated[str, OneOf(("PostPaid", "PrePaid"))] | None = None
    auto_snapshot_policy_id: (
        Annotated[
            str,
            Wire("AutoSnapshotPolicyId", "autoSnapshotPolicyId"),
            Text(1, 128),
            Doc("Its policy."),
        ]
        | None
    ) = None
    enable_automated_snapshot_policy: Annotated[bool, Doc("Whether it has a policy.")] | None = None


def _keys(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    return needs_of(ctx, [arguments["kms_key_id"]])


def _disk_and_snapshot(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the disk to make, and the snapshot that it is made of: each must be allowed."""
    of = arguments["snapshot_id"]
    disk = DISK.arn_named(ctx, "*")
    return (disk, SNAPSHOT.arn_named(ctx, of)) if of else (disk,)


def _encrypted(_ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    own = arguments["kms_key_id"] is not None
    return {
        "ecs:IsDiskEncrypted": ("true" if arguments["encrypted"] else "false",),
        "ecs:IsDiskByokEncrypted": ("true" if own else "false",),
    }


@operation(
    ECS,
    "CreateDisk",
    resource=_disk_and_snapshot,
    conditions=_encrypted,
    also=_keys,
    gateway=ONCE,
    unsupported=_NOT_MADE,
    raises=(NoZone, NoInstance, ZoneOrInstance, TooManyDisks, *MAKING, *MAKING_OF_SNAPSHOT),
)
def create_disk(
    ctx: Context,
    *,
    region_id: Region,
    zone_id: Annotated[str, Text(1, 64), Doc("The zone of a disk by itself.")] | None = None,
    instance_id: Annotated[str, Text(1, 64), Doc("Attach the disk to it.")] | None = None,
    disk_name: Name | None = None,
    description: Annotated[str, DESCRIPTION] | None = None,
    disk_category: Annotated[str, Text(1, 64), Doc("`cloud_essd` if absent.")] | None = None,
    performance_level: Level | None = None,
    size: Annotated[int, Between(1, 65536), Doc("GiB; 40 if absent.")] | None = None,
    snapshot_id: Annotated[SnapshotId, Doc("Of a data disk; its content and its key.")]
    | None = None,
    encrypted: Annotated[bool, Doc("Whether the KMS decides on its use.")] = False,
    kms_key_id: KeyId | None = None,
    multi_attach: Annotated[str, OneOf(("Disabled",))] = "Disabled",  # noqa: ARG001  # alone
    bursting_enabled: OffAlone = False,
    tag: Tags | None = None,
) -> NewDisk:
    """Make a data disk, by itself or for an instance.

    Args:
        description: A text for people.
        multi_attach: `Disabled` alone.
    """
    check_region(ctx, region_id)
    refuse_on({"BurstingEnabled": bursting_enabled}, _NO_BURSTS)
    if (zone_id is None) == (instance_id is None):
        raise ZoneOrInstance
    is_running = False
    if instance_id is not None:
        instance = INSTANCE.the(ctx, instance_id)
        zone_id, is_running = instance.zone_id, instance.status == RUNNING
        if len(disks_of(ctx, instance_id)) >= MOST_DISKS:
            raise TooManyDisks
    if zone_id not in zones_of(region_id):
        raise NoZone
    wanted = WantedDisk(
        kind=DATA,
        zone_id=zone_id or "",
        category=disk_category,
        level=performance_level,
        size_gib=size,
        name=disk_name or "",
        description=description or "",
        encrypted=encrypted,
        key_id=kms_key_id,
        instance_id=instance_id or "",
        delete_with_instance=instance_id is not None,
        is_running=is_running,
        snapshot_id=snapshot_id or "",
    )
    row = make_disk(ctx, wanted, RULES.checked(pairs_of(tag)))
    return NewDisk(disk_id=row.disk_id)


@operation(
    ECS,
    "DescribeDisks",
    on=DISK.all,
    answers="Disks.Disk",
    gateway=CHECKED,
    unsupported={
        "ResourceGroupId": NO_GROUPS,
        "Filter": NO_TIMES,
        **dict.fromkeys(("DeleteAutoSnapshot", "EnableAutoSnapshot"), _BY_POLICY),
        "EnableShared": "a disk is attached to one instance at a time",
        "MultiAttach": "a disk is attached to one instance at a time",
        "LockReason": "no disk is locked",
    },
    reads_only=True,
    scans=True,
)
def describe_disks(
    ctx: Context,
    *,
    region_id: Region,
    wanted: Annotated[DiskFilter, Grouped()],
    pages: Annotated[PageParameters, Grouped()],
    additional_attributes: _Additional | None = None,  # noqa: ARG001  # every answer has them
    tag: TagFilter | None = None,
) -> Listing[Disk, PageAnswer]:
    """List the disks of a region, the newest first; ids that none has are passed over.

    Args:
        instance_id, zone_id, disk_type, category, status, disk_name, encrypted, portable:
            Only what has this value.
        delete_with_instance, disk_charge_type: Only what has this value.
    """
    check_region(ctx, region_id)
    held, pairs = DISK.tags_by_id(ctx), pairs_of(tag)
    rows = [row for row in _meeting(ctx, wanted) if bears(held.get(row.disk_id, {}), pairs)]
    found = paged("disks", rows, lambda row: (row.created_at, row.disk_id), pages)
    return found.map(lambda row: _shown(ctx, row))


def _meeting(ctx: Context, wanted: DiskFilter) -> list[DiskRow]:
    ids = wanted.disk_ids and texts_of("DiskIds", wanted.disk_ids)
    equal = {
        "instance_id": wanted.instance_id,
        "zone_id": wanted.zone_id,
        "kind": None if wanted.disk_type == "all" else wanted.disk_type,
        "category": wanted.category,
        "performance_level": wanted.performance_level,
        "disk_name": wanted.disk_name,
        "snapshot_id": wanted.snapshot_id,
        "key_id": wanted.kms_key_id,
        "delete_with_instance": wanted.delete_with_instance,
    }
    asked = {name: value for name, value in equal.items() if value is not None}
    if wanted.disk_charge_type == "PrePaid":
        return []
    own = ctx.tx.find(DiskRow, account_id=ctx.account_id, region=ctx.region)
    by_policy = (wanted.auto_snapshot_policy_id, wanted.enable_automated_snapshot_policy) != (
        None,
        None,
    )
    policies = {row.disk_id: policy_of(ctx.tx, row.disk_id) for row in own} if by_policy else {}
    return [
        row
        for row in own
        if (not ids or row.disk_id in ids)
        and all(getattr(row, column) == value for column, value in asked.items())
        and wanted.encrypted in (None, bool(row.data_key))
        and wanted.portable in (None, row.kind == DATA)
        and wanted.status in (None, "All", IN_USE if row.instance_id else AVAILABLE)
        and wanted.auto_snapshot_policy_id in (None, policies.get(row.disk_id))
        and wanted.enable_automated_snapshot_policy in (None, bool(policies.get(row.disk_id)))
    ]


def _shown(ctx: Context, row: DiskRow) -> Disk:
    one = Attachment(
        instance_id=row.instance_id,
        device=row.device,
        attached_time=iso_or_empty(row.attached_at),
    )
    held = [one] if row.instance_id else []
    policy = policy_of(ctx.tx, row.disk_id)
    return Disk.of(
        row,
        attachments=held,
        mount_instances=held,
        auto_snapshot_policy_id=policy,
        enable_automated_snapshot_policy=bool(policy),
        tags=tag_list(DISK.tags_of(ctx.tx, row)),
    )


@operation(ECS, "ModifyDiskAttribute", on=DISK.by(disk_id=DiskId), unsupported=_NOT_CHANGED)
def modify_disk_attribute(
    ctx: Context,
    row: DiskRow,
    *,
    region_id: Region | None = None,
    disk_name: Name | None = None,
    description: Annotated[str, Text(0, 256), Clearable(), Doc("Up to 256.")] | None = None,
    delete_with_instance: bool | None = None,
    delete_auto_snapshot: OffAlone = False,
    enable_auto_snapshot: OffAlone = False,
    bursting_enabled: OffAlone = False,
) -> None:
    """Change a disk.

    Args:
        delete_with_instance: Whether the disk is deleted with its instance.
    """
    snapshots = {
        "DeleteAutoSnapshot": delete_auto_snapshot,
        "EnableAutoSnapshot": enable_auto_snapshot,
    }
    refuse_on(snapshots, _BY_POLICY)
    refuse_on({"BurstingEnabled": bursting_enabled}, _NO_BURSTS)
    if region_id is not None:
        check_region(ctx, region_id)
    DISK.change(
        ctx,
        row,
        disk_name=disk_name,
        description=description,
        delete_with_instance=delete_with_instance,
    )


@operation(ECS, "DeleteDisk", on=DISK.by(disk_id=DiskId), raises=(Attached,))
def delete_disk(ctx: Context, row: DiskRow) -> None:
    """Delete a disk that is attached to no instance."""
    if row.instance_id:
        raise Attached
    remove_disk(ctx, row)
