"""The roads of a network namespace, spoken to the kernel without the `ip` program.

Source: the manual pages netlink(7), rtnetlink(7) (documented).
"""

import os
import socket
import struct

_HEADER = struct.Struct("=IHHII")
_ADDRESS = struct.Struct("=BBBBI")
_ROUTE = struct.Struct("=BBBBBBBBI")
_ATTRIBUTE = struct.Struct("=HH4s")
_NEW_ADDRESS, _NEW_ROUTE, _ERROR = 20, 24, 2
_REQUEST, _ACKNOWLEDGE, _CREATE = 0x1, 0x4, 0x400
_TABLE_LOCAL, _SET_AT_BOOT, _SCOPE_HOST, _TYPE_LOCAL = 255, 3, 254, 2
_LOCAL_ADDRESS, _TO_INTERFACE = 2, 4
_ALL_BITS = 32
_ANSWER_BYTES = 4096


def give_address(address: str) -> None:
    """Give loopback a further IPv4 address.

    Raises:
        OSError: the kernel's refusal.
    """
    message = _ADDRESS.pack(socket.AF_INET, _ALL_BITS, 0, 0, socket.if_nametoindex("lo"))
    _tell(_NEW_ADDRESS, message + _attribute(_LOCAL_ADDRESS, socket.inet_aton(address)))


def make_everything_local(family: socket.AddressFamily) -> None:
    """Make each address of a family one of this network namespace's own, by way of loopback.

    Raises:
        OSError: the kernel's refusal.
    """
    route = (family, 0, 0, 0, _TABLE_LOCAL, _SET_AT_BOOT, _SCOPE_HOST, _TYPE_LOCAL, 0)
    loopback = struct.pack("=I", socket.if_nametoindex("lo"))
    _tell(_NEW_ROUTE, _ROUTE.pack(*route) + _attribute(_TO_INTERFACE, loopback))


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(_ATTRIBUTE.size, kind, value)


def _tell(kind: int, message: bytes) -> None:
    flags = _REQUEST | _ACKNOWLEDGE | _CREATE
    head = _HEADER.pack(_HEADER.size + len(message), kind, flags, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.sendto(head + message, (0, 0))
        answer = kernel.recv(_ANSWER_BYTES)
    _, answered, *_ = _HEADER.unpack_from(answer)
    (code,) = struct.unpack_from("=i", answer, _HEADER.size)
    if answered != _ERROR or code:
        raise OSError(-code, os.strerror(-code), "netlink")
