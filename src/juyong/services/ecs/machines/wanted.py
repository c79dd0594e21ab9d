"""The image, type and disks of the instances that a call asks for, and what it must be allowed.

Source: ECS API reference, RunInstances and CreateInstance (documented).
"""

import base64
import binascii

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.errors import NotSupported, fact
from juyong.services.ecs.content import images, types
from juyong.services.ecs.disks.disk import DATA, SYSTEM, WantedDisk
from juyong.services.ecs.disks.keys import needs_of, needs_to_open
from juyong.services.ecs.disks.snapshot import SNAPSHOT
from juyong.services.ecs.images.image import (
    IMAGE,
    USABLE,
    NoImage,
    WrongImageStatus,
    disks_in,
    image_named,
    snapshots_in,
)
from juyong.services.ecs.images.tables import ImageRow
from juyong.services.ecs.machines.asked import (
    AnyWanted,
    Asked,
    BadUserData,
    LongUserData,
    SystemDisk,
)
from juyong.services.ecs.machines.machine import INSTANCE, keys_of
from juyong.services.ecs.machines.passing import passing
from juyong.services.ecs.snapshot_policies.policy import SNAPSHOT_POLICY
from juyong.services.network.tables import VSwitchRow

_MOST_USER_DATA = 32 * 1024
NoType = fact(
    "InvalidInstanceType.ValueNotSupported",
    400,
    "The specified InstanceType does not exist or beyond the permitted range.",
    why="There is no such type of instances.",
)
NoImageNamed = fact(
    "MissingParameter.ImageId",
    400,
    "The parameter ImageId or ImageFamily must be given.",
    why="Neither an image nor a family of images is named.",
)
Mismatch = fact(
    "InvalidParameter.Mismatch",
    400,
    "The specified parameters do not belong to the same VPC or zone.",
    why="A security group is of another VPC than the vSwitch, or the vSwitch of another zone.",
)


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The type and image that a call names; user_data: Base64, empty for none."""

    type: types.InstanceType
    image: images.Image | ImageRow
    user_data: str


def chosen_of(ctx: Context, wanted: AnyWanted) -> Chosen:
    """Look up what a call names.

    Raises:
        NoType, NoImage, NoImageNamed, WrongImageStatus, BadUserData, LongUserData: as named.
        NotSupported: a public address, or an agent, is wanted.
    """
    refuse_unserved(wanted)
    found = types.TYPES.get(wanted.instance_type or "")
    if found is None:
        raise NoType
    if wanted.image_id is None and wanted.image_family is None:
        raise NoImageNamed
    image = image_named(ctx, wanted.image_id, wanted.image_family)
    if image is None:
        raise NoImage
    if isinstance(image, ImageRow) and image.status != USABLE:
        raise WrongImageStatus
    return Chosen(type=found, image=image, user_data=checked_user_data(wanted.user_data or ""))


def refuse_unserved(asked: Asked) -> None:
    """Refuse what no instance of this platform has.

    Raises:
        NotSupported: a public address, or an agent, is asked for.
    """
    if asked.internet_max_bandwidth_out:
        raise NotSupported(
            name="InternetMaxBandwidthOut",
            reason="the public address of an instance is an EIP: associate one with the instance",
        )
    if asked.security_enhancement_strategy == "Active":
        raise NotSupported(
            name="SecurityEnhancementStrategy",
            reason="no agent of Security Center runs in instances",
        )


def checked_user_data(text: str) -> str:
    """Return user data that can be decoded.

    Raises:
        BadUserData, LongUserData: as named.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadUserData from None
    if len(raw) > _MOST_USER_DATA:
        raise LongUserData
    return text


def disks_wanted(
    ctx: Context, wanted: AnyWanted, zone_id: str, instance_id: str, image_id: str
) -> list[WantedDisk]:
    """Return the disks to make for an instance: the system disk, those of its image, and others."""
    replace = msgspec.structs.replace
    system = replace(_wanted(SYSTEM, wanted.system_disk, zone_id, instance_id), image_id=image_id)
    found = [system]
    for disk in disks_in(ctx.tx, image_id):
        one = system if disk.kind == SYSTEM else _wanted(DATA, SystemDisk(), zone_id, instance_id)
        one = replace(one, snapshot_id=disk.snapshot_id, of_image=True, least_gib=disk.size_gib)
        found = [one] if disk.kind == SYSTEM else [*found, one]
    return [
        *found,
        *(
            replace(
                _wanted(DATA, each, zone_id, instance_id),
                delete_with_instance=each.delete_with_instance,
                snapshot_id=each.snapshot_id or "",
            )
            for each in wanted.data_disk or ()
        ),
    ]


def _wanted(kind: str, disk: SystemDisk, zone_id: str, instance_id: str) -> WantedDisk:
    return WantedDisk(
        kind=kind,
        zone_id=zone_id,
        category=disk.category,
        level=disk.performance_level,
        size_gib=disk.size,
        name=disk.disk_name or "",
        description=disk.description or "",
        encrypted=bool(disk.encrypted),
        key_id=disk.kms_key_id,
        instance_id=instance_id,
        policy_id=disk.auto_snapshot_policy_id or "",
    )


# --- what must be allowed ---


def conditions_of(ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """Return the condition keys of an instance to make.

    Source: ECS, "RAM authorization", condition keys (documented); `ecs:VpcId` (observed). The key
    about data disks is `true` where all are encrypted, and an image of another account is `Shared`
    (assumed).
    """
    wanted: AnyWanted = arguments["wanted"]
    disks = wanted.data_disk or []
    found = {
        **keys_of(_vpc_of(ctx, wanted), wanted.instance_type or ""),
        **_image_keys(ctx, wanted),
        "ecs:SecurityHardeningMode": (_text(wanted.http_tokens == "required"),),
        "ecs:AssociatePublicIpAddress": (_text(bool(wanted.internet_max_bandwidth_out)),),
        "ecs:NotSpecifySecurityGroupId": (_text(not wanted.groups),),
        "ecs:IsSystemDiskEncrypted": (_text(bool(wanted.system_disk.encrypted)),),
        "ecs:IsSystemDiskByokEncrypted": (_text(bool(wanted.system_disk.kms_key_id)),),
    }
    if wanted.security_enhancement_strategy:
        found["ecs:SecurityEnhancementStrategy"] = (wanted.security_enhancement_strategy,)
    if disks:
        found["ecs:IsDiskEncrypted"] = (_text(all(each.encrypted for each in disks)),)
        found["ecs:IsDiskByokEncrypted"] = (_text(all(each.kms_key_id for each in disks)),)
    if vpc_id := found["ecs:VpcId"][0]:
        found["vpc:VPC"] = (f"acs:vpc:{ctx.region}:{ctx.account_id}:vpc/{vpc_id}",)
    else:
        del found["ecs:VpcId"]
    return found


def named_on(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the instances to make, an image that is not public, and what disks are made with.

    Disks are made of snapshots, and with policies that make snapshots.
    """
    wanted: AnyWanted = arguments["wanted"]
    image = image_named(ctx, wanted.image_id, wanted.image_family)
    own = (IMAGE.arn_named(ctx, image.image_id),) if isinstance(image, ImageRow) else ()
    held = dict.fromkeys(each.snapshot_id for each in wanted.data_disk or () if each.snapshot_id)
    snapshots = (SNAPSHOT.arn_named(ctx, each) for each in held)
    asked = (wanted.system_disk, *(wanted.data_disk or ()))
    named = dict.fromkeys(each.auto_snapshot_policy_id for each in asked)
    policies = (SNAPSHOT_POLICY.arn_named(ctx, each) for each in named if each)
    return (INSTANCE.arn_named(ctx, "*"), *own, *snapshots, *policies)


def conditions_named(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
    """Return the condition keys that the tags of an image, a snapshot or a policy bring."""
    return {
        **IMAGE.tag_conditions(ctx, arn),
        **SNAPSHOT.tag_conditions(ctx, arn),
        **SNAPSHOT_POLICY.tag_conditions(ctx, arn),
    }


def _image_keys(ctx: Context, wanted: AnyWanted) -> dict[str, tuple[str, ...]]:
    image = image_named(ctx, wanted.image_id, wanted.image_family)
    if not isinstance(image, ImageRow):
        return {"ecs:ImageSource": ("System",)}
    source = "Custom" if image.account_id == ctx.account_id else "Shared"
    return {"ecs:ImageSource": (source,), "ecs:ImageOwnerId": (image.account_id,)}


def _text(is_so: bool) -> str:  # a value, not a switch
    return "true" if is_so else "false"


def _vpc_of(ctx: Context, wanted: AnyWanted) -> str:
    """Return the VPC of the vSwitch that a call names; empty where it names none."""
    row = ctx.tx.get(VSwitchRow, wanted.vswitch) if wanted.vswitch else None
    own = row is not None and (row.account_id, row.region) == (ctx.account_id, ctx.region)
    return row.vpc_id if row is not None and own else ""


def needs_of_call(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Return the further permissions of a caller: to pass a role, and to use keys of disks.

    Where another account shares an encrypted image, that account's key must allow the caller.
    """
    wanted: AnyWanted = arguments["wanted"]
    keys = [each.kms_key_id for each in (wanted.system_disk, *(wanted.data_disk or ()))]
    image = image_named(ctx, wanted.image_id, wanted.image_family)
    return (
        *passing(ctx, wanted.ram_role_name),
        *needs_of(ctx, keys),
        *needs_to_open(ctx, snapshots_in(ctx.tx, image.image_id) if image else []),
    )
