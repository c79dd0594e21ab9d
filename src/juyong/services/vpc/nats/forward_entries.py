"""DNAT entries: ports of a public address of the gateway lead to ports of a private address.

Source: VPC API reference, CreateForwardEntry, ModifyForwardEntry, DeleteForwardEntry, and the codes
(documented); that an address or its port has one entry, and so has the private port (documented),
the code of a second one (assumed); PortBreak (documented), that a change which leaves the public
port as it is needs none again (assumed). That protocols and `any` are shown in small letters
(observed in Terraform's provider).
"""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.fields import Doc
from juyong.api.listing import NumberedPage, PageNumber, numbered
from juyong.api.operation import operation
from juyong.api.repeats import CHECKED, ONCE
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.base.ids import new_instance_id
from juyong.services.network.asking import HERE, PageSize
from juyong.services.network.public.nat import FORWARD_TABLE, NoNat, note_entries
from juyong.services.network.public.nats import forwards_of
from juyong.services.network.public.tables import ForwardRow, NatRow
from juyong.services.vpc.nats import fields
from juyong.services.vpc.nats.entries import EntryName, checked_name, gateway_of, on_table
from juyong.services.vpc.nats.forwarding import REFUSALS, Forwarding, checked
from juyong.services.vpc.product import PRODUCT as VPC

TooManyForwards = fact(
    "Forbidden.ForwardEntryCountLimited",
    400,
    "DNAT entry in the specified DNAT table reach it's limit.",
    why="The table holds the quota `vpc.forward-entries`.",
)
NoForwardEntry = fact(
    "InvalidForwardEntryId.NotFound",
    404,
    "Specified forward entry does not exist.",
    why="The table has no such entry.",
)
EntryId = Annotated[str, Doc("The entry.")]
ExternalIp = Annotated[str, Doc("The address of an EIP that is bound to the gateway.")]
ExternalPort = Annotated[str, Doc("`80`, a range `80/90`, or `any`.")]
InternalIp = Annotated[str, Doc("A private address of the VPC.")]
InternalPort = Annotated[str, Doc("`80`, a range as long as the other, or `any`.")]
IpProtocol = Annotated[str, Doc("`TCP`, `UDP`, or `Any` with `any` for both ports.")]
PortBreak = Annotated[
    bool, Doc("Whether a port above 1024 may be mapped of an address that SNAT entries have too.")
]


class ForwardMade(Shape, frozen=True, kw_only=True):
    """The entry just made."""

    forward_entry_id: Annotated[str, Of("entry_id")]


class ForwardEntry(Shape, frozen=True, kw_only=True):
    """An entry in a list."""

    forward_entry_id: Annotated[str, Of("entry_id")]
    forward_entry_name: Annotated[str, Of("entry_name")]
    forward_table_id: str
    nat_gateway_id: Annotated[str, Of("nat_id")]
    external_ip: Annotated[str, Of("external_address")]
    external_port: str
    internal_ip: Annotated[str, Of("internal_address")]
    internal_port: str
    ip_protocol: Annotated[str, Of("protocol")]
    status: str = "Available"


@operation(
    VPC,
    "CreateForwardEntry",
    gateway=HERE | ONCE | CHECKED,
    on=FORWARD_TABLE.by(forward_table_id=fields.ForwardTableId),
    raises=(*REFUSALS, TooManyForwards),
)
def create_forward_entry(
    ctx: Context,
    nat: NatRow,
    *,
    external_ip: ExternalIp,
    external_port: ExternalPort,
    internal_ip: InternalIp,
    internal_port: InternalPort,
    ip_protocol: IpProtocol,
    forward_entry_name: EntryName = "",
    port_break: PortBreak = False,
) -> ForwardMade:
    """Send what arrives at a port of an EIP of the gateway to a private address."""
    held = forwards_of(ctx.tx, nat.nat_id)
    if len(held) >= ctx.quota("vpc.forward-entries"):
        raise TooManyForwards
    asked = Forwarding(
        external_address=external_ip,
        external_port=external_port,
        internal_address=internal_ip,
        internal_port=internal_port,
        protocol=ip_protocol,
    )
    row = ForwardRow(
        entry_id=new_instance_id("fwd"),
        account_id=ctx.account_id,
        region=ctx.region,
        nat_id=nat.nat_id,
        entry_name=checked_name(forward_entry_name),
        created_at=ctx.now,
        **msgspec.structs.asdict(checked(ctx, nat, asked, held, breaks_ports=port_break)),
    )
    ctx.tx.insert(row)
    note_entries(ctx, nat)
    return ForwardMade.of(row)


def _entry(ctx: Context, nat: NatRow, entry_id: str) -> ForwardRow:
    row = ctx.tx.get(ForwardRow, entry_id)
    if row is None or row.nat_id != nat.nat_id:
        raise NoForwardEntry
    return row


@operation(
    VPC,
    "ModifyForwardEntry",
    gateway=HERE | ONCE | CHECKED,
    on=FORWARD_TABLE.by(forward_table_id=fields.ForwardTableId),
    raises=(*REFUSALS, NoForwardEntry),
)
def modify_forward_entry(
    ctx: Context,
    nat: NatRow,
    *,
    forward_entry_id: EntryId,
    external_ip: ExternalIp | None = None,
    external_port: ExternalPort | None = None,
    internal_ip: InternalIp | None = None,
    internal_port: InternalPort | None = None,
    ip_protocol: IpProtocol | None = None,
    forward_entry_name: EntryName | None = None,
    port_break: PortBreak = False,
) -> None:
    """Change an entry; what is absent stays."""
    row = _entry(ctx, nat, forward_entry_id)
    asked = Forwarding(
        external_address=external_ip or row.external_address,
        external_port=external_port or row.external_port,
        internal_address=internal_ip or row.internal_address,
        internal_port=internal_port or row.internal_port,
        protocol=ip_protocol or row.protocol,
    )
    others = [each for each in forwards_of(ctx.tx, nat.nat_id) if each.entry_id != row.entry_id]
    stays = (asked.external_address, asked.external_port.lower()) == (
        row.external_address,
        row.external_port,
    )
    found = checked(ctx, nat, asked, others, breaks_ports=port_break or stays)
    changes = msgspec.structs.asdict(found)
    if forward_entry_name is not None:
        changes["entry_name"] = checked_name(forward_entry_name)
    ctx.tx.update(row, **changes)
    note_entries(ctx, nat)


@operation(
    VPC,
    "DeleteForwardEntry",
    gateway=HERE | ONCE,
    on=FORWARD_TABLE.by(forward_table_id=fields.ForwardTableId),
    raises=(NoForwardEntry,),
)
def delete_forward_entry(ctx: Context, nat: NatRow, *, forward_entry_id: EntryId) -> None:
    """Delete an entry; what arrives at its ports is dropped from then on."""
    ctx.tx.delete(_entry(ctx, nat, forward_entry_id))
    note_entries(ctx, nat)


@operation(
    VPC,
    "DescribeForwardTableEntries",
    gateway=HERE,
    resource=on_table(FORWARD_TABLE, "forward_table_id"),
    raises=(*FORWARD_TABLE.errors, NoNat, fields.NoTable),
    answers="ForwardTableEntries.ForwardTableEntry",
    reads_only=True,
    scans=True,
)
def describe_forward_table_entries(
    ctx: Context,
    *,
    forward_table_id: fields.ForwardTableId | None = None,
    nat_gateway_id: fields.NatId | None = None,
    forward_entry_id: Annotated[str, Doc("Only this one.")] | None = None,
    forward_entry_name: Annotated[str, Doc("Only those of a name.")] | None = None,
    external_ip: Annotated[str, Doc("Only those of an address.")] | None = None,
    external_port: Annotated[str, Doc("Only those of a port.")] | None = None,
    internal_ip: Annotated[str, Doc("Only those to an address.")] | None = None,
    internal_port: Annotated[str, Doc("Only those to a port.")] | None = None,
    ip_protocol: Annotated[str, Doc("Only those of a protocol.")] | None = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[ForwardEntry, NumberedPage]:
    """List the entries of a gateway, the oldest first."""
    nat = gateway_of(ctx, FORWARD_TABLE, forward_table_id, nat_gateway_id)
    rows = [
        row
        for row in forwards_of(ctx.tx, nat.nat_id)
        if forward_entry_id in (None, row.entry_id)
        and forward_entry_name in (None, row.entry_name)
        and external_ip in (None, row.external_address)
        and (external_port is None or external_port.lower() == row.external_port)
        and internal_ip in (None, row.internal_address)
        and (internal_port is None or internal_port.lower() == row.internal_port)
        and (ip_protocol is None or ip_protocol.lower() == row.protocol)
    ]

    def shown(row: ForwardRow) -> ForwardEntry:
        return ForwardEntry.of(row, forward_table_id=nat.forward_table_id)

    return numbered(rows, page_number, page_size).map(shown)
