"""The parameters that RunInstances and CreateInstance have in common, and what is read off them.

Source: ECS API reference, RunInstances and CreateInstance (documented).
"""

import base64
import binascii
from typing import Annotated

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.errors import NotSupported, fact
from juyong.api.fields import Between, Doc, Hidden, Items, OneOf, Raises, Text
from juyong.services.ecs.content import images, types
from juyong.services.ecs.disks.disk import DATA, SYSTEM, Level, WantedDisk
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
from juyong.services.ecs.interfaces.interface import GroupIds
from juyong.services.ecs.key_pairs import NoKeyPair
from juyong.services.ecs.machines.machine import (
    INSTANCE,
    Description,
    HostName,
    Name,
    Switch,
    Tokens,
    keys_of,
)
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
BadUserData = fact(
    "InvalidUserData.Base64FormatInvalid",
    400,
    "The specified UserData is not in Base64.",
    why="The user data is not in Base64.",
)
LongUserData = fact(
    "InvalidUserData.SizeExceeded",
    400,
    "The specified UserData exceeds the size limit.",
    why="The user data has more than 32 KiB.",
)
NoImageNamed = fact(
    "MissingParameter.ImageId",
    400,
    "The parameter ImageId or ImageFamily must be given.",
    why="Neither an image nor a family of images is named.",
)
_Agent = Annotated[str, OneOf(("Active", "Deactive")), Doc("`Deactive` alone.")]
UserData = Annotated[
    str, Hidden(), Raises((BadUserData, LongUserData)), Doc("Base64; up to 32 KiB when decoded.")
]
RoleName = Annotated[str, Text(1, 64), Doc("A role that trusts ECS.")]


class SystemDisk(
    msgspec.Struct, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True
):
    """The system disk that a call asks for; one with other members is refused."""

    category: str | None = None
    size: int | None = None
    disk_name: Name | None = None
    description: Description | None = None
    performance_level: Level | None = None
    encrypted: bool = False
    kms_key_id: Annotated[str | None, Text(1, 64)] = msgspec.field(default=None, name="KMSKeyId")
    auto_snapshot_policy_id: Annotated[str | None, Text(1, 64)] = None


class DataDisk(SystemDisk, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True):
    """A data disk that a call asks for; one of a snapshot has its content and its key."""

    delete_with_instance: bool = True
    snapshot_id: Annotated[str | None, Text(1, 64)] = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of an instance to make."""

    instance_type: Annotated[str, Text(1, 64), Doc("The type, as DescribeInstanceTypes lists it.")]
    image_id: Annotated[str, Text(1, 128), Doc("The image.")] | None = None
    image_family: Annotated[str, Text(1, 128), Doc("The newest image of a family.")] | None = None
    v_switch_id: Annotated[str, Text(1, 64), Doc("The vSwitch.")] | None = None
    zone_id: Annotated[str, Text(1, 64), Doc("The zone, that of the vSwitch.")] | None = None
    security_group_id: Annotated[str, Text(1, 64), Doc("The security group.")] | None = None
    private_ip_address: Annotated[str, Text(1, 64), Doc("The address.")] | None = None
    instance_name: Name | None = None
    description: Description | None = None
    host_name: HostName | None = None
    key_pair_name: Annotated[str, Raises((NoKeyPair,)), Doc("A key pair.")] | None = None
    ram_role_name: RoleName | None = None
    user_data: UserData | None = None
    deletion_protection: Annotated[bool, Doc("Whether calls may not delete the instance.")] = False
    http_endpoint: Annotated[Switch, Doc("Whether the metadata service answers.")] = "enabled"
    http_tokens: Annotated[Tokens, Doc("Whether the service wants a token.")] = "optional"
    internet_max_bandwidth_out: Annotated[int, Between(0, 100), Doc("0 alone.")] = 0
    internet_charge_type: Annotated[str, OneOf(("PayByTraffic", "PayByBandwidth"))] | None = None
    instance_charge_type: Annotated[str, OneOf(("PostPaid",))] = "PostPaid"
    spot_strategy: Annotated[str, OneOf(("NoSpot",))] = "NoSpot"
    io_optimized: Annotated[str, OneOf(("optimized",))] = "optimized"
    security_enhancement_strategy: _Agent | None = None
    system_disk: SystemDisk = SystemDisk()
    data_disk: Annotated[list[DataDisk], Items(1, 16), Doc("Up to 16 data disks.")] | None = None

    @property
    def vswitch(self) -> str | None:
        """The vSwitch of the primary interface."""
        return self.v_switch_id

    @property
    def groups(self) -> tuple[str, ...]:
        """The security groups of the primary interface."""
        return (self.security_group_id,) if self.security_group_id else ()

    @property
    def address(self) -> str | None:
        """The address of the primary interface."""
        return self.private_ip_address


class AskedInterface(
    msgspec.Struct, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True
):
    """An interface that a call asks for with an instance; absent members are the instance's.

    One with other members is refused.
    """

    instance_type: Annotated[str, OneOf(("Primary", "Secondary"))] = "Secondary"
    v_switch_id: Annotated[str | None, Text(1, 64)] = msgspec.field(default=None, name="VSwitchId")
    primary_ip_address: Annotated[str | None, Text(1, 64)] = None
    security_group_id: Annotated[str | None, Text(1, 64)] = None
    security_group_ids: list[str] = []
    network_interface_name: Name | None = None
    description: Description | None = None
    delete_on_release: bool = True
    network_interface_traffic_mode: Annotated[str, OneOf(("Standard", ""))] = "Standard"
    network_card_index: Annotated[int, Between(0, 0)] = 0

    @property
    def groups(self) -> tuple[str, ...]:
        """The security groups."""
        return (self.security_group_id,) if self.security_group_id else (*self.security_group_ids,)


class WantedSeveral(Wanted, frozen=True, kw_only=True):
    """The parameters of instances that RunInstances makes."""

    security_group_ids: GroupIds | None = None
    network_interface: Annotated[list[AskedInterface], Items(1, 8), Doc("Interfaces.")] | None = (
        None
    )

    @property
    def primary(self) -> AskedInterface:
        """The primary interface as an element names it, else an empty one."""
        found = (each for each in self.network_interface or () if each.instance_type == "Primary")
        return next(found, AskedInterface())

    @property
    def vswitch(self) -> str | None:
        """The vSwitch of the primary interface."""
        return self.v_switch_id or self.primary.v_switch_id

    @property
    def groups(self) -> tuple[str, ...]:
        """The security groups of the primary interface."""
        own = (self.security_group_id,) if self.security_group_id else ()
        return own or (*(self.security_group_ids or ()),) or self.primary.groups

    @property
    def address(self) -> str | None:
        """The address of the primary interface."""
        return self.private_ip_address or self.primary.primary_ip_address


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The type and image that a call names; user_data: Base64, empty for none."""

    type: types.InstanceType
    image: images.Image | ImageRow
    user_data: str


def chosen_of(ctx: Context, wanted: Wanted) -> Chosen:
    """Look up what a call names.

    Raises:
        NoType, NoImage, NoImageNamed, WrongImageStatus, BadUserData, LongUserData: as named.
        NotSupported: a public address, or an agent, is wanted.
    """
    if wanted.internet_max_bandwidth_out:
        raise NotSupported(
            name="InternetMaxBandwidthOut",
            reason="the public address of an instance is an EIP: associate one with the instance",
        )
    if wanted.security_enhancement_strategy == "Active":
        raise NotSupported(
            name="SecurityEnhancementStrategy",
            reason="no agent of Security Center runs in instances",
        )
    found = types.TYPES.get(wanted.instance_type)
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
    ctx: Context, wanted: Wanted, zone_id: str, instance_id: str, image_id: str
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
        encrypted=disk.encrypted,
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
    wanted: Wanted = arguments["wanted"]
    disks = wanted.data_disk or []
    found = {
        **keys_of(_vpc_of(ctx, wanted), wanted.instance_type),
        **_image_keys(ctx, wanted),
        "ecs:SecurityHardeningMode": (_text(wanted.http_tokens == "required"),),
        "ecs:AssociatePublicIpAddress": (_text(wanted.internet_max_bandwidth_out > 0),),
        "ecs:NotSpecifySecurityGroupId": (_text(not wanted.groups),),
        "ecs:IsSystemDiskEncrypted": (_text(wanted.system_disk.encrypted),),
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
    wanted: Wanted = arguments["wanted"]
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


def _image_keys(ctx: Context, wanted: Wanted) -> dict[str, tuple[str, ...]]:
    image = image_named(ctx, wanted.image_id, wanted.image_family)
    if not isinstance(image, ImageRow):
        return {"ecs:ImageSource": ("System",)}
    source = "Custom" if image.account_id == ctx.account_id else "Shared"
    return {"ecs:ImageSource": (source,), "ecs:ImageOwnerId": (image.account_id,)}


def _text(is_so: bool) -> str:  # a value, not a switch
    return "true" if is_so else "false"


def _vpc_of(ctx: Context, wanted: Wanted) -> str:
    """Return the VPC of the vSwitch that a call names; empty where it names none."""
    row = ctx.tx.get(VSwitchRow, wanted.vswitch) if wanted.vswitch else None
    own = row is not None and (row.account_id, row.region) == (ctx.account_id, ctx.region)
    return row.vpc_id if row is not None and own else ""


def needs_of_call(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Return the further permissions of a caller: to pass a role, and to use keys of disks.

    Of an encrypted image that another account shares, that account's key must allow the caller.
    """
    wanted: Wanted = arguments["wanted"]
    keys = [each.kms_key_id for each in (wanted.system_disk, *(wanted.data_disk or ()))]
    image = image_named(ctx, wanted.image_id, wanted.image_family)
    return (
        *passing(ctx, wanted.ram_role_name),
        *needs_of(ctx, keys),
        *needs_to_open(ctx, snapshots_in(ctx.tx, image.image_id) if image else []),
    )
