"""The types of resources that VPC has."""

from typing import Annotated

from juyong.api.errors import fact
from juyong.api.resource import Quota, Resource, found_here
from juyong.api.shape import CreateDate, Of, Shape
from juyong.services.network.acls.tables import AclEntryRow, AclRow
from juyong.services.network.cidrs import texts_of
from juyong.services.network.errors import NoVSwitch
from juyong.services.network.public.eip import EIP
from juyong.services.network.public.nat import NAT_GATEWAY
from juyong.services.network.routes.tables import RouteRow, RouteTableRow
from juyong.services.network.tables import VpcRow, VSwitchRow
from juyong.services.network.tags import RULES
from juyong.services.vpc.flow_logs.flow_log import FLOW_LOG
from juyong.store.transaction import Transaction

NoVpcHere = fact(
    "InvalidVpcID.NotFound",
    404,
    "Specified VPC does not exist.",
    why="The region has no VPC of the id, of which the call is.",
)
TooManyVpcs = fact(
    "QuotaExceeded.Vpc", 400, "VPC quota exceeded.", why="The region holds the quota `vpc.vpcs`."
)
NoRouteTable = fact(
    "InvalidRouteTableId.NotFound",
    404,
    "Specified route table does not exist.",
    why="The region has no route table of the id.",
)
NoAcl = fact(
    "InvalidNetworkAcl.NotFound",
    404,
    "Specified network ACL does not exist.",
    why="The region has no network ACL of the id.",
)
TooManyAcls = fact(
    "QuotaExceed.NetworkAcl",
    400,
    "The quota of network ACLs is exceeded.",
    why="The region holds the quota `vpc.network-acls`.",
)


class VpcState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a VPC."""

    vpc_id: str
    vpc_name: str
    description: str
    cidr_block: Annotated[str, Of("cidr")]
    secondary_cidr_blocks: Annotated[list[str], Of("secondary_cidrs", texts_of)]
    is_default: bool
    creation_time: CreateDate


class VSwitchState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a vSwitch."""

    v_switch_id: Annotated[str, Of("vswitch_id")]
    v_switch_name: Annotated[str, Of("vswitch_name")]
    vpc_id: str
    zone_id: str
    description: str
    cidr_block: Annotated[str, Of("cidr")]
    route_table_id: Annotated[str, Of("table_id")]
    network_acl_id: Annotated[str, Of("acl_id")]
    is_default: bool
    creation_time: CreateDate


class RouteState(Shape, frozen=True, kw_only=True):
    """One custom entry of a route table."""

    route_entry_id: Annotated[str, Of("entry_id")]
    destination_cidr_block: Annotated[str, Of("destination")]
    next_hop_type: Annotated[str, Of("hop_kind")]
    next_hop_id: Annotated[str, Of("hop_id")]


class RouteTableState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a route table."""

    route_table_id: Annotated[str, Of("table_id")]
    route_table_name: Annotated[str, Of("table_name")]
    route_table_type: Annotated[str, Of("kind")]
    vpc_id: str
    description: str
    creation_time: CreateDate
    route_entries: list[RouteState]


class AclEntryState(Shape, frozen=True, kw_only=True):
    """One entry of a network ACL."""

    direction: str
    policy: str
    protocol: str
    port: str
    peer: str


class AclState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a network ACL."""

    network_acl_id: Annotated[str, Of("acl_id")]
    network_acl_name: Annotated[str, Of("acl_name")]
    vpc_id: str
    description: str
    creation_time: CreateDate
    entries: list[AclEntryState]


def _table_state(tx: Transaction, row: RouteTableRow) -> RouteTableState:
    entries = tx.find(RouteRow, order=("destination",), table_id=row.table_id)
    return RouteTableState.of(row, route_entries=[RouteState.of(each) for each in entries])


def _acl_state(tx: Transaction, row: AclRow) -> AclState:
    entries = tx.find(AclEntryRow, order=("direction", "position"), acl_id=row.acl_id)
    return AclState.of(row, entries=[AclEntryState.of(each) for each in entries])


VPCS = Resource(
    kind="ACS::VPC::VPC",
    row=VpcRow,
    id="vpc_id",
    name="vpc_id",
    arn="vpc:vpc/",
    regional=True,
    find=found_here(VpcRow),
    missing=NoVpcHere,
    quota=Quota("vpc.vpcs", TooManyVpcs),
    state=VpcState,
    tags=RULES,
)
VSWITCHES = Resource(
    kind="ACS::VPC::VSwitch",
    row=VSwitchRow,
    id="vswitch_id",
    name="vswitch_id",
    arn="vpc:vswitch/",
    regional=True,
    find=found_here(VSwitchRow),
    missing=NoVSwitch,
    state=VSwitchState,
    tags=RULES,
)
ROUTE_TABLES = Resource(
    kind="ACS::VPC::RouteTable",
    row=RouteTableRow,
    id="table_id",
    name="table_id",
    arn="vpc:routetable/",
    regional=True,
    find=found_here(RouteTableRow),
    missing=NoRouteTable,
    state=_table_state,
    tags=RULES,
)
ACLS = Resource(
    kind="ACS::VPC::NetworkAcl",
    row=AclRow,
    id="acl_id",
    name="acl_id",
    arn="vpc:networkacl/",
    regional=True,
    find=found_here(AclRow),
    missing=NoAcl,
    quota=Quota("vpc.network-acls", TooManyAcls),
    state=_acl_state,
    tags=RULES,
)
RESOURCES = (VPCS, VSWITCHES, ROUTE_TABLES, ACLS, EIP, NAT_GATEWAY, FLOW_LOG)
