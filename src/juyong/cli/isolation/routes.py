"""Routes of a network namespace, spoken to the kernel without the `ip` program.

Source: the manual pages netlink(7), rtnetlink(7) (documented).
"""

import os
import socket
import struct

_HEADER = struct.Struct("=IHHII")
_ROUTE = struct.Struct("=BBBBBBBBI")
_ATTRIBUTE = struct.Struct("=HHI")
_NEW_ROUTE, _ERROR = 24, 2
_REQUEST, _ACKNOWLEDGE, _CREATE = 0x1, 0x4, 0x400
_TABLE_LOCAL, _SET_AT_BOOT, _SCOPE_HOST, _TYPE_LOCAL, _TO_INTERFACE = 255, 3, 254, 2, 4
_ANSWER_BYTES = 4096


def make_everything_local(family: socket.AddressFamily) -> None:
    """Make each address of a family one of this network namespace's own, by way of loopback.

    Raises:
        OSError: the kernel's refusal.
    """
    loopback = socket.if_nametoindex("lo")
    route = _ROUTE.pack(
        family, 0, 0, 0, _TABLE_LOCAL, _SET_AT_BOOT, _SCOPE_HOST, _TYPE_LOCAL, 0
    ) + _ATTRIBUTE.pack(_ATTRIBUTE.size, _TO_INTERFACE, loopback)
    flags = _REQUEST | _ACKNOWLEDGE | _CREATE
    message = _HEADER.pack(_HEADER.size + len(route), _NEW_ROUTE, flags, 1, 0) + route
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        kernel.sendto(message, (0, 0))
        answer = kernel.recv(_ANSWER_BYTES)
    _, kind, *_ = _HEADER.unpack_from(answer)
    (code,) = struct.unpack_from("=i", answer, _HEADER.size)
    if kind != _ERROR or code:
        raise OSError(-code, os.strerror(-code), "route")
