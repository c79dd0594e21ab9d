"""VPCs, listed and described.

Source: VPC API reference, DescribeVpcs, DescribeVpcAttribute (documented); members that the
Terraform provider reads whatever they hold are always there (observed).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc
from juyong.api.listing import NumberedPage, PageNumber, numbered
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED
from juyong.api.shape import CreateDate, Of, Shape, Within
from juyong.api.tags import TagParameter
from juyong.api.wrapping import Listing
from juyong.services.network.asking import HERE, NO_GROUPS, NO_IPV6, PageSize
from juyong.services.network.cidrs import texts_of
from juyong.services.network.public.nats import nats_in_vpc
from juyong.services.network.routes.tables import RouteTableRow
from juyong.services.network.tables import GroupRow, VpcRow, VSwitchRow
from juyong.services.network.tags import TagFilter
from juyong.services.vpc.naming import OfName, Several, VpcId, ids_of, tagged
from juyong.services.vpc.product import PRODUCT as VPC
from juyong.services.vpc.resources import VPCS

AVAILABLE = "Available"
_ONE_OWNER = "the VPCs are those of the caller's account"
_NO_OPTIONS = "there are no sets of DHCP options"


class Ipv6Block(Shape, frozen=True, kw_only=True):
    """A block of IPv6, of which no VPC has any."""

    ipv6_cidr_block: str
    ipv6_isp: str


class CommonVpc(Shape, frozen=True, kw_only=True):
    """The members of a VPC in a list and in a description."""

    vpc_id: str
    vpc_name: str
    description: str
    region_id: Annotated[str, Of("region")]
    status: str = AVAILABLE
    cidr_block: Annotated[str, Of("cidr")]
    secondary_cidr_blocks: Annotated[
        list[str], Within("SecondaryCidrBlock"), Of("secondary_cidrs", texts_of)
    ]
    user_cidrs: Annotated[list[str], Within("UserCidr"), Of(through=texts_of)]
    enabled_ipv6: bool = False
    ipv6_cidr_block: str = ""
    ipv6_cidr_blocks: Annotated[list[Ipv6Block], Within("Ipv6CidrBlock")]
    is_default: bool
    v_router_id: Annotated[str, Of("vrouter_id")]
    v_switch_ids: Annotated[list[str], Within("VSwitchId")]
    owner_id: Annotated[int, Of("account_id", int)]
    creation_time: CreateDate
    tags: Annotated[list[TagParameter], Within("Tag")]


class ListedVpc(CommonVpc, frozen=True, kw_only=True):
    """A VPC in a list."""

    router_table_ids: Annotated[list[str], Within("RouterTableIds")]
    nat_gateway_ids: Annotated[list[str], Within("NatGatewayIds")]


class ResourceCount(Shape, frozen=True, kw_only=True):
    """How many resources of a type are in a VPC."""

    resource_type: str
    resource_count: int


class DescribedVpc(CommonVpc, frozen=True, kw_only=True):
    """A VPC by itself."""

    classic_link_enabled: bool = False
    cloud_resources: Annotated[list[ResourceCount], Within("CloudResourceSetType")]


def shown_tags(tags: dict[str, str]) -> list[TagParameter]:
    """Show the tags of one resource, by key."""
    return [TagParameter(key=key, value=value) for key, value in sorted(tags.items())]


def _vswitches(ctx: Context, vpc: VpcRow) -> list[str]:
    rows = ctx.tx.find(VSwitchRow, order=("created_at", "vswitch_id"), vpc_id=vpc.vpc_id)
    return [row.vswitch_id for row in rows]


def tables_of(ctx: Context, vpc: VpcRow) -> list[str]:
    """Return the route tables of a VPC, the system's first."""
    rows = ctx.tx.find(RouteTableRow, order=("created_at", "table_id"), vpc_id=vpc.vpc_id)
    custom = [row.table_id for row in rows if row.table_id != vpc.table_id]
    return [vpc.table_id, *custom]


@operation(
    VPC,
    "DescribeVpcs",
    on=VPCS.all,
    gateway=HERE | CHECKED,
    unsupported={
        **NO_GROUPS,
        "EnableIpv6": NO_IPV6,
        "VpcOwnerId": _ONE_OWNER,
        "DhcpOptionsSetId": _NO_OPTIONS,
    },
    answers="Vpcs.Vpc",
    reads_only=True,
    scans=True,
)
def describe_vpcs(
    ctx: Context,
    *,
    vpc_id: Several | None = None,
    vpc_name: OfName | None = None,
    is_default: Annotated[bool, Doc("Only the default VPC, or only others.")] | None = None,
    tag: TagFilter | None = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[ListedVpc, NumberedPage]:
    """List the VPCs of a region, in the order in which they were made."""
    ids = ids_of(vpc_id)
    rows = [
        row
        for row in ctx.tx.find(
            VpcRow,
            order=("created_at", "vpc_id"),
            account_id=ctx.account_id,
            region=ctx.region,
        )
        if (ids is None or row.vpc_id in ids)
        and vpc_name in (None, row.vpc_name)
        and is_default in (None, row.is_default)
    ]

    def shown(row: VpcRow) -> ListedVpc:
        return ListedVpc.of(
            row,
            ipv6_cidr_blocks=[],
            v_switch_ids=_vswitches(ctx, row),
            router_table_ids=tables_of(ctx, row),
            nat_gateway_ids=[each.nat_id for each in nats_in_vpc(ctx.tx, row.vpc_id)],
            tags=shown_tags(VPCS.tags_of(ctx.tx, row)),
        )

    return numbered(tagged(ctx, VPCS, rows, tag), page_number, page_size).map(shown)


@operation(
    VPC,
    "DescribeVpcAttribute",
    on=VPCS.by(vpc_id=VpcId),
    gateway=HERE | CHECKED,
    unsupported={"IsDefault": "a VPC is described by its id"},
    reads_only=True,
    scans=True,
)
def describe_vpc_attribute(ctx: Context, vpc: VpcRow) -> DescribedVpc:
    """Describe a VPC."""
    vswitches = _vswitches(ctx, vpc)
    counts = {
        "VSwitch": len(vswitches),
        "VRouter": 1,
        "RouteTable": len(tables_of(ctx, vpc)),
        "SecurityGroup": ctx.tx.count(GroupRow, vpc_id=vpc.vpc_id),
    }
    return DescribedVpc.of(
        vpc,
        ipv6_cidr_blocks=[],
        v_switch_ids=vswitches,
        tags=shown_tags(VPCS.tags_of(ctx.tx, vpc)),
        cloud_resources=[
            ResourceCount(resource_type=kind, resource_count=count)
            for kind, count in counts.items()
            if count
        ],
    )
