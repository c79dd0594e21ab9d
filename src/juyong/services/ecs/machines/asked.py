"""The parameters that RunInstances, CreateInstance and launch templates have in common.

Every parameter may be absent, since what a call leaves out its launch template may say.

Source: ECS API reference, RunInstances and CreateInstance (documented).
"""

from typing import Annotated

import msgspec

from juyong.api.errors import fact
from juyong.api.fields import Between, Doc, Hidden, Items, OneOf, Raises, Sparse, Text
from juyong.services.ecs.disks.disk import Level
from juyong.services.ecs.interfaces.interface import GroupIds
from juyong.services.ecs.machines.machine import Description, HostName, Name, Switch, Tokens

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
_Agent = Annotated[str, OneOf(("Active", "Deactive")), Doc("`Deactive` alone.")]
UserData = Annotated[
    str, Hidden(), Raises((BadUserData, LongUserData)), Doc("Base64; up to 32 KiB when decoded.")
]
RoleName = Annotated[str, Text(1, 64), Doc("A role that trusts ECS.")]
_Type = Annotated[str, Text(1, 64), Doc("The type, as DescribeInstanceTypes lists it.")]
_Family = Annotated[str, Text(1, 128), Doc("The newest image of a family.")]
_Protection = Annotated[bool, Doc("Whether calls may not delete the instance; not if absent.")]
_Endpoint = Annotated[Switch, Doc("Whether the metadata service answers; `enabled` if absent.")]
_Tokens = Annotated[Tokens, Doc("Whether the service wants a token; `optional` if absent.")]


class SystemDisk(
    msgspec.Struct, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True
):
    """The system disk that a call asks for; one with other members is refused."""

    category: str | None = None
    size: int | None = None
    disk_name: Name | None = None
    description: Description | None = None
    performance_level: Level | None = None
    encrypted: bool | None = None
    kms_key_id: Annotated[str | None, Text(1, 64)] = msgspec.field(default=None, name="KMSKeyId")
    auto_snapshot_policy_id: Annotated[str | None, Text(1, 64)] = None


class DataDisk(SystemDisk, frozen=True, kw_only=True, rename="pascal", forbid_unknown_fields=True):
    """A data disk that a call asks for; one of a snapshot has its content and its key."""

    delete_with_instance: bool = True
    snapshot_id: Annotated[str | None, Text(1, 64)] = None


_DataDisks = Annotated[list[DataDisk], Items(1, 16), Sparse(), Doc("Up to 16 data disks.")]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of one instance to make, or of several alike."""

    image_id: Annotated[str, Text(1, 128), Doc("The image.")] | None = None
    v_switch_id: Annotated[str, Text(1, 64), Doc("The vSwitch.")] | None = None
    zone_id: Annotated[str, Text(1, 64), Doc("The zone, that of the vSwitch.")] | None = None
    security_group_id: Annotated[str, Text(1, 64), Doc("The security group.")] | None = None
    private_ip_address: Annotated[str, Text(1, 64), Doc("The address.")] | None = None
    instance_name: Name | None = None
    description: Description | None = None
    host_name: HostName | None = None
    key_pair_name: Annotated[str, Doc("A key pair.")] | None = None
    ram_role_name: RoleName | None = None
    user_data: UserData | None = None
    deletion_protection: _Protection | None = None
    http_endpoint: _Endpoint | None = None
    http_tokens: _Tokens | None = None
    internet_max_bandwidth_out: Annotated[int, Between(0, 100), Doc("0 alone.")] | None = None
    internet_charge_type: Annotated[str, OneOf(("PayByTraffic", "PayByBandwidth"))] | None = None
    instance_charge_type: Annotated[str, OneOf(("PostPaid",))] | None = None
    spot_strategy: Annotated[str, OneOf(("NoSpot",))] | None = None
    io_optimized: Annotated[str, OneOf(("optimized",))] | None = None
    security_enhancement_strategy: _Agent | None = None
    system_disk: Annotated[SystemDisk, Sparse()] = SystemDisk()
    data_disk: _DataDisks | None = None

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

    An interface with other members is refused.
    """

    instance_type: Annotated[str, OneOf(("Primary", "Secondary"))] = "Secondary"
    v_switch_id: Annotated[str | None, Text(1, 64)] = msgspec.field(default=None, name="VSwitchId")
    primary_ip_address: Annotated[str | None, Text(1, 64)] = None
    security_group_id: Annotated[str | None, Text(1, 64)] = None
    security_group_ids: list[str] = []
    network_interface_name: Name | None = None
    description: Description | None = None
    delete_on_release: bool = True
    network_interface_traffic_mode: Annotated[str, OneOf(("Standard",))] = "Standard"
    network_card_index: Annotated[int, Between(0, 0)] = 0

    @property
    def groups(self) -> tuple[str, ...]:
        """The security groups."""
        return (self.security_group_id,) if self.security_group_id else (*self.security_group_ids,)


_Interfaces = Annotated[list[AskedInterface], Items(1, 8), Sparse(), Doc("Interfaces.")]


class Wanted(Asked, frozen=True, kw_only=True):
    """The parameters of the instance that CreateInstance makes."""

    instance_type: _Type
    image_family: _Family | None = None


class Several(Asked, frozen=True, kw_only=True):
    """The parameters of instances, as a launch template has them too."""

    instance_type: _Type | None = None
    security_group_ids: GroupIds | None = None
    network_interface: _Interfaces | None = None

    @property
    def primary(self) -> AskedInterface:
        """The primary interface as an element names it; without such an element, an empty one."""
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


class WantedSeveral(Several, frozen=True, kw_only=True):
    """The parameters of the instances that RunInstances makes."""

    image_family: _Family | None = None


AnyWanted = Wanted | WantedSeveral
