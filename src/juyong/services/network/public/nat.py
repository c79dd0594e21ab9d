"""The NAT gateway as a resource: its entries are a part of its state.

Calls about entries name the gateway by its table of SNAT or of DNAT entries, and are authorised on
the ARN of the table.

Source: VPC API reference, CreateNatGateway, CreateSnatEntry, CreateForwardEntry: the ARNs, and the
codes of what does not exist (documented).
"""

from typing import Annotated

from msgspec.structs import replace

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.resource import Resource
from juyong.api.shape import Of, Shape
from juyong.base.clock import iso
from juyong.services.network.public.nats import (
    forwards_at,
    forwards_of,
    snats_of,
    snats_with,
)
from juyong.services.network.public.tables import NatRow
from juyong.services.network.tags import RULES
from juyong.store.transaction import Transaction

NoNat = fact(
    "InvalidNatGatewayId.NotFound",
    404,
    "The specified NatGatewayId does not exist in our records.",
    why="The region has no such NAT gateway.",
)
NoSnatTable = fact(
    "InvalidSnatTableId.NotFound",
    404,
    "Specified SNAT table does not exist.",
    why="No NAT gateway of the region has the table.",
)
NoForwardTable = fact(
    "InvalidForwardTableId.NotFound",
    404,
    "Specified forward table does not exist.",
    why="No NAT gateway of the region has the table.",
)


class _SnatState(Shape, frozen=True, kw_only=True):
    snat_entry_id: Annotated[str, Of("entry_id")]
    snat_entry_name: Annotated[str, Of("entry_name")]
    snat_ip: Annotated[str, Of("address")]
    source_cidr: Annotated[str, Of("source")]
    source_v_switch_id: Annotated[str, Of("vswitch_id")]


class _ForwardState(Shape, frozen=True, kw_only=True):
    forward_entry_id: Annotated[str, Of("entry_id")]
    forward_entry_name: Annotated[str, Of("entry_name")]
    external_ip: Annotated[str, Of("external_address")]
    external_port: str
    internal_ip: Annotated[str, Of("internal_address")]
    internal_port: str
    ip_protocol: Annotated[str, Of("protocol")]


class NatState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a NAT gateway, with its entries."""

    nat_gateway_id: Annotated[str, Of("nat_id")]
    name: Annotated[str, Of("nat_name")]
    description: str
    vpc_id: str
    v_switch_id: Annotated[str, Of("vswitch_id")]
    private_ip_address: Annotated[str, Of("private_address")]
    eip_bind_mode: Annotated[str, Of("bind_mode")]
    deletion_protection: bool
    region_id: Annotated[str, Of("region")]
    creation_time: Annotated[str, Of("created_at", iso)]
    snat_entries: list[_SnatState]
    forward_entries: list[_ForwardState]


def _state(tx: Transaction, row: NatRow) -> NatState:
    return NatState.of(
        row,
        snat_entries=[_SnatState.of(each) for each in snats_of(tx, row.nat_id)],
        forward_entries=[_ForwardState.of(each) for each in forwards_of(tx, row.nat_id)],
    )


def _own(ctx: Context, row: NatRow | None) -> NatRow | None:
    is_own = row is not None and (row.account_id, row.region) == (ctx.account_id, ctx.region)
    return row if is_own else None


def find_nat(ctx: Context, nat_id: str) -> NatRow | None:
    """Return a NAT gateway of the account in the region called, or None."""
    return _own(ctx, ctx.tx.get(NatRow, nat_id))


NAT_GATEWAY: Resource[NatRow] = Resource(
    kind="ACS::NAT::NatGateway",
    row=NatRow,
    id="nat_id",
    name="nat_id",
    arn="vpc:natgateway/",
    regional=True,
    find=find_nat,
    missing=NoNat,
    state=_state,
    tags=RULES,
)
SNAT_TABLE = replace(
    NAT_GATEWAY,
    arn="vpc:snattable/",
    label="snat_table_id",
    find=lambda ctx, table_id: _own(ctx, ctx.tx.find_one(NatRow, snat_table_id=table_id)),
    missing=NoSnatTable,
)
"""A gateway, named by the table of its SNAT entries."""
FORWARD_TABLE = replace(
    NAT_GATEWAY,
    arn="vpc:forwardtable/",
    label="forward_table_id",
    find=lambda ctx, table_id: _own(ctx, ctx.tx.find_one(NatRow, forward_table_id=table_id)),
    missing=NoForwardTable,
)
"""A gateway, named by the table of its DNAT entries."""


def note_entries(ctx: Context, row: NatRow) -> None:
    """Note that entries of a gateway changed."""
    NAT_GATEWAY.note(ctx.tx, ctx.journal, "updated", row)


def drop_entries(ctx: Context, row: NatRow, address: str) -> None:
    """Delete the entries of a gateway that have a public address."""
    found = [
        *snats_with(ctx.tx, row.nat_id, address),
        *forwards_at(ctx.tx, row.nat_id, address),
    ]
    for each in found:
        ctx.tx.delete(each)
    if found:
        note_entries(ctx, row)
