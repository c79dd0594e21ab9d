"""The desired state as namespaces, rules, links and routes: a value that can be compared.

Pure. Numbers are given once for each id, so that what stays has the same names in the next plan.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import msgspec

from juyong.engines.packet import Compiled, HopKind, Interface, Mismatch, VSwitch
from juyong.engines.packet.addresses import Address, Cidr
from juyong.engines.packet.checks import within
from juyong.engines.packet.compile import Step
from juyong.engines.packet.nft import nft_table
from juyong.engines.packet.nft_table import NamedSet, Table
from juyong.netplane import layout
from juyong.netplane.desired import Desired, Machine
from juyong.netplane.messages import INTERNET, AddLink

_V4 = 4
_FIRST_TABLE, _FIRST_INNER_TABLE = 1_000, 1_000_000
_OUTWARD_TABLE = 999
_WITHIN_PREFERENCE, _INNER_PREFERENCE = 31_000, 32_800
_EIP_PREFERENCE, _NAT_PREFERENCE = 33_000, 40_000
"""Places of the rules that choose a table; that of the vSwitches' own blocks is at 32766."""
_RAW, _FORWARD = (
    f"type filter hook {hook}; policy drop;"
    for hook in ("prerouting priority raw", "forward priority 0")
)
_CLOSED = Table(sets={}, chains={"raw": (_RAW,)})
"""The rules of a VPC whose routes the kernel cannot be told: it carries nothing."""


class Numbers:
    """Numbers of routers and devices, given in the order in which ids are first seen.

    known: Numbers that were given before.
    """

    def __init__(self, known: Mapping[str, int] = MappingProxyType({})) -> None:
        self._known: dict[str, int] = dict(known)

    def known(self) -> Mapping[str, int]:
        """Return all numbers that were given, by id."""
        return self._known

    def of(self, thing_id: str) -> int:
        """Return the number of an id, the same each time."""
        return self._known.setdefault(thing_id, len(self._known) + 1)


class RouterPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One namespace that carries packets. roads: Lines of `ip`, each with the verb `add`."""

    rules: Table
    roads: tuple[str, ...] = ()


class MachinePlan(msgspec.Struct, frozen=True, kw_only=True):
    """One machine and its links, by the router's device. trust: As the desired state says."""

    machine: Machine
    trust: bytes = b""
    links: Mapping[str, AddLink]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the helper holds, by number and by id.

    peers: Pairs of routers that are joined, the lower number first. closed: VPCs that carry no
    packet.
    """

    routers: Mapping[int, RouterPlan] = msgspec.field(default_factory=dict)
    machines: Mapping[str, MachinePlan] = msgspec.field(default_factory=dict)
    vpcs: Mapping[int, str] = msgspec.field(default_factory=dict)
    peers: frozenset[tuple[int, int]] = frozenset()
    closed: frozenset[str] = frozenset()


def plan_of(desired: Desired, compiled: Compiled, numbers: Numbers) -> Plan:
    """Write the plan of a desired state."""
    return _Planner(desired, compiled, numbers).plan()


class _Planner:
    def __init__(self, desired: Desired, compiled: Compiled, numbers: Numbers) -> None:
        self.desired, self.compiled, self.numbers = desired, compiled, numbers
        self.parts, self.publics = compiled.parts, compiled.publics
        self.machine_of = {
            interface_id: machine
            for machine in desired.machines
            for interface_id in machine.interface_ids
            if interface_id in self.parts.interfaces
        }
        self.by_vpc: dict[str, list[Interface]] = {vpc_id: [] for vpc_id in self.parts.vpcs}
        for interface in self.parts.interfaces.values():
            self.by_vpc[self.parts.home[interface.id].vpc_id].append(interface)
        self.by_vpc_switches: dict[str, list[VSwitch]] = {vpc: [] for vpc in self.parts.vpcs}
        for vswitch in self.parts.vswitches.values():
            self.by_vpc_switches[vswitch.vpc_id].append(vswitch)
        self.closed: set[str] = set()

    def plan(self) -> Plan:
        routers = {self.numbers.of(vpc_id): self._router(vpc_id) for vpc_id in self.parts.vpcs}
        routers[INTERNET] = self._internet()
        return Plan(
            routers=routers,
            machines={each.id: self._machine(each) for each in self.desired.machines},
            vpcs={self.numbers.of(vpc_id): vpc_id for vpc_id in self.parts.vpcs},
            peers=frozenset(self._peers()),
            closed=frozenset(self.closed),
        )

    def _peers(self) -> Iterator[tuple[int, int]]:
        for vpc in self.parts.vpcs.values():
            for peer in vpc.peers:
                one, other = sorted((self.numbers.of(vpc.id), self.numbers.of(peer)))
                yield one, other

    def _device(self, interface_id: str) -> str:
        return layout.device_of(self.numbers.of(interface_id))

    def _peer_device(self, peer_id: str) -> str:
        return layout.peer_device_of(self.numbers.of(peer_id))

    def _mac(self, interface_id: str) -> str:
        told = self.desired.macs.get(interface_id, "")
        # SECURITY: the address becomes a word of a line that `ip` reads.
        return told if layout.MAC.fullmatch(told) else layout.mac_of(interface_id)

    # -- routers ---------------------------------------------------------------------------------

    def _router(self, vpc_id: str) -> RouterPlan:
        devices = {each.id: self._device(each.id) for each in self.by_vpc[vpc_id]}
        try:
            peers = {peer: self._peer_device(peer) for peer in self.parts.vpcs[vpc_id].peers}
            rules = nft_table(self.compiled, vpc_id, devices, layout.OUTSIDE, peers)
        except Mismatch:
            self.closed.add(vpc_id)
            rules = _CLOSED
        return RouterPlan(rules=rules, roads=tuple(dict.fromkeys(self._roads(vpc_id))))

    def _roads(self, vpc_id: str) -> Iterator[str]:
        """Yield routes to each address; what leaves goes by tables of vSwitches, an EIP first."""
        out = f"via {layout.TO_EDGE} dev {layout.OUTSIDE} onlink"
        yield layout.neighbour(layout.TO_EDGE, layout.EDGE_MAC, layout.OUTSIDE)
        yield f"route add default {out} table {_OUTWARD_TABLE}"
        for peer in sorted(self.parts.vpcs[vpc_id].peers):
            yield layout.neighbour(layout.TO_PEER, layout.PEER_MAC, self._peer_device(peer))
        vswitches = self.by_vpc_switches[vpc_id]
        for vswitch in vswitches:
            for block in vswitch.cidrs:
                yield f"route add blackhole {block}"
        for interface in self.by_vpc[vpc_id]:
            if interface.id in self.machine_of:
                device, mac = self._device(interface.id), self._mac(interface.id)
                for address in interface.addresses:
                    yield f"route add {address} dev {device}"
                    yield layout.neighbour(str(address), mac, device)
        for vswitch in vswitches:
            yield from self._table(vswitch, out)
        for private in self._bound(vpc_id):
            yield f"rule add from {private} lookup {_OUTWARD_TABLE} pref {_EIP_PREFERENCE}"

    def _table(self, vswitch: VSwitch, out: str) -> Iterator[str]:
        """Yield the custom routes of a vSwitch, in the order in which the engine looks.

        Routes to interfaces and peers stand in a table ahead of EIPs, those to NAT gateways behind;
        where such a route is narrower, the first table throws the packet to the second. A custom
        route within the block of a vSwitch has a rule of its own, ahead of all.
        """
        number = self.numbers.of(vswitch.route_table_id)
        outer, inner = _FIRST_TABLE + number, _FIRST_INNER_TABLE + number
        local = [block for each in self.by_vpc_switches[vswitch.vpc_id] for block in each.cidrs]
        sources = [block for block in vswitch.cidrs if block.version == _V4]
        custom = [
            step
            for step in self.parts.routes[vswitch.route_table_id]
            if step.hop is not HopKind.LOCAL and step.destination.version == _V4
        ]
        for step in custom:
            nat = step.hop is HopKind.NAT
            if nat:
                yield f"route add {step.destination} {out} table {outer}"
            yield f"route add {self._inner_road(step)} table {inner}"
            if any(within(step.destination, block) for block in local):
                place = _WITHIN_PREFERENCE - step.destination.length
                for block in sources:
                    way = "blackhole" if nat else f"lookup {inner}"
                    yield f"rule add from {block} to {step.destination} pref {place} {way}"
        for block in sources if custom else ():
            yield f"rule add from {block} lookup {inner} pref {_INNER_PREFERENCE}"
            yield f"rule add from {block} lookup {outer} pref {_NAT_PREFERENCE}"

    def _inner_road(self, step: Step) -> str:
        """Return a route of the table that stands ahead of EIPs."""
        if step.hop is HopKind.NAT:
            return f"throw {step.destination}"
        if step.hop is HopKind.PEER:
            device = self._peer_device(step.hop_id)
            return f"{step.destination} via {layout.TO_PEER} dev {device} onlink"
        addresses = self.parts.interfaces[step.hop_id].addresses
        first = next((each for each in addresses if each.version == _V4), None)
        if step.hop_id not in self.machine_of or first is None:
            return f"blackhole {step.destination}"
        return f"{step.destination} via {first} dev {self._device(step.hop_id)} onlink"

    def _bound(self, vpc_id: str) -> Iterator[Address]:
        """Yield the private addresses that have an EIP."""
        mine = {each.id for each in self.by_vpc[vpc_id]}
        for eip in self.publics.eips.values():
            if eip.interface_id in mine:
                yield eip.private

    # -- the Internet ----------------------------------------------------------------------------

    def _internet(self) -> RouterPlan:
        owned: dict[str, list[str]] = {}
        for vpc_id, address in dict.fromkeys(self._public()):
            device = layout.edge_device_of(self.numbers.of(vpc_id))
            owned.setdefault(device, []).append(str(address))
        roads = [f"addr replace {layout.DIALER}/32 dev lo"]
        for device, addresses in owned.items():
            roads += [
                f"route add {address} via {layout.TO_ROUTER} dev {device} onlink"
                for address in sorted(addresses)
            ]
        for vpc_id in self.parts.vpcs:
            device = layout.edge_device_of(self.numbers.of(vpc_id))
            roads.append(layout.neighbour(layout.TO_ROUTER, layout.OUTER_MAC, device))
        return RouterPlan(rules=_edge(owned), roads=tuple(roads))

    def _public(self) -> Iterator[tuple[str, Address]]:
        """Yield the public addresses of each VPC."""
        for eip in self.parts.network.eips:
            yield self.parts.home[eip.interface_id].vpc_id, eip.address
        for nat in self.parts.nats.values():
            for entry in nat.snat:
                yield nat.vpc_id, entry.address
            for forward in nat.forwards:
                yield nat.vpc_id, forward.external

    # -- machines --------------------------------------------------------------------------------

    def _machine(self, machine: Machine) -> MachinePlan:
        links = {}
        for place, interface_id in enumerate(machine.interface_ids):
            if interface_id in self.parts.interfaces:
                link = self._link(machine.id, place, self.parts.interfaces[interface_id])
                links[link.device] = link
        return MachinePlan(machine=machine, trust=self.desired.trust, links=links)

    def _link(self, machine_id: str, place: int, interface: Interface) -> AddLink:
        vswitch = self.parts.home[interface.id]
        inner = f"eth{place}"
        return AddLink(
            router=self.numbers.of(vswitch.vpc_id),
            device=self._device(interface.id),
            mac=layout.GATEWAY_MAC,
            machine=machine_id,
            inner=inner,
            inner_mac=self._mac(interface.id),
            lines=tuple(_inner_lines(interface, vswitch, inner, place)),
        )


def _inner_lines(interface: Interface, vswitch: VSwitch, device: str, place: int) -> Iterator[str]:
    """Yield the lines that set up an interface in its machine: all packets go to the router.

    Packets from the addresses of a secondary interface leave by that interface, and all others by
    the primary interface.
    """
    yield f"link set {device} arp off addrgenmode none"
    for address in interface.addresses:
        length = next(block.length for block in vswitch.cidrs if block.holds(address))
        how = "noprefixroute" if address.version == _V4 else "noprefixroute nodad"
        yield f"addr add {address}/{length} dev {device} {how}"
    yield f"link set {device} up"
    for block in vswitch.cidrs:
        gateway = gateway_of(block)
        yield layout.neighbour(gateway, layout.GATEWAY_MAC, device)
        if place == 0:
            yield f"route add default via {gateway} dev {device} onlink"
        else:
            yield f"route add default via {gateway} dev {device} onlink table {100 + place}"
    if place:
        for address in interface.addresses:
            yield f"rule add from {address} lookup {100 + place}"


def gateway_of(block: Cidr) -> str:
    """Return the address of the router in a vSwitch's block.

    Source: VPC documentation, vSwitch: of the last three addresses that the system has, the second
    last of the block is the gateway (documented: .253 of a /24).
    """
    if block.version != _V4:
        return layout.INNER_V6_GATEWAY
    last = block.first + (1 << (32 - block.length)) - 1
    return str(Address(_V4, last - 2))


def _edge(owned: Mapping[str, list[str]]) -> Table:
    """Return the rules of the Internet: no router sends with an address that is not its own."""
    pairs = tuple(
        f'"{device}" . {address}' for device, each in sorted(owned.items()) for address in each
    )
    public = tuple(sorted(address for each in owned.values() for address in each))
    return Table(
        sets={
            "own": NamedSet("set", "type ifname . ipv4_addr;", pairs),
            "public": NamedSet("set", "type ipv4_addr;", public),
        },
        chains={
            "raw": (
                _RAW,
                'iifname "lo" accept',
                'iifname "v*" iifname . ip saddr @own accept',
                'iifname "x*" ip saddr != @public accept',
            ),
            "forward": (
                _FORWARD,
                'iifname "x*" oifname "v*" accept',
                'iifname "v*" oifname { "v*", "x*" } accept',
            ),
        },
    )
