"""Names, addresses and numbers of the layout that the helper and the plane share."""

import hashlib
import re

GATEWAY_MAC = "ee:ff:ff:ff:ff:ff"
"""The router's end of each link of an interface, as machines of Alibaba Cloud see their gateway."""
OUTER_MAC, EDGE_MAC = "02:00:00:00:00:01", "02:00:00:00:00:02"
"""The router's and the Internet's end of the link between them."""
MAC = re.compile(r"[0-9a-f][02468ace](:[0-9a-f]{2}){5}", re.ASCII)
"""An address of one device: the lowest bit of the first byte is that of groups."""
OUTSIDE = "rout"
"""The device of a router that leads to the Internet."""
TO_EDGE, TO_ROUTER = "169.254.255.254", "169.254.255.253"
"""Next hops of the link between a router and the Internet; no device has them."""
TO_PEER, PEER_MAC = "169.254.255.252", "02:00:00:00:00:03"
"""The next hop and both ends of a link between two routers."""
INNER_V6_GATEWAY = "fe80::1"
DIALER = "192.0.2.1"
"""The source of connections that a forward brings in; the address is of a range for documents."""
RESOLVERS = ("100.100.2.136", "100.100.2.138")
"""Source: VPC documentation, the platform's name servers (documented)."""

METADATA = "100.100.100.200"
"""Source: ECS user guide, instance metadata (documented)."""
SERVICE = "100.100.2.130"
"""Where the platform's names lead in a VPC: one of the addresses that no rule judges (assumed)."""


def device_of(number: int) -> str:
    """Return the router's device of an interface."""
    return f"e{number}"


def edge_device_of(router: int) -> str:
    """Return the Internet's device that leads to a router."""
    return f"v{router}"


def peer_device_of(router: int) -> str:
    """Return a router's device that leads to another router."""
    return f"p{router}"


def mac_of(interface_id: str) -> str:
    """Return an address for an interface whose own is not told.

    Source: the prefix 00:16:3e of interfaces on Alibaba Cloud (observed).
    """
    digest = hashlib.sha256(interface_id.encode()).digest()
    return f"00:16:3e:{digest[0]:02x}:{digest[1]:02x}:{digest[2]:02x}"


def neighbour(address: str, mac: str, device: str) -> str:
    """Return the line that tells a neighbour for good, so that no one is asked for it."""
    return f"neigh add {address} lladdr {mac} dev {device} nud permanent"
