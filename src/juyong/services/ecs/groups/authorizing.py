"""Add rules to a security group.

A rule that the group has already is not added again, and the call succeeds (documented).

Source: ECS API reference, AuthorizeSecurityGroup, AuthorizeSecurityGroupEgress (documented).
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from msgspec.structs import replace

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Grouped, Items
from juyong.api.operation import operation
from juyong.api.repeats import ONCE
from juyong.engines.packet import Rule
from juyong.services.ecs.groups import peers, reading
from juyong.services.ecs.groups import rule_errors as e
from juyong.services.ecs.groups.group import ONE, note_change
from juyong.services.ecs.groups.sent import (
    EgressRule,
    IngressRule,
    SentRule,
    is_given,
    judged,
    rules_of,
)
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.network.groups import meaning
from juyong.services.network.rules.tables import RuleRow
from juyong.services.network.tables import GroupRow

Ingress = Annotated[list[IngressRule], Items(1, 100), Doc("1 to 100 rules.")]
Egress = Annotated[list[EgressRule], Items(1, 100), Doc("1 to 100 rules.")]
BareIngress = Annotated[IngressRule, Grouped()]
BareEgress = Annotated[EgressRule, Grouped()]


def conditions(_ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:
    """Return the condition keys of the rules of a call."""
    return judged(rules_of(arguments["bare"], arguments["permissions"]))


def _errors(direction: str) -> tuple[type[ApiError], ...]:
    return (
        *reading.errors_of(direction, reading.AUTHORIZE),
        *peers.errors_of(direction),
        *(e.MixedForms, e.RuleTwice, e.TooManyRules, e.TooManyGroupRules),
    )


@operation(
    ECS,
    "AuthorizeSecurityGroup",
    on=ONE,
    conditions=conditions,
    raises=_errors("ingress"),
    gateway=ONCE,
)
def authorize_security_group(
    ctx: Context, group: GroupRow, *, permissions: Ingress | None = None, bare: BareIngress
) -> None:
    """Add rules for packets to the members of a group."""
    _refuse_mixed(is_given(bare) and bool(permissions))
    _authorize(ctx, group, rules_of(bare, permissions))


@operation(
    ECS,
    "AuthorizeSecurityGroupEgress",
    on=ONE,
    conditions=conditions,
    raises=_errors("egress"),
    gateway=ONCE,
)
def authorize_security_group_egress(
    ctx: Context, group: GroupRow, *, permissions: Egress | None = None, bare: BareEgress
) -> None:
    """Add rules for packets from the members of a group."""
    _refuse_mixed(is_given(bare) and bool(permissions))
    _authorize(ctx, group, rules_of(bare, permissions))


def _refuse_mixed(mixed: bool) -> None:
    if mixed:
        raise e.MixedForms


def _authorize(ctx: Context, group: GroupRow, sent: Sequence[SentRule]) -> None:
    if not sent:
        raise e.NoProtocol
    wanted: dict[Rule, RuleRow] = {}
    for each in sent:
        row = peers.with_peers(ctx, group, each, reading.read(each, group.group_id, ctx.now))
        if meaning(row) in wanted:
            raise e.RuleTwice
        wanted[meaning(row)] = row
    held = ctx.tx.find(RuleRow, group_id=group.group_id)
    known = {meaning(row) for row in held}
    added = [row for said, row in wanted.items() if said not in known]
    _check_quotas(ctx, [*held, *added])
    last = max((row.position for row in held), default=0)
    for position, row in enumerate(added, last + 1):
        ctx.tx.insert(replace(row, position=position))
    if added:
        note_change(ctx, group)


def _check_quotas(ctx: Context, rules: Sequence[RuleRow]) -> None:
    if sum(row.cost for row in rules) > ctx.quota("ecs.rules-per-group"):
        raise e.TooManyRules
    peer_groups = sum(bool(row.peer_group_id) for row in rules)
    if peer_groups > ctx.quota("ecs.group-peers-per-group"):
        raise e.TooManyGroupRules
