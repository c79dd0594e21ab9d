"""The rows that both faces of networks read: VPCs, vSwitches, groups, interfaces and instances.

Ids are drawn at random, so that an id alone names a row; lists are of an account and a region.
"""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.table import table

_OF_REGION = ("account_id", "region")


@table("network_vpc", key=("vpc_id",), index=(_OF_REGION,))
class VpcRow(msgspec.Struct, frozen=True, kw_only=True):
    """One VPC.

    secondary_cidrs, user_cidrs: JSON arrays of blocks. table_id: The system route table.
    """

    vpc_id: str
    account_id: AccountId
    region: str
    vpc_name: str
    description: str
    cidr: str
    secondary_cidrs: str = "[]"
    user_cidrs: str = "[]"
    vrouter_id: str
    table_id: str
    is_default: bool = False
    created_at: Instant
    version: int = 0


@table("network_vswitch", key=("vswitch_id",), index=(_OF_REGION, ("vpc_id",)))
class VSwitchRow(msgspec.Struct, frozen=True, kw_only=True):
    """One vSwitch; acl_id is empty where no network ACL is bound."""

    vswitch_id: str
    account_id: AccountId
    region: str
    vpc_id: str
    zone_id: str
    vswitch_name: str
    description: str
    cidr: str
    table_id: str
    acl_id: str = ""
    is_default: bool = False
    created_at: Instant
    version: int = 0


@table("network_group", key=("group_id",), index=(_OF_REGION, ("vpc_id",)))
class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """One security group.

    kind: `normal` or `enterprise`. inner_access: Members reach each other ahead of all rules.
    """

    group_id: str
    account_id: AccountId
    region: str
    vpc_id: str
    group_name: str
    description: str
    kind: str
    inner_access: bool
    created_at: Instant
    version: int = 0


@table(
    "network_interface",
    key=("interface_id",),
    index=(_OF_REGION, ("vswitch_id",), ("instance_id",)),
)
class InterfaceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One elastic network interface; its addresses and groups are rows of their own.

    address: The primary address. instance_id: Empty while it is attached to none. is_primary: The
    interface is the first of its instance, and lives as long as the instance. status: As
    DescribeNetworkInterfaces says.
    """

    interface_id: str
    account_id: AccountId
    region: str
    vpc_id: str
    vswitch_id: str
    zone_id: str
    interface_name: str
    description: str
    mac: str
    address: str
    instance_id: str = ""
    device_index: int = 0
    is_primary: bool = False
    status: str
    delete_on_release: bool = False
    created_at: Instant
    version: int = 0


@table("network_member", key=("group_id", "interface_id"), index=(("interface_id",),))
class MemberRow(msgspec.Struct, frozen=True, kw_only=True):
    """One interface in one security group."""

    group_id: str
    interface_id: str


@table("network_address", key=("vswitch_id", "address"), index=(("owner_id",),))
class AddressRow(msgspec.Struct, frozen=True, kw_only=True):
    """One private address in use; `owner_id` is an interface, or a NAT gateway.

    number: The address as an integer, by which the next free one is looked for.
    """

    vswitch_id: str
    address: str
    number: int
    owner_id: str


@table("ecs_instance", key=("instance_id",), index=(_OF_REGION, ("vpc_id",)))
class InstanceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One instance; both faces read which run, and the network plane runs them.

    status: As DescribeInstances says. boot: The number of starts. role_name: A role of the account;
    empty for none. user_data: In Base64, as the call gave it; empty for none.
    metadata_enabled: The metadata service answers. metadata_token: The service answers only
    requests with a token. metadata_tags: The service shows the tags of the instance.
    stops_charging: The instance was stopped in economical mode.
    """

    instance_id: str
    account_id: AccountId
    region: str
    zone_id: str
    vpc_id: str
    vswitch_id: str
    instance_name: str
    description: str
    host_name: str
    serial_number: str
    image_id: str
    instance_type: str
    memory_mib: int
    status: str
    boot: int = 0
    key_pair_name: str = ""
    role_name: str = ""
    user_data: Secret
    metadata_enabled: bool = True
    metadata_token: bool = False
    metadata_tags: bool = False
    deletion_protection: bool = False
    stops_charging: bool = False
    started_at: Instant
    created_at: Instant
    version: int = 0
