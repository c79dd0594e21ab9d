"""Entries of route tables are changed and deleted.

Source: VPC API reference, DeleteRouteEntry with its error table, DeleteRouteEntries,
ModifyRouteEntry (documented).
"""

from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError, NotSupported, fact
from juyong.api.fields import Doc, Items, Text
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED
from juyong.api.resource import Target
from juyong.api.shape import Shape
from juyong.engines.packet.addresses import Cidr
from juyong.services.network.asking import HERE, Description, Name
from juyong.services.network.cidrs import SERVICES
from juyong.services.network.routes.tables import RouteRow, RouteTableRow
from juyong.services.network.tables import VSwitchRow
from juyong.services.vpc.product import PRODUCT as VPC
from juyong.services.vpc.resources import ROUTE_TABLES, NoRouteTable
from juyong.services.vpc.routes.adding import (
    ONE_HOP,
    BadDestination,
    Destination,
    each_table,
    read_destination,
)
from juyong.services.vpc.routes.hops import HOP_ERRORS, HopId, HopType, check_hop
from juyong.services.vpc.routes.tables_of_vpcs import RouteTableId

RouteEntryId = Annotated[str, Text(1, 64), Doc("The entry; else table and destination name it.")]
NoRoute = fact(
    "InvalidRouteEntry.NotFound",
    400,
    "Route entry not exists.",
    why="The table has no such entry, or the entry has another next hop.",
)
SystemRoute = fact(
    "OperationDenied",
    400,
    "Specified operation is denied as route entry type is system.",
    why="The entry is the system's: of a vSwitch, or of the cloud's services.",
)
NothingNamed = fact(
    "MissingParameter",
    400,
    "Miss mandatory parameter.",
    why="Neither an entry nor a table and a destination are named.",
)
_ERRORS = (NothingNamed, NoRouteTable, NoRoute, SystemRoute, BadDestination, NotSupported)


def _entry(ctx: Context, entry_id: str) -> RouteRow:
    row = ctx.tx.get(RouteRow, entry_id)
    if row is None or (row.account_id, row.region) != (ctx.account_id, ctx.region):
        raise NoRoute
    return row


def _found(
    ctx: Context, entry_id: str | None, table_id: str | None, destination: str | None
) -> RouteRow:
    """Return the entry that a call names, and note its table.

    Raises:
        ApiError: of _ERRORS.
    """
    if entry_id is not None:
        row = _entry(ctx, entry_id)
        if table_id not in (None, row.table_id):
            raise NoRoute
        ROUTE_TABLES.the(ctx, row.table_id)
        return row
    if table_id is None or destination is None:
        raise NothingNamed
    table, block = ROUTE_TABLES.the(ctx, table_id), read_destination(destination)
    found = ctx.tx.find_one(RouteRow, table_id=table.table_id, destination=str(block))
    if found is None:
        raise SystemRoute if _is_system(ctx, table, block) else NoRoute
    return found


def _is_system(ctx: Context, table: RouteTableRow, block: Cidr) -> bool:
    vswitches = ctx.tx.find(VSwitchRow, vpc_id=table.vpc_id)
    return str(block) in {str(SERVICES), *(each.cidr for each in vswitches)}


def _arn(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the route table of the entry that a call names."""
    entry_id, label = arguments.get("route_entry_id"), arguments.get("route_table_id")
    row = ctx.tx.get(RouteRow, entry_id) if entry_id else None
    return (ROUTE_TABLES.arn_named(ctx, (row.table_id if row else label) or "*"),)


def _named(ctx: Context, arguments: Arguments) -> RouteRow:
    names = ("route_entry_id", "route_table_id", "destination_cidr_block")
    return _found(ctx, *(arguments.get(name) for name in names))


_ON_ENTRY = Target(
    parameters={
        "route_entry_id": RouteEntryId | None,
        "route_table_id": RouteTableId | None,
        "destination_cidr_block": Destination | None,
    },
    arn=_arn,
    find=_named,
    errors=_ERRORS,
    conditions=ROUTE_TABLES.tag_conditions,
)


class NamedRoute(Shape, frozen=True, kw_only=True):
    """One entry that a call names: by its id, or by table and destination."""

    route_table_id: RouteTableId
    route_entry_id: RouteEntryId | None = None
    dst_cidr_block: Destination | None = None
    next_hop: HopId | None = None


class KeptRoute(Shape, frozen=True, kw_only=True):
    """One entry that was not deleted, and why."""

    route_entry_id: str
    dst_cidr_block: str
    next_hop: str
    failed_code: str
    failed_message: str


class DeletedRoutes(Shape, frozen=True, kw_only=True):
    """How many entries were deleted, and the others."""

    success_count: int
    failed_count: int
    failed_route_entries: list[KeptRoute]


def _delete(ctx: Context, route: RouteRow, hop_id: str | None) -> None:
    if hop_id not in (None, route.hop_id):
        raise NoRoute
    ctx.tx.delete(route)
    _note(ctx, route)


def delete_routes_to(ctx: Context, hop_id: str) -> None:
    """Delete the routes of all tables that lead to a next hop, which goes away."""
    for route in ctx.tx.find(RouteRow, hop_id=hop_id):
        _delete(ctx, route, None)


def _note(ctx: Context, route: RouteRow) -> None:
    table = ctx.tx.get(RouteTableRow, route.table_id)
    if table is not None:
        ROUTE_TABLES.note(ctx.tx, ctx.journal, "updated", table)


@operation(
    VPC,
    "DeleteRouteEntry",
    on=_ON_ENTRY,
    gateway=HERE | CHECKED,
    unsupported={"NextHopList": ONE_HOP},
)
def delete_route_entry(ctx: Context, route: RouteRow, *, next_hop_id: HopId | None = None) -> None:
    """Delete a custom entry, by its id or by table and destination.

    Args:
        next_hop_id: Only if this is the entry's next hop.
    """
    _delete(ctx, route, next_hop_id)


@operation(
    VPC,
    "DeleteRouteEntries",
    resource=each_table,
    resource_conditions=ROUTE_TABLES.tag_conditions,
    gateway=HERE | CHECKED,
)
def delete_route_entries(
    ctx: Context,
    *,
    route_entries: Annotated[list[NamedRoute], Items(1, 50), Doc("1 to 50 entries.")],
) -> DeletedRoutes:
    """Delete custom entries, each by itself; one that is refused keeps no other."""
    failed: list[KeptRoute] = []
    for asked in route_entries:
        named = (asked.route_entry_id, asked.route_table_id, asked.dst_cidr_block)
        try:
            with ctx.tx.savepoint():
                _delete(ctx, _found(ctx, *named), asked.next_hop)
        except ApiError as error:
            failed.append(
                KeptRoute(
                    route_entry_id=asked.route_entry_id or "",
                    dst_cidr_block=asked.dst_cidr_block or "",
                    next_hop=asked.next_hop or "",
                    failed_code=error.code,
                    failed_message=error.message,
                )
            )
    count = len(route_entries) - len(failed)
    return DeletedRoutes(success_count=count, failed_count=len(failed), failed_route_entries=failed)


@operation(VPC, "ModifyRouteEntry", on=_ON_ENTRY, gateway=HERE | CHECKED, raises=HOP_ERRORS)
def modify_route_entry(
    ctx: Context,
    route: RouteRow,
    *,
    route_entry_name: Name | None = None,
    description: Description | None = None,
    new_next_hop_type: HopType | None = None,
    new_next_hop_id: HopId | None = None,
) -> None:
    """Change the name, the description or the next hop of a custom entry."""
    kind, hop_id = new_next_hop_type or route.hop_kind, new_next_hop_id or route.hop_id
    if (kind, hop_id) != (route.hop_kind, route.hop_id):
        check_hop(ctx, route.vpc_id, kind, hop_id)
    ctx.tx.update(
        route,
        route_name=route.route_name if route_entry_name is None else route_entry_name,
        description=route.description if description is None else description,
        hop_kind=kind,
        hop_id=hop_id,
        updated_at=ctx.now,
    )
    _note(ctx, route)
