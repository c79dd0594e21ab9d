"""VPCs: made, changed and deleted.

Source: VPC API reference, CreateVpc, DeleteVpc with their error tables (documented); the block of a
default VPC (documented as an example), and the code of a second default VPC (assumed).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import NotSupported, fact
from juyong.api.fields import Doc, Text, Wire
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Of, Shape
from juyong.api.tags import pairs_of
from juyong.base.ids import new_instance_id
from juyong.engines.packet.addresses import Cidr
from juyong.engines.packet.errors import BadCidr
from juyong.services.network.asking import HERE, NO_GROUPS, NO_IPAM, NO_IPV6, Description, Name
from juyong.services.network.cidrs import (
    SERVICES,
    Block,
    BlockRefused,
    overlapping,
    texts_of,
    vpc_block,
    within,
)
from juyong.services.network.routes.tables import RouteTableRow
from juyong.services.network.tables import VpcRow, VSwitchRow
from juyong.services.network.tags import RULES, Tags
from juyong.services.vpc.dependents import IN_THE_WAY, refuse_used_vpc
from juyong.services.vpc.naming import VpcId
from juyong.services.vpc.product import PRODUCT as VPC
from juyong.services.vpc.resources import ROUTE_TABLES, VPCS

_DEFAULT, _OF_DEFAULT_VPC = "172.16.0.0/12", "172.31.0.0/16"
_MOST_USER_CIDRS = 3
_NO_DNS = {"EnableDnsHostname": "instances have no public host names"}
_NO_IPV6 = dict.fromkeys(("Ipv6CidrBlock", "Ipv6CidrMask", "Ipv6Isp"), NO_IPV6)
_NO_POOLS = dict.fromkeys(("Ipv4CidrMask", "Ipv4IpamPoolId", "Ipv6IpamPoolId"), NO_IPAM)

VpcBlock = Annotated[str, Block(), Doc("A block of IPv4, with a mask of 8 to 28 bits.")]
IpVersion = Annotated[str, Text(4, 4), Doc("`IPv4`; `IPv6` is refused.")]
UserBlocks = Annotated[str, Text(1, 256), Doc("Up to three blocks, separated by commas.")]
BadVpcBlock = fact(
    "InvalidParameter",
    400,
    "Specified CIDR block is not valid",
    why="A VPC may not have the block: its mask, or reserved addresses.",
)
TooManyUserBlocks = fact(
    "InvalidUserCidr.Quota",
    400,
    "Specified UserCidr number is greater than 3.",
    why="There are more than three user blocks.",
)
BadUserBlock = fact(
    "InvalidUserCidr.Malformed",
    400,
    "Specified UserCidr overlapping in of 100.64.0.0/10.",
    why="A user block is no block of IPv4, or has addresses of 100.64.0.0/10.",
)
DefaultExists = fact(
    "OperationFailed.DefaultVpcExist",
    400,
    "The default VPC already exists in the region.",
    why="The region has a default VPC.",
)
VSwitchOutside = fact(
    "InvalidCidrBlock.NotInVpc",
    400,
    "The CIDR block does not contain the vSwitches of the VPC.",
    why="A vSwitch lies in the present block, and would lie outside of the new one.",
)
BlocksOverlap = fact(
    "InvalidCidrBlock.Overlapped",
    400,
    "Specified CIDR block overlapped with other CIDR blocks of the VPC.",
    why="Another block of the VPC has addresses of this one.",
)


WithIpv6 = Annotated[bool, Doc("Only false: the networks of this platform carry IPv4 alone.")]


class NewVpc(Shape, frozen=True, kw_only=True):
    """The VPC just made, with its vRouter and its system route table."""

    vpc_id: str
    v_router_id: Annotated[str, Of("vrouter_id")]
    route_table_id: Annotated[str, Of("table_id")]


def _refuse_ipv6(is_asked: bool) -> None:
    if is_asked:
        raise NotSupported(name="EnableIpv6", reason=NO_IPV6)


def checked_block(text: str) -> Cidr:
    """Return a block that a VPC may have.

    Raises:
        BadVpcBlock: see there.
    """
    try:
        return vpc_block(text)
    except BlockRefused:
        raise BadVpcBlock from None


def _user_blocks(text: str | None) -> list[str]:
    """Read user blocks, which the platform routes as other networks of the account.

    Raises:
        TooManyUserBlocks, BadUserBlock: see there.
    """
    blocks = [each.strip() for each in text.split(",")] if text else []
    if len(blocks) > _MOST_USER_CIDRS:
        raise TooManyUserBlocks
    for each in blocks:
        try:
            block = Cidr.parse(each)
        except BadCidr:
            raise BadUserBlock from None
        if block.version != SERVICES.version or block.overlaps(SERVICES):
            raise BadUserBlock
    return blocks


def _made(
    ctx: Context,
    tags: dict[str, str],
    *,
    cidr: str,
    name: str = "",
    description: str = "",
    user_cidrs: list[str] | None = None,
    is_default: bool = False,
) -> VpcRow:
    """Make a VPC with its system route table; the store is asked for the quota."""
    row = VPCS.create(
        ctx,
        tags,
        vpc_id=new_instance_id("vpc"),
        vpc_name=name,
        description=description,
        cidr=cidr,
        user_cidrs=msgspec.json.encode(user_cidrs or []).decode(),
        vrouter_id=new_instance_id("vrt"),
        table_id=new_instance_id("vtb"),
        is_default=is_default,
    )
    ROUTE_TABLES.create(ctx, table_id=row.table_id, vpc_id=row.vpc_id, kind="System")
    return row


@operation(
    VPC,
    "CreateVpc",
    on=VPCS.new,
    gateway=HERE | ONCE | CHECKED,
    unsupported=NO_GROUPS | _NO_DNS | _NO_IPV6 | _NO_POOLS,
    raises=(BadVpcBlock, TooManyUserBlocks, BadUserBlock, NotSupported),
)
def create_vpc(
    ctx: Context,
    *,
    cidr_block: VpcBlock = _DEFAULT,
    vpc_name: Name = "",
    description: Description = "",
    user_cidr: UserBlocks | None = None,
    enable_ipv6: WithIpv6 = False,
    tag: Tags | None = None,
) -> NewVpc:
    """Make a VPC with its vRouter and system route table; it is Available at once.

    Args:
        user_cidr: Blocks that count as private networks of the account.
    """
    _refuse_ipv6(enable_ipv6)
    block = checked_block(cidr_block)
    row = _made(
        ctx,
        RULES.checked(pairs_of(tag)),
        cidr=str(block),
        name=vpc_name,
        description=description,
        user_cidrs=_user_blocks(user_cidr),
    )
    return NewVpc.of(row)


@operation(
    VPC,
    "CreateDefaultVpc",
    on=VPCS.new,
    gateway=HERE | ONCE,
    unsupported=NO_GROUPS | _NO_IPV6,
    raises=(DefaultExists, NotSupported),
)
def create_default_vpc(ctx: Context, *, enable_ipv6: WithIpv6 = False) -> NewVpc:
    """Make the default VPC of the region, with the block 172.31.0.0/16."""
    _refuse_ipv6(enable_ipv6)
    own = {"account_id": ctx.account_id, "region": ctx.region}
    if ctx.tx.find_one(VpcRow, **own, is_default=True) is not None:
        raise DefaultExists
    return NewVpc.of(_made(ctx, {}, cidr=_OF_DEFAULT_VPC, is_default=True))


@operation(
    VPC,
    "ModifyVpcAttribute",
    on=VPCS.by(vpc_id=VpcId),
    gateway=HERE,
    unsupported=_NO_DNS | _NO_IPV6,
    raises=(BadVpcBlock, VSwitchOutside, BlocksOverlap, NotSupported),
)
def modify_vpc_attribute(
    ctx: Context,
    vpc: VpcRow,
    *,
    vpc_name: Name | None = None,
    description: Description | None = None,
    cidr_block: VpcBlock | None = None,
    enable_ipv6: Annotated[WithIpv6, Wire("EnableIPv6")] = False,
) -> None:
    """Change the name, the description, or the primary block of a VPC."""
    _refuse_ipv6(enable_ipv6)
    cidr = None
    if cidr_block is not None:
        block = checked_block(cidr_block)
        others = [Cidr.parse(text) for text in texts_of(vpc.secondary_cidrs)]
        if overlapping(block, others):
            raise BlocksOverlap
        for each in ctx.tx.find(VSwitchRow, vpc_id=vpc.vpc_id):
            if not within(Cidr.parse(each.cidr), (block, *others)):
                raise VSwitchOutside
        cidr = str(block)
    VPCS.change(ctx, vpc, vpc_name=vpc_name, description=description, cidr=cidr)


@operation(
    VPC,
    "DeleteVpc",
    on=VPCS.by(vpc_id=VpcId),
    gateway=HERE | ONCE | CHECKED,
    unsupported={"ForceDelete": "there are no gateways of a VPC that it would delete too"},
    raises=IN_THE_WAY,
)
def delete_vpc(ctx: Context, vpc: VpcRow) -> None:
    """Delete a VPC that nothing is in, with its vRouter and system route table."""
    refuse_used_vpc(ctx.tx, vpc)
    table = ctx.tx.get(RouteTableRow, vpc.table_id)
    if table is not None:
        ROUTE_TABLES.remove(ctx, table)
    VPCS.remove(ctx, vpc)
