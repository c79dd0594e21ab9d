"""SNAT entries: sources of a block leave with one public address of the gateway.

An entry has one address: how the cloud picks one of several is not published.

Source: VPC API reference, CreateSnatEntry, ModifySnatEntry, DeleteSnatEntry, and the codes
(documented). Assumed: the code of a second entry for a block.
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Between, Doc, Wire
from juyong.api.listing import NumberedPage, PageNumber, numbered
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.base.ids import new_instance_id
from juyong.engines.packet import Address, BadAddress, BadCidr, Cidr
from juyong.services.network.asking import HERE, PageSize
from juyong.services.network.errors import NoVSwitch
from juyong.services.network.public.eips import eips_bound_to
from juyong.services.network.public.nat import SNAT_TABLE, NoNat, note_entries
from juyong.services.network.public.nats import forwards_at, snats_of
from juyong.services.network.public.tables import NatRow, SnatRow
from juyong.services.network.tables import VSwitchRow
from juyong.services.vpc.nats import fields
from juyong.services.vpc.nats.entries import EntryName, checked_name, gateway_of, on_table
from juyong.services.vpc.nats.forwarding import maps_whole
from juyong.services.vpc.product import PRODUCT as VPC

_IPV4 = 4
_BY_INTERFACE = "an entry has an EIP, not an interface"
BadSnatIp = fact(
    "InvalidSnatIp.Malformed",
    400,
    "The specified SnatIp is not a valid IP address.",
    why="The text is no IPv4 address.",
)
NoSnatIp = fact(
    "InvalidSnatIp.NotFound",
    404,
    "Specified SnatIp does not found on the NAT Gateway",
    why="No EIP of that address is bound to the gateway.",
)
ManySnatIps = fact(
    "SNAT_IP_POOL_COUNT_TOO_MANY",
    400,
    "The Snat pool ip too many.",
    why="An entry has one address here.",
)
UsedByForward = fact(
    "Forbidden.IpUsedInForwardTable",
    400,
    "The specified SnatIp already used in forward table",
    why="A DNAT entry maps the whole address.",
)
SameVSwitch = fact(
    "Forbidden.SourceVSwitchId.Duplicated",
    400,
    "The specified SourceCIDR is duplicated.",
    why="The gateway has an entry for the block of the vSwitch.",
)
SameBlock = fact(
    "OperationUnsupported.CidrConflict",
    400,
    "The specified CIDR block conflicts with an existing SNAT entry.",
    why="The gateway has an entry for the block.",
)
BadSource = fact(
    "INVALID_PARAMETER",
    400,
    "The parameter invalid.",
    why="Neither a vSwitch nor an IPv4 block is given, or both are, or the block is malformed.",
)
TooManySnats = fact(
    "Forbidden.SnatEntryCountLimited",
    400,
    "SNAT entry in the specified SNAT table reach it's limit.",
    why="The table holds the quota `vpc.snat-entries`.",
)
NoSnatEntry = fact(
    "InvalidSnatEntryId.NotFound",
    404,
    "Specified SNAT entry does not exist.",
    why="The table has no such entry.",
)
SnatEntryId = Annotated[str, Doc("The entry.")]
SnatIp = Annotated[str, Doc("The address of an EIP that is bound to the gateway.")]
SourceCidr = Annotated[str, Wire("SourceCIDR"), Doc("The block of sources.")]
Affinity = Annotated[int, Between(0, 0), Doc("0: an entry has one EIP, so nothing is picked.")]


class SnatMade(Shape, frozen=True, kw_only=True):
    """The entry just made."""

    snat_entry_id: Annotated[str, Of("entry_id")]


class SnatEntry(Shape, frozen=True, kw_only=True):
    """An entry in a list."""

    snat_entry_id: Annotated[str, Of("entry_id")]
    snat_entry_name: Annotated[str, Of("entry_name")]
    snat_table_id: str
    nat_gateway_id: Annotated[str, Of("nat_id")]
    snat_ip: Annotated[str, Of("address")]
    source_cidr: Annotated[str, Of("source")] = msgspec.field(name="SourceCIDR")
    source_v_switch_id: Annotated[str, Of("vswitch_id")]
    eip_affinity: str = "0"
    network_interface_id: str = ""
    status: str = "Available"


@operation(
    VPC,
    "CreateSnatEntry",
    gateway=HERE | ONCE | CHECKED,
    on=SNAT_TABLE.by(snat_table_id=fields.SnatTableId),
    unsupported={"NetworkInterfaceId": _BY_INTERFACE},
    raises=(
        *(BadSnatIp, BadSource, ManySnatIps, NoSnatIp, NoVSwitch, SameBlock, SameVSwitch),
        *(TooManySnats, UsedByForward),
    ),
)
def create_snat_entry(
    ctx: Context,
    nat: NatRow,
    *,
    snat_ip: SnatIp | None = None,
    source_v_switch_id: Annotated[str, Doc("The vSwitch whose block is the source.")] | None = None,
    source_cidr: SourceCidr | None = None,
    snat_entry_name: EntryName = "",
    eip_affinity: Affinity = 0,  # noqa: ARG001
) -> SnatMade:
    """Let sources of a block leave with an EIP of the gateway; the smallest block decides."""
    vswitch = None
    if source_v_switch_id is not None:
        vswitch = _vswitch(ctx, nat, source_v_switch_id)
    source = _source(vswitch, source_cidr)
    held = snats_of(ctx.tx, nat.nat_id)
    if source in [each.source for each in held]:
        raise SameBlock if vswitch is None else SameVSwitch
    if len(held) >= ctx.quota("vpc.snat-entries"):
        raise TooManySnats
    row = SnatRow(
        entry_id=new_instance_id("snat"),
        account_id=ctx.account_id,
        region=ctx.region,
        nat_id=nat.nat_id,
        entry_name=checked_name(snat_entry_name),
        source=source,
        vswitch_id=vswitch.vswitch_id if vswitch else "",
        address=_public(ctx, nat, snat_ip or ""),
        created_at=ctx.now,
    )
    ctx.tx.insert(row)
    note_entries(ctx, nat)
    return SnatMade.of(row)


def _vswitch(ctx: Context, nat: NatRow, vswitch_id: str) -> VSwitchRow:
    row = ctx.tx.get(VSwitchRow, vswitch_id)
    if row is None or row.vpc_id != nat.vpc_id:
        raise NoVSwitch
    return row


def _source(vswitch: VSwitchRow | None, cidr: str | None) -> str:
    """Return the block of an entry, in the form that the packet engine reads."""
    if vswitch is not None and cidr is None:
        return vswitch.cidr
    if vswitch is not None or cidr is None:
        raise BadSource
    try:
        block = Cidr.parse(cidr)
    except BadCidr:
        raise BadSource from None
    if block.version != _IPV4:
        raise BadSource
    return str(block)


def _public(ctx: Context, nat: NatRow, text: str) -> str:
    """Return the public address of an entry, which no DNAT entry maps as a whole."""
    if "," in text:
        raise ManySnatIps
    try:
        address = Address.parse(text)
    except BadAddress:
        raise BadSnatIp from None
    if text not in [each.address for each in eips_bound_to(ctx.tx, nat.nat_id)]:
        raise NoSnatIp
    if any(maps_whole(each) for each in forwards_at(ctx.tx, nat.nat_id, text)):
        raise UsedByForward
    return str(address)


def _entry(ctx: Context, nat: NatRow, entry_id: str) -> SnatRow:
    row = ctx.tx.get(SnatRow, entry_id)
    if row is None or row.nat_id != nat.nat_id:
        raise NoSnatEntry
    return row


@operation(
    VPC,
    "ModifySnatEntry",
    gateway=HERE | ONCE | CHECKED,
    on=SNAT_TABLE.by(snat_table_id=fields.SnatTableId),
    unsupported={"NetworkInterfaceId": _BY_INTERFACE},
    raises=(BadSnatIp, ManySnatIps, NoSnatEntry, NoSnatIp, UsedByForward),
)
def modify_snat_entry(
    ctx: Context,
    nat: NatRow,
    *,
    snat_entry_id: SnatEntryId,
    snat_ip: SnatIp | None = None,
    snat_entry_name: EntryName | None = None,
    eip_affinity: Affinity = 0,  # noqa: ARG001
) -> None:
    """Change the address or the name of an entry; what is absent stays."""
    row = _entry(ctx, nat, snat_entry_id)
    changes = {} if snat_entry_name is None else {"entry_name": checked_name(snat_entry_name)}
    if snat_ip is not None:
        changes["address"] = _public(ctx, nat, snat_ip)
    if changes:
        ctx.tx.update(row, **changes)
        note_entries(ctx, nat)


@operation(
    VPC,
    "DeleteSnatEntry",
    gateway=HERE | ONCE,
    on=SNAT_TABLE.by(snat_table_id=fields.SnatTableId),
    raises=(NoSnatEntry,),
)
def delete_snat_entry(ctx: Context, nat: NatRow, *, snat_entry_id: SnatEntryId) -> None:
    """Delete an entry; its sources leave by a larger block, or not at all."""
    ctx.tx.delete(_entry(ctx, nat, snat_entry_id))
    note_entries(ctx, nat)


@operation(
    VPC,
    "DescribeSnatTableEntries",
    gateway=HERE,
    resource=on_table(SNAT_TABLE, "snat_table_id"),
    unsupported={"NetworkInterfaceIds": _BY_INTERFACE},
    raises=(*SNAT_TABLE.errors, NoNat, fields.NoTable),
    answers="SnatTableEntries.SnatTableEntry",
    reads_only=True,
    scans=True,
)
def describe_snat_table_entries(
    ctx: Context,
    *,
    snat_table_id: fields.SnatTableId | None = None,
    nat_gateway_id: fields.NatId | None = None,
    snat_entry_id: Annotated[str, Doc("Only this one.")] | None = None,
    snat_entry_name: Annotated[str, Doc("Only those of a name.")] | None = None,
    snat_ip: Annotated[str, Doc("Only those of an address.")] | None = None,
    source_cidr: Annotated[str, Wire("SourceCIDR"), Doc("Only that of a block.")] | None = None,
    source_v_switch_id: Annotated[str, Doc("Only that of a vSwitch.")] | None = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[SnatEntry, NumberedPage]:
    """List the entries of a gateway, the oldest first."""
    nat = gateway_of(ctx, SNAT_TABLE, snat_table_id, nat_gateway_id)
    rows = [
        row
        for row in snats_of(ctx.tx, nat.nat_id)
        if snat_entry_id in (None, row.entry_id)
        and snat_entry_name in (None, row.entry_name)
        and snat_ip in (None, row.address)
        and source_cidr in (None, row.source)
        and source_v_switch_id in (None, row.vswitch_id)
    ]

    def shown(row: SnatRow) -> SnatEntry:
        return SnatEntry.of(row, snat_table_id=nat.snat_table_id)

    return numbered(rows, page_number, page_size).map(shown)
