"""vSwitches: made, changed and deleted.

Source: VPC API reference, CreateVSwitch and DeleteVSwitch with their error tables (documented); the
codes of CreateDefaultVSwitch, and InvalidCidrBlock.NotInVpc (assumed).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc, Text
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Of, Shape
from juyong.api.tags import pairs_of
from juyong.base.ids import new_instance_id
from juyong.engines.packet.addresses import Cidr
from juyong.services.network.asking import HERE, NO_IPV6, Description, Name
from juyong.services.network.cidrs import (
    RESERVED,
    BadMask,
    Block,
    blocks_of,
    free_block,
    overlapping,
    vswitch_block,
    within,
)
from juyong.services.network.errors import NoZone
from juyong.services.network.routes.tables import RouteRow
from juyong.services.network.tables import VpcRow, VSwitchRow
from juyong.services.network.tags import RULES, Tags
from juyong.services.network.zones import zones_of
from juyong.services.vpc.dependents import IN_THE_WAY_OF_VSWITCH, refuse_used_vswitch
from juyong.services.vpc.naming import IN_VPC, VSwitchId, new_in_vpc, of_vpc
from juyong.services.vpc.product import PRODUCT as VPC
from juyong.services.vpc.resources import VSWITCHES

_NO_IPV6 = dict.fromkeys(
    ("Ipv6CidrBlock", "Ipv6CidrMask", "VpcIpv6CidrBlock", "EnableIPv6"), NO_IPV6
)
_DEFAULT_BITS = 20

ZoneId = Annotated[str, Text(1, 64), Doc("The zone.")]
VSwitchBlock = Annotated[str, Block(), Doc("A block of IPv4, with a mask of 16 to 29 bits.")]
Mask = Annotated[
    int, Between(16, 29), Doc("16 to 29: without a block, the first free one with this mask.")
]
NoBlock = fact(
    "MissingParameter",
    400,
    "Miss mandatory parameter.",
    why="Neither a block nor a mask is given.",
)
BadMaskLength = fact(
    "InvalidCirdrBlock.MaskLength",
    400,
    "Specified CIDR block is not valid .",
    why="The mask is shorter than 16 bits or longer than 29.",
)
NotInVpc = fact(
    "InvalidParameter",
    400,
    "Specified CIDR block is not valid in VPC.",
    why="No block of the VPC holds all of the vSwitch's, or addresses are reserved.",
)
Overlaps = fact(
    "InvalidCidrBlock.Overlapped",
    400,
    "Specified CIDR block overlapped with other subnets.",
    why="Another vSwitch has addresses of the block, a route leads to all of it, or none is free.",
)
TooManyVSwitches = fact(
    "QuotaExceeded.VSwitch",
    400,
    "Virtual switch quota exceeded.",
    why="The VPC holds the quota `vpc.vswitches`.",
)
NoDefaultVpc = fact(
    "OperationFailed.DefaultVpcNotExist",
    400,
    "The default VPC does not exist in the region.",
    why="The region has no default VPC.",
)
DefaultVSwitchExists = fact(
    "OperationFailed.DefaultVSwitchExist",
    400,
    "The default vSwitch already exists in the zone.",
    why="The zone has a default vSwitch.",
)


class NewVSwitch(Shape, frozen=True, kw_only=True):
    """The vSwitch just made."""

    v_switch_id: Annotated[str, Of("vswitch_id")]


def _check_zone(ctx: Context, zone_id: str) -> None:
    if zone_id not in zones_of(ctx.region):
        raise NoZone


def _fitting(ctx: Context, vpc: VpcRow, text: str) -> Cidr:
    """Return a block that a new vSwitch of a VPC may have.

    Raises:
        BadMaskLength, NotInVpc, Overlaps, TooManyVSwitches: see there.
    """
    try:
        block = vswitch_block(text)
    except BadMask:
        raise BadMaskLength from None
    if not within(block, blocks_of(vpc)) or overlapping(block, RESERVED):
        raise NotInVpc
    others = ctx.tx.find(VSwitchRow, vpc_id=vpc.vpc_id)
    if overlapping(block, (Cidr.parse(each.cidr) for each in others)):
        raise Overlaps
    routes = ctx.tx.find(RouteRow, vpc_id=vpc.vpc_id)
    if any(within(Cidr.parse(each.destination), (block,)) for each in routes):
        raise Overlaps
    if len(others) >= ctx.quota("vpc.vswitches"):
        raise TooManyVSwitches
    return block


def _made(
    ctx: Context,
    vpc: VpcRow,
    tags: dict[str, str],
    *,
    cidr: str,
    zone_id: str,
    name: str = "",
    description: str = "",
) -> VSwitchRow:
    return VSWITCHES.create(
        ctx,
        tags,
        vswitch_id=new_instance_id("vsw"),
        vpc_id=vpc.vpc_id,
        zone_id=zone_id,
        vswitch_name=name,
        description=description,
        cidr=cidr,
        table_id=vpc.table_id,
        is_default=vpc.is_default,
    )


@operation(
    VPC,
    "CreateVSwitch",
    on=IN_VPC,
    resource=new_in_vpc(VSWITCHES),
    conditions=of_vpc,
    gateway=HERE | ONCE,
    unsupported=_NO_IPV6,
    raises=(NoZone, NoBlock, BadMaskLength, NotInVpc, Overlaps, TooManyVSwitches),
)
def create_vswitch(
    ctx: Context,
    vpc: VpcRow,
    *,
    zone_id: ZoneId,
    cidr_block: VSwitchBlock | None = None,
    cidr_mask: Mask | None = None,
    v_switch_name: Name = "",
    description: Description = "",
    tag: Tags | None = None,
) -> NewVSwitch:
    """Make a vSwitch in a zone, on the VPC's system route table; it is Available at once."""
    _check_zone(ctx, zone_id)
    if cidr_block is None and cidr_mask is None:
        raise NoBlock
    wanted = cidr_block or _free(ctx, vpc, cidr_mask or _DEFAULT_BITS)
    row = _made(
        ctx,
        vpc,
        RULES.checked(pairs_of(tag)),
        cidr=str(_fitting(ctx, vpc, wanted)),
        zone_id=zone_id,
        name=v_switch_name,
        description=description,
    )
    return NewVSwitch.of(row)


@operation(
    VPC,
    "CreateDefaultVSwitch",
    on=VSWITCHES.new,
    gateway=HERE | ONCE,
    unsupported=_NO_IPV6,
    raises=(NoZone, NoDefaultVpc, DefaultVSwitchExists, Overlaps, TooManyVSwitches),
)
def create_default_vswitch(ctx: Context, *, zone_id: ZoneId) -> NewVSwitch:
    """Make the default vSwitch of a zone in the default VPC, with a free block of 20 bits."""
    _check_zone(ctx, zone_id)
    own = {"account_id": ctx.account_id, "region": ctx.region}
    vpc = ctx.tx.find_one(VpcRow, **own, is_default=True)
    if vpc is None:
        raise NoDefaultVpc
    others = ctx.tx.find(VSwitchRow, vpc_id=vpc.vpc_id)
    if any(each.is_default and each.zone_id == zone_id for each in others):
        raise DefaultVSwitchExists
    block = _fitting(ctx, vpc, _free(ctx, vpc, _DEFAULT_BITS))
    return NewVSwitch.of(_made(ctx, vpc, {}, cidr=str(block), zone_id=zone_id))


def _free(ctx: Context, vpc: VpcRow, bits: int) -> str:
    """Return the first free block of a VPC with a mask.

    Raises:
        Overlaps: there is none.
    """
    vswitches = ctx.tx.find(VSwitchRow, vpc_id=vpc.vpc_id)
    routes = ctx.tx.find(RouteRow, vpc_id=vpc.vpc_id)
    found = free_block(
        blocks_of(vpc),
        (Cidr.parse(each.cidr) for each in vswitches),
        bits,
        kept_whole=(Cidr.parse(each.destination) for each in routes),
    )
    if found is None:
        raise Overlaps
    return str(found)


@operation(
    VPC,
    "ModifyVSwitchAttribute",
    on=VSWITCHES.by(v_switch_id=VSwitchId),
    gateway=HERE,
    unsupported=_NO_IPV6,
)
def modify_vswitch_attribute(
    ctx: Context,
    vswitch: VSwitchRow,
    *,
    v_switch_name: Name | None = None,
    description: Description | None = None,
) -> None:
    """Change the name or the description of a vSwitch."""
    VSWITCHES.change(ctx, vswitch, vswitch_name=v_switch_name, description=description)


@operation(
    VPC,
    "DeleteVSwitch",
    on=VSWITCHES.by(v_switch_id=VSwitchId),
    gateway=HERE | CHECKED,
    raises=IN_THE_WAY_OF_VSWITCH,
)
def delete_vswitch(ctx: Context, vswitch: VSwitchRow) -> None:
    """Delete a vSwitch that nothing is in and nothing is bound to."""
    refuse_used_vswitch(ctx.tx, vswitch)
    VSWITCHES.remove(ctx, vswitch)
