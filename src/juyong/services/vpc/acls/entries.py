"""Entries of network ACLs: as calls give them, checked by the rules of the packet engine.

Source: VPC API reference, UpdateNetworkAclEntries: fields, their values and the codes of refused
ones (documented); that a port means the target's in both directions (documented). A block may be
written by any address in it, as `196.168.2.0/21` (observed in examples of Terraform's provider).
"""

from collections.abc import Sequence
from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import ApiError, NotSupported, fact
from juyong.api.fields import Doc, OneOf
from juyong.api.shape import Shape
from juyong.base.ids import new_instance_id
from juyong.engines.packet.addresses import Cidr, Ports
from juyong.engines.packet.errors import BadCidr, BadPorts
from juyong.services.network.acls.tables import AclEntryRow, AclRow
from juyong.services.network.asking import NO_IPV6, DescriptionOrNone, NameOrNone
from juyong.services.network.lists.prefix_lists import PREFIX_LIST

INGRESS, EGRESS = "ingress", "egress"
_POLICIES = ("accept", "drop")
_WITH_PORTS = ("tcp", "udp")
_PROTOCOLS = ("all", "icmp", "gre", *_WITH_PORTS)
_NO_PORTS = "-1/-1"
_OF_THE_SYSTEM = ("system", "service")
_IPV4, _IPV6, _VERSION = "ipv4", "ipv6", 4
_PREFIX_LIST = "pl-"


def _bad(what: str, why: str) -> type[ApiError]:
    text = f'The specified parameter "{what}" is not valid.'
    return fact(f"ParameterIllegal.{what}", 400, text, why=why)


def _missing(what: str) -> type[ApiError]:
    text = f'The parameter "{what}" is mandatory.'
    return fact(f"ParameterMissing.{what}", 400, text, why=f"An entry has no {what}.")


BadPolicy = _bad("Policy", "A policy is neither `accept` nor `drop`.")
BadProtocol = _bad("Protocol", "A protocol is none of those that entries may have.")
BadPort = _bad("Port", "A port is no range, or does not fit the protocol.")
BadSource = _bad("SourceCidrIp", "The peer of an inbound entry is no block of IPv4.")
BadTarget = _bad("DestinationCidrIp", "The peer of an outbound entry is no block of IPv4.")
NoPolicy, NoProtocol, NoPort = map(_missing, ("Policy", "Protocol", "Port"))
NoSource, NoTarget = map(_missing, ("SourceCidrIp", "DestinationCidrIp"))
BadIpVersion = fact(
    "IllegalParam.IpVersion",
    400,
    'The specified parameter "IpVersion" is not valid.',
    why="The version is neither IPv4 nor IPv6.",
)
NoList = fact(
    "ResourceNotFound.PrefixList",
    400,
    "The specified prefix list is not found.",
    why="The region has no prefix list of an id.",
)
ListOfIpv6 = fact(
    "OperationDenied.IpVersionInconsistencyWithPrefixList",
    400,
    "The IP version of the entry is inconsistent with that of the prefix list.",
    why="An entry of IPv4 names a prefix list of IPv6.",
)
TooManyEntries = fact(
    "QuotaExceed.NetworkAclEntry",
    400,
    "The quota of entries of the network ACL is exceeded.",
    why="A direction would hold more than the quota `vpc.network-acl-entries`.",
)
ENTRY_ERRORS = (
    *(BadPolicy, BadProtocol, BadPort, BadSource, BadTarget, BadIpVersion),
    *(NoPolicy, NoProtocol, NoPort, NoSource, NoTarget, TooManyEntries, NotSupported),
    *(NoList, ListOfIpv6),
)
"""The errors of `replace_entries`."""


class AskedEntry(Shape, frozen=True, kw_only=True):
    """One entry as a call gives it, of either direction."""

    policy: str = ""
    protocol: str = ""
    port: str = ""
    network_acl_entry_name: NameOrNone = ""
    description: DescriptionOrNone = ""
    ip_version: Annotated[str, Doc("`IPv4`; `IPv6` is refused.")] = "IPv4"
    entry_type: Annotated[
        str,
        OneOf(("", "custom", *_OF_THE_SYSTEM)),
        Doc("`custom`; entries of the system are passed over."),
    ] = ""
    network_acl_entry_id: Annotated[str, Doc("As the entry was; ids are drawn anew.")] = ""


class AskedIngress(AskedEntry, frozen=True, kw_only=True):
    """One inbound entry."""

    source_cidr_ip: str = ""


class AskedEgress(AskedEntry, frozen=True, kw_only=True):
    """One outbound entry."""

    destination_cidr_ip: str = ""


def replace_entries(
    ctx: Context, acl: AclRow, direction: str, asked: Sequence[AskedIngress | AskedEgress]
) -> None:
    """Give an ACL these entries of a direction in the place of all that it has.

    Raises:
        ApiError: of ENTRY_ERRORS.
    """
    own = [each for each in asked if each.entry_type not in _OF_THE_SYSTEM]
    if len(own) > ctx.quota("vpc.network-acl-entries"):
        raise TooManyEntries
    rows = [_row(ctx, acl, direction, number, each) for number, each in enumerate(own, 1)]
    for old in ctx.tx.find(AclEntryRow, acl_id=acl.acl_id, direction=direction):
        ctx.tx.delete(old)
    for row in rows:
        ctx.tx.insert(row)


def copy_entries(ctx: Context, source: AclRow, acl: AclRow) -> None:
    """Give an ACL the entries of another one in the place of all that it has."""
    for old in ctx.tx.find(AclEntryRow, acl_id=acl.acl_id):
        ctx.tx.delete(old)
    for each in ctx.tx.find(AclEntryRow, acl_id=source.acl_id):
        fields = {name: getattr(each, name) for name in each.__struct_fields__}
        own = {"acl_id": acl.acl_id, "entry_id": new_instance_id("nae")}
        ctx.tx.insert(AclEntryRow(**{**fields, **own}))


def _row(
    ctx: Context,
    acl: AclRow,
    direction: str,
    position: int,
    asked: AskedIngress | AskedEgress,
) -> AclEntryRow:
    peer = asked.source_cidr_ip if isinstance(asked, AskedIngress) else asked.destination_cidr_ip
    return AclEntryRow(
        acl_id=acl.acl_id,
        direction=direction,
        position=position,
        entry_id=new_instance_id("nae"),
        entry_name=asked.network_acl_entry_name,
        description=asked.description,
        policy=_policy(asked.policy),
        protocol=_protocol(asked),
        port=_port(asked),
        peer=_peer(ctx, peer, direction),
    )


def _policy(text: str) -> str:
    if not text:
        raise NoPolicy
    if text.lower() not in _POLICIES:
        raise BadPolicy
    return text.lower()


def _protocol(asked: AskedEntry) -> str:
    version, protocol = asked.ip_version.lower(), asked.protocol.lower()
    if version not in (_IPV4, _IPV6, ""):
        raise BadIpVersion
    if version == _IPV6 or protocol == "icmpv6":
        raise NotSupported(name="IpVersion", reason=NO_IPV6)
    if not protocol:
        raise NoProtocol
    if protocol not in _PROTOCOLS:
        raise BadProtocol
    return protocol


def _port(asked: AskedEntry) -> str:
    """Return the port range; of a protocol without ports only `-1/-1` is one."""
    if not asked.port:
        raise NoPort
    try:
        ports = Ports.parse(asked.port)
    except BadPorts:
        raise BadPort from None
    if (ports is not None) != (asked.protocol.lower() in _WITH_PORTS):
        raise BadPort
    return _NO_PORTS if ports is None else str(ports)


def _peer(ctx: Context, text: str, direction: str) -> str:
    if not text:
        raise NoSource if direction == INGRESS else NoTarget
    if text.startswith(_PREFIX_LIST):
        named = PREFIX_LIST.find(ctx, text)
        if named is None:
            raise NoList
        if named.ip_version != _VERSION:
            raise ListOfIpv6
        return text
    try:
        block = Cidr.around(text)
    except BadCidr:
        block = None
    if block is None or block.version != _VERSION:
        raise BadSource if direction == INGRESS else BadTarget
    return text
