"""The groups and lists that a rule names: they must exist, and fit the rule and its group.

Source: ECS API reference, AuthorizeSecurityGroup, and the limits of security groups (documented). A
list counts for as many rules as it may have entries (documented); a rule with two lists counts for
the sum (assumed). A peer group is of the same VPC (documented).
"""

from msgspec.structs import replace

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.engines.packet import Cidr, Kind
from juyong.services.ecs.groups import rule_errors as e
from juyong.services.ecs.groups.sent import SentRule
from juyong.services.network.membership import find_group
from juyong.services.network.rules.tables import PortListRow, PrefixListRow, RuleRow
from juyong.services.network.tables import GroupRow

_NO_GROUP = {"ingress": e.NoSourceGroup, "egress": e.NoDestGroup}
_OTHER_VPC = {"ingress": e.SourceOfOtherVpc, "egress": e.DestOfOtherVpc}
_VERSION_OF = {"ICMP": 4, "ICMPv6": 6}


def errors_of(direction: str) -> tuple[type[ApiError], ...]:
    """Return what looking up peers may raise."""
    return (
        *(_NO_GROUP[direction], _OTHER_VPC[direction], e.OwnGroup, e.NoGroupRules),
        *(e.EnterprisePeer, e.NoPrefixList, e.UnfitPrefixList, e.NoPortList),
    )


def with_peers(ctx: Context, group: GroupRow, sent: SentRule, row: RuleRow) -> RuleRow:
    """Return a rule with what it costs, once all that it names was found.

    Raises:
        ApiError: of `errors_of`.
    """
    if row.peer_group_id:
        _check_group(ctx, group, sent, row)
    cost = 0
    if row.peer_list_id:
        cost += _prefix_list(ctx, row).max_entries
    if row.port_list_id:
        cost += _port_list(ctx, row.port_list_id).max_entries
    return replace(row, cost=cost or 1)


def _check_group(ctx: Context, group: GroupRow, sent: SentRule, row: RuleRow) -> None:
    if group.kind == Kind.ENTERPRISE.value:
        raise e.NoGroupRules
    if row.peer_group_id == group.group_id:
        raise e.OwnGroup
    of_another = sent.peer_owner is not None and str(sent.peer_owner) != ctx.account_id
    peer = None if of_another else find_group(ctx, row.peer_group_id)
    if peer is None:
        raise _NO_GROUP[row.direction]
    if peer.vpc_id != group.vpc_id:
        raise _OTHER_VPC[row.direction]
    if peer.kind == Kind.ENTERPRISE.value:
        raise e.EnterprisePeer


def _prefix_list(ctx: Context, row: RuleRow) -> PrefixListRow:
    found = ctx.tx.get(PrefixListRow, row.peer_list_id)
    if found is None or (found.account_id, found.region) != (ctx.account_id, ctx.region):
        raise e.NoPrefixList
    versions = {found.ip_version, _VERSION_OF.get(row.protocol, found.ip_version)}
    if row.own_cidr:
        versions.add(Cidr.around(row.own_cidr).version)
    if len(versions) > 1:
        raise e.UnfitPrefixList
    return found


def _port_list(ctx: Context, list_id: str) -> PortListRow:
    found = ctx.tx.get(PortListRow, list_id)
    if found is None or (found.account_id, found.region) != (ctx.account_id, ctx.region):
        raise e.NoPortList
    return found
