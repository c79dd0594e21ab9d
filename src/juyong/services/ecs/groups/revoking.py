"""Take rules away from a security group: by their ids, or by their values.

Source: ECS API reference, RevokeSecurityGroup, RevokeSecurityGroupEgress (documented): an unknown
id is refused, and values that no rule has are passed over. Where a call gives no policy or no
priority, the defaults count, as when a rule is added (documented).
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.services.ecs.groups import reading
from juyong.services.ecs.groups import rule_errors as e
from juyong.services.ecs.groups.authorizing import BareEgress, BareIngress, Egress, Ingress
from juyong.services.ecs.groups.group import ONE, note_change
from juyong.services.ecs.groups.sent import SentRule, judged, rules_of
from juyong.services.ecs.groups.shown import sent_of
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.groups import meaning
from juyong.services.network.rules.tables import RuleRow
from juyong.services.network.tables import GroupRow

RuleIds = Annotated[list[str], Items(1, 100), Doc("1 to 100 rules, by id.")]
_NO_RULE = {"ingress": e.NoIngressRule, "egress": e.NoEgressRule}


def _conditions(ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:
    """Return the condition keys of the rules of a call, those that are named by id included."""
    named = (ctx.tx.get(RuleRow, rule_id) for rule_id in arguments["security_group_rule_id"] or ())
    by_id = [
        sent_of(row)
        for row in named
        if row is not None and row.group_id == arguments["security_group_id"]
    ]
    return judged([*by_id, *rules_of(arguments["bare"], arguments["permissions"])])


def _errors(direction: str) -> tuple[type[ApiError], ...]:
    return (
        *reading.errors_of(direction, reading.REVOKE),
        *(e.MixedForms, _NO_RULE[direction], e.RuleIdTwice),
    )


@operation(
    ECS,
    "RevokeSecurityGroup",
    on=ONE,
    conditions=_conditions,
    raises=_errors("ingress"),
    gateway=ONCE,
)
def revoke_security_group(
    ctx: Context,
    group: GroupRow,
    *,
    security_group_rule_id: RuleIds | None = None,
    permissions: Ingress | None = None,
    bare: BareIngress,
) -> None:
    """Take away rules for packets to the members of a group."""
    _refuse_mixed(security_group_rule_id, permissions, rules_of(bare, None))
    _revoke(ctx, group, "ingress", security_group_rule_id, rules_of(bare, permissions))


@operation(
    ECS,
    "RevokeSecurityGroupEgress",
    on=ONE,
    conditions=_conditions,
    raises=_errors("egress"),
    gateway=ONCE,
)
def revoke_security_group_egress(
    ctx: Context,
    group: GroupRow,
    *,
    security_group_rule_id: RuleIds | None = None,
    permissions: Egress | None = None,
    bare: BareEgress,
) -> None:
    """Take away rules for packets from the members of a group."""
    _refuse_mixed(security_group_rule_id, permissions, rules_of(bare, None))
    _revoke(ctx, group, "egress", security_group_rule_id, rules_of(bare, permissions))


def _refuse_mixed(*forms: Sequence[object] | None) -> None:
    if sum(bool(form) for form in forms) > 1:
        raise e.MixedForms


def _revoke(
    ctx: Context,
    group: GroupRow,
    direction: str,
    rule_ids: Sequence[str] | None,
    sent: Sequence[SentRule],
) -> None:
    if not rule_ids and not sent:
        raise e.NoProtocol
    held = ctx.tx.find(RuleRow, group_id=group.group_id, direction=direction)
    if rule_ids:
        gone = _named(rule_ids, held, _NO_RULE[direction])
    else:
        wanted = {
            meaning(reading.read(each, group.group_id, ctx.now, reading.REVOKE)) for each in sent
        }
        gone = [row for row in held if meaning(row) in wanted]
    for row in gone:
        ctx.tx.delete(row)
    if gone:
        note_change(ctx, group)


def _named(
    rule_ids: Sequence[str], held: Sequence[RuleRow], missing: type[ApiError]
) -> list[RuleRow]:
    if len(set(rule_ids)) < len(rule_ids):
        raise e.RuleIdTwice
    by_id = {row.rule_id: row for row in held}
    if any(rule_id not in by_id for rule_id in rule_ids):
        raise missing
    return [by_id[rule_id] for rule_id in rule_ids]
