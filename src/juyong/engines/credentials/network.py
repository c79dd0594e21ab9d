"""Login network masks: from where people may sign in."""

import ipaddress
import re

MAX_MASKS = 40
MAX_MASKS_CHARS = 512

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_ENTRY = re.compile(r"([0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?:/(?:0|[1-9][0-9]{0,2}))?", re.ASCII)
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


class BadMask(ValueError):
    """The masks cannot be read; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_masks(masks: str) -> tuple[Network, ...]:
    """Read masks: addresses and CIDR blocks, IPv4 or IPv6, separated by `;`.

    Args:
        masks: At most 512 characters and 40 entries; empty means no masks. Host bits of a block
            are ignored (`10.1.2.3/8` is `10.0.0.0/8`).

    Raises:
        BadMask: too long, too many, an empty entry, or one that is no address or block.

    Source: IMS API reference, SetSecurityPreference, LoginNetworkMasks (documented); host bits
    (assumed).
    """
    if len(masks) > MAX_MASKS_CHARS:
        raise BadMask(f"more than {MAX_MASKS_CHARS} characters")
    if not masks:
        return ()
    entries = masks.split(";")
    if len(entries) > MAX_MASKS:
        raise BadMask(f"more than {MAX_MASKS} entries")
    return tuple(_network(entry) for entry in entries)


def in_masks(ip: str, masks: str) -> bool:
    """Tell whether sign-in from `ip` is permitted by `masks`.

    Args:
        ip: The client's address. An IPv4 address written as IPv6 (`::ffff:192.0.2.1`) counts as
            IPv4. A text that is no address is in no mask.
        masks: As for `parse_masks`; with no masks every address is permitted.

    Raises:
        BadMask: as for `parse_masks`.

    Cost: linear in the masks.
    """
    networks = parse_masks(masks)
    if not networks:
        return True
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def _network(entry: str) -> Network:
    if _ENTRY.fullmatch(entry) is None:
        raise BadMask(f"`{entry}` is no address or CIDR block")
    try:
        network = ipaddress.ip_network(entry, strict=False)
    except ValueError:
        raise BadMask(f"`{entry}` is no address or CIDR block") from None
    # Clients are compared in IPv4 form, so such a mask would silently match no client.
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        raise BadMask(f"`{entry}` must be written in IPv4 form")
    return network
