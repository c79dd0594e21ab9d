"""Attempts of a command to reach something other than the platform.

A packet socket on the loopback interface of the command's network tells of the first packet of each
TCP connection and of each datagram. What nothing listens for, the kernel refuses by itself.
"""

import socket
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

from juyong.base.linux import Filter

Address = IPv4Address | IPv6Address

PACKET_BYTES = 128
_ALL_PROTOCOLS = 0x0003
_ATTACH_FILTER = 26
_TCP, _UDP = 6, 17
_SYN, _SYN_OR_ACK = 0x02, 0x12
_V4, _V6 = 4, 6
_V4_HEAD, _V6_HEAD = 20, 40

_BYTE, _BYTE_BEYOND_X, _X_IS_HEAD_LENGTH = 0x30, 0x50, 0xB1
_SHIFT_RIGHT, _AND, _JUMP, _IF_EQUAL, _RETURN = 0x74, 0x54, 0x05, 0x15, 0x06
_FIRST_PACKETS = (
    (_BYTE, 0, 0, 0),
    (_SHIFT_RIGHT, 0, 0, 4),
    (_IF_EQUAL, 0, 6, _V4),
    (_BYTE, 0, 0, 9),
    (_IF_EQUAL, 11, 0, _UDP),
    (_IF_EQUAL, 0, 11, _TCP),
    (_X_IS_HEAD_LENGTH, 0, 0, 0),
    (_BYTE_BEYOND_X, 0, 0, 13),
    (_JUMP, 0, 0, 5),
    (_IF_EQUAL, 0, 7, _V6),
    (_BYTE, 0, 0, 6),
    (_IF_EQUAL, 4, 0, _UDP),
    (_IF_EQUAL, 0, 4, _TCP),
    (_BYTE, 0, 0, _V6_HEAD + 13),
    (_AND, 0, 0, _SYN_OR_ACK),
    (_IF_EQUAL, 0, 1, _SYN),
    (_RETURN, 0, 0, PACKET_BYTES),
    (_RETURN, 0, 0, 0),
)
"""Lets only those packets through, so that what a connection carries costs nothing here."""


class Attempt(NamedTuple):
    """A first packet: `tcp` or `udp`, where to, and the port it came from."""

    kind: str
    address: Address
    port: int
    source_port: int


def watcher() -> socket.socket:
    """Open a packet socket on the loopback interface of this network namespace.

    Raises:
        OSError: the caller may not, or the kernel has no packet sockets.
    """
    watching = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    program = Filter.of(_FIRST_PACKETS)
    watching.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, bytes(program))
    watching.bind(("lo", _ALL_PROTOCOLS))
    return watching


def attempt_of(packet: bytes) -> Attempt | None:
    """Read the beginning of an IP packet; None for what is neither TCP nor UDP, or cut short."""
    version = packet[0] >> 4 if packet else 0
    address: Address
    if version == _V4 and len(packet) >= _V4_HEAD:
        protocol, head = packet[9], 4 * (packet[0] & 0x0F)
        address = IPv4Address(packet[16:20])
    elif version == _V6 and len(packet) >= _V6_HEAD:
        protocol, head = packet[6], _V6_HEAD
        address = IPv6Address(packet[24:40])
    else:
        return None
    ports = packet[head : head + 4]
    if protocol not in (_TCP, _UDP) or len(ports) < 4:  # noqa: PLR2004  # two ports of two bytes
        return None
    return Attempt(
        kind="tcp" if protocol == _TCP else "udp",
        address=address,
        port=int.from_bytes(ports[2:]),
        source_port=int.from_bytes(ports[:2]),
    )
