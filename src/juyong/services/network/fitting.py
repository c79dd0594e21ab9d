"""Build a network that the packet engine accepts, even from rows that do not fit together.

The engine refuses a network whose parts do not fit. One such part must not stop the judgement of
all other parts. So this module leaves a refused part out, and denies all that the part would have
judged:

- a group with a refused rule drops everything, in both directions;
- an ACL with a refused entry has no entry, which drops everything;
- the vSwitches of a route table with a refused route are closed by an ACL without entries;
- any other part is left out, together with the parts that name the refused part.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from juyong.engines.packet import (
    Acl,
    AclEntry,
    Cidr,
    Compiled,
    Direction,
    Eip,
    ForwardEntry,
    Interface,
    NatGateway,
    Network,
    PortList,
    PrefixList,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    SnatEntry,
    Verdict,
    Vpc,
    VSwitch,
)

T = TypeVar("T")

_REFUSED = (ValueError, msgspec.MsgspecError)
"""PacketError is a ValueError, as is a word that no enumeration has."""
CLOSED = "closed-"
"""The beginning of the ids of rules and ACLs that stand for a refused part."""
_LONGEST = 38
"""Letters of an id that leave room for two more."""
_EVERYWHERE = (Cidr.parse("0.0.0.0/0"), Cidr.parse("::/0"))


class Unit(NamedTuple, Generic[T]):
    """One part of a network; `make` raises ValueError where the engine refuses the part's rows."""

    id: str
    make: Callable[[], T]


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A part that the engine refuses, by its id, and the engine's reason."""

    id: str
    reason: str


Entries = tuple[tuple[AclEntry, ...], tuple[AclEntry, ...]]
"""The entries of an ACL: ingress, egress."""


class Draft(msgspec.Struct, kw_only=True):
    """The parts of a network, ahead of any check.

    `vpcs` name no peers, `groups`, `acls`, `tables` and `nats` hold no rules and entries: these are
    units of their own. A unit of `rules`, `entries` or `routes` has the id of the group, the ACL or
    the table; a unit of `peers` is a pair of VPCs.
    """

    vpcs: list[Unit[Vpc]] = []
    tables: list[Unit[RouteTable]] = []
    groups: list[Unit[SecurityGroup]] = []
    acls: list[Unit[Acl]] = []
    prefix_lists: list[Unit[PrefixList]] = []
    port_lists: list[Unit[PortList]] = []
    nats: list[Unit[NatGateway]] = []
    vswitches: list[Unit[VSwitch]] = []
    interfaces: list[Unit[Interface]] = []
    rules: list[Unit[tuple[Rule, ...]]] = []
    entries: list[Unit[Entries]] = []
    peers: list[Unit[tuple[str, str]]] = []
    routes: list[Unit[tuple[Route, ...]]] = []
    eips: list[Unit[Eip]] = []
    snat: list[Unit[SnatEntry]] = []
    forwards: list[Unit[ForwardEntry]] = []


def fitted(draft: Draft) -> tuple[Compiled, tuple[LeftOut, ...]]:
    """Compile a network of all parts that fit.

    Cost: one compilation; where a part is refused, some for each stage, and for each refused part
    as many as the logarithm of the number of such parts.
    """
    stages = _stages(draft)
    network = Network()
    try:
        for stage in stages:
            network = stage.add(network, stage.units)
        return Compiled(network), ()
    except _REFUSED:
        fitting = _Fitting()
        for stage in stages:
            fitting.grow(stage, stage.units)
        return Compiled(fitting.network), tuple(fitting.left_out)


class _Stage(NamedTuple):
    """Parts of one kind, how they are added, and what stands for one that is refused."""

    units: Sequence[Unit[Any]]
    add: Callable[[Network, Sequence[Unit[Any]]], Network]
    deny: Callable[[Network, str], Network]


class _Fitting:
    def __init__(self) -> None:
        self.network = Network()
        self.left_out: list[LeftOut] = []

    def grow(self, stage: _Stage, units: Sequence[Unit[Any]]) -> None:
        """Add units; where they are refused, each half of the units by itself."""
        if not units:
            return
        try:
            grown = stage.add(self.network, units)
            Compiled(grown)
        except _REFUSED as refusal:
            if len(units) == 1:
                self.left_out.append(LeftOut(id=units[0].id, reason=str(refusal)))
                self.network = stage.deny(self.network, units[0].id)
                return
            half = len(units) // 2
            self.grow(stage, units[:half])
            self.grow(stage, units[half:])
        else:
            self.network = grown


def _stages(draft: Draft) -> list[_Stage]:
    """Return the stages; each stage names parts of earlier stages only."""

    def plain(name: str) -> _Stage:
        units: list[Unit[Any]] = getattr(draft, name)
        return _Stage(units, lambda net, more: _appended(net, name, more), lambda net, _: net)

    bare = ("vpcs", "tables", "groups", "acls", "prefix_lists", "port_lists", "nats")
    return [
        *map(plain, (*bare, "vswitches", "interfaces")),
        _Stage(draft.rules, _with_rules, _closed_group),
        _Stage(draft.entries, _with_entries, lambda net, _: net),
        _Stage(draft.peers, _with_peers, lambda net, _: net),
        _Stage(draft.routes, _with_routes, _closed_vswitches),
        plain("eips"),
        _Stage(draft.snat, _with_snat, lambda net, _: net),
        _Stage(draft.forwards, _with_forwards, lambda net, _: net),
    ]


def _appended(network: Network, name: str, units: Sequence[Unit[Any]]) -> Network:
    more = (*getattr(network, name), *(unit.make() for unit in units))
    return replace(network, **{name: more})


def _with_rules(network: Network, units: Sequence[Unit[tuple[Rule, ...]]]) -> Network:
    rules = {unit.id: unit.make() for unit in units}
    return replace(
        network,
        groups=tuple(
            replace(group, rules=rules[group.id]) if group.id in rules else group
            for group in network.groups
        ),
    )


def _closed_group(network: Network, group_id: str) -> Network:
    """Drop everything: at priority 1 a drop stands before each accept of other groups."""
    drops = tuple(
        Rule(
            id=f"{_closed(group_id)}{way.value[0]}{block.version}",
            direction=way,
            peer=block,
            policy=Verdict.DROP,
        )
        for way in Direction
        for block in _EVERYWHERE
    )
    # Inner access stands ahead of all rules, and would let members reach each other.
    return replace(
        network,
        groups=tuple(
            replace(group, rules=drops, inner_access=False) if group.id == group_id else group
            for group in network.groups
        ),
    )


def _closed(part_id: str) -> str:
    return f"{CLOSED}{part_id.partition('-')[2][:_LONGEST]}"


def _with_entries(network: Network, units: Sequence[Unit[Entries]]) -> Network:
    entries = {unit.id: unit.make() for unit in units}
    return replace(
        network,
        acls=tuple(
            replace(acl, ingress=entries[acl.id][0], egress=entries[acl.id][1])
            if acl.id in entries
            else acl
            for acl in network.acls
        ),
    )


def _with_peers(network: Network, units: Sequence[Unit[tuple[str, str]]]) -> Network:
    pairs = [unit.make() for unit in units]
    ways = [*pairs, *(pair[::-1] for pair in pairs)]
    peers = {vpc.id: {other for one, other in ways if one == vpc.id} for vpc in network.vpcs}
    return replace(
        network,
        vpcs=tuple(replace(vpc, peers=vpc.peers | peers[vpc.id]) for vpc in network.vpcs),
    )


def _with_routes(network: Network, units: Sequence[Unit[tuple[Route, ...]]]) -> Network:
    routes = {unit.id: unit.make() for unit in units}
    return replace(
        network,
        tables=tuple(
            replace(table, routes=routes[table.id]) if table.id in routes else table
            for table in network.tables
        ),
    )


def _closed_vswitches(network: Network, table_id: str) -> Network:
    """Bind an ACL without entries: a packet must not take a wider route in place of its own."""
    table = next((each for each in network.tables if each.id == table_id), None)
    if table is None:
        return network
    acl = Acl(id=_closed(table_id), vpc_id=table.vpc_id)
    return replace(
        network,
        acls=(*network.acls, acl),
        vswitches=tuple(
            replace(vswitch, acl_id=acl.id) if vswitch.route_table_id == table_id else vswitch
            for vswitch in network.vswitches
        ),
    )


def _with_snat(network: Network, units: Sequence[Unit[SnatEntry]]) -> Network:
    made = [unit.make() for unit in units]
    return _nats(network, lambda nat: replace(nat, snat=(*nat.snat, *_of(nat, made))))


def _with_forwards(network: Network, units: Sequence[Unit[ForwardEntry]]) -> Network:
    made = [unit.make() for unit in units]
    return _nats(network, lambda nat: replace(nat, forwards=(*nat.forwards, *_of(nat, made))))


def _nats(network: Network, change: Callable[[NatGateway], NatGateway]) -> Network:
    return replace(network, nats=tuple(map(change, network.nats)))


_E = TypeVar("_E", SnatEntry, ForwardEntry)


def _of(nat: NatGateway, entries: Iterable[_E]) -> Iterator[_E]:
    return (each for each in entries if each.nat_id == nat.id)
