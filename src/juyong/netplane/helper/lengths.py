"""Let devices take packets of TCP that are longer than 64 KiB.

A stream is carried in packets that no wire will ever see, so that nothing bounds them but the
kernel. What a router pays, it pays for each packet: eight times the length is an eighth of that.

Source: the kernel's if_link.h and rtnetlink(7) (documented); "BIG TCP" of IPv4 is in Linux 6.3
(documented), and a kernel from before passes over the attribute.
"""

import socket
import struct
from collections.abc import Iterable

from juyong.netplane.attributes import attribute

_ROUTES = 0
_NEW_LINK, _REQUEST = 16, 0x1
_LONGEST_IPV4 = 63
"""IFLA_GSO_IPV4_MAX_SIZE: up to which length a device takes a packet of TCP whole."""
_LONGEST_BYTES = 8 * 65535
"""GSO_MAX_SIZE: more is taken of no device."""
_HEADER = struct.Struct("=IHHII")
_LINK = struct.Struct("=BxHiII")


def lengthen(devices: Iterable[str]) -> None:
    """Have devices of the namespace that the process is in take long packets of IPv4.

    The function does not ask for the kernel's answer: if the kernel refuses, or a device is gone,
    packets are shorter and everything else is the same. Packets of IPv6 stay as they are: longer
    ones have a header that a program may not know.

    Raises:
        OSError: there is no socket for the message.
    """
    indices = {name: index for index, name in socket.if_nameindex()}
    told = attribute(_LONGEST_IPV4, struct.pack("=I", _LONGEST_BYTES))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _ROUTES) as routes:
        for name in devices:
            body = _LINK.pack(0, 0, indices.get(name, 0), 0, 0) + told
            head = _HEADER.pack(_HEADER.size + len(body), _NEW_LINK, _REQUEST, 1, 0)
            routes.sendto(head + body, (0, 0))
