"""Rules as calls write them, one shape a direction, and what both have in common.

Source: ECS API reference, AuthorizeSecurityGroup, AuthorizeSecurityGroupEgress (documented). That
clients send NicType as `<nil>` (observed in the Terraform provider).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, TypeVar

import msgspec

from juyong.api.fields import Doc
from juyong.api.shape import Shape
from juyong.engines.packet import Cidr, PacketError, parse_protocol

PROTOCOL_NAMES = {None: "ALL", 1: "ICMP", 6: "TCP", 17: "UDP", 47: "GRE", 58: "ICMPv6"}
"""Protocols as answers show them; all others by number."""
OTHER_ACCOUNT = "a peer group is one of the same VPC, and so of the own account"


class SentRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as a call writes it, whatever its direction; a text that is not given is empty.

    peer: The other side's block by the parameter of IPv4, peer6 by that of IPv6; own, own6: of the
    member's side.
    """

    direction: str
    protocol: str
    ports: str
    source_ports: str
    port_list: str
    peer: str
    peer6: str
    peer_group: str
    peer_owner: int | None
    peer_account: str
    peer_list: str
    own: str
    own6: str
    policy: str
    priority: str
    nic_type: str
    description: str


class _RuleFields(Shape, frozen=True, kw_only=True):
    """The members that rules of both directions have."""

    ip_protocol: Annotated[str, Doc("TCP, UDP, ICMP, ICMPv6, GRE, ALL, or a number.")] = ""
    port_range: Annotated[
        str, Doc("Target ports, such as `22/22`; `-1/-1` where the protocol has none.")
    ] = ""
    source_port_range: Annotated[str, Doc("Source ports, written alike.")] = ""
    port_range_list_id: Annotated[str, Doc("A port list in place of target ports.")] = ""
    source_cidr_ip: Annotated[str, Doc("The source, IPv4.")] = ""
    ipv6_source_cidr_ip: Annotated[str, Doc("The source, IPv6.")] = ""
    dest_cidr_ip: Annotated[str, Doc("The destination, IPv4.")] = ""
    ipv6_dest_cidr_ip: Annotated[str, Doc("The destination, IPv6.")] = ""
    policy: Annotated[str, Doc("`accept` or `drop`.")] = ""
    priority: Annotated[str, Doc("1 to 100; the smaller number is judged first.")] = ""
    nic_type: Annotated[str, Doc("Means nothing in a VPC.")] = ""
    description: Annotated[str, Doc("A text for people.")] = ""


class IngressRule(_RuleFields, frozen=True, kw_only=True):
    """A rule for packets to members; its peer is their source."""

    source_group_id: Annotated[str, Doc("The group of the source.")] = ""
    source_group_owner_id: Annotated[int, Doc("Its account, which is the own one.")] | None = None
    source_group_owner_account: Annotated[
        str, Doc("Its account by name, which is the own one.")
    ] = ""
    source_prefix_list_id: Annotated[str, Doc("A prefix list of sources.")] = ""

    @property
    def sent(self) -> SentRule:
        """The rule by its sides."""
        return SentRule(
            direction="ingress",
            peer=self.source_cidr_ip,
            peer6=self.ipv6_source_cidr_ip,
            peer_group=self.source_group_id,
            peer_owner=self.source_group_owner_id,
            peer_account=self.source_group_owner_account,
            peer_list=self.source_prefix_list_id,
            own=self.dest_cidr_ip,
            own6=self.ipv6_dest_cidr_ip,
            **_common(self),
        )


class EgressRule(_RuleFields, frozen=True, kw_only=True):
    """A rule for packets from members; its peer is their destination."""

    dest_group_id: Annotated[str, Doc("The group of the destination.")] = ""
    dest_group_owner_id: Annotated[int, Doc("Its account, which is the own one.")] | None = None
    dest_group_owner_account: Annotated[str, Doc("Its account by name, which is the own one.")] = ""
    dest_prefix_list_id: Annotated[str, Doc("A prefix list of destinations.")] = ""

    @property
    def sent(self) -> SentRule:
        """The rule by its sides."""
        return SentRule(
            direction="egress",
            peer=self.dest_cidr_ip,
            peer6=self.ipv6_dest_cidr_ip,
            peer_group=self.dest_group_id,
            peer_owner=self.dest_group_owner_id,
            peer_account=self.dest_group_owner_account,
            peer_list=self.dest_prefix_list_id,
            own=self.source_cidr_ip,
            own6=self.ipv6_source_cidr_ip,
            **_common(self),
        )


WireRule = IngressRule | EgressRule
W = TypeVar("W", IngressRule, EgressRule)


def _common(rule: _RuleFields) -> dict[str, str]:
    return {
        "protocol": rule.ip_protocol,
        "ports": rule.port_range,
        "source_ports": rule.source_port_range,
        "port_list": rule.port_range_list_id,
        "policy": rule.policy,
        "priority": rule.priority,
        "nic_type": rule.nic_type,
        "description": rule.description,
    }


def is_given(rule: WireRule) -> bool:
    """Tell whether a call gave anything of a rule."""
    return rule != type(rule)()


def rules_of(bare: W, permissions: Sequence[W] | None) -> list[SentRule]:
    """Return the rules of a call: those of Permissions, or the one of the older bare parameters."""
    found = list(permissions or ())
    if is_given(bare):
        found.append(bare)
    return [rule.sent for rule in found]


def protocol_name(text: str) -> str:
    """Return a protocol as answers show it.

    Raises:
        BadProtocol: the text names none.
    """
    number = parse_protocol(text)
    return PROTOCOL_NAMES.get(number, str(number))


def judged(rules: Iterable[SentRule]) -> Mapping[str, tuple[str, ...]]:
    """Return the condition keys of rules; what is malformed brings none, and is refused later.

    SECURITY: values are canonical, so that no other spelling of a block or protocol passes by.

    Source: ECS documentation, condition keys (documented); the form of values (assumed).
    """
    protocols: dict[str, None] = {}
    sources: dict[str, None] = {}
    for rule in rules:
        both = (rule.peer, rule.peer6) if rule.direction == "ingress" else (rule.own, rule.own6)
        try:
            protocols[protocol_name(rule.protocol)] = None
            sources |= {str(Cidr.around(text)): None for text in both if text}
        except PacketError:
            continue
    found = {
        "ecs:SecurityGroupIpProtocols": tuple(protocols),
        "ecs:SecurityGroupSourceCidrIps": tuple(sources),
    }
    return {key: values for key, values in found.items() if values}
