"""Judge a packet that opens a session, by the groups of an interface or by a network ACL."""

from juyong.engines.packet.compile import Guard
from juyong.engines.packet.match import Because, FirstMatch, Line
from juyong.engines.packet.rules import Packet

_LETS_OUT = Line(id="", accepts=True, because=Because.DEFAULT)
_DROPS = Line(id="", accepts=False, because=Because.DEFAULT)
_NO_ACL = Line(id="", accepts=True, because=Because.NO_ACL)


def judge_egress(guard: Guard, packet: Packet) -> Line:
    """Judge a packet that leaves an interface and opens a session."""
    version, source, target = packet.version, packet.source, packet.target
    for line, members in guard.inner:
        if source in members[version] and target in members[version]:
            return line
    found = guard.egress.decide(packet, target, source)
    if found is None:
        return _LETS_OUT if guard.lets_out else _DROPS
    return found


def judge_ingress(guard: Guard, packet: Packet) -> Line:
    """Judge a packet that comes to an interface and opens a session."""
    version, source, target = packet.version, packet.source, packet.target
    for line, members in guard.inner:
        if source in members[version] and target in members[version]:
            return line
    found = guard.ingress.decide(packet, source, target)
    return _DROPS if found is None else found


def judge_acl(ways: tuple[FirstMatch, FirstMatch] | None, packet: Packet, *, outward: bool) -> Line:
    """Judge a packet that crosses the boundary of a vSwitch; without an ACL it passes.

    `ways` are the lists of the vSwitch's ACL: ingress, egress.
    """
    if ways is None:
        return _NO_ACL
    peer = packet.target if outward else packet.source
    line = ways[outward].decide(packet, peer, 0)
    return _DROPS if line is None else line
