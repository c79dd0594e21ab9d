"""Entries are added to route tables, one in a call or many.

Source: VPC API reference, CreateRouteEntry with its error table, CreateRouteEntries (documented);
the code of a destination that the table has (observed in the Terraform provider).
"""

from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError, NotSupported, fact
from juyong.api.fields import Doc, Items, Text
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Of, Shape
from juyong.base.ids import new_instance_id
from juyong.engines.packet.addresses import Cidr
from juyong.engines.packet.errors import BadCidr
from juyong.services.network.asking import (
    HERE,
    NO_IPV6,
    Description,
    DescriptionOrNone,
    Name,
    NameOrNone,
)
from juyong.services.network.cidrs import SERVICES, within
from juyong.services.network.routes.tables import RouteRow, RouteTableRow
from juyong.services.network.tables import VSwitchRow
from juyong.services.vpc.product import PRODUCT as VPC
from juyong.services.vpc.resources import ROUTE_TABLES
from juyong.services.vpc.routes.hops import HOP_ERRORS, INSTANCE, HopId, HopType, check_hop
from juyong.services.vpc.routes.tables_of_vpcs import BY_TABLE, RouteTableId
from juyong.store.errors import Duplicate

ONE_HOP = "a route has one next hop: NextHopType and NextHopId name it"
_IPV4 = 4
_PREFIX_LIST = "pl-"

Destination = Annotated[
    str, Text(1, 64), Doc("A block of IPv4, or one address: where packets are sent.")
]
BadDestination = fact(
    "InvalidCidrBlock.Malformed",
    400,
    "Specified CIDR block is not valid.",
    why="The destination is no block, or bits are set behind its prefix.",
)
RefusedDestination = fact(
    "InvalidCidrBlock",
    400,
    "Specified CIDR block is not valid.",
    why="The destination is in 100.64.0.0/10 or in the block of a vSwitch of the VPC.",
)
RouteExists = fact(
    "RouterEntryConflict.Duplicated",
    400,
    "A route entry already exists, which CIDR is the same.",
    why="The table has an entry with the same destination.",
)
TooManyRoutes = fact(
    "QuotaExceeded",
    400,
    "Route entry quota exceeded in this route table.",
    why="The table holds the quota `vpc.route-entries`.",
)


class NewRoute(Shape, frozen=True, kw_only=True):
    """The entry just made."""

    route_entry_id: Annotated[str, Of("entry_id")]


class AskedRoute(Shape, frozen=True, kw_only=True):
    """One entry that a call asks for."""

    route_table_id: RouteTableId
    dst_cidr_block: Destination
    next_hop: HopId
    next_hop_type: HopType
    name: NameOrNone = ""
    description: DescriptionOrNone = ""
    ip_version: Annotated[str, Doc("The destination says the version.")] | None = None


class FailedRoute(Shape, frozen=True, kw_only=True):
    """One entry that was refused, and why."""

    dst_cidr_block: str
    next_hop: str
    failed_code: str
    failed_message: str


class MadeRoutes(Shape, frozen=True, kw_only=True):
    """The entries that were made, and those that were refused."""

    route_entry_ids: list[str]
    success_count: int
    failed_count: int
    failed_route_entries: list[FailedRoute]


def read_destination(text: str) -> Cidr:
    """Return the destination of a route.

    Raises:
        BadDestination: no block.
        NotSupported: a block of IPv6, or a prefix list.
    """
    if text.startswith(_PREFIX_LIST):
        reason = "a route leads to one block, not to a prefix list"
        raise NotSupported(name="DestinationCidrBlock", reason=reason)
    try:
        block = Cidr.parse(text)
    except BadCidr:
        raise BadDestination from None
    if block.version != _IPV4:
        raise NotSupported(name="DestinationCidrBlock", reason=NO_IPV6)
    return block


def _add(
    ctx: Context,
    table: RouteTableRow,
    *,
    destination: str,
    kind: str,
    hop_id: str,
    name: str,
    description: str,
) -> RouteRow:
    block = read_destination(destination)
    vswitches = ctx.tx.find(VSwitchRow, vpc_id=table.vpc_id)
    if within(block, (SERVICES, *(Cidr.parse(each.cidr) for each in vswitches))):
        raise RefusedDestination
    check_hop(ctx, table.vpc_id, kind, hop_id)
    if ctx.tx.count(RouteRow, table_id=table.table_id) >= ctx.quota("vpc.route-entries"):
        raise TooManyRoutes
    row = RouteRow(
        entry_id=new_instance_id("rte"),
        account_id=table.account_id,
        region=table.region,
        table_id=table.table_id,
        vpc_id=table.vpc_id,
        destination=str(block),
        hop_kind=kind,
        hop_id=hop_id,
        route_name=name,
        description=description,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise RouteExists from None
    ROUTE_TABLES.note(ctx.tx, ctx.journal, "updated", table)
    return row


@operation(
    VPC,
    "CreateRouteEntry",
    on=BY_TABLE,
    gateway=HERE | ONCE | CHECKED,
    unsupported={"NextHopList": ONE_HOP},
    raises=(BadDestination, RefusedDestination, RouteExists, TooManyRoutes, *HOP_ERRORS),
)
def create_route_entry(
    ctx: Context,
    table: RouteTableRow,
    *,
    destination_cidr_block: Destination,
    next_hop_id: HopId,
    next_hop_type: HopType = INSTANCE,
    route_entry_name: Name = "",
    description: Description = "",
) -> NewRoute:
    """Add an entry: packets to a block are sent to the next hop; it is Available at once."""
    row = _add(
        ctx,
        table,
        destination=destination_cidr_block,
        kind=next_hop_type,
        hop_id=next_hop_id,
        name=route_entry_name,
        description=description,
    )
    return NewRoute.of(row)


def each_table(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the route table of each entry of a call; each must be allowed."""
    ids = dict.fromkeys(each.route_table_id for each in arguments.get("route_entries") or ())
    return tuple(ROUTE_TABLES.arn_named(ctx, label) for label in ids or ["*"])


@operation(
    VPC,
    "CreateRouteEntries",
    resource=each_table,
    resource_conditions=ROUTE_TABLES.tag_conditions,
    gateway=HERE | CHECKED,
)
def create_route_entries(
    ctx: Context,
    *,
    route_entries: Annotated[list[AskedRoute], Items(1, 50), Doc("1 to 50 entries.")],
) -> MadeRoutes:
    """Add entries, each by itself: one that is refused keeps no other from being added.

    Returns:
        The ids of the entries that were added, and for each other one the code and the message
        with which CreateRouteEntry refuses it.
    """
    made: list[str] = []
    failed: list[FailedRoute] = []
    for asked in route_entries:
        try:
            with ctx.tx.savepoint():
                row = _add(
                    ctx,
                    ROUTE_TABLES.the(ctx, asked.route_table_id),
                    destination=asked.dst_cidr_block,
                    kind=asked.next_hop_type,
                    hop_id=asked.next_hop,
                    name=asked.name,
                    description=asked.description,
                )
            made.append(row.entry_id)
        except ApiError as error:
            refusal = {"failed_code": error.code, "failed_message": error.message}
            failed.append(FailedRoute.of(asked, **refusal))
    return MadeRoutes(
        route_entry_ids=made,
        success_count=len(made),
        failed_count=len(failed),
        failed_route_entries=failed,
    )
