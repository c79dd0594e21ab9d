"""Rules as answers show them: the texts of the calls that added them, and empty where none was.

Source: ECS API reference, DescribeSecurityGroupAttribute (documented). Clients compare blocks and
ports as texts (observed in the Terraform provider), and read both ends of PortRange as numbers
(observed in Steampipe): a rule with a port list shows `-1/-1`.
"""

from typing import Annotated

import msgspec

from juyong.api.shape import CreateDate, Of, Shape
from juyong.services.ecs.groups.sent import SentRule
from juyong.services.network.rules.tables import PortListRow, PrefixListRow, RuleRow
from juyong.services.network.tables import GroupRow
from juyong.store.transaction import Transaction

INTRANET = "intranet"
_NO_PORTS = "-1/-1"


class _Side(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a rule; texts that do not apply are empty."""

    cidr: str = ""
    cidr6: str = ""
    group_id: str = ""
    group_name: str = ""
    list_id: str = ""
    list_name: str = ""


class Permission(Shape, frozen=True, kw_only=True):
    """A rule of a security group."""

    security_group_rule_id: Annotated[str, Of("rule_id")]
    direction: str
    ip_protocol: Annotated[str, Of("protocol")]
    port_range: Annotated[str, Of("port_range", lambda text: text or _NO_PORTS)]
    source_port_range: str
    port_range_list_id: Annotated[str, Of("port_list_id")]
    port_range_list_name: str
    policy: Annotated[str, Of("accepts", lambda accepts: "Accept" if accepts else "Drop")]
    priority: Annotated[str, Of("priority", str)]
    nic_type: str = INTRANET
    source_cidr_ip: str
    ipv6_source_cidr_ip: str
    source_group_id: str
    source_group_name: str
    source_group_owner_account: str = ""
    source_prefix_list_id: str
    source_prefix_list_name: str
    dest_cidr_ip: str
    ipv6_dest_cidr_ip: str
    dest_group_id: str
    dest_group_name: str
    dest_group_owner_account: str = ""
    dest_prefix_list_id: str
    dest_prefix_list_name: str
    description: str
    create_time: CreateDate


def permission(tx: Transaction, row: RuleRow) -> Permission:
    """Show a rule, with the names of what it names."""
    ports = tx.get(PortListRow, row.port_list_id) if row.port_list_id else None
    source, dest = _peer(tx, row), _blocks(row.own_cidr)
    if row.direction == "egress":
        source, dest = dest, source
    return Permission.of(
        row,
        port_range_list_name="" if ports is None else ports.list_name,
        source_cidr_ip=source.cidr,
        ipv6_source_cidr_ip=source.cidr6,
        source_group_id=source.group_id,
        source_group_name=source.group_name,
        source_prefix_list_id=source.list_id,
        source_prefix_list_name=source.list_name,
        dest_cidr_ip=dest.cidr,
        ipv6_dest_cidr_ip=dest.cidr6,
        dest_group_id=dest.group_id,
        dest_group_name=dest.group_name,
        dest_prefix_list_id=dest.list_id,
        dest_prefix_list_name=dest.list_name,
    )


def sent_of(row: RuleRow) -> SentRule:
    """Return a rule as a call would write it."""
    peer, own = _blocks(row.peer_cidr), _blocks(row.own_cidr)
    return SentRule(
        direction=row.direction,
        protocol=row.protocol,
        ports=row.port_range,
        source_ports=row.source_port_range,
        port_list=row.port_list_id,
        peer=peer.cidr,
        peer6=peer.cidr6,
        peer_group=row.peer_group_id,
        peer_owner=None,
        peer_account="",
        peer_list=row.peer_list_id,
        own=own.cidr,
        own6=own.cidr6,
        policy="accept" if row.accepts else "drop",
        priority=str(row.priority),
        nic_type=INTRANET,
        description=row.description,
    )


def _blocks(text: str) -> _Side:
    return _Side(cidr6=text) if ":" in text else _Side(cidr=text)


def _peer(tx: Transaction, row: RuleRow) -> _Side:
    if row.peer_group_id:
        group = tx.get(GroupRow, row.peer_group_id)
        return _Side(group_id=row.peer_group_id, group_name=group.group_name if group else "")
    if row.peer_list_id:
        found = tx.get(PrefixListRow, row.peer_list_id)
        return _Side(list_id=row.peer_list_id, list_name=found.list_name if found else "")
    return _blocks(row.peer_cidr)
