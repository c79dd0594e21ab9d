"""Read a rule of a call into a row: its form is checked, its peers are not looked up.

INVARIANT: what is read makes a value of the packet engine, see services/network/groups.py.

Source: ECS API reference, AuthorizeSecurityGroup (documented): blocks go before groups, groups
before prefix lists, and a port range before a port list; texts are shown as they were sent
(observed in the Terraform provider, which compares them). A port range of a protocol without ports
may be left out (assumed). A block of IPv4 may be written by any address in it, as `10.159.6.18/12`
(documented in an older edition and by the Terraform provider); of IPv6 not (assumed). NicType
means nothing in a VPC (documented).
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import msgspec

from juyong.api.errors import ApiError, NotSupported
from juyong.base.clock import Instant
from juyong.base.ids import new_instance_id
from juyong.engines.packet import BadProtocol as UnknownProtocol
from juyong.engines.packet import Cidr, PacketError, Ports, parse_protocol
from juyong.services.ecs.groups import rule_errors as e
from juyong.services.ecs.groups.sent import OTHER_ACCOUNT, SentRule, protocol_name
from juyong.services.network.rules.tables import RuleRow

_TCP, _UDP, _ICMP, _ICMPV6 = 6, 17, 1, 58
_WITH_PORTS = (_TCP, _UDP)
_LAST_PRIORITY = 100
_LONGEST_DESCRIPTION = 512
_MOST_DIGITS = 3

Error = type[ApiError]
T = TypeVar("T")


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """The errors of the same faults that differ between operations."""

    bad_ports: Error = e.BadPorts
    unfit_ports: Error = e.UnfitPorts
    only_4: Error = e.Only4
    only_6: Error = e.Only6


AUTHORIZE = Wording()
REVOKE = Wording(bad_ports=e.BadRevokedPorts)
MODIFY_BY_ID = Wording(
    unfit_ports=e.PortsDoNotFit, only_4=e.VersionDoesNotFit, only_6=e.VersionDoesNotFit
)


class _Side(NamedTuple):
    """The errors of one side's blocks."""

    bad_4: Error
    bad_6: Error
    two: Error


_SOURCE = _Side(e.BadSource, e.BadSource6, e.TwoSources)
_DEST = _Side(e.BadDest, e.BadDest6, e.TwoDests)
_SIDES = {"ingress": (_SOURCE, _DEST), "egress": (_DEST, _SOURCE)}
"""The side of the peer, and the member's own."""
_NO_PEER = {"ingress": e.NoSource, "egress": e.NoDest}


def errors_of(direction: str, wording: Wording) -> tuple[Error, ...]:
    """Return what reading a rule may raise."""
    found = (
        *(NotSupported, e.NoProtocol, e.BadProtocol, wording.bad_ports, e.NoPorts),
        *(wording.unfit_ports, e.BadSourcePorts, e.NoPortLists, *_SOURCE, *_DEST),
        *(_NO_PEER[direction], e.SameSides, e.MixedVersions),
        *(wording.only_4, wording.only_6, e.BadPolicy, e.BadPriority, e.PriorityOutside),
        e.BadDescription,
    )
    return tuple(dict.fromkeys(found))


def read(sent: SentRule, group_id: str, now: Instant, wording: Wording = AUTHORIZE) -> RuleRow:
    """Return the row of a rule, under an id that is new, at the cost of one rule, before all.

    Raises:
        ApiError: of `errors_of`.
    """
    protocol = _protocol(sent)
    ports, port_list = _ports(sent, protocol, wording)
    peer_side, own_side = _SIDES[sent.direction]
    peer = _block(sent.peer, sent.peer6, peer_side)
    own = _block(sent.own, sent.own6, own_side)
    if not (peer or sent.peer_group or sent.peer_list):
        raise _NO_PEER[sent.direction]
    if not peer and sent.peer_group and sent.peer_account:
        raise NotSupported(name="GroupOwnerAccount", reason=OTHER_ACCOUNT)
    _check_versions(protocol, peer, own, wording)
    return RuleRow(
        rule_id=new_instance_id("sgr"),
        group_id=group_id,
        direction=sent.direction,
        protocol=protocol_name(sent.protocol),
        port_range=ports,
        source_port_range=_source_ports(sent, protocol),
        port_list_id=port_list,
        peer_cidr=peer,
        peer_group_id="" if peer else sent.peer_group,
        peer_list_id="" if peer or sent.peer_group else sent.peer_list,
        own_cidr=own,
        accepts=_policy(sent.policy),
        priority=_priority(sent.priority),
        description=_description(sent.description),
        cost=1,
        position=0,
        created_at=now,
    )


def _protocol(sent: SentRule) -> int | None:
    if not sent.protocol:
        raise e.NoProtocol
    try:
        return parse_protocol(sent.protocol)
    except UnknownProtocol:
        raise e.BadProtocol from None


def _ports(sent: SentRule, protocol: int | None, wording: Wording) -> tuple[str, str]:
    """Return the port range and the port list, of which TCP and UDP have just one."""
    if sent.ports:
        found = _parsed(Ports.parse, sent.ports, wording.bad_ports)
        if (found is None) == (protocol in _WITH_PORTS):
            raise wording.unfit_ports
        return sent.ports, ""
    if sent.port_list:
        if protocol not in _WITH_PORTS:
            raise e.NoPortLists
        return "", sent.port_list
    raise e.NoPorts


def _source_ports(sent: SentRule, protocol: int | None) -> str:
    if sent.source_ports:
        found = _parsed(Ports.parse, sent.source_ports, e.BadSourcePorts)
        if (found is None) == (protocol in _WITH_PORTS):
            raise e.BadSourcePorts
    return sent.source_ports


def _block(four: str, six: str, side: _Side) -> str:
    """Return the block of one side, as it was sent; empty where there is none."""
    if four and six:
        raise side.two
    for text, version, read, error in (
        (four, 4, Cidr.around, side.bad_4),
        (six, 6, Cidr.parse, side.bad_6),
    ):
        if text and _parsed(read, text, error).version != version:
            raise error
    return four or six


def _check_versions(protocol: int | None, peer: str, own: str, wording: Wording) -> None:
    blocks = [Cidr.around(text) for text in (peer, own) if text]
    versions = {block.version for block in blocks}
    if protocol == _ICMP and 6 in versions:  # noqa: PLR2004
        raise wording.only_4
    if protocol == _ICMPV6 and 4 in versions:  # noqa: PLR2004
        raise wording.only_6
    if len(versions) > 1:
        raise e.MixedVersions
    if len(blocks) > 1 and blocks[0] == blocks[1]:
        raise e.SameSides


def _policy(text: str) -> bool:
    policy = text.lower() or "accept"
    if policy not in ("accept", "drop"):
        raise e.BadPolicy
    return policy == "accept"


def _priority(text: str) -> int:
    if not text:
        return 1
    if not (text.isascii() and text.isdigit()):
        raise e.BadPriority
    if len(text) > _MOST_DIGITS or not 1 <= int(text) <= _LAST_PRIORITY:
        raise e.PriorityOutside
    return int(text)


def _description(text: str) -> str:
    if len(text) > _LONGEST_DESCRIPTION:
        raise e.BadDescription
    return text


def _parsed(parse: Callable[[str], T], text: str, error: Error) -> T:
    try:
        return parse(text)
    except PacketError:
        raise error from None
