"""Route tables, their entries, and the vRouters of VPCs, listed.

Source: VPC API reference, DescribeRouteEntryList, DescribeRouteTableList, DescribeRouteTables,
DescribeVRouters (documented); the member Code (observed in the Terraform provider).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Items, OneOf, Text
from juyong.api.listing import (
    NextToken,
    NumberedPage,
    PageNumber,
    TokenPage,
    numbered,
)
from juyong.api.operation import operation
from juyong.api.shape import CreateDate, Of, Shape, Within
from juyong.api.tags import TagParameter
from juyong.api.wrapping import Listing
from juyong.services.network.asking import HERE, NO_GROUPS, PageSize
from juyong.services.network.routes.tables import RouteTableRow
from juyong.services.network.tables import VpcRow, VSwitchRow
from juyong.services.network.tags import TagFilter
from juyong.services.vpc.describing_vpcs import AVAILABLE, shown_tags, tables_of
from juyong.services.vpc.naming import OfName, OfVpc, tagged
from juyong.services.vpc.paging import BY_TOKEN
from juyong.services.vpc.product import PRODUCT as VPC
from juyong.services.vpc.resources import ROUTE_TABLES, VPCS
from juyong.services.vpc.routes.shown import OldRoute, ShownRoute, entries_of
from juyong.services.vpc.routes.tables_of_vpcs import BY_TABLE

_VROUTER = "VRouter"
OfTable = Annotated[str, Text(1, 64), Doc("Only this route table.")]
OfRouter = Annotated[str, Text(1, 64), Doc("Only those of this vRouter.")]
OfRouterType = Annotated[str, OneOf((_VROUTER, "VBR")), Doc("`VRouter`; of `VBR` there are none.")]
OfType = Annotated[str, OneOf(("System", "Custom")), Doc("Only those of this type.")]


class RoutePage(TokenPage, frozen=True, kw_only=True):
    """A page of entries."""

    total_count: int


class TablesPage(NumberedPage, frozen=True, kw_only=True):
    """A page of route tables; clients take an answer without the code for a failure."""

    code: str = "200"


class ListedTable(Shape, frozen=True, kw_only=True):
    """A route table in DescribeRouteTableList."""

    route_table_id: Annotated[str, Of("table_id")]
    route_table_name: Annotated[str, Of("table_name")]
    route_table_type: Annotated[str, Of("kind")]
    description: str
    associate_type: str = "VSwitch"
    route_propagation_enable: bool = False
    router_id: str
    router_type: str = _VROUTER
    vpc_id: str
    v_switch_ids: Annotated[list[str], Within("VSwitchId")]
    status: str = AVAILABLE
    owner_id: Annotated[int, Of("account_id", int)]
    creation_time: CreateDate
    tags: Annotated[list[TagParameter], Within("Tag")]


class OldTable(Shape, frozen=True, kw_only=True):
    """A route table in DescribeRouteTables."""

    route_table_id: Annotated[str, Of("table_id")]
    route_table_type: Annotated[str, Of("kind")]
    v_router_id: str
    v_switch_ids: Annotated[list[str], Within("VSwitchId")]
    route_entrys: Annotated[list[OldRoute], Within("RouteEntry")]
    status: str = AVAILABLE
    creation_time: CreateDate


class VRouter(Shape, frozen=True, kw_only=True):
    """The vRouter of a VPC, which has no name of its own."""

    v_router_id: Annotated[str, Of("vrouter_id")]
    v_router_name: str = ""
    description: str = ""
    region_id: Annotated[str, Of("region")]
    vpc_id: str
    route_table_ids: Annotated[list[str], Within("RouteTableId")]
    creation_time: CreateDate


@operation(
    VPC,
    "DescribeRouteEntryList",
    on=BY_TABLE,
    gateway=HERE,
    answers="RouteEntrys.RouteEntry",
    reads_only=True,
    scans=True,
)
def describe_route_entry_list(
    ctx: Context,
    table: RouteTableRow,
    *,
    route_entry_id: Annotated[str, Text(1, 64), Doc("Only this entry.")] | None = None,
    route_entry_name: OfName | None = None,
    route_entry_type: OfType | None = None,
    destination_cidr_block: Annotated[str, Text(1, 64), Doc("Only to this block.")] | None = None,
    dest_cidr_block_list: Annotated[list[str], Items(1, 50), Doc("Only to these blocks.")]
    | None = None,
    next_hop_id: Annotated[str, Text(1, 64), Doc("Only by this next hop.")] | None = None,
    next_hop_type: Annotated[str, Text(1, 64), Doc("Only by such next hops.")] | None = None,
    ip_version: Annotated[str, Text(1, 8), Doc("`IPv4`; of `IPv6` there are none.")] = "IPv4",
    service_type: Annotated[str, Text(1, 8), Doc("Of `TR` there are none.")] | None = None,
    max_result: Annotated[int, Between(1, 500), Doc("1 to 500.")] = 10,
    next_token: NextToken = "",
) -> Listing[ShownRoute, RoutePage]:
    """List the entries of a route table, those of the system among them."""
    hosted = service_type is not None or ip_version.lower() != "ipv4"
    found = [
        each
        for each in ([] if hosted else entries_of(ctx, table))
        if route_entry_id in (None, each.entry_id)
        and route_entry_name in (None, each.route_name)
        and route_entry_type in (None, each.type)
        and destination_cidr_block in (None, each.destination)
        and (dest_cidr_block_list is None or each.destination in dest_cidr_block_list)
        and next_hop_id in (None, each.hop_id)
        and next_hop_type in (None, each.hop_kind)
    ]
    page = BY_TOKEN.part(
        f"routes of {table.table_id}",
        found,
        key=lambda each: (each.entry_id,),
        token=next_token,
        limit=max_result,
    )
    counts = RoutePage(total_count=len(found), next_token=page.page.next_token)
    return Listing([each.shown() for each in page.items], counts)


def _tables(ctx: Context) -> list[RouteTableRow]:
    return ctx.tx.find(
        RouteTableRow,
        order=("created_at", "table_id"),
        account_id=ctx.account_id,
        region=ctx.region,
    )


def _routers(ctx: Context) -> dict[str, str]:
    """Return the vRouter of each VPC."""
    rows = ctx.tx.find(VpcRow, account_id=ctx.account_id, region=ctx.region)
    return {row.vpc_id: row.vrouter_id for row in rows}


def _bound(ctx: Context, table: RouteTableRow) -> list[str]:
    rows = ctx.tx.find(VSwitchRow, order=("vswitch_id",), vpc_id=table.vpc_id)
    return [row.vswitch_id for row in rows if row.table_id == table.table_id]


@operation(
    VPC,
    "DescribeRouteTableList",
    on=ROUTE_TABLES.all,
    gateway=HERE,
    unsupported=NO_GROUPS,
    answers="RouterTableList.RouterTableListType",
    reads_only=True,
    scans=True,
)
def describe_route_table_list(
    ctx: Context,
    *,
    vpc_id: OfVpc | None = None,
    route_table_id: OfTable | None = None,
    route_table_name: OfName | None = None,
    route_table_type: OfType | None = None,
    router_id: OfRouter | None = None,
    router_type: OfRouterType = _VROUTER,
    tag: TagFilter | None = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[ListedTable, TablesPage]:
    """List the route tables of a region, in the order in which they were made."""
    routers = _routers(ctx)
    rows = [
        row
        for row in _tables(ctx)
        if vpc_id in (None, row.vpc_id)
        and route_table_id in (None, row.table_id)
        and route_table_name in (None, row.table_name)
        and route_table_type in (None, row.kind)
        and router_id in (None, routers.get(row.vpc_id))
        and router_type == _VROUTER
    ]

    def shown(row: RouteTableRow) -> ListedTable:
        return ListedTable.of(
            row,
            router_id=routers[row.vpc_id],
            v_switch_ids=_bound(ctx, row),
            tags=shown_tags(ROUTE_TABLES.tags_of(ctx.tx, row)),
        )

    found = numbered(tagged(ctx, ROUTE_TABLES, rows, tag), page_number, page_size)
    return Listing([shown(row) for row in found.items], TablesPage.of(found.page))


@operation(
    VPC,
    "DescribeRouteTables",
    on=ROUTE_TABLES.all,
    gateway=HERE,
    unsupported=NO_GROUPS,
    answers="RouteTables.RouteTable",
    reads_only=True,
    scans=True,
)
def describe_route_tables(
    ctx: Context,
    *,
    route_table_id: OfTable | None = None,
    route_table_name: OfName | None = None,
    router_id: OfRouter | None = None,
    v_router_id: OfRouter | None = None,
    router_type: OfRouterType = _VROUTER,
    type: OfType | None = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[OldTable, NumberedPage]:
    """List the route tables of a region with their entries."""
    routers = _routers(ctx)
    rows = [
        row
        for row in _tables(ctx)
        if route_table_id in (None, row.table_id)
        and route_table_name in (None, row.table_name)
        and router_id in (None, routers.get(row.vpc_id))
        and v_router_id in (None, routers.get(row.vpc_id))
        and type in (None, row.kind)
        and router_type == _VROUTER
    ]

    def shown(row: RouteTableRow) -> OldTable:
        return OldTable.of(
            row,
            v_router_id=routers[row.vpc_id],
            v_switch_ids=_bound(ctx, row),
            route_entrys=[each.shown_in_table() for each in entries_of(ctx, row)],
        )

    return numbered(rows, page_number, page_size).map(shown)


@operation(
    VPC,
    "DescribeVRouters",
    on=VPCS.all,
    gateway=HERE,
    answers="VRouters.VRouter",
    reads_only=True,
    scans=True,
)
def describe_vrouters(
    ctx: Context,
    *,
    v_router_id: OfRouter | None = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[VRouter, NumberedPage]:
    """List the vRouters of a region: each VPC has one."""
    rows = [
        row
        for row in ctx.tx.find(
            VpcRow, order=("created_at", "vpc_id"), account_id=ctx.account_id, region=ctx.region
        )
        if v_router_id in (None, row.vrouter_id)
    ]

    def shown(row: VpcRow) -> VRouter:
        return VRouter.of(row, route_table_ids=tables_of(ctx, row))

    return numbered(rows, page_number, page_size).map(shown)
