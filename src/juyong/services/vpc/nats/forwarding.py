"""The rules of a DNAT entry: what it maps, and that no other entry maps the same.

The packet engine takes all that these rules let through.
"""

from collections.abc import Sequence

import msgspec

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.engines.packet import Address, BadAddress, BadPorts, Cidr, Ports
from juyong.services.network.public.eips import eips_bound_to
from juyong.services.network.public.nats import snats_with
from juyong.services.network.public.tables import EipRow, ForwardRow, NatRow
from juyong.services.network.tables import VpcRow

ANY = "any"
_LAST_LOW_PORT = 1024
"""SNAT leaves with ports above, so that an entry for one of these has to break it off."""
BadExternalIp = fact(
    "InvalidExternalIp.Malformed",
    400,
    "The specified ExternalIp is not a valid IP address.",
    why="The text is no IPv4 address.",
)
BadInternalIp = fact(
    "InvalidInternalIp.Malformed",
    400,
    "The specified InternalIp is not a valid IP address.",
    why="The text is no IPv4 address.",
)
BadExternalPort = fact(
    "InvalidExternalPort.Malformed",
    400,
    "The specified ExternalPort is not a valid port.",
    why="The text is neither a port nor a range, or is `any` for one protocol.",
)
BadInternalPort = fact(
    "InvalidInternalPort.Malformed",
    400,
    "The specified InternalPort is not a valid port.",
    why="The text is no port, or a range of another length, or is `any` for one protocol.",
)
BadProtocol = fact(
    "InvalidProtocal.ValueNotSupported",
    400,
    "The specified IpProtocol does not support.",
    why="The protocol is none of TCP, UDP and Any.",
)
NotOfGateway = fact(
    "InvalidIp.NotInNatgw",
    400,
    "The specified Ip not belong to natgateway.",
    why="No EIP of that address is bound to the gateway.",
)
UsedBySnat = fact(
    "Forbidden.ExternalIp.UsedInSnatTable",
    400,
    "The specified ExternalIp is already used in SnatTable",
    why="An SNAT entry has the address; `any` is asked for, or a port above 1024, not broken off.",
)
OutsideOfVpc = fact(
    "Forbidden.InternalIpOutOfVpcCIDR",
    400,
    "The specified Internal Ip is Out of VPC CIDR.",
    why="No block of the VPC holds the private address.",
)
HasEip = fact(
    "Forbindden",
    400,
    "The specified Instance already bind eip",
    why="The private address has an EIP of its own.",
)
Taken = fact(
    "Forbidden.Already.Bounded",
    400,
    "The specified instance already bounded",
    why="Another entry maps the public port, or to the private port.",
)
REFUSALS = (
    *(BadExternalIp, BadExternalPort, BadInternalIp, BadInternalPort, BadProtocol, HasEip),
    *(NotOfGateway, OutsideOfVpc, Taken, UsedBySnat),
)


class Forwarding(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of an entry that say what it maps."""

    external_address: str
    external_port: str
    internal_address: str
    internal_port: str
    protocol: str


def checked(
    ctx: Context,
    nat: NatRow,
    asked: Forwarding,
    others: Sequence[ForwardRow],
    *,
    breaks_ports: bool,
) -> Forwarding:
    """Return what an entry maps, in the form in which it is kept.

    Args:
        ctx: The call's.
        nat: The gateway.
        asked: The entry's texts.
        others: The other entries of the gateway.
        breaks_ports: Whether the entry may map a high port of an address that SNAT uses too.

    Raises:
        ApiError: one of REFUSALS.
    """
    found = in_form(asked)
    bound = [each.address for each in eips_bound_to(ctx.tx, nat.nat_id)]
    if found.external_address not in bound:
        raise NotOfGateway
    keeps = maps_whole(found) or (_is_high(found) and not breaks_ports)
    if keeps and snats_with(ctx.tx, nat.nat_id, found.external_address):
        raise UsedBySnat
    _check_private(ctx, nat, found.internal_address)
    if any(_collide(found, each) for each in others):
        raise Taken
    return found


def in_form(asked: Forwarding) -> Forwarding:
    """Return an entry in the form in which it is kept, by its own texts alone.

    Raises:
        ApiError: a text is malformed, or texts do not fit each other.
    """
    protocol = asked.protocol.lower()
    if protocol not in ("tcp", "udp", ANY):
        raise BadProtocol
    return Forwarding(
        external_address=_address(asked.external_address, BadExternalIp),
        internal_address=_address(asked.internal_address, BadInternalIp),
        protocol=protocol,
        **_ports_in_form(asked, protocol),
    )


def maps_whole(entry: Forwarding | ForwardRow) -> bool:
    """Tell whether an entry maps all ports of an address, which then has no SNAT entry."""
    return entry.protocol == ANY


def _is_high(entry: Forwarding) -> bool:
    """Tell whether an entry maps a port above 1024.

    Source: VPC API reference, PortBreak of CreateForwardEntry (documented).
    """
    return ports_of(entry.external_port).last > _LAST_LOW_PORT


def _address(text: str, error: type[Exception]) -> str:
    try:
        address = Address.parse(text)
    except BadAddress:
        raise error from None
    if address.version != 4:  # noqa: PLR2004
        raise error
    return str(address)


def _ports_in_form(asked: Forwarding, protocol: str) -> dict[str, str]:
    outer, inner = asked.external_port.lower(), asked.internal_port.lower()
    if protocol == ANY:
        if outer != ANY:
            raise BadExternalPort
        if inner != ANY:
            raise BadInternalPort
        return {"external_port": ANY, "internal_port": ANY}
    external, internal = _range(outer, BadExternalPort), _range(inner, BadInternalPort)
    if external.last - external.first != internal.last - internal.first:
        raise BadInternalPort
    return {"external_port": _text(external), "internal_port": _text(internal)}


def ports_of(text: str) -> Ports:
    """Return the ports of `80` or `80/90`.

    Raises:
        BadPorts: the text is neither.
    """
    found = Ports.parse(text if "/" in text else f"{text}/{text}")
    if found is None:
        raise BadPorts(text)
    return found


def _range(text: str, error: type[Exception]) -> Ports:
    try:
        return ports_of(text)
    except BadPorts:
        raise error from None


def _text(ports: Ports) -> str:
    return str(ports.first) if ports.first == ports.last else f"{ports.first}/{ports.last}"


def _check_private(ctx: Context, nat: NatRow, address: str) -> None:
    vpc = ctx.tx.get(VpcRow, nat.vpc_id)
    assert vpc is not None  # noqa: S101  # a VPC with a gateway is not deleted
    blocks = [vpc.cidr, *msgspec.json.decode(vpc.secondary_cidrs, type=list[str])]
    if not any(Cidr.parse(each).holds(Address.parse(address)) for each in blocks):
        raise OutsideOfVpc
    if ctx.tx.find_one(EipRow, vpc_id=nat.vpc_id, private_address=address) is not None:
        raise HasEip


def _collide(one: Forwarding, other: ForwardRow) -> bool:
    """Tell whether two entries map one public port, or map to one private port."""
    mine = (one.protocol, one.internal_address, one.internal_port)
    if mine == (other.protocol, other.internal_address, other.internal_port):
        return True
    if one.external_address != other.external_address:
        return False
    if ANY in (one.protocol, other.protocol):
        return True
    outer, held = ports_of(one.external_port), ports_of(other.external_port)
    return one.protocol == other.protocol and outer.first <= held.last and held.first <= outer.last
