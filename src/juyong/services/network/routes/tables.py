"""Route tables and their custom entries; local routes follow from the vSwitches."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table

_OF_REGION = ("account_id", "region")


@table("network_route_table", key=("table_id",), index=(_OF_REGION, ("vpc_id",)))
class RouteTableRow(msgspec.Struct, frozen=True, kw_only=True):
    """One route table; kind: `System` of the one that a VPC begins with, or `Custom`."""

    table_id: str
    account_id: AccountId
    region: str
    vpc_id: str
    table_name: str = ""
    description: str = ""
    kind: str
    created_at: Instant
    version: int = 0


@table(
    "network_route",
    key=("entry_id",),
    unique=(("table_id", "destination"),),
    index=(("vpc_id",), ("hop_id",)),
)
class RouteRow(msgspec.Struct, frozen=True, kw_only=True):
    """One custom entry of a route table.

    destination: A CIDR block. hop_kind: As NextHopType names it: `Instance`, `NetworkInterface`,
    `NatGateway` or `VpcPeer`. hop_id: The id of such a thing.
    """

    entry_id: str
    account_id: AccountId
    region: str
    table_id: str
    vpc_id: str
    destination: str
    hop_kind: str
    hop_id: str
    route_name: str = ""
    description: str = ""
    created_at: Instant
    updated_at: Instant
    version: int = 0
