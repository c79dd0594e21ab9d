"""The rules of one VPC's router about public addresses: EIPs, SNAT and DNAT entries.

Source: nft(8) (documented).
"""

from collections.abc import Iterator

from juyong.engines.packet.addresses import LAST_PORT, Address, Cidr
from juyong.engines.packet.checks import within
from juyong.engines.packet.errors import Mismatch
from juyong.engines.packet.nft_words import Words, name_of
from juyong.engines.packet.rules import Packet
from juyong.engines.packet.topology import ForwardEntry, HopKind, VSwitch
from juyong.engines.packet.walk import Compiled


class PublicText:
    """Writes the rules of a router that translate, with the sets and maps that they name."""

    def __init__(self, compiled: Compiled, vpc_id: str, outside: str, words: Words) -> None:
        self.parts, self.publics, self.vpc_id = compiled.parts, compiled.publics, vpc_id
        self.vswitches = [each for each in self.parts.vswitches.values() if each.vpc_id == vpc_id]
        names = {each.id for each in self.vswitches}
        self.interfaces = [
            each for each in self.parts.interfaces.values() if each.vswitch_id in names
        ]
        self.outside, self.words = outside, words

    def answers(self) -> Iterator[str]:
        """Drop answers to what came by a NAT gateway, unless their route leads back there.

        An interface with an EIP would send them out by that.
        """
        for nat in self.parts.nats.values():
            if nat.vpc_id != self.vpc_id or not nat.forwards:
                continue
            externals = {str(entry.external): None for entry in nat.forwards}
            outer = self.words.set(f"at_{name_of(nat.id)}", "ipv4_addr", externals)
            routed = self.words.set(
                f"to_{name_of(nat.id)}",
                "ipv4_addr . ipv4_addr",
                [
                    f"{source} . {block}"
                    for vswitch in self.vswitches
                    for block in self._routed(vswitch, nat.id)
                    for source in vswitch.cidrs
                    if source.version == block.version
                ],
                " flags interval;",
            )
            asked = f"ct direction reply ct original ip daddr {outer}"
            yield f'oifname "{self.outside}" {asked} ip saddr . ip daddr != {routed} drop'

    def _routed(self, vswitch: VSwitch, nat_id: str) -> list[Cidr]:
        """Return the widest blocks that routes lead to a NAT gateway; sets hold no block twice."""
        steps = self.parts.routes[vswitch.route_table_id]
        blocks = [s.destination for s in steps if s.hop is HopKind.NAT and s.hop_id == nat_id]
        blocks = [block for block in blocks if block.version == 4]  # noqa: PLR2004
        return [
            block
            for block in blocks
            if not any(within(block, other) for other in blocks if other != block)
        ]

    def hooks(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the chains that translate; none where the VPC has no public address.

        PERF: each packet pays for each hook, whichever packets its lines are about.
        """
        leaving = self._leaving()
        outward = self.words.map("outward", "ipv4_addr : ipv4_addr", leaving)
        inward = self._inward()
        if leaving or inward:
            head = "type nat hook prerouting priority dstnat; policy accept;"
            yield "to_private", (head, *inward)
            head = "type nat hook postrouting priority srcnat; policy accept;"
            line = f'oifname "{self.outside}" snat ip to ip saddr map {outward}'
            yield "to_public", (head, line)

    def _inward(self) -> list[str]:
        """Translate what comes from the Internet: whole addresses by a map, ports one by one."""
        mine = {each.id for each in self.interfaces}
        eips = [each for each in self.publics.eips.values() if each.interface_id in mine]
        whole = {str(each.address): str(each.private) for each in eips}
        rules = []
        for entry in self._forwards():
            if entry.protocol is None:
                whole[str(entry.external)] = str(entry.internal)
            else:
                rules.append(f'iifname "{self.outside}" {self._forward_rule(entry)}')
        name = self.words.map("inward", "ipv4_addr : ipv4_addr", whole)
        by_map = [f'iifname "{self.outside}" dnat ip to ip daddr map {name}'] if whole else []
        return by_map + rules

    def _forwards(self) -> Iterator[ForwardEntry]:
        for nat in self.parts.nats.values():
            if nat.vpc_id == self.vpc_id:
                yield from nat.forwards

    def _forward_rule(self, entry: ForwardEntry) -> str:
        outer, inner = entry.external_ports, entry.internal_ports
        if outer is None or inner is None:
            raise Mismatch(f"`{entry.id}` has no ports")
        test = f"ip daddr {entry.external} meta l4proto {entry.protocol}"
        test += f" th dport {outer.first}-{outer.last}"
        if outer == inner:
            return f"{test} dnat ip to {entry.internal}"
        ports = ", ".join(
            f"{port} : {port - outer.first + inner.first}"
            for port in range(outer.first, min(outer.last, LAST_PORT) + 1)
        )
        return f"{test} dnat ip to {entry.internal} : th dport map {{ {ports} }}"

    def leave(self) -> str:
        """Declare the private addresses that leave for the Internet."""
        return self.words.set("leaving", "ipv4_addr", self._leaving())

    def _leaving(self) -> dict[str, str]:
        found = {}
        for interface in self.interfaces:
            nat_id = self._nat_of(self.parts.vswitches[interface.vswitch_id])
            for address in interface.addresses:
                packet = Packet(
                    version=address.version, protocol=0, source=address.number, target=0
                )
                moved = self.publics.leave(packet, interface.id, nat_id)
                if moved is not None:
                    found[str(address)] = str(Address(4, moved.packet.source))
        return found

    def _nat_of(self, vswitch: VSwitch) -> str:
        nats = set()
        for step in self.parts.routes[vswitch.route_table_id]:
            if step.hop is HopKind.NAT:
                nats.add(step.hop_id)
        if len(nats) > 1:
            raise Mismatch(f"`{vswitch.id}` has routes to two NAT gateways")
        return next(iter(nats), "")
