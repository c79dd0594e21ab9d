"""Event rules and their targets: put, listed, enabled and deleted."""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Items, OneOf, Text
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape, Within
from juyong.api.wrapping import Listing
from juyong.services.cms.answers import (
    DONE,
    Counted,
    Done,
    PageNumber,
    PageSize,
    counted,
    reads,
)
from juyong.services.cms.errors import NoRule
from juyong.services.cms.events.storing import CUSTOM, SYSTEM, Pattern, patterns_of
from juyong.services.cms.events.targets import (
    sealed,
)
from juyong.services.cms.kept import resource_of
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.tables import EventRuleRow
from juyong.services.cms.texts import to_json

ENABLED, DISABLED = "ENABLED", "DISABLED"
_LEVELS = ("CRITICAL", "WARN", "INFO", "*")

RuleName = Annotated[str, Text(1, 128, chars=r"^,/\x00-\x1f"), Doc("Unique in the account.")]
RuleNames = Annotated[list[str], Items(1, 20), Doc("1 to 20 names.")]
Value = Annotated[str, Text(1, 256)]


class Wanted(Shape, frozen=True, kw_only=True):
    """Which events are passed on. An empty list, or `*`, is every value.

    Filters by content are refused: SQLFilter, CustomFilters.
    """

    product: Annotated[str, Text(1, 64)]
    name_list: Annotated[tuple[Value, ...], Items(0, 50)] = ()
    level_list: Annotated[tuple[Annotated[str, OneOf(_LEVELS)], ...], Items(0, 4)] = ()
    event_type_list: Annotated[tuple[Value, ...], Items(0, 20)] = ()
    status_list: Annotated[tuple[Value, ...], Items(0, 20)] = ()
    sql_filter: Annotated[str, Text(0, 0)] = msgspec.field(name="SQLFilter", default="")
    custom_filters: Annotated[str, Text(0, 0)] = ""


class RuleState(Shape, frozen=True, kw_only=True):
    """An event rule as the inventory keeps the rule: without targets."""

    rule_name: str
    event_type: str
    enabled: bool
    description: str
    patterns: str


EVENT_RULE = resource_of(
    "EventRule",
    EventRuleRow,
    RuleState,
    id="rule_name",
    quota="cms.event-rules",
    missing=NoRule,
)
ONE = EVENT_RULE.by(rule_name=RuleName)


class Put(Done, frozen=True, kw_only=True):
    """How many rules were written, as text."""

    data: str = "1"


@operation(
    CMS,
    "PutEventRule",
    on=EVENT_RULE.new,
    unsupported={"GroupId": "events are of no group"},
)
def put_event_rule(
    ctx: Context,
    *,
    rule_name: RuleName,
    event_pattern: Annotated[list[Wanted], Items(1, 10), Doc("1 to 10 patterns.")],
    event_type: Annotated[
        str, OneOf((SYSTEM, CUSTOM)), Doc("Of products, or of callers.")
    ] = SYSTEM,
    state: Annotated[str, OneOf((ENABLED, DISABLED)), Doc("`ENABLED` by default.")] = ENABLED,
    description: Annotated[str, Text(0, 256), Doc("What the rule is for.")] = "",
    silence_time: Annotated[int, Between(0, 86_400), Doc("Seconds after an event.")] = 0,
) -> Put:
    """Store an event rule; a rule of the same name is replaced, and keeps its targets."""
    patterns = [
        Pattern(
            product=each.product,
            names=each.name_list,
            levels=each.level_list,
            types=each.event_type_list,
            statuses=each.status_list,
        )
        for each in event_pattern
    ]
    columns = {
        "event_type": event_type,
        "enabled": state == ENABLED,
        "description": description,
        "silence_seconds": silence_time,
        "patterns": to_json(patterns),
    }
    held = ctx.tx.get(EventRuleRow, ctx.account_id, rule_name)
    if held is None:
        EVENT_RULE.create(ctx, rule_name=rule_name, targets=sealed([]), **columns)
    else:
        EVENT_RULE.change(ctx, held, **columns)
    return Put()


class PatternBase(Shape, frozen=True, kw_only=True):
    """A pattern, as lists of rules and one rule show the pattern."""

    product: str
    name_list: Annotated[tuple[str, ...], Of("names"), Within("NameList")]
    level_list: Annotated[tuple[str, ...], Of("levels"), Within("LevelList")]
    event_type_list: Annotated[tuple[str, ...], Of("types"), Within("EventTypeList")]


class Listed(PatternBase, frozen=True, kw_only=True):
    """A pattern in a list of rules."""

    sql_filter: str = msgspec.field(name="SQLFilter", default="")
    custom_filters: str = ""


class Described(PatternBase, frozen=True, kw_only=True):
    """The pattern of one rule."""

    status_list: Annotated[tuple[str, ...], Of("statuses"), Within("StatusList")]
    sql_filter: str = msgspec.field(name="SQLFilter", default="")


class ListedPatterns(Listed, frozen=True, kw_only=True):
    """The wrapper around patterns, which shows the members of the first pattern too.

    Source: the official SDK reads the list, the Terraform provider the members (observed in their
    sources).
    """

    event_pattern: list[Listed]


class RuleBase(Shape, frozen=True, kw_only=True):
    """A rule, as lists of rules and one rule show the rule."""

    name: Annotated[str, Of("rule_name")]
    description: str
    event_type: str
    state: Annotated[str, Of("enabled", lambda enabled: ENABLED if enabled else DISABLED)]


class EventRule(RuleBase, frozen=True, kw_only=True):
    """A rule in a list."""

    silence_time: Annotated[int, Of("silence_seconds")]
    group_id: str = ""
    event_pattern: ListedPatterns


class OneRule(RuleBase, frozen=True, kw_only=True):
    """One rule, with the first of its patterns."""

    group_id: str = ""
    event_pattern: Described


class Attribute(Done, frozen=True, kw_only=True):
    """The answer around a rule."""

    result: OneRule


def _listed(row: EventRuleRow) -> EventRule:
    patterns = patterns_of(row)
    listed = [Listed.of(each) for each in patterns]
    around = ListedPatterns.of(patterns[0], event_pattern=listed)
    return EventRule.of(row, event_pattern=around)


@operation(
    CMS,
    "DescribeEventRuleList",
    on=EVENT_RULE.all,
    **reads(answers="EventRules.EventRule", unsupported={"GroupId": "events are of no group"}),
)
def describe_event_rule_list(
    ctx: Context,
    *,
    name_prefix: Annotated[str, Text(0, 128), Doc("How the name begins.")] = "",
    is_enable: Annotated[bool, Doc("Only those that are enabled, or are not.")] | None = None,
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[EventRule, Counted]:
    """List the event rules of the account, by name."""
    rows = [
        row
        for row in ctx.tx.find(EventRuleRow, order=("rule_name",), account_id=ctx.account_id)
        if row.rule_name.startswith(name_prefix) and is_enable in (None, row.enabled)
    ]
    return counted(rows, page_number, page_size).map(_listed)


@operation(CMS, "DescribeEventRuleAttribute", on=ONE, reads_only=True)
def describe_event_rule_attribute(_ctx: Context, rule: EventRuleRow) -> Attribute:
    """Return an event rule; the answer has room for the first of its patterns alone."""
    first = Described.of(patterns_of(rule)[0])
    return Attribute(result=OneRule.of(rule, event_pattern=first))


def _named(ctx: Context, names: list[str]) -> list[EventRuleRow]:
    return [EVENT_RULE.the(ctx, name) for name in dict.fromkeys(names)]


@operation(CMS, "EnableEventRules", on=EVENT_RULE.all, raises=(NoRule,))
def enable_event_rules(ctx: Context, *, rule_names: RuleNames) -> Done:
    """Have event rules pass events on."""
    for row in _named(ctx, rule_names):
        EVENT_RULE.change(ctx, row, enabled=True)
    return DONE


@operation(CMS, "DisableEventRules", on=EVENT_RULE.all, raises=(NoRule,))
def disable_event_rules(ctx: Context, *, rule_names: RuleNames) -> Done:
    """Have event rules pass nothing on."""
    for row in _named(ctx, rule_names):
        EVENT_RULE.change(ctx, row, enabled=False)
    return DONE


@operation(CMS, "DeleteEventRules", on=EVENT_RULE.all, raises=(NoRule,))
def delete_event_rules(ctx: Context, *, rule_names: RuleNames) -> Done:
    """Delete event rules and their targets."""
    for row in _named(ctx, rule_names):
        EVENT_RULE.remove(ctx, row)
    return DONE
