"""Write the rules of one VPC for the kernel's packet filter, from the same compiled form.

The text is one transaction for the namespace that routes for the VPC (see nft_table.py). Each
interface is a device of the router, without bridges; the Internet is one more. ACLs stand ahead of
connection tracking, so that they know no session; groups behind it. The router carries no packet
from an interface to a public address of the network: the edge does.

SECURITY: every name in the text is an id or a device that was checked, or a number; no text of a
user enters it. Source: nft(8) (documented); the layout was measured.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from juyong.engines.packet.addresses import BITS, LAST_PORT, TCP, Address, Cidr
from juyong.engines.packet.checks import find, within
from juyong.engines.packet.errors import BadId, Mismatch
from juyong.engines.packet.nft_table import Table
from juyong.engines.packet.nft_words import DROP, FAMILY, Words, name_of
from juyong.engines.packet.rules import Packet
from juyong.engines.packet.topology import (
    NOT_PUBLIC,
    PLATFORM_BLOCKS,
    ForwardEntry,
    HopKind,
    Interface,
    VSwitch,
)
from juyong.engines.packet.walk import Compiled

_DEVICE = re.compile(r"[a-z][a-z0-9]{0,14}", re.ASCII)


_Chain = tuple[str, tuple[str, ...]]


def nft_table(compiled: Compiled, vpc_id: str, devices: Mapping[str, str], outside: str) -> Table:
    """Return the table of the router of a VPC.

    Args:
        devices: The router's device of each interface of the VPC.
        outside: The device that leads to the Internet.

    Raises:
        BadId: a device has another form than a letter and up to 14 letters and digits.
        NotFound: there is no such VPC.
        Mismatch: an interface has no device, or two have one; a vSwitch has routes to two NAT
            gateways, to an interface or to a peer, which one router's text cannot say.
    """
    find(compiled.parts.vpcs, vpc_id)
    return _Text(compiled, vpc_id, devices, outside).whole()


def nft_text(compiled: Compiled, vpc_id: str, devices: Mapping[str, str], outside: str) -> str:
    """Return the text for `nft -f -`; see nft_table."""
    return nft_table(compiled, vpc_id, devices, outside).text()


class _Text:
    def __init__(
        self, compiled: Compiled, vpc_id: str, devices: Mapping[str, str], outside: str
    ) -> None:
        self.parts, self.publics, self.vpc_id = compiled.parts, compiled.publics, vpc_id
        self.vswitches = [each for each in self.parts.vswitches.values() if each.vpc_id == vpc_id]
        names = {each.id for each in self.vswitches}
        self.interfaces = [
            each for each in self.parts.interfaces.values() if each.vswitch_id in names
        ]
        self.outside = _device(outside)
        # An interface without a device is refused here, since its packets would go unjudged.
        self.device = {each.id: self._device_of(each, devices) for each in self.interfaces}
        if len({self.outside, *self.device.values()}) != len(self.device) + 1:
            raise Mismatch("two interfaces have one device")
        self.words = Words()

    def _device_of(self, interface: Interface, devices: Mapping[str, str]) -> str:
        if interface.id not in devices:
            raise Mismatch(f"`{interface.id}` has no device")
        return _device(devices[interface.id])

    def whole(self) -> Table:
        chains = dict([*self._guards(), *self._acls(), *self._hooks()])
        return Table(sets=self.words.declared, chains=chains)

    # -- groups and ACLs -------------------------------------------------------------------------

    def _guards(self) -> Iterator[_Chain]:
        for interface in self.interfaces:
            guard = self.parts.guards[interface.id]
            inner = [
                f"{FAMILY[version][0]} saddr {name} {FAMILY[version][0]} daddr {name}"
                for line, members in guard.inner
                for version in BITS
                for name in [self.words.members(line.id, members, version)]
            ]
            # A packet that its source's groups let out is still to be judged by its target's.
            out = [f"{test} return" for test in inner]
            out += self.words.lines(guard.egress.lines, "daddr", "return")
            out.append("return" if guard.lets_out else DROP)
            yield _chain(f"out_{name_of(interface.id)}", out)
            into = [f"{test} accept" for test in inner]
            into += self.words.lines(guard.ingress.lines, "saddr", "accept")
            yield _chain(f"in_{name_of(interface.id)}", [*into, DROP])

    def _acls(self) -> Iterator[_Chain]:
        for vswitch in self.vswitches:
            if not vswitch.acl_id:
                continue
            ingress, egress = self.parts.ways[vswitch.acl_id]
            near = ", ".join(self._devices_in(vswitch))
            for way, other, side, lists in (
                ("aclout", "oifname", "daddr", egress),
                ("aclin", "iifname", "saddr", ingress),
            ):
                same = [f"{other} {{ {near} }} return"] if near else []
                lines = self.words.lines(lists.lines, side, "return")
                yield _chain(f"{way}_{name_of(vswitch.id)}", [*same, *lines, DROP])

    def _devices_in(self, vswitch: VSwitch) -> list[str]:
        return [
            f'"{self.device[each.id]}"' for each in self.interfaces if each.vswitch_id == vswitch.id
        ]

    # -- hooks -----------------------------------------------------------------------------------

    def _hooks(self) -> Iterator[_Chain]:
        inward, outward = self._inward(), self._outward()
        forward = self._forward(self._leave())
        yield _chain("refused", [*self.words.counted("refused"), "drop"])
        # Here a packet has passed all rules, and has the addresses that it had there.
        passed = [f"ip saddr {_blocks(PLATFORM_BLOCKS)} accept", *self.words.counted("passed")]
        yield _chain("raw", [*self._raw()], "filter hook prerouting priority raw; policy drop;")
        yield _chain("forward", forward, "filter hook forward priority 0; policy drop;")
        # Only what the platform serves at the router itself is heard.
        yield _chain(
            "input",
            [f"ip daddr {_blocks(PLATFORM_BLOCKS)} accept"],
            "filter hook input priority 0; policy drop;",
        )
        yield _chain("passed", passed, "filter hook postrouting priority 0; policy accept;")
        yield _chain("to_private", inward, "nat hook prerouting priority dstnat; policy accept;")
        yield _chain("to_public", outward, "nat hook postrouting priority srcnat; policy accept;")

    def _raw(self) -> Iterator[str]:
        """Drop sources that the device does not have, ahead of everything."""
        owned = [str(address) for address in sorted(self.publics.owned)]
        public = self.words.set("public", "ipv4_addr", owned)
        known = f"ip saddr {_blocks(NOT_PUBLIC)}"
        yield f'iifname "{self.outside}" meta nfproto ipv6 drop'
        yield f'iifname "{self.outside}" {known} drop'
        yield f'iifname "{self.outside}" ip saddr {public} drop'
        yield f'iifname "{self.outside}" ip daddr != {public} drop'
        yield f'iifname "{self.outside}" accept'
        yield f"ip daddr {public} drop"
        for version, (family, kind) in FAMILY.items():
            pairs = [
                f'"{self.device[each.id]}" . {address}'
                for each in self.interfaces
                for address in each.addresses
                if address.version == version
            ]
            own = self.words.set(f"own{version}", f"ifname . {kind}", pairs)
            yield f"iifname . {family} saddr {own} accept"

    def _forward(self, leave: str) -> list[str]:
        acls = {each.id for each in self.vswitches if each.acl_id}
        guarded = [each for each in self.interfaces if each.vswitch_id in acls]

        def table(name: str, verb: str, chain: str, each: Iterable[Interface]) -> str:
            by_vswitch = chain.startswith("acl")
            return self.words.map(
                name,
                "ifname : verdict",
                {
                    f'"{self.device[one.id]}"': (
                        f"{verb} {chain}_{name_of(one.vswitch_id if by_vswitch else one.id)}"
                    )
                    for one in each
                },
            )

        return [
            f"iifname vmap {table('acls_out', 'jump', 'aclout', guarded)}",
            f"oifname vmap {table('acls_in', 'jump', 'aclin', guarded)}",
            f'oifname "{self.outside}" ip daddr {_blocks(NOT_PUBLIC)} drop',
            f'oifname "{self.outside}" meta nfproto ipv6 drop',
            *self._answers(),
            f"ct state vmap {{ established : accept, related : accept, invalid : {DROP} }}",
            f"iifname vmap {table('guards_out', 'jump', 'out', self.interfaces)}",
            f'oifname "{self.outside}" meta l4proto {TCP} th dport 25 drop',
            f'oifname "{self.outside}" ip saddr {leave} accept',
            f"oifname vmap {table('guards_in', 'goto', 'in', self.interfaces)}",
        ]

    def _answers(self) -> Iterator[str]:
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

    # -- public addresses ------------------------------------------------------------------------

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
        return [f'iifname "{self.outside}" dnat ip to ip daddr map {name}', *rules]

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

    def _leave(self) -> str:
        """Declare the private addresses that leave for the Internet."""
        return self.words.set("leaving", "ipv4_addr", self._leaving())

    def _outward(self) -> list[str]:
        name = self.words.map("outward", "ipv4_addr : ipv4_addr", self._leaving())
        return [f'oifname "{self.outside}" snat ip to ip saddr map {name}']

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
            elif step.hop is not HopKind.LOCAL:
                raise Mismatch(f"`{step.id}` leads where one router does not")
        if len(nats) > 1:
            raise Mismatch(f"`{vswitch.id}` has routes to two NAT gateways")
        return next(iter(nats), "")


def _device(name: str) -> str:
    if _DEVICE.fullmatch(name) is None:
        raise BadId(f"`{name}` is no device")
    return name


def _blocks(blocks: Iterable[Cidr]) -> str:
    return f"{{ {', '.join(map(str, blocks))} }}"


def _chain(name: str, rules: Iterable[str], hook: str = "") -> _Chain:
    head = [f"type {hook}"] if hook else []
    return name, (*head, *rules)
