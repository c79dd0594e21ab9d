"""Change a rule of a security group: a call names the rule by its id or by its values.

By id, the values of the call replace those of the rule; the type of its peer and of its ports
stays. By values, only priority and description change; the same call may come twice (observed in
the Terraform provider).

Source: ECS API reference, ModifySecurityGroupRule, ModifySecurityGroupEgressRule (documented). A
call by values that differs from several rules in priority alone means none of these rules
(assumed).
"""

from collections.abc import Sequence
from typing import Annotated

from msgspec.structs import asdict, replace

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.engines.packet import Rule
from juyong.services.ecs.groups import peers, reading
from juyong.services.ecs.groups import rule_errors as e
from juyong.services.ecs.groups.authorizing import BareEgress, BareIngress
from juyong.services.ecs.groups.group import ONE, note_change
from juyong.services.ecs.groups.sent import SentRule
from juyong.services.ecs.groups.shown import INTRANET, sent_of
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.groups import meaning
from juyong.services.network.rules.tables import RuleRow
from juyong.services.network.tables import GroupRow

RuleId = Annotated[str, Doc("The rule; without it, the rule is found by what it says.")]


def _errors(direction: str) -> tuple[type[ApiError], ...]:
    found = (
        *reading.errors_of(direction, reading.AUTHORIZE),
        *reading.errors_of(direction, reading.MODIFY_BY_ID),
        # A rule of an enterprise group has no group as its peer, and keeps the type of its peer.
        *(each for each in peers.errors_of(direction) if each is not e.NoGroupRules),
        *(e.NoRuleOfId, e.NoRule, e.PeerTypeIsFixed, e.NicTypeIsFixed, e.PortTypeIsFixed),
        *(e.RuleExists, e.NothingToChange, e.TooManyRules),
    )
    return tuple(dict.fromkeys(found))


@operation(ECS, "ModifySecurityGroupRule", on=ONE, raises=_errors("ingress"), gateway=ONCE)
def modify_security_group_rule(
    ctx: Context, group: GroupRow, *, security_group_rule_id: RuleId = "", bare: BareIngress
) -> None:
    """Change a rule for packets to the members of a group."""
    _modify(ctx, group, security_group_rule_id, bare.sent)


@operation(ECS, "ModifySecurityGroupEgressRule", on=ONE, raises=_errors("egress"), gateway=ONCE)
def modify_security_group_egress_rule(
    ctx: Context, group: GroupRow, *, security_group_rule_id: RuleId = "", bare: BareEgress
) -> None:
    """Change a rule for packets from the members of a group."""
    _modify(ctx, group, security_group_rule_id, bare.sent)


def _modify(ctx: Context, group: GroupRow, rule_id: str, sent: SentRule) -> None:
    held = ctx.tx.find(RuleRow, group_id=group.group_id, direction=sent.direction)
    if rule_id:
        old = next((row for row in held if row.rule_id == rule_id), None)
        if old is None:
            raise e.NoRuleOfId
        new = _changed(ctx, group, old, sent)
    else:
        said = reading.read(sent, group.group_id, ctx.now)
        old = _meant(held, said)
        new = replace(old, priority=said.priority, description=said.description or old.description)
    if new == old:
        return
    if any(meaning(row) == meaning(new) for row in held if row.rule_id != old.rule_id):
        raise e.RuleExists
    ctx.tx.update(old, **{name: value for name, value in asdict(new).items() if name != "version"})
    note_change(ctx, group)


def _meant(held: Sequence[RuleRow], said: RuleRow) -> RuleRow:
    """Return the rule with the same values, or the only rule that differs in priority alone."""
    same = [row for row in held if meaning(row) == meaning(said)]
    if same:
        return same[0]
    near = [row for row in held if _whatever_priority(row) == _whatever_priority(said)]
    if not near:
        raise e.NoRule
    if len(near) > 1:
        raise e.NothingToChange
    return near[0]


def _whatever_priority(row: RuleRow) -> Rule:
    return replace(meaning(row), priority=1)


def _changed(ctx: Context, group: GroupRow, old: RuleRow, sent: SentRule) -> RuleRow:
    """Return a rule in which the values of a call replace those of the rule."""
    before = sent_of(old)
    given = {name: value for name, value in asdict(sent).items() if value and name != "direction"}
    if not given:
        raise e.NothingToChange
    if sent.nic_type not in ("", INTRANET):
        raise e.NicTypeIsFixed
    if (sent.port_list and not before.port_list) or (sent.ports and before.port_list):
        raise e.PortTypeIsFixed
    if _peer_type(sent) not in ("", _peer_type(before)):
        raise e.PeerTypeIsFixed
    if sent.own or sent.own6:
        given |= {"own": sent.own, "own6": sent.own6}
    asked = replace(before, **given)
    row = reading.read(asked, group.group_id, ctx.now, reading.MODIFY_BY_ID)
    row = peers.with_peers(ctx, group, asked, row)
    kept = {name: getattr(old, name) for name in ("rule_id", "position", "created_at", "version")}
    row = replace(row, **kept)
    others = ctx.tx.find(RuleRow, group_id=group.group_id)
    cost = sum(each.cost for each in others) - old.cost + row.cost
    if row.cost > old.cost and cost > ctx.quota("ecs.rules-per-group"):
        raise e.TooManyRules
    return row


def _peer_type(sent: SentRule) -> str:
    """Return the kind of the peer by which a rule goes; empty where none is given."""
    kinds = ("peer", "peer6", "peer_group", "peer_list")
    return next((kind for kind in kinds if getattr(sent, kind)), "")
