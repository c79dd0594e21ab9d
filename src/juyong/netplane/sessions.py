"""Sessions that a change of rules ends: those whose first packet would be dropped now.

The tuple in which the kernel knows a session is judged again by the packet engine.
"""

import socket
import struct
from collections.abc import Iterable

from juyong.engines.packet import INTERNET, Compiled, Packet, PacketError
from juyong.engines.packet.addresses import ICMP, ICMPV6, WITH_PORTS
from juyong.netplane.attributes import attributes

_ADDRESSES, _PROTOCOL = 1, 2
_V4_SOURCE, _V4_TARGET, _V6_SOURCE, _V6_TARGET = 1, 2, 3, 4
_NUMBER, _SOURCE_PORT, _TARGET_PORT, _ICMP_TYPE, _ICMPV6_TYPE = 1, 2, 3, 5, 8
_SIZES = {4: 4, 6: 16}


class BadSession(Exception):
    """The bytes are no session."""


def unwanted(sessions: Iterable[bytes], compiled: Compiled, vpc_id: str) -> tuple[bytes, ...]:
    """Return the sessions of a VPC's router that its rules would not let begin.

    A session that the plane cannot read or judge is among these: its next packet is judged anew.
    """
    judge = _Judge(compiled, vpc_id)
    return tuple(each for each in sessions if not judge.wants(each))


class _Judge:
    """Judges sessions; those that differ in the client's port alone are judged once.

    PERF: a path takes 60 us, and a busy client has thousands of sessions with one server.
    """

    def __init__(self, compiled: Compiled, vpc_id: str) -> None:
        self._compiled, self._vpc_id = compiled, vpc_id
        self._by_source_port = any(
            rule.source_ports is not None
            for group in compiled.parts.groups.values()
            for rule in group.rules
        )
        self._known: dict[Packet, bool] = {}

    def wants(self, session: bytes) -> bool:
        try:
            packet = packet_of(session)
            if not self._by_source_port and packet.source_port:
                packet = packet.moved(source_port=1)
            if packet not in self._known:
                start = _start(packet, self._compiled, self._vpc_id)
                self._known[packet] = self._compiled.explain(packet, start).delivered
        except (BadSession, PacketError):
            return False
        return self._known[packet]


def _start(packet: Packet, compiled: Compiled, vpc_id: str) -> str:
    """Return who began a session: an interface of the VPC or of a peer, else the Internet."""
    parts = compiled.parts
    peers = parts.vpcs[vpc_id].peers if vpc_id in parts.vpcs else ()
    for place in (vpc_id, *peers):
        found = parts.at_address.get((place, packet.version, packet.source))
        if found is not None:
            return found
    return INTERNET


def packet_of(session: bytes) -> Packet:
    """Return the packet that began a session.

    Args:
        session: The family, the length of the identity, the identity, and the original tuple.

    Raises:
        BadSession: the bytes are cut short, or of another form.
        PacketError: no packet has such a head.

    Source: the kernel's nfnetlink_conntrack.h (documented).
    """
    if len(session) < 2:  # noqa: PLR2004  # the two lengths
        raise BadSession
    version = {int(socket.AF_INET): 4, int(socket.AF_INET6): 6}.get(session[0])
    parts = dict(attributes(session[2 + session[1] :]))
    if version is None or _ADDRESSES not in parts or _PROTOCOL not in parts:
        raise BadSession
    addresses = dict(attributes(parts[_ADDRESSES]))
    ends = (_V4_SOURCE, _V4_TARGET) if version == 4 else (_V6_SOURCE, _V6_TARGET)  # noqa: PLR2004
    source, target = (addresses.get(end, b"") for end in ends)
    if len(source) != _SIZES[version] or len(target) != _SIZES[version]:
        raise BadSession
    named = dict(attributes(parts[_PROTOCOL]))
    if not named.get(_NUMBER):
        raise BadSession
    protocol = named[_NUMBER][0]
    ports = (_port(named, _SOURCE_PORT), _port(named, _TARGET_PORT))
    kind = named.get(_ICMP_TYPE if version == 4 else _ICMPV6_TYPE, b"")  # noqa: PLR2004
    return Packet(
        version=version,
        protocol=protocol,
        source=int.from_bytes(source, "big"),
        target=int.from_bytes(target, "big"),
        source_port=ports[0] if protocol in WITH_PORTS else 0,
        target_port=ports[1] if protocol in WITH_PORTS else 0,
        icmp_type=kind[0] if kind and protocol in (ICMP, ICMPV6) else 0,
    )


def _port(named: dict[int, bytes], name: int) -> int:
    value = named.get(name, b"")
    return struct.unpack("!H", value)[0] if len(value) == 2 else 0  # noqa: PLR2004
