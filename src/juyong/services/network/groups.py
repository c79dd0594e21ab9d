"""Security groups, prefix lists and port lists of the rows, as values of the packet engine.

INVARIANT: each rule that the API has taken makes a value. The API tells by the same functions
whether a rule can be, and whether two rules mean the same.
"""

from collections import defaultdict
from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from juyong.engines.packet import (
    Cidr,
    Direction,
    GroupPeer,
    Kind,
    ListPeer,
    PortList,
    Ports,
    PrefixList,
    Rule,
    SecurityGroup,
    Verdict,
    parse_protocol,
)
from juyong.services.network.rules.tables import (
    PortListRow,
    PortsRow,
    PrefixListRow,
    PrefixRow,
    RuleRow,
)
from juyong.services.network.tables import GroupRow
from juyong.store.transaction import Transaction

_ANY_RULE = "sgr-0"


class GroupValues(msgspec.Struct, frozen=True, kw_only=True):
    """Security groups, and all lists that their rules name."""

    groups: tuple[SecurityGroup, ...] = ()
    prefix_lists: tuple[PrefixList, ...] = ()
    port_lists: tuple[PortList, ...] = ()


def rule_value(row: RuleRow) -> Rule:
    """Return a rule as the engine has it.

    Raises:
        PacketError: the fields do not fit each other.
    """
    return Rule(
        id=row.rule_id,
        direction=Direction(row.direction),
        peer=_peer(row),
        protocol=parse_protocol(row.protocol),
        ports=None if row.port_list_id else _ports(row.port_range),
        port_list_id=row.port_list_id,
        source_ports=_ports(row.source_port_range),
        own=Cidr.around(row.own_cidr) if row.own_cidr else None,
        policy=Verdict.ACCEPT if row.accepts else Verdict.DROP,
        priority=row.priority,
    )


def meaning(row: RuleRow) -> Rule:
    """Return what a rule says, whatever its id and however its texts are written."""
    return replace(rule_value(row), id=_ANY_RULE)


def group_value(row: GroupRow, rules: Iterable[RuleRow]) -> SecurityGroup:
    """Return a security group with its rules."""
    return SecurityGroup(
        id=row.group_id,
        vpc_id=row.vpc_id,
        kind=Kind(row.kind),
        inner_access=row.inner_access,
        rules=tuple(map(rule_value, rules)),
    )


def group_values(tx: Transaction, groups: Iterable[GroupRow]) -> GroupValues:
    """Return groups with their rules, and the lists that the rules name.

    The groups that rules name as peers are of the same VPC: the groups of whole VPCs are complete.

    Cost: one read of all rules and entries, since a network is asked for as a whole.
    """
    rules: dict[str, list[RuleRow]] = defaultdict(list)
    for rule in tx.find(RuleRow, order=("rule_id",)):
        rules[rule.group_id].append(rule)
    chosen = list(groups)
    named = [rule for group in chosen for rule in rules[group.group_id]]
    return GroupValues(
        groups=tuple(group_value(group, rules[group.group_id]) for group in chosen),
        prefix_lists=prefix_lists(tx, {rule.peer_list_id for rule in named} - {""}),
        port_lists=port_lists(tx, {rule.port_list_id for rule in named} - {""}),
    )


def prefix_lists(tx: Transaction, list_ids: Iterable[str]) -> tuple[PrefixList, ...]:
    """Return prefix lists, by id; ids without a list are passed over."""
    rows = (tx.get(PrefixListRow, each) for each in sorted(list_ids))
    return tuple(
        PrefixList(
            id=row.list_id,
            version=row.ip_version,
            cidrs=tuple(
                Cidr.parse(entry.cidr)
                for entry in tx.find(PrefixRow, order=("cidr",), list_id=row.list_id)
            ),
        )
        for row in rows
        if row is not None
    )


def port_lists(tx: Transaction, list_ids: Iterable[str]) -> tuple[PortList, ...]:
    """Return port lists, by id; ids without a list are passed over."""
    rows = (tx.get(PortListRow, each) for each in sorted(list_ids))
    return tuple(
        PortList(
            id=row.list_id,
            ranges=tuple(
                sorted(
                    ports
                    for entry in tx.find(PortsRow, list_id=row.list_id)
                    if (ports := Ports.parse(entry.port_range)) is not None
                )
            ),
        )
        for row in rows
        if row is not None
    )


def _peer(row: RuleRow) -> Cidr | GroupPeer | ListPeer:
    if row.peer_cidr:
        return Cidr.around(row.peer_cidr)
    if row.peer_group_id:
        return GroupPeer(row.peer_group_id)
    return ListPeer(row.peer_list_id)


def _ports(text: str) -> Ports | None:
    return Ports.parse(text) if text else None
