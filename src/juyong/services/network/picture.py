"""The networks of all accounts, read from their rows as one value of the packet engine.

A row that the engine refuses takes nothing else down: see fitting.py.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import NamedTuple, Protocol, TypeVar

import msgspec

from juyong.engines.packet import (
    Acl,
    AclEntry,
    Address,
    Cidr,
    Compiled,
    Direction,
    Eip,
    ForwardEntry,
    HopKind,
    Interface,
    Kind,
    ListPeer,
    NatGateway,
    PortList,
    Ports,
    PrefixList,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    SnatEntry,
    Verdict,
    Vpc,
    VSwitch,
    parse_protocol,
)
from juyong.services.network.acls.tables import AclEntryRow, AclRow
from juyong.services.network.fitting import Draft, Entries, LeftOut, Unit, fitted
from juyong.services.network.groups import rule_value
from juyong.services.network.peering.peerings import ACTIVATED, other_vpc
from juyong.services.network.peering.tables import PeeringRow
from juyong.services.network.public.tables import EipRow, ForwardRow, NatRow, SnatRow
from juyong.services.network.routes.tables import RouteRow, RouteTableRow
from juyong.services.network.rules.tables import (
    PortListRow,
    PortsRow,
    PrefixListRow,
    PrefixRow,
    RuleRow,
)
from juyong.services.network.tables import (
    AddressRow,
    GroupRow,
    InterfaceRow,
    MemberRow,
    VpcRow,
    VSwitchRow,
)

_R = TypeVar("_R")


class Rows(Protocol):
    """Rows of networks: those of a transaction, or those of an instant of the past."""

    def find(self, row_type: type[_R], *, order: tuple[str, ...] = ()) -> list[_R]:
        """Return all rows of a type."""
        ...


class Picture(NamedTuple):
    """All networks, compiled, and the parts that the engine refuses."""

    compiled: Compiled
    left_out: tuple[LeftOut, ...]


def picture(tx: Rows) -> Picture:
    """Read the networks of all accounts, as they are in one transaction.

    Cost: one read a table, whatever the number of rows; then as `fitted`.
    """
    return Picture(*fitted(drafted(tx)))


def drafted(tx: Rows) -> Draft:
    """Return the parts of the networks of all accounts, ahead of any check."""
    vpcs, vswitches = _all(tx, VpcRow, "vpc_id"), _all(tx, VSwitchRow, "vswitch_id")
    groups = _all(tx, GroupRow, "group_id")
    members: dict[str, list[str]] = defaultdict(list)
    for member in _all(tx, MemberRow, "group_id"):
        members[member.interface_id].append(member.group_id)
    addresses = _grouped(_all(tx, AddressRow, "number"), lambda row: row.owner_id)
    cards = _all(tx, InterfaceRow, "interface_id")
    primaries = {row.instance_id: row.interface_id for row in cards if row.is_primary}
    rules = _grouped(_all(tx, RuleRow, "rule_id"), lambda row: row.group_id)
    routes = _grouped(_all(tx, RouteRow, "entry_id"), lambda row: row.table_id)
    entries = _grouped(_all(tx, AclEntryRow, "position"), lambda row: row.acl_id)
    nats = _all(tx, NatRow, "nat_id")
    peerings = {
        row.peering_id: row for row in _all(tx, PeeringRow, "peering_id") if row.status == ACTIVATED
    }
    return Draft(
        vpcs=[Unit(row.vpc_id, partial(_vpc, row)) for row in vpcs],
        tables=_tables(_all(tx, RouteTableRow, "table_id"), vpcs, vswitches),
        routes=[
            Unit(name, partial(_routes, rows, primaries, peerings)) for name, rows in routes.items()
        ],
        peers=[Unit(row.peering_id, partial(_peers, row)) for row in peerings.values()],
        acls=[
            Unit(row.acl_id, partial(Acl, id=row.acl_id, vpc_id=row.vpc_id))
            for row in _all(tx, AclRow, "acl_id")
        ],
        entries=[Unit(name, partial(_entries, rows)) for name, rows in entries.items()],
        groups=[Unit(row.group_id, partial(_group, row)) for row in groups],
        vswitches=[Unit(row.vswitch_id, partial(_vswitch, row)) for row in vswitches],
        interfaces=[
            Unit(
                row.interface_id,
                partial(_interface, row, addresses[row.interface_id], members[row.interface_id]),
            )
            for row in cards
        ],
        rules=[Unit(name, partial(_rules, rows)) for name, rows in rules.items()],
        prefix_lists=_prefix_lists(tx),
        port_lists=_port_lists(tx),
        eips=[
            Unit(row.allocation_id, partial(_eip, row))
            for row in _all(tx, EipRow, "allocation_id")
            if row.interface_id
        ],
        nats=[
            Unit(row.nat_id, partial(NatGateway, id=row.nat_id, vpc_id=row.vpc_id)) for row in nats
        ],
        snat=[Unit(row.entry_id, partial(_snat, row)) for row in _all(tx, SnatRow, "entry_id")],
        forwards=[
            Unit(row.entry_id, partial(_forward, row)) for row in _all(tx, ForwardRow, "entry_id")
        ],
    )


def _all(tx: Rows, row_type: type[_R], order: str) -> list[_R]:
    return tx.find(row_type, order=(order,))


def _grouped(rows: Iterable[_R], key: Callable[[_R], str]) -> dict[str, list[_R]]:
    found: dict[str, list[_R]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _vpc(row: VpcRow) -> Vpc:
    blocks = [row.cidr, *msgspec.json.decode(row.secondary_cidrs, type=list[str])]
    return Vpc(id=row.vpc_id, cidrs=tuple(map(Cidr.parse, blocks)))


def _tables(
    rows: Iterable[RouteTableRow], vpcs: Iterable[VpcRow], vswitches: Iterable[VSwitchRow]
) -> list[Unit[RouteTable]]:
    """Return the tables that rows name, each without its custom routes."""
    owners = {row.table_id: row.vpc_id for row in vswitches}
    # A VPC owns its system table, whatever a vSwitch of another one names.
    owners |= {row.table_id: row.vpc_id for row in vpcs}
    owners |= {row.table_id: row.vpc_id for row in rows}
    return [Unit(name, partial(RouteTable, id=name, vpc_id=vpc)) for name, vpc in owners.items()]


def _peers(row: PeeringRow) -> tuple[str, str]:
    return row.vpc_id, row.accepting_vpc_id


def _routes(
    rows: list[RouteRow], primaries: Mapping[str, str], peerings: Mapping[str, PeeringRow]
) -> tuple[Route, ...]:
    return tuple(_route(row, primaries, peerings) for row in rows)


def _route(
    row: RouteRow, primaries: Mapping[str, str], peerings: Mapping[str, PeeringRow]
) -> Route:
    """Return an entry.

    The next hop of one to an instance is the instance's primary interface, and of one to a peering
    connection the VPC at the other end.
    """
    to_instance, hop_id = row.hop_kind == "Instance", row.hop_id
    if to_instance:
        hop_id = primaries.get(hop_id, hop_id)
    elif hop_id in peerings:
        hop_id = other_vpc(peerings[hop_id], row.vpc_id)
    return Route(
        id=row.entry_id,
        destination=Cidr.parse(row.destination),
        hop=HopKind.INTERFACE if to_instance else HopKind(row.hop_kind),
        hop_id=hop_id,
    )


def _entries(rows: list[AclEntryRow]) -> Entries:
    ingress, egress = (
        tuple(_entry(row) for row in rows if row.direction == way.value) for way in Direction
    )
    return ingress, egress


def _entry(row: AclEntryRow) -> AclEntry:
    named = row.peer.startswith("pl-")
    return AclEntry(
        id=row.entry_id,
        policy=Verdict(row.policy),
        peer=ListPeer(row.peer) if named else Cidr.around(row.peer),
        protocol=parse_protocol(row.protocol),
        ports=Ports.parse(row.port),
    )


def _group(row: GroupRow) -> SecurityGroup:
    return SecurityGroup(
        id=row.group_id, vpc_id=row.vpc_id, kind=Kind(row.kind), inner_access=row.inner_access
    )


def _rules(rows: list[RuleRow]) -> tuple[Rule, ...]:
    return tuple(map(rule_value, rows))


def _prefix_lists(tx: Rows) -> list[Unit[PrefixList]]:
    entries = _grouped(_all(tx, PrefixRow, "cidr"), lambda row: row.list_id)

    def value(row: PrefixListRow) -> PrefixList:
        cidrs = tuple(Cidr.parse(each.cidr) for each in entries[row.list_id])
        return PrefixList(id=row.list_id, version=row.ip_version, cidrs=cidrs)

    return [Unit(row.list_id, partial(value, row)) for row in _all(tx, PrefixListRow, "list_id")]


def _port_lists(tx: Rows) -> list[Unit[PortList]]:
    entries = _grouped(_all(tx, PortsRow, "port_range"), lambda row: row.list_id)

    def value(row: PortListRow) -> PortList:
        ranges = [Ports.parse(each.port_range) for each in entries[row.list_id]]
        return PortList(id=row.list_id, ranges=tuple(each for each in ranges if each is not None))

    return [Unit(row.list_id, partial(value, row)) for row in _all(tx, PortListRow, "list_id")]


def _eip(row: EipRow) -> Eip:
    return Eip(
        id=row.allocation_id,
        address=Address.parse(row.address),
        interface_id=row.interface_id,
        private=Address.parse(row.private_address),
    )


def _snat(row: SnatRow) -> SnatEntry:
    return SnatEntry(
        id=row.entry_id,
        nat_id=row.nat_id,
        source=Cidr.parse(row.source),
        address=Address.parse(row.address),
    )


def _forward(row: ForwardRow) -> ForwardEntry:
    any_port = row.protocol.lower() == "any"
    return ForwardEntry(
        id=row.entry_id,
        nat_id=row.nat_id,
        external=Address.parse(row.external_address),
        internal=Address.parse(row.internal_address),
        protocol=None if any_port else parse_protocol(row.protocol),
        external_ports=None if any_port else _ports(row.external_port),
        internal_ports=None if any_port else _ports(row.internal_port),
    )


def _ports(text: str) -> Ports | None:
    """Read `80` or `80/90`."""
    return Ports.parse(text if "/" in text else f"{text}/{text}")


def _vswitch(row: VSwitchRow) -> VSwitch:
    return VSwitch(
        id=row.vswitch_id,
        vpc_id=row.vpc_id,
        cidrs=(Cidr.parse(row.cidr),),
        route_table_id=row.table_id,
        acl_id=row.acl_id,
    )


def _interface(row: InterfaceRow, addresses: list[AddressRow], groups: list[str]) -> Interface:
    """Return an interface, its primary address first."""
    texts = sorted((each.address for each in addresses), key=lambda text: text != row.address)
    return Interface(
        id=row.interface_id,
        vswitch_id=row.vswitch_id,
        addresses=tuple(map(Address.parse, texts)),
        group_ids=tuple(groups),
    )
