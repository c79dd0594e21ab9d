"""Rules that decide no packet: lines before them decide all that they mean, or nothing comes.

Packets are any that can come: to an interface from another one of its VPC or of a peer, or from the
Internet where a public address leads to the interface; from an interface to any address. A rule
that is named here can be taken away, with all others that are named, and no verdict changes.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import Enum
from itertools import product
from typing import NamedTuple

from juyong.engines.packet.addresses import BITS, Address, Cidr
from juyong.engines.packet.compile import Guard
from juyong.engines.packet.kinds import Kinds, Masks
from juyong.engines.packet.match import Line
from juyong.engines.packet.reach import kinds_of
from juyong.engines.packet.rules import AclEntry, Rule
from juyong.engines.packet.topology import (
    NOT_PUBLIC,
    PLATFORM_BLOCKS,
    HopKind,
    Interface,
    is_public,
)
from juyong.engines.packet.walk import Compiled


class Why(Enum):
    """The reasons by which a rule decides no packet."""

    NO_MEMBERS = "its group has no members"
    NOT_BOUND = "its ACL is bound to no vSwitch"
    EMPTY = "its peer has no address, or its port list no port"
    NOTHING_COMES = "no packet that it means can come"
    SHADOWED = "rules before it decide all that it means"


class Unused(NamedTuple):
    """A rule or an ACL entry that decides no packet.

    owner: Its group or ACL. by: The rules, or groups with inner access, that decide in its place.
    """

    owner: str
    id: str
    why: Why
    by: tuple[str, ...] = ()


def unused(compiled: Compiled) -> Iterator[Unused]:
    """Yield the rules of groups and the entries of ACLs that decide no packet.

    Cost: linear in the sets of groups that interfaces have, times their rules, times the runs of
    addresses that these tell apart.
    Model: random packets, and the network without these rules, in
    tests/property/test_packet_unused.py.
    """
    seen = _seen(compiled)
    in_use = {name for each in compiled.parts.interfaces.values() for name in each.group_ids}
    bound = {each.acl_id for each in compiled.parts.vswitches.values()}
    for group in compiled.parts.network.groups:
        why = None if group.id in in_use else Why.NO_MEMBERS
        yield from seen.not_deciding(group.id, group.rules, why)
    for acl in compiled.parts.network.acls:
        why = None if acl.id in bound else Why.NOT_BOUND
        yield from seen.not_deciding(acl.id, (*acl.ingress, *acl.egress), why)


class _Seen:
    """Lines that some packet fits, those that decide one, and those that stand in the way."""

    def __init__(self) -> None:
        self.lines: dict[str, Line] = {}
        self.deciding: set[str] = set()
        self.before: dict[str, set[str]] = {}
        """The lines that some packet fits, and those that decide these packets ahead of them."""
        self._known: set[tuple[object, ...]] = set()

    def look(self, masks: Masks, peer: int, own: int, ahead: tuple[str, ...]) -> None:
        """Look at all packets between two addresses; groups `ahead` decide them all, if any."""
        members = tuple([peer in each for each in masks.members])
        place = bisect_right(masks.starts, peer)
        known = (masks, place, members, own if masks.asks_own else 0, ahead)
        if known in self._known:
            return
        self._known.add(known)
        deciders: list[tuple[str, int]] = []
        for line, means, hit in masks.decided(peer, own):
            if not means:
                continue
            before = self.before.setdefault(line.id, set())
            if ahead:
                before.update(ahead)
                continue
            before.update(name for name, mask in deciders if mask & means)
            if hit:
                self.deciding.add(line.id)
                deciders.append((line.id, hit))

    def not_deciding(
        self, owner: str, rules: Iterable[Rule | AclEntry], why: Why | None
    ) -> Iterator[Unused]:
        """Yield the rules that decide nothing; `why` is a reason that all of them have."""
        for rule in rules:
            if why is not None:
                yield Unused(owner, rule.id, why)
            elif rule.id in self.deciding:
                continue
            elif rule.id in self.before:
                yield Unused(owner, rule.id, Why.SHADOWED, tuple(sorted(self.before[rule.id])))
            else:
                line = self.lines[rule.id]
                peers = line.peers if line.members is None else any(line.members.values())
                yield Unused(
                    owner, rule.id, Why.NOTHING_COMES if peers and line.ports else Why.EMPTY
                )


def _seen(compiled: Compiled) -> _Seen:
    """Look at all packets that can come to a list of rules."""
    seen, kinds = _Seen(), kinds_of(compiled)
    places = _Places(compiled)
    for guard in places.guards:
        for version in BITS:
            _see_guard(seen, kinds, guard, version, places)
        seen.lines |= {line.id: line for line in (*guard.ingress.lines, *guard.egress.lines)}
    for rules in (rules for ways in compiled.parts.ways.values() for rules in ways):
        for version in BITS:
            masks = Masks(kinds, rules, version, 0)
            for peer in _representatives(masks, (), ()):
                seen.look(masks, peer, 0, ())
        seen.lines |= {line.id: line for line in rules.lines}
    return seen


def _see_guard(seen: _Seen, kinds: Kinds, guard: Guard, version: int, places: "_Places") -> None:
    """Look at the packets of one IP version that come to the rules of interfaces."""
    inner = [(line.id, members[version]) for line, members in guard.inner]
    apart = [numbers for _, numbers in inner]
    out, into = (Masks(kinds, rules, version, 0) for rules in (guard.egress, guard.ingress))
    targets = [
        each
        for each in _representatives(out, apart, PLATFORM_BLOCKS)
        if not any(block.holds(Address(version, each)) for block in PLATFORM_BLOCKS)
    ]
    outside = [
        each
        for each in _representatives(into, apart, NOT_PUBLIC)
        if is_public(Address(version, each))
    ]
    for interface in places.by_guard[id(guard)]:
        sources = places.near(interface, version)
        sources += outside if interface.id in places.public else []
        owns = [each.number for each in interface.addresses if each.version == version]
        forwarded = places.forwarded(interface.id, into, apart)
        for masks, peers, here in ((out, targets, owns), (into, sources, owns + forwarded)):
            for own, peer in product(here, peers):
                ahead = (name for name, numbers in inner if {own, peer} <= numbers)
                seen.look(masks, peer, own, tuple(ahead))


class _Places:
    """Where packets to an interface can come from."""

    def __init__(self, compiled: Compiled) -> None:
        self.parts = parts = compiled.parts
        leading = compiled.publics.leading()
        self.public = {compiled.publics.leads_to(entry) for entry in leading}
        self._in_vpc: dict[tuple[str, int], list[int]] = defaultdict(list)
        for vpc_id, version, number in parts.at_address:
            self._in_vpc[vpc_id, version].append(number)
        self.guards = list({id(guard): guard for guard in parts.guards.values()}.values())
        self.by_guard: dict[int, list[Interface]] = defaultdict(list)
        for interface in parts.interfaces.values():
            self.by_guard[id(parts.guards[interface.id])].append(interface)
        self._routed: dict[str, list[Cidr]] = defaultdict(list)
        for step in (step for steps in parts.routes.values() for step in steps):
            if step.hop is HopKind.INTERFACE:
                self._routed[step.hop_id].append(step.destination)

    def near(self, interface: Interface, version: int) -> list[int]:
        """Return the addresses of the VPC of an interface, and of its peers."""
        vpc_id = self.parts.home[interface.id].vpc_id
        peers = (vpc_id, *sorted(self.parts.vpcs[vpc_id].peers))
        return [number for each in peers for number in self._in_vpc[each, version]]

    def forwarded(
        self, interface_id: str, into: Masks, apart: Iterable[frozenset[int]]
    ) -> list[int]:
        """Return addresses, not the interface's own, to which routes send packets through it.

        They stand for all such addresses.
        """
        blocks = [each for each in self._routed[interface_id] if each.version == into.version]
        special = set().union(*apart) if blocks else set()
        edges = {each.first for each in blocks} | special | {each + 1 for each in special}
        for line in into.lines if blocks else ():
            if line.own is not None:
                edges |= {line.own.first, line.own.last + 1}
        return [each for each in edges if any(one.first <= each <= one.last for one in blocks)]


def _representatives(
    masks: Masks, apart: Iterable[frozenset[int]], edges: Iterable[Cidr]
) -> list[int]:
    """Return addresses that stand for all others: nothing tells another one from each of them.

    apart: Sets whose members must be told from other addresses. edges: Blocks, likewise.
    """
    special = set().union(*masks.members, *apart)
    starts = set(masks.starts)
    for block in edges:
        if block.version == masks.version:
            starts |= {block.first, block.last + 1}
    end = 1 << BITS[masks.version]
    ordered = sorted(each for each in starts if each < end)
    found = list(special)
    for first, after in zip(ordered, [*ordered[1:], end], strict=True):
        plain = next((each for each in range(first, after) if each not in special), None)
        found += [] if plain is None else [plain]
    return found
