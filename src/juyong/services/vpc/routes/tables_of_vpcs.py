"""Route tables: made, changed, bound to vSwitches and deleted.

Source: VPC API reference, CreateRouteTable, DeleteRouteTable, AssociateRouteTable,
UnassociateRouteTable: the code of the quota and of what does not exist (documented); codes of a
table that is in use (observed in the Terraform provider), of the system's table, of another VPC and
of a vSwitch that is bound or not (assumed).
"""

from typing import Annotated

from juyong.api.access import each
from juyong.api.context import Arguments, Context
from juyong.api.errors import NotSupported, fact
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.api.shape import Of, Shape
from juyong.api.tags import pairs_of
from juyong.base.ids import new_instance_id
from juyong.services.network.asking import HERE, Description, Name
from juyong.services.network.errors import NoVSwitch
from juyong.services.network.routes.tables import RouteRow, RouteTableRow
from juyong.services.network.tables import VpcRow, VSwitchRow
from juyong.services.network.tags import RULES, Tags
from juyong.services.vpc.dependents import HasRoute, HasVSwitch
from juyong.services.vpc.naming import IN_VPC, VSwitchId, new_in_vpc, of_vpc, tags_of_each
from juyong.services.vpc.product import PRODUCT as VPC
from juyong.services.vpc.resources import ROUTE_TABLES, VSWITCHES

CUSTOM = "Custom"
RouteTableId = Annotated[str, Text(1, 64), Doc("The route table.")]
BY_TABLE = ROUTE_TABLES.by(route_table_id=RouteTableId)
OfVSwitches = Annotated[
    str, OneOf(("VSwitch", "Gateway")), Doc("`VSwitch`, as all are; `Gateway` is refused.")
]
TooManyTables = fact(
    "QuotaExceeded.RouteTable",
    400,
    "VPC RouteTable quota exceeded.",
    why="The VPC holds the quota `vpc.route-tables` of custom tables.",
)
SystemTable = fact(
    "OperationDenied.SystemRouteTable",
    400,
    "The operation is denied because the route table is the system route table.",
    why="The table is the one that the VPC began with.",
)
OtherVpc = fact(
    "Mismatch.RouteTableAndVSwitch",
    400,
    "The route table and the vSwitch belong to different VPCs.",
    why="Table and vSwitch are of two VPCs.",
)
IsBound = fact(
    "InvalidVSwitch.BindingExist",
    400,
    "The vSwitch is already associated with a custom route table.",
    why="A custom table is bound to the vSwitch.",
)
NotBound = fact(
    "InvalidVSwitch.NotBinding",
    400,
    "The vSwitch is not associated with the route table.",
    why="Another table is bound to the vSwitch.",
)


class NewRouteTable(Shape, frozen=True, kw_only=True):
    """The table just made."""

    route_table_id: Annotated[str, Of("table_id")]


@operation(
    VPC,
    "CreateRouteTable",
    on=IN_VPC,
    resource=new_in_vpc(ROUTE_TABLES),
    conditions=of_vpc,
    gateway=HERE | ONCE,
    raises=(TooManyTables, NotSupported),
)
def create_route_table(
    ctx: Context,
    vpc: VpcRow,
    *,
    route_table_name: Name = "",
    description: Description = "",
    associate_type: OfVSwitches = "VSwitch",
    tag: Tags | None = None,
) -> NewRouteTable:
    """Make a custom route table, which is bound to no vSwitch; it is Available at once."""
    if associate_type != "VSwitch":
        raise NotSupported(
            name="AssociateType", reason="there are no gateways that a table could be bound to"
        )
    tags = RULES.checked(pairs_of(tag))
    if ctx.tx.count(RouteTableRow, vpc_id=vpc.vpc_id, kind=CUSTOM) >= ctx.quota("vpc.route-tables"):
        raise TooManyTables
    row = ROUTE_TABLES.create(
        ctx,
        tags,
        table_id=new_instance_id("vtb"),
        vpc_id=vpc.vpc_id,
        table_name=route_table_name,
        description=description,
        kind=CUSTOM,
    )
    return NewRouteTable.of(row)


@operation(
    VPC,
    "ModifyRouteTableAttributes",
    on=BY_TABLE,
    gateway=HERE,
    unsupported={"RoutePropagationEnable": "no gateway announces routes"},
)
def modify_route_table(
    ctx: Context,
    table: RouteTableRow,
    *,
    route_table_name: Name | None = None,
    description: Description | None = None,
) -> None:
    """Change the name or the description of a route table."""
    ROUTE_TABLES.change(ctx, table, table_name=route_table_name, description=description)


@operation(
    VPC,
    "DeleteRouteTable",
    on=BY_TABLE,
    gateway=HERE,
    raises=(SystemTable, HasVSwitch, HasRoute),
)
def delete_route_table(ctx: Context, table: RouteTableRow) -> None:
    """Delete a custom route table that has no entries and is bound to no vSwitch."""
    if table.kind != CUSTOM:
        raise SystemTable
    vswitches = ctx.tx.find(VSwitchRow, vpc_id=table.vpc_id)
    if any(row.table_id == table.table_id for row in vswitches):
        raise HasVSwitch
    if ctx.tx.find_one(RouteRow, table_id=table.table_id) is not None:
        raise HasRoute
    ROUTE_TABLES.remove(ctx, table)


def _vswitch_arn(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    return (VSWITCHES.arn_named(ctx, arguments.get("v_switch_id") or "*"),)


_ON_BOTH = each(BY_TABLE.arn, _vswitch_arn)
_TAGS_OF_BOTH = tags_of_each(ROUTE_TABLES, VSWITCHES)


@operation(
    VPC,
    "AssociateRouteTable",
    on=BY_TABLE,
    resource=_ON_BOTH,
    resource_conditions=_TAGS_OF_BOTH,
    gateway=HERE | ONCE,
    raises=(NoVSwitch, SystemTable, OtherVpc, IsBound),
)
def associate_route_table(ctx: Context, table: RouteTableRow, *, v_switch_id: VSwitchId) -> None:
    """Bind a custom route table to a vSwitch, in the place of the system's."""
    vswitch = VSWITCHES.the(ctx, v_switch_id)
    if table.kind != CUSTOM:
        raise SystemTable
    if table.vpc_id != vswitch.vpc_id:
        raise OtherVpc
    if _table_of(ctx, vswitch).kind == CUSTOM:
        raise IsBound
    VSWITCHES.change(ctx, vswitch, table_id=table.table_id)


@operation(
    VPC,
    "UnassociateRouteTable",
    on=BY_TABLE,
    resource=_ON_BOTH,
    resource_conditions=_TAGS_OF_BOTH,
    gateway=HERE | ONCE,
    raises=(NoVSwitch, SystemTable, NotBound),
)
def unassociate_route_table(ctx: Context, table: RouteTableRow, *, v_switch_id: VSwitchId) -> None:
    """Take a custom route table off a vSwitch, which gets the system's again."""
    vswitch = VSWITCHES.the(ctx, v_switch_id)
    if table.kind != CUSTOM:
        raise SystemTable
    if vswitch.table_id != table.table_id:
        raise NotBound
    vpc = ctx.tx.get(VpcRow, table.vpc_id)
    if vpc is None:
        raise LookupError(table.vpc_id)
    VSWITCHES.change(ctx, vswitch, table_id=vpc.table_id)


def _table_of(ctx: Context, vswitch: VSwitchRow) -> RouteTableRow:
    found = ctx.tx.get(RouteTableRow, vswitch.table_id)
    if found is None:
        raise LookupError(vswitch.table_id)
    return found
