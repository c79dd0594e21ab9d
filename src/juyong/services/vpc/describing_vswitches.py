"""vSwitches, listed and described.

Source: VPC API reference, DescribeVSwitches, DescribeVSwitchAttributes (documented).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, Text
from juyong.api.listing import NumberedPage, PageNumber, numbered
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED
from juyong.api.shape import CreateDate, Of, Shape, Within
from juyong.api.tags import TagParameter
from juyong.api.wrapping import Listing
from juyong.services.network.addresses import free_count
from juyong.services.network.asking import HERE, NO_GROUPS, NO_IPV6, PageSize
from juyong.services.network.routes.tables import RouteTableRow
from juyong.services.network.tables import VSwitchRow
from juyong.services.network.tags import TagFilter
from juyong.services.vpc.describing_vpcs import AVAILABLE, shown_tags
from juyong.services.vpc.naming import OfName, OfVpc, Several, VSwitchId, ids_of, tagged
from juyong.services.vpc.product import PRODUCT as VPC
from juyong.services.vpc.resources import VSWITCHES


class BoundTable(Shape, frozen=True, kw_only=True):
    """The route table of a vSwitch."""

    route_table_id: Annotated[str, Of("table_id")]
    route_table_type: Annotated[str, Of("kind")]


class ShownVSwitch(Shape, frozen=True, kw_only=True):
    """A vSwitch."""

    v_switch_id: Annotated[str, Of("vswitch_id")]
    v_switch_name: Annotated[str, Of("vswitch_name")]
    description: str
    vpc_id: str
    zone_id: str
    status: str = AVAILABLE
    cidr_block: Annotated[str, Of("cidr")]
    enabled_ipv6: bool = False
    ipv6_cidr_block: str = ""
    available_ip_address_count: int
    is_default: bool
    network_acl_id: Annotated[str, Of("acl_id")]
    route_table: BoundTable
    share_type: str = ""
    owner_id: Annotated[int, Of("account_id", int)]
    creation_time: CreateDate
    tags: Annotated[list[TagParameter], Within("Tag")]


def _shown(ctx: Context, row: VSwitchRow) -> ShownVSwitch:
    return ShownVSwitch.of(
        row,
        available_ip_address_count=free_count(ctx.tx, row),
        route_table=BoundTable.of(ctx.tx.get(RouteTableRow, row.table_id)),
        tags=shown_tags(VSWITCHES.tags_of(ctx.tx, row)),
    )


@operation(
    VPC,
    "DescribeVSwitches",
    on=VSWITCHES.all,
    gateway=HERE | CHECKED,
    unsupported={
        **NO_GROUPS,
        "EnableIpv6": NO_IPV6,
        "VSwitchOwnerId": "the vSwitches are those of the caller's account",
    },
    answers="VSwitches.VSwitch",
    reads_only=True,
    scans=True,
)
def describe_vswitches(
    ctx: Context,
    *,
    vpc_id: OfVpc | None = None,
    v_switch_id: Several | None = None,
    v_switch_name: OfName | None = None,
    zone_id: Annotated[str, Text(1, 64), Doc("Only those of this zone.")] | None = None,
    route_table_id: Annotated[str, Text(1, 64), Doc("Only those of this table.")] | None = None,
    is_default: Annotated[bool, Doc("Only default ones, or only others.")] | None = None,
    tag: TagFilter | None = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[ShownVSwitch, NumberedPage]:
    """List the vSwitches of a region, in the order in which they were made."""
    ids = ids_of(v_switch_id)
    rows = [
        row
        for row in ctx.tx.find(
            VSwitchRow,
            order=("created_at", "vswitch_id"),
            account_id=ctx.account_id,
            region=ctx.region,
        )
        if (ids is None or row.vswitch_id in ids)
        and vpc_id in (None, row.vpc_id)
        and v_switch_name in (None, row.vswitch_name)
        and zone_id in (None, row.zone_id)
        and route_table_id in (None, row.table_id)
        and is_default in (None, row.is_default)
    ]
    found = tagged(ctx, VSWITCHES, rows, tag)
    return numbered(found, page_number, page_size).map(lambda row: _shown(ctx, row))


@operation(
    VPC,
    "DescribeVSwitchAttributes",
    on=VSWITCHES.by(v_switch_id=VSwitchId),
    gateway=HERE | CHECKED,
    reads_only=True,
)
def describe_vswitch_attributes(ctx: Context, vswitch: VSwitchRow) -> ShownVSwitch:
    """Describe a vSwitch."""
    return _shown(ctx, vswitch)
