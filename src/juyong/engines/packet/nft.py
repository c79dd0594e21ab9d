"""Write the rules of one VPC for the kernel's packet filter, from the same compiled form.

The text is one transaction for the namespace that routes for the VPC (see nft_table.py). Each
interface is a device of the router, without bridges; the Internet is one more. ACLs stand ahead of
connection tracking, so that they know no session; groups behind it. A packet from an interface to
a public address of the network leaves for the Internet and comes back: the Internet sees to it that
only its owner sends with a public address.

The check of a packet's source marks the packet with the vSwitch that it came from. Most packets
stay within a vSwitch, where no ACL judges: one look, by mark and by the device to which the packet
leaves, tells so, and all lines about other packets stand in the chain `apart`. A packet that passes
is counted where it is let pass.

SECURITY: every name in the text is an id or a device that was checked, or a number; no text of a
user enters it. Source: nft(8) (documented); the layout was measured.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

from juyong.engines.packet.addresses import BITS, TCP, Cidr
from juyong.engines.packet.checks import find
from juyong.engines.packet.errors import BadId, Mismatch
from juyong.engines.packet.nft_public import PublicText
from juyong.engines.packet.nft_table import Table
from juyong.engines.packet.nft_words import DROP, FAMILY, PASS, Words, name_of
from juyong.engines.packet.topology import (
    NOT_PUBLIC,
    PLATFORM_BLOCKS,
    Interface,
)
from juyong.engines.packet.walk import Compiled

_DEVICE = re.compile(r"[a-z][a-z0-9]{0,14}", re.ASCII)


_NO_PEERS: Mapping[str, str] = {}
_Chain = tuple[str, tuple[str, ...]]
_ELSEWHERE = 0
"""The mark of a packet from no vSwitch of the VPC; those of the vSwitches follow."""


def nft_table(
    compiled: Compiled,
    vpc_id: str,
    devices: Mapping[str, str],
    outside: str,
    peers: Mapping[str, str] = _NO_PEERS,
) -> Table:
    """Return the table of the router of a VPC.

    Args:
        devices: The router's device of each interface of the VPC.
        outside: The device that leads to the Internet.
        peers: The device that leads to the router of each VPC with which the VPC is peered.

    Raises:
        BadId: a device has another form than a letter and up to 14 letters and digits.
        NotFound: there is no such VPC.
        Mismatch: an interface or a peer has no device, or two have one; a vSwitch has routes to two
            NAT gateways, which one router's text cannot say.
    """
    find(compiled.parts.vpcs, vpc_id)
    return _Text(compiled, vpc_id, devices, outside, peers).whole()


def nft_text(compiled: Compiled, vpc_id: str, devices: Mapping[str, str], outside: str) -> str:
    """Return the text for `nft -f -`; see nft_table."""
    return nft_table(compiled, vpc_id, devices, outside).text()


class _Text:
    def __init__(
        self,
        compiled: Compiled,
        vpc_id: str,
        devices: Mapping[str, str],
        outside: str,
        peers: Mapping[str, str],
    ) -> None:
        self.parts, self.publics, self.vpc_id = compiled.parts, compiled.publics, vpc_id
        self.vswitches = [each for each in self.parts.vswitches.values() if each.vpc_id == vpc_id]
        self.mark = {each.id: number for number, each in enumerate(self.vswitches, _ELSEWHERE + 1)}
        self.interfaces = [
            each for each in self.parts.interfaces.values() if each.vswitch_id in self.mark
        ]
        self.judged = {each.id: name_of(each.id) for each in self.vswitches if each.acl_id}
        self.outside = _device(outside)
        # An interface without a device is refused here, since its packets would go unjudged.
        self.device = {each.id: self._device_of(each, devices) for each in self.interfaces}
        self.peers = {peer: _device(name) for peer, name in sorted(peers.items())}
        if missing := self.parts.vpcs[vpc_id].peers - self.peers.keys():
            raise Mismatch(f"`{min(missing)}` has no device")
        used = (self.outside, *self.device.values(), *self.peers.values())
        if len(set(used)) != len(used):
            raise Mismatch("two interfaces have one device")
        self.words = Words()
        self.public = PublicText(compiled, vpc_id, self.outside, self.words)

    def _device_of(self, interface: Interface, devices: Mapping[str, str]) -> str:
        if interface.id not in devices:
            raise Mismatch(f"`{interface.id}` has no device")
        return _device(devices[interface.id])

    def whole(self) -> Table:
        chains = dict([*self._guards(), *self._acls(), *self._hooks()])
        return Table(sets=self.words.declared, chains=chains)

    # -- groups and ACLs -------------------------------------------------------------------------

    def _guards(self) -> Iterator[_Chain]:
        """Yield two chains for interfaces that are in the same groups."""
        guards = {guard_name(each): self.parts.guards[each.id] for each in self.interfaces}
        for name, guard in guards.items():
            inner = [
                f"{FAMILY[version][0]} saddr {group} {FAMILY[version][0]} daddr {group}"
                for line, members in guard.inner
                for version in BITS
                for group in [self.words.members(line.id, members, version)]
            ]
            # A packet that its source's groups let out is still to be judged by its target's.
            out = [f"{test} return" for test in inner]
            out += self.words.lines(guard.egress.lines, "daddr", "return")
            out.append("return" if guard.lets_out else DROP)
            yield _chain(f"out_{name}", out)
            into = [f"{test} {PASS}" for test in inner]
            into += self.words.lines(guard.ingress.lines, "saddr", PASS)
            yield _chain(f"in_{name}", [*into, DROP])

    def _acls(self) -> Iterator[_Chain]:
        for vswitch in self.vswitches:
            if vswitch.id not in self.judged:
                continue
            ingress, egress = self.parts.ways[vswitch.acl_id]
            for way, side, lists in (("aclout", "daddr", egress), ("aclin", "saddr", ingress)):
                lines = self.words.lines(lists.lines, side, "return")
                yield _chain(f"{way}_{self.judged[vswitch.id]}", [*lines, DROP])

    # -- hooks -----------------------------------------------------------------------------------

    def _hooks(self) -> Iterator[_Chain]:
        leave = self.public.leave()
        yield _chain("refused", self.words.counted("refused", "drop"))
        # Here a packet has passed all rules, and has the addresses that it had there.
        yield _chain("passed", self.words.counted("passed", "accept"))
        yield _chain("apart", self._apart())
        yield _chain("raw", self._raw(), "filter hook prerouting priority raw; policy drop;")
        yield _chain(
            "forward", self._forward(leave), "filter hook forward priority 0; policy drop;"
        )
        # The router itself accepts only packets for the services of the platform.
        yield _chain(
            "input",
            [*self.words.slowed("drop"), f"ip daddr {_blocks(PLATFORM_BLOCKS)} accept"],
            "filter hook input priority 0; policy drop;",
        )
        yield from self.public.hooks()

    def _raw(self) -> Iterator[str]:
        """Drop sources that the device does not have, ahead of everything.

        PERF: packets of interfaces are most, and are looked up first; no pair has the outside.
        """
        yield from self._own()
        owned = [str(address) for address in sorted(self.publics.owned)]
        public = self.words.set("public", "ipv4_addr", owned)
        known = f"ip saddr {_blocks(NOT_PUBLIC)}"
        yield f'iifname "{self.outside}" meta nfproto ipv6 drop'
        yield f'iifname "{self.outside}" {known} drop'
        yield f'iifname "{self.outside}" ip daddr != {public} drop'
        yield f'iifname "{self.outside}" meta mark set {_ELSEWHERE} accept'

    def _own(self) -> Iterator[str]:
        """Accept what a device sends with one of its addresses, and mark where it comes from."""
        for version, (family, kind) in FAMILY.items():
            pairs = {
                f'"{self.device[each.id]}" . {address}': str(self.mark[each.vswitch_id])
                for each in self.interfaces
                for address in each.addresses
                if address.version == version
            }
            # What comes from a peer was sent by an interface of the peer's.
            pairs |= {
                f'"{self.peers[home.vpc_id]}" . {address}': str(_ELSEWHERE)
                for name, home in self.parts.home.items()
                if home.vpc_id in self.peers
                for address in self.parts.interfaces[name].addresses
                if address.version == version
            }
            own = self.words.map(f"own{version}", f"ifname . {kind} : mark", pairs)
            yield f"meta mark set iifname . {family} saddr map {own} accept"

    def _apart(self) -> Iterator[str]:
        """Judge the packets that leave a vSwitch, ahead of sessions."""
        peers = ", ".join(f'"{name}"' for name in self.peers.values())
        if peers:
            # A packet from a peer goes no further than this VPC.
            yield f'iifname {{ {peers} }} oifname {{ "{self.outside}", {peers} }} {DROP}'
        if self.judged:
            yield f"meta mark vmap {self._leaving_vswitches()}"
            yield f"oifname vmap {self._entering_vswitches()}"
        yield f'oifname "{self.outside}" ip daddr {_blocks(NOT_PUBLIC)} drop'
        yield f'oifname "{self.outside}" meta nfproto ipv6 drop'
        yield from self.public.answers()

    def _leaving_vswitches(self) -> str:
        chains = {str(self.mark[each]): f"jump aclout_{name}" for each, name in self.judged.items()}
        return self.words.map("acls_out", "mark : verdict", chains)

    def _entering_vswitches(self) -> str:
        chains = {
            f'"{self.device[each.id]}"': f"jump aclin_{self.judged[each.vswitch_id]}"
            for each in self.interfaces
            if each.vswitch_id in self.judged
        }
        return self.words.map("acls_in", "ifname : verdict", chains)

    def _is_apart(self) -> str:
        """Test that a packet does not stay within a vSwitch; without ACLs, within the VPC."""
        if self.judged:
            pairs = [
                f'{self.mark[each.vswitch_id]} . "{self.device[each.id]}"'
                for each in self.interfaces
            ]
            return f"meta mark . oifname != {self.words.set('near', 'mark . ifname', pairs)}"
        if not self.peers:
            return f'oifname "{self.outside}"'
        beyond = ", ".join(f'"{name}"' for name in (self.outside, *self.peers.values()))
        return f"oifname {{ {beyond} }}"

    def _forward(self, leave: str) -> Iterator[str]:
        def groups(name: str, verb: str, chain: str) -> str:
            verdicts = {
                f'"{self.device[each.id]}"': f"{verb} {chain}_{guard_name(each)}"
                for each in self.interfaces
            }
            return self.words.map(name, "ifname : verdict", verdicts)

        peers = ", ".join(f'"{name}"' for name in self.peers.values())
        yield f"{self._is_apart()} jump apart"
        # An answer to what came by a public address leaves by one, or not at all.
        yield f'ct status dnat ct direction reply oifname != "{self.outside}" {DROP}'
        yield f"ct state established,related {PASS}"
        yield f"ct state invalid {DROP}"
        yield from self.words.slowed(DROP)
        yield f"iifname vmap {groups('guards_out', 'jump', 'out')}"
        yield f'oifname "{self.outside}" meta l4proto {TCP} th dport 25 drop'
        yield f'oifname "{self.outside}" ip saddr {leave} {PASS}'
        if peers:
            yield f"oifname {{ {peers} }} {PASS}"
        yield f"oifname vmap {groups('guards_in', 'goto', 'in')}"


def guard_name(interface: Interface) -> str:
    """Return how chains of an interface's groups are named: by the group, or by all in a digest."""
    ids = sorted(interface.group_ids)
    if len(ids) == 1:
        return name_of(ids[0])
    return f"m_{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:32]}"


def _device(name: str) -> str:
    if _DEVICE.fullmatch(name) is None:
        raise BadId(f"`{name}` is no device")
    return name


def _blocks(blocks: Iterable[Cidr]) -> str:
    return f"{{ {', '.join(map(str, blocks))} }}"


def _chain(name: str, rules: Iterable[str], hook: str = "") -> _Chain:
    head = [f"type {hook}"] if hook else []
    return name, (*head, *rules)
