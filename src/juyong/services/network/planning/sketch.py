"""A network that a plan is applied to, part by part, with stand-ins for what is not known yet."""

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec.structs import replace

from juyong.engines.packet import Address, Cidr, Interface, Network
from juyong.services.network.addresses import lowest_free

_NONE: Mapping[str, Any] = MappingProxyType({})
_NOUNS = {
    "vpcs": "VPC",
    "vswitches": "vSwitch",
    "tables": "route table",
    "groups": "security group",
    "acls": "network ACL",
    "prefix_lists": "prefix list",
    "interfaces": "interface",
    "nats": "NAT gateway",
}
_FIRST_EIP = Address.parse("198.19.255.254")
"""Stand-ins of addresses of EIPs are counted down from here, in a block that no network routes."""


class Unjudged(Exception):
    """A change cannot be judged; the text says why."""


class World(NamedTuple):
    """The things that a plan may name, and that the packet engine does not know.

    primaries: Interface of an instance. leaving: Interfaces that end with an instance.
    eip_addresses: By id. system_tables: By VPC. snat_tables, forward_tables: The gateways.
    peerings: Both VPCs of a peering connection. taken: Numbers of addresses in use, by vSwitch.
    accounts: Of VPCs.
    """

    primaries: Mapping[str, str] = _NONE
    leaving: Mapping[str, tuple[str, ...]] = _NONE
    eip_addresses: Mapping[str, str] = _NONE
    system_tables: Mapping[str, str] = _NONE
    snat_tables: Mapping[str, str] = _NONE
    forward_tables: Mapping[str, str] = _NONE
    peerings: Mapping[str, tuple[str, str]] = _NONE
    taken: Mapping[str, frozenset[int]] = _NONE
    accounts: Mapping[str, str] = _NONE


class Planned(NamedTuple):
    """An instance or interface that a plan makes: its name and tags as the plan has them."""

    interface_id: str
    name: str
    tags: Mapping[str, str]


class Sketch:
    """The network as changed so far.

    planned: What is new, by the address of the resource. assumed: Interfaces whose address the plan
    does not state, EIPs, and peering connections that another account accepts, by the same.
    awaited: The address of each such connection, by its id.
    """

    def __init__(self, network: Network, world: World) -> None:
        self.network = network
        self.primaries = dict(world.primaries)
        self.leaving = dict(world.leaving)
        self.eip_addresses = dict(world.eip_addresses)
        self.system_tables = dict(world.system_tables)
        self.snat_tables = dict(world.snat_tables)
        self.forward_tables = dict(world.forward_tables)
        self.peerings = dict(world.peerings)
        self.accounts = world.accounts
        self.taken = world.taken
        self.planned: dict[str, Planned] = {}
        self.assumed: dict[str, str] = {}
        self.awaited: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self._counted: Counter[str] = Counter()

    def new_id(self, prefix: str = "plan") -> str:
        """Return an id that the engine takes and that no thing has."""
        self._counted[prefix] += 1
        number = self._counted[prefix]
        return f"plan-{number}" if prefix == "plan" else f"{prefix}-plan{number}"

    # -- parts of the network --------------------------------------------------------------------

    def find(self, kind: str, part_id: str) -> Any:
        """Return a part of a kind, such as `groups`.

        Raises:
            Unjudged: there is none.
        """
        found = next((each for each in getattr(self.network, kind) if each.id == part_id), None)
        if found is None:
            raise Unjudged(f"there is no {_NOUNS[kind]} `{part_id}`")
        return found

    def put(self, kind: str, part: Any) -> None:
        """Add a part, in the place of the one that has its id."""
        held = getattr(self.network, kind)
        if any(each.id == part.id for each in held):
            held = tuple(part if each.id == part.id else each for each in held)
        else:
            held = (*held, part)
        self.network = replace(self.network, **{kind: held})

    def drop(self, kind: str, part_id: str) -> None:
        """Take a part out; one that is not there is passed over."""
        left = tuple(each for each in getattr(self.network, kind) if each.id != part_id)
        self.network = replace(self.network, **{kind: left})

    # -- interfaces and their addresses ----------------------------------------------------------

    def interface(self, end_id: str) -> str:
        """Return the interface that the id of an instance or interface means."""
        return self.primaries.get(end_id, end_id)

    def free_address(self, vswitch_id: str) -> Address:
        """Return the address that the next interface of a vSwitch gets: the lowest free one.

        Raises:
            Unjudged: none is free, or there is no such vSwitch.
        """
        vswitch = self.find("vswitches", vswitch_id)
        number = lowest_free(str(vswitch.cidrs[0]), self.used(vswitch_id))
        if number is None:
            raise Unjudged(f"`{vswitch_id}` has no free address")
        return Address(4, number)

    def used(self, vswitch_id: str) -> frozenset[int]:
        """Return the numbers of the addresses of a vSwitch that something has."""
        held = {
            address.number
            for each in self.network.interfaces
            if each.vswitch_id == vswitch_id
            for address in each.addresses
        }
        return self.taken.get(vswitch_id, frozenset()) | held

    def drop_interface(self, interface_id: str) -> None:
        """Take an interface out, and unbind its EIPs, as the platform does."""
        found = next((e for e in self.network.interfaces if e.id == interface_id), None)
        self.drop("interfaces", interface_id)
        left = tuple(each for each in self.network.eips if each.interface_id != interface_id)
        self.network = replace(self.network, eips=left)
        if found is not None:
            gone = {address.number for address in found.addresses}
            held = self.taken.get(found.vswitch_id, frozenset())
            self.taken = {**self.taken, found.vswitch_id: held - gone}

    def new_eip_address(self) -> Address:
        """Return an address that stands for the one of a new EIP."""
        used = set(self.eip_addresses.values())
        number = _FIRST_EIP.number
        while str(Address(4, number)) in used:
            number -= 1
        return Address(4, number)


def told_apart(sketch: Sketch, interface: Interface) -> bool:
    """Tell whether rules tell the address of an interface from others that it might have got."""
    vswitch = sketch.find("vswitches", interface.vswitch_id)
    block, own = vswitch.cidrs[0], interface.addresses[0].number
    blocks = {each for each in _blocks(sketch.network) if each.overlaps(block)}
    blocks = {each for each in blocks if each.first > block.first or each.last < block.last}
    used = sketch.used(vswitch.id) - {own}
    edges = sorted({edge for each in blocks for edge in (each.first, each.last + 1)})
    starts = [block.first, *(edge for edge in edges if block.first < edge <= block.last)]
    own_blocks = {each for each in blocks if each.first <= own <= each.last}
    for start, end in zip(starts, [*starts[1:], block.last + 1], strict=True):
        if lowest_free(str(block), used, within=(start, end - 1)) is None:
            continue
        if {each for each in blocks if each.first <= start <= each.last} != own_blocks:
            return True
    return False


def _blocks(network: Network) -> set[Cidr]:
    """Return all blocks by which anything tells addresses apart."""
    found: set[Cidr] = {each for one in network.prefix_lists for each in one.cidrs}
    for group in network.groups:
        for rule in group.rules:
            found.update(each for each in (rule.peer, rule.own) if isinstance(each, Cidr))
    for acl in network.acls:
        for entry in (*acl.ingress, *acl.egress):
            found.update({entry.peer} if isinstance(entry.peer, Cidr) else ())
    found.update(route.destination for table in network.tables for route in table.routes)
    for nat in network.nats:
        found.update(each.source for each in nat.snat)
        found.update(Cidr.parse(f"{each.internal}/32") for each in nat.forwards)
    return found
