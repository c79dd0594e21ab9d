"""Hold a network's parts against each other, and compile what decides packets.

Source: ECS documentation, security groups, and VPC documentation, network ACL and route table
(documented); what two texts leave open is marked where it is decided.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from juyong.engines.packet.addresses import BITS, Address, Cidr, Ports
from juyong.engines.packet.checks import by_id, find, no_overlap, within
from juyong.engines.packet.errors import Duplicate, Mismatch
from juyong.engines.packet.match import ANY_PORTS, Because, FirstMatch, Line
from juyong.engines.packet.rules import (
    AclEntry,
    Direction,
    GroupPeer,
    Kind,
    ListPeer,
    Rule,
    SecurityGroup,
    Verdict,
)
from juyong.engines.packet.topology import HopKind, Interface, Network, VSwitch

Members = Mapping[int, frozenset[int]]
"""The addresses of a group's interfaces, by version."""


class _Placed(Protocol):
    @property
    def vpc_id(self) -> str: ...


class Guard(NamedTuple):
    """The compiled rules of an interface: one list a direction, and what lies around them."""

    ingress: FirstMatch
    egress: FirstMatch
    inner: tuple[tuple[Line, Members], ...]
    """Groups whose members reach each other ahead of all rules."""
    lets_out: bool
    """The default of egress; of ingress the default is to drop."""


class Step(NamedTuple):
    """A compiled route: where a packet goes next."""

    destination: Cidr
    hop: HopKind
    hop_id: str
    id: str
    """The entry's id, or the id of the vSwitch whose block is a system route."""


class Parts:
    """The compiled network: lists by interface, vSwitch and route table.

    Raises:
        Duplicate, NotFound, Mismatch: of the first thing that does not fit.

    Cost: linear in rules and addresses; prefix lists are expanded into each rule that names one.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.vpcs = by_id(network.vpcs)
        self.vswitches = by_id(network.vswitches)
        self.tables = by_id(network.tables)
        self.groups = by_id(network.groups)
        self.acls = by_id(network.acls)
        self.interfaces = by_id(network.interfaces)
        self.nats = by_id(network.nats)
        self._prefixes = by_id(network.prefix_lists)
        self._ports = by_id(network.port_lists)
        self._check_places()
        self.members = self._members()
        self.home = {each.id: self.vswitches[each.vswitch_id] for each in network.interfaces}
        self.at_address = self._addresses()
        self._lines = {
            (group.id, way): self._group_lines(group, way)
            for group in network.groups
            for way in Direction
        }
        self._guards: dict[tuple[str, ...], Guard] = {}
        self.guards = {each.id: self._guard(each) for each in network.interfaces}
        self.ways = {
            acl.id: (self._acl_list(acl.ingress), self._acl_list(acl.egress))
            for acl in network.acls
        }
        self.routes = {table.id: self._steps(table.id) for table in network.tables}
        self._by_length = {name: _by_length(steps) for name, steps in self.routes.items()}

    def route(self, table_id: str, target: Address) -> Step | None:
        """Return the route of the longest prefix that holds the target; None without one."""
        for version, shift, steps in self._by_length[table_id]:
            if version == target.version and (step := steps.get(target.number >> shift)):
                return step
        return None

    def _check_places(self) -> None:
        network = self.network
        by_id(rule for group in network.groups for rule in group.rules)
        by_id(entry for acl in network.acls for entry in (*acl.ingress, *acl.egress))
        placed: list[_Placed] = [*network.vswitches]
        placed += network.tables
        placed += network.groups
        placed += network.acls
        placed += network.nats
        for each in placed:
            find(self.vpcs, each.vpc_id)
        for vpc in network.vpcs:
            for peer in vpc.peers:
                other = find(self.vpcs, peer)
                if vpc.id not in other.peers:
                    raise Mismatch(f"`{peer}` does not name its peer `{vpc.id}`")
                no_overlap((*vpc.cidrs, *other.cidrs))
        blocks: dict[str, list[Cidr]] = defaultdict(list)
        for vswitch in network.vswitches:
            self._check_vswitch(vswitch)
            blocks[vswitch.vpc_id] += vswitch.cidrs
        for each_vpc in blocks.values():
            no_overlap(each_vpc)

    def _check_vswitch(self, vswitch: VSwitch) -> None:
        vpc = self.vpcs[vswitch.vpc_id]
        if find(self.tables, vswitch.route_table_id).vpc_id != vpc.id:
            raise Mismatch(f"`{vswitch.id}` has a route table of another VPC")
        if vswitch.acl_id and find(self.acls, vswitch.acl_id).vpc_id != vpc.id:
            raise Mismatch(f"`{vswitch.id}` has an ACL of another VPC")
        for cidr in vswitch.cidrs:
            if not any(within(cidr, whole) for whole in vpc.cidrs):
                raise Mismatch(f"`{vswitch.id}` is outside of `{vpc.id}`")

    def _members(self) -> dict[str, Members]:
        found: dict[str, dict[int, set[int]]] = {
            group: {version: set() for version in BITS} for group in self.groups
        }
        for interface in self.network.interfaces:
            vswitch = find(self.vswitches, interface.vswitch_id)
            groups = [find(self.groups, each) for each in interface.group_ids]
            if len({group.kind for group in groups}) > 1:
                raise Mismatch(f"`{interface.id}` is in groups of two kinds")
            if any(group.vpc_id != vswitch.vpc_id for group in groups):
                raise Mismatch(f"`{interface.id}` is in a group of another VPC")
            for group in groups:
                for address in interface.addresses:
                    found[group.id][address.version].add(address.number)
        return {
            group: {version: frozenset(numbers) for version, numbers in each.items()}
            for group, each in found.items()
        }

    def _addresses(self) -> dict[tuple[str, int, int], str]:
        found: dict[tuple[str, int, int], str] = {}
        for interface in self.network.interfaces:
            vswitch = self.vswitches[interface.vswitch_id]
            for address in interface.addresses:
                if not any(cidr.holds(address) for cidr in vswitch.cidrs):
                    raise Mismatch(f"`{interface.id}`: {address} is outside of `{vswitch.id}`")
                key = (vswitch.vpc_id, address.version, address.number)
                if key in found:
                    raise Duplicate(f"`{interface.id}` and `{found[key]}` have {address}")
                found[key] = interface.id
        return found

    def _guard(self, interface: Interface) -> Guard:
        """Merge the rules of all groups; interfaces of the same groups share what is compiled.

        INVARIANT: at one priority each drop stands before each accept.
        """
        ids = tuple(sorted(interface.group_ids))
        if len(set(ids)) != len(ids):
            raise Duplicate(f"`{interface.id}` is in a group twice")
        if (known := self._guards.get(ids)) is not None:
            return known
        groups = [self.groups[each] for each in ids]

        def merged(way: Direction) -> FirstMatch:
            pairs = [pair for group in groups for pair in self._lines[group.id, way]]
            return FirstMatch(line for _, line in sorted(pairs, key=lambda pair: pair[0]))

        guard = Guard(
            ingress=merged(Direction.INGRESS),
            egress=merged(Direction.EGRESS),
            inner=tuple(
                (
                    Line(id=group.id, accepts=True, because=Because.INNER_ACCESS),
                    self.members[group.id],
                )
                for group in groups
                if group.inner_access
            ),
            lets_out=groups[0].kind is Kind.BASIC,
        )
        return self._guards.setdefault(ids, guard)

    def _group_lines(
        self, group: SecurityGroup, way: Direction
    ) -> list[tuple[tuple[int, bool, str], Line]]:
        return [
            (
                (rule.priority, rule.policy is Verdict.ACCEPT, rule.id),
                self._line(rule, group.vpc_id),
            )
            for rule in group.rules
            if rule.direction is way
        ]

    def _line(self, rule: Rule, vpc_id: str) -> Line:
        peers, members, peer_id = self._peers(rule, vpc_id)
        ports: tuple[Ports, ...] = ANY_PORTS
        if rule.ports is not None:
            ports = (rule.ports,)
        elif rule.port_list_id:
            ports = find(self._ports, rule.port_list_id).ranges
        return Line(
            id=rule.id,
            accepts=rule.policy is Verdict.ACCEPT,
            peers=tuple(c for c in peers if rule.own is None or c.version == rule.own.version),
            members=members,
            peer_id=peer_id,
            protocol=rule.protocol,
            ports=ports,
            source_ports=rule.source_ports,
            own=rule.own,
        )

    def _peers(
        self, rule: Rule | AclEntry, vpc_id: str = ""
    ) -> tuple[tuple[Cidr, ...], dict[int, frozenset[int]] | None, str]:
        match rule.peer:
            case Cidr() as cidr:
                return (cidr,), None, ""
            case ListPeer(name):
                return find(self._prefixes, name).cidrs, None, name
            case GroupPeer(name):
                group = find(self.groups, name)
                if group.kind is Kind.ENTERPRISE:
                    raise Mismatch(f"`{rule.id}` names the enterprise group `{name}`")
                # A peered VPC may be meant on Alibaba Cloud, too: not published, so refused.
                if group.vpc_id != vpc_id:
                    raise Mismatch(f"`{rule.id}` names a group of another VPC")
                return (), dict(self.members[name]), name

    def _acl_list(self, entries: Iterable[AclEntry]) -> FirstMatch:
        return FirstMatch(map(self._entry, entries))

    def _entry(self, entry: AclEntry) -> Line:
        peers, _, peer_id = self._peers(entry)
        return Line(
            id=entry.id,
            accepts=entry.policy is Verdict.ACCEPT,
            peers=peers,
            peer_id=peer_id,
            protocol=entry.protocol,
            ports=ANY_PORTS if entry.ports is None else (entry.ports,),
        )

    def _steps(self, table_id: str) -> tuple[Step, ...]:
        """Return all routes of a table: its own, and the blocks of the VPC's vSwitches."""
        table = self.tables[table_id]
        steps = [
            Step(cidr, HopKind.LOCAL, vswitch.id, vswitch.id)
            for vswitch in self.network.vswitches
            if vswitch.vpc_id == table.vpc_id
            for cidr in vswitch.cidrs
        ]
        checks: dict[HopKind, Callable[[str], bool]] = {
            HopKind.INTERFACE: lambda hop: (
                find(self.interfaces, hop).id == hop and self.home[hop].vpc_id == table.vpc_id
            ),
            HopKind.NAT: lambda hop: find(self.nats, hop).vpc_id == table.vpc_id,
            HopKind.PEER: lambda hop: hop in self.vpcs[table.vpc_id].peers,
        }
        for route in table.routes:
            if not checks[route.hop](route.hop_id):
                raise Mismatch(
                    f"`{route.id}` leads to `{route.hop_id}`, which `{table.vpc_id}` lacks"
                )
            steps.append(Step(route.destination, route.hop, route.hop_id, route.id))
        seen: dict[Cidr, str] = {}
        for step in steps:
            if step.destination in seen:
                raise Duplicate(f"`{table_id}` has two routes to {step.destination}")
            seen[step.destination] = step.id
        return tuple(steps)


def _by_length(steps: Iterable[Step]) -> list[tuple[int, int, dict[int, Step]]]:
    """Return a table a version and prefix length, by the bits of the prefix, the longest first."""
    found: dict[tuple[int, int], dict[int, Step]] = defaultdict(dict)
    for step in steps:
        block = step.destination
        shift = BITS[block.version] - block.length
        found[block.version, shift][block.first >> shift] = step
    # The smallest shift is the longest prefix of its version; versions are not compared.
    return [(version, shift, found[version, shift]) for version, shift in sorted(found)]
