"""Secondary blocks of VPCs.

Source: VPC API reference, AssociateVpcCidrBlock, UnassociateVpcCidrBlock: up to five blocks, which
overlap no other block of the VPC (documented); the codes (assumed).
"""

import msgspec

from juyong.api.context import Context
from juyong.api.errors import NotSupported, fact
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.engines.packet.addresses import Cidr
from juyong.services.network.asking import HERE, NO_IPAM, NO_IPV6
from juyong.services.network.cidrs import blocks_of, overlapping, texts_of, within
from juyong.services.network.public.nats import forwards_to
from juyong.services.network.tables import VpcRow, VSwitchRow
from juyong.services.vpc.dependents import HasVSwitch
from juyong.services.vpc.naming import VpcId
from juyong.services.vpc.product import PRODUCT as VPC
from juyong.services.vpc.resources import VPCS
from juyong.services.vpc.vpcs import BadVpcBlock, BlocksOverlap, IpVersion, VpcBlock, checked_block

_UNSERVED = {
    **dict.fromkeys(("IPv6CidrBlock", "Ipv6CidrMask", "Ipv6Isp"), NO_IPV6),
    **dict.fromkeys(("IpamPoolId", "SecondaryCidrMask"), NO_IPAM),
}
TooManyBlocks = fact(
    "QuotaExceeded.SecondaryCidrBlock",
    400,
    "The quota of secondary CIDR blocks is exceeded.",
    why="The VPC holds the quota `vpc.secondary-cidrs`.",
)
NoBlock = fact(
    "InvalidSecondaryCidrBlock.NotFound",
    404,
    "The specified secondary CIDR block does not exist.",
    why="The VPC has no such secondary block.",
)
HasForward = fact(
    "DependencyViolation.ForwardEntry",
    400,
    "Specified object has dependent resources.",
    why="A DNAT entry leads to an address of the block.",
)


class NewBlock(Shape, frozen=True, kw_only=True):
    """The block just added."""

    cidr_block: str
    ip_version: str = "ipv4"


@operation(
    VPC,
    "AssociateVpcCidrBlock",
    on=VPCS.by(vpc_id=VpcId),
    gateway=HERE,
    unsupported=_UNSERVED,
    raises=(BadVpcBlock, BlocksOverlap, TooManyBlocks, NotSupported),
)
def associate_vpc_cidr_block(
    ctx: Context, vpc: VpcRow, *, secondary_cidr_block: VpcBlock, ip_version: IpVersion = "IPV4"
) -> NewBlock:
    """Give a VPC one more block, in which vSwitches may be made."""
    if ip_version.upper() != "IPV4":
        raise NotSupported(name="IpVersion", reason=NO_IPV6)
    block, held = checked_block(secondary_cidr_block), texts_of(vpc.secondary_cidrs)
    if overlapping(block, blocks_of(vpc)):
        raise BlocksOverlap
    if len(held) >= ctx.quota("vpc.secondary-cidrs"):
        raise TooManyBlocks
    _keep(ctx, vpc, [*held, str(block)])
    return NewBlock(cidr_block=str(block))


@operation(
    VPC,
    "UnassociateVpcCidrBlock",
    on=VPCS.by(vpc_id=VpcId),
    gateway=HERE,
    unsupported={"IPv6CidrBlock": NO_IPV6},
    raises=(HasForward, HasVSwitch, NoBlock),
)
def unassociate_vpc_cidr_block(
    ctx: Context, vpc: VpcRow, *, secondary_cidr_block: VpcBlock
) -> None:
    """Take a block from a VPC that no vSwitch lies in, and no DNAT entry leads to."""
    held = texts_of(vpc.secondary_cidrs)
    if secondary_cidr_block not in held:
        raise NoBlock
    block = Cidr.parse(secondary_cidr_block)
    for row in ctx.tx.find(VSwitchRow, vpc_id=vpc.vpc_id):
        if within(Cidr.parse(row.cidr), (block,)):
            raise HasVSwitch
    if forwards_to(ctx.tx, vpc.vpc_id, secondary_cidr_block):
        raise HasForward
    _keep(ctx, vpc, [each for each in held if each != secondary_cidr_block])


def _keep(ctx: Context, vpc: VpcRow, blocks: list[str]) -> None:
    VPCS.change(ctx, vpc, secondary_cidrs=msgspec.json.encode(blocks).decode())
