"""Rules of security groups, prefix lists and port lists."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table

_OF_REGION = ("account_id", "region")


@table(
    "network_rule",
    key=("rule_id",),
    index=(("group_id",), ("peer_group_id",), ("peer_list_id",), ("port_list_id",)),
)
class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a security group; texts are as the call wrote them, empty where not given.

    direction: `ingress` or `egress`. protocol: As answers show it: `TCP`, `ALL`, or a number.
    Just one of peer_cidr, peer_group_id and peer_list_id is there. own_cidr: The side of the
    member. cost: How many rules of the quota the rule counts for. position: Orders the rules of a
    group as they were added.
    """

    rule_id: str
    group_id: str
    direction: str
    protocol: str
    port_range: str
    source_port_range: str
    port_list_id: str
    peer_cidr: str
    peer_group_id: str
    peer_list_id: str
    own_cidr: str
    accepts: bool
    priority: int
    description: str
    cost: int
    position: int
    created_at: Instant
    version: int = 0


@table("network_prefix_list", key=("list_id",), index=(_OF_REGION,))
class PrefixListRow(msgspec.Struct, frozen=True, kw_only=True):
    """One prefix list; ip_version: 4 or 6. Its entries are rows of their own."""

    list_id: str
    account_id: AccountId
    region: str
    list_name: str
    description: str
    ip_version: int
    max_entries: int
    created_at: Instant
    version: int = 0


@table("network_prefix", key=("list_id", "cidr"))
class PrefixRow(msgspec.Struct, frozen=True, kw_only=True):
    """One block of a prefix list, in its canonical form."""

    list_id: str
    cidr: str
    description: str
    version: int = 0


@table("network_port_list", key=("list_id",), index=(_OF_REGION,))
class PortListRow(msgspec.Struct, frozen=True, kw_only=True):
    """One port list; its entries are rows of their own."""

    list_id: str
    account_id: AccountId
    region: str
    list_name: str
    description: str
    max_entries: int
    created_at: Instant
    version: int = 0


@table("network_ports", key=("list_id", "port_range"))
class PortsRow(msgspec.Struct, frozen=True, kw_only=True):
    """One port range of a port list, such as `1/200`."""

    list_id: str
    port_range: str
    description: str
    version: int = 0
