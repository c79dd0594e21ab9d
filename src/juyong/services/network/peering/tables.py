"""Peering connections between VPCs."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table(
    "network_peering",
    key=("peering_id",),
    unique=(("pair",),),
    index=(("account_id", "region"), ("accepting_account_id",), ("vpc_id",), ("accepting_vpc_id",)),
)
class PeeringRow(msgspec.Struct, frozen=True, kw_only=True):
    """One connection; account_id and region are those of the requester.

    pair: Both VPCs, in the order of their ids, while the connection may carry or come to carry
    packets; else the id of the connection. status: `Accepting`, `Activated` or `Rejected`.
    expires_at: The last moment at which an account may accept the connection.
    """

    peering_id: str
    account_id: AccountId
    region: str
    vpc_id: str
    accepting_account_id: AccountId
    accepting_region: str
    accepting_vpc_id: str
    pair: str
    peering_name: str
    description: str
    status: str
    created_at: Instant
    expires_at: Instant
    updated_at: Instant
    version: int = 0
