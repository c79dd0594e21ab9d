"""Alarm rules as a resource, their parameters, and how answers show them."""

from collections.abc import Iterable
from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import BadParameter
from juyong.api.fields import Between, Doc, OneOf, Pattern, Raises, Text, Wire
from juyong.api.shape import Of, Shape
from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.services.cms.contacts.groups import known_groups
from juyong.services.cms.errors import NoContactGroup, NoMetric, NoRule
from juyong.services.cms.kept import resource_of
from juyong.services.cms.metrics.catalogue import PERIODS, STATISTICS, Metric, metric_of
from juyong.services.cms.notifying import WebUrl
from juyong.services.cms.rules.hours import span
from juyong.services.cms.rules.judging import (
    INSUFFICIENT_DATA,
    LEVELS,
    OK,
    OPERATORS,
    Escalation,
)
from juyong.services.cms.tables import AlarmRow, MonitorGroupRow, RuleDueRow, RuleRow
from juyong.services.cms.texts import Reads, moment, number, resources, split, to_json
from juyong.store.transaction import Transaction

NO_DATA_POLICIES = ("KEEP_LAST_STATE", INSUFFICIENT_DATA, OK)
ALARM = "ALARM"
_DAY = 86_400


class Condition(Shape, frozen=True, kw_only=True):
    """The condition of one level."""

    statistics: Annotated[str, OneOf(STATISTICS)]
    comparison_operator: Annotated[str, OneOf(OPERATORS), Of("operator")]
    threshold: Annotated[str, Reads(number)]
    times: Annotated[int, Between(1, 100)]


class Conditions(Shape, frozen=True, kw_only=True):
    """The conditions of a rule by level; at least one."""

    critical: Condition | None = None
    warn: Condition | None = None
    info: Condition | None = None

    def escalations(self) -> list[Escalation]:
        """Return those that are given."""
        given = zip(LEVELS, (self.critical, self.warn, self.info), strict=True)
        return [
            Escalation(
                level=level,
                statistics=each.statistics,
                operator=each.comparison_operator,
                threshold=each.threshold,
                times=each.times,
            )
            for level, each in given
            if each is not None
        ]


class Label(Shape, frozen=True, kw_only=True):
    """A label of a rule, which its notices carry."""

    key: Annotated[str, Text(1, 128)]
    value: Annotated[str, Text(0, 128)] = ""


Seconds = Annotated[str, Pattern(r"[1-9]\d{1,4}"), Doc("A multiple of 60, up to 86400.")]
Milliseconds = Annotated[str, Reads(moment), Doc("Milliseconds since 1970.")]
OfNamespace = Annotated[str, Text(1, 128), Doc("Only of this one.")]
OnMetric = Annotated[str, Text(1, 128), Doc("Only on this one.")]
RuleId = Annotated[str, Text(1, 128, chars=r"^,\x00-\x1f"), Doc("The caller chooses the id.")]
Hours = Annotated[str, Reads(span), Doc("`hh:mm-hh:mm`, hours of Beijing.")]


class Members(Shape, frozen=True, kw_only=True):
    """The members that all rules have, as calls send the members."""

    rule_id: RuleId
    rule_name: Annotated[str, Text(1, 128), Doc("Unlike ids, names may repeat.")]
    namespace: Annotated[str, Text(1, 128), Doc("Such as `acs_kms`.")]
    metric_name: Annotated[str, Text(1, 128), Raises((NoMetric,)), Doc("Such as `RequestCount`.")]
    webhook: Annotated[Secret, WebUrl(), Doc("Alerts are posted there, as a form.")] | None = None
    escalations: Conditions = Conditions()
    effective_interval: Hours | None = None
    no_effective_interval: Hours | None = None
    silence_time: Annotated[int, Between(60, _DAY), Doc("Seconds, 60 to 86400.")] = _DAY
    period: Annotated[str, OneOf(tuple(map(str, PERIODS))), Doc("60, 300, 900, 3600.")] | None = (
        None
    )
    interval: Seconds | None = None
    email_subject: Annotated[str, Text(0, 256), Doc("Of mails.")] = ""
    no_data_policy: Annotated[str, OneOf(NO_DATA_POLICIES), Doc("The state without data.")] = (
        "KEEP_LAST_STATE"
    )
    labels: tuple[Label, ...] = ()


class Wanted(Members, frozen=True, kw_only=True):
    """The members of a rule on resources."""

    resources: Annotated[
        str, Reads(resources), Doc('JSON: `[{"userId": "1"}]`, or `[{"resource": "_ALL"}]`.')
    ]
    contact_groups: Annotated[
        str, Text(1, 1024), Raises((NoContactGroup,)), Doc("Names, separated by commas.")
    ]
    send_ok: Annotated[bool, Wire("SendOK"), Doc("Tell when the alert is over.")] = msgspec.field(
        name="SendOK", default=True
    )


def put(ctx: Context, wanted: Wanted) -> RuleRow:
    """Store a rule on resources.

    Raises:
        ApiError: NoContactGroup, or as `put_rule`.
    """
    groups = known_groups(ctx.tx, ctx.account_id, wanted.contact_groups)
    if not groups:
        raise NoContactGroup
    metric = the_metric(ctx, wanted)
    return put_rule(
        ctx,
        wanted,
        metric,
        resources=wanted.resources,
        group_id="",
        contact_groups=",".join(groups),
        send_ok=wanted.send_ok,
    )


def the_metric(ctx: Context, wanted: Members) -> Metric:
    """Return the metric of a rule; raises NoMetric."""
    metric = metric_of(ctx.tx, ctx.account_id, wanted.namespace, wanted.metric_name)
    if metric is None:
        raise NoMetric
    return metric


def conditions_of(text: str) -> list[Escalation]:
    """Return the conditions of a rule, from the column that holds them."""
    return msgspec.json.decode(text, type=list[Escalation])


class InInventory(Shape, frozen=True, kw_only=True):
    """A rule as the inventory keeps it: without the webhook."""

    rule_id: str
    rule_name: str
    namespace: str
    metric_name: str
    resources: str
    contact_groups: str
    escalations: str
    period: int
    enabled: bool


RULE = resource_of(
    "AlarmRule",
    RuleRow,
    InInventory,
    id="rule_id",
    name="rule_name",
    quota="cms.rules",
    missing=NoRule,
)


def put_rule(ctx: Context, wanted: Members, metric: Metric, **own: str | bool) -> RuleRow:
    """Store a rule; a rule of the same id is replaced, and judged anew.

    Args:
        wanted: The members.
        metric: As `the_metric` found it.
        **own: The columns in which rules on resources and rules on groups differ.

    Raises:
        BadParameter: there is no condition, an interval between minutes, or a period in which the
            metric is not measured.
        TooMany: the account has as many rules as its quota allows.
    """
    escalations = wanted.escalations.escalations()
    if not escalations:
        raise BadParameter("ParameterInvalid", "The parameter Escalations is required.")
    period = metric.period(wanted.period)
    every = int(wanted.interval or period)
    if every % 60 or every > _DAY:
        raise BadParameter("ParameterInvalid", "The parameter Interval is invalid.")
    columns = {
        "rule_name": wanted.rule_name,
        "namespace": wanted.namespace,
        "metric_name": wanted.metric_name,
        "escalations": to_json(escalations),
        "webhook": wanted.webhook,
        "effective": wanted.effective_interval or "",
        "ineffective": wanted.no_effective_interval or "",
        "silence_seconds": wanted.silence_time,
        "period": period,
        "interval": every,
        "subject": wanted.email_subject,
        "no_data": wanted.no_data_policy,
        "labels": to_json(wanted.labels),
        "updated_at": ctx.now,
        **own,
    }
    held = ctx.tx.get(RuleRow, ctx.account_id, wanted.rule_id)
    if held is None:
        row = RULE.create(ctx, rule_id=wanted.rule_id, **columns)
    else:
        row = ctx.tx.update(held, **columns)
        RULE.note(ctx.tx, ctx.journal, "updated", row)
    if row.enabled:
        _judge_from_now(ctx, row)
    return row


def enable(ctx: Context, row: RuleRow, *, enabled: bool) -> None:
    """Have a rule judged or not; the states of one that is not judged are forgotten."""
    if row.enabled == enabled:
        return
    row = ctx.tx.update(row, enabled=enabled, updated_at=ctx.now)
    RULE.note(ctx.tx, ctx.journal, "updated", row)
    if enabled:
        _judge_from_now(ctx, row)
    else:
        _forget_states(ctx.tx, row)


def remove(ctx: Context, row: RuleRow) -> None:
    """Delete a rule and its states; its history stays."""
    _forget_states(ctx.tx, row)
    RULE.remove(ctx, row)


def _judge_from_now(ctx: Context, row: RuleRow) -> None:
    due = Instant(ctx.now // row.interval * row.interval + row.interval)
    held = ctx.tx.get(RuleDueRow, row.account_id, row.rule_id)
    if held is None:
        ctx.tx.insert(RuleDueRow(account_id=row.account_id, rule_id=row.rule_id, due_at=due))
    else:
        ctx.tx.update(held, due_at=due)


def _forget_states(tx: Transaction, row: RuleRow) -> None:
    for kind in (AlarmRow, RuleDueRow):
        for each in tx.find(kind, account_id=row.account_id, rule_id=row.rule_id):
            tx.delete(each)


def alarm_or(level: str) -> str:
    """Return the state that a level is shown as."""
    return ALARM if level in LEVELS else level


def state_of(alarms: Iterable[AlarmRow]) -> str:
    """Return the state of a rule, the worst of its resources: ALARM before missing data before OK.

    A rule that was not judged yet has insufficient data.
    """
    levels = {each.level for each in alarms}
    if levels & set(LEVELS):
        return ALARM
    return OK if levels == {OK} else INSUFFICIENT_DATA


def in_use(ctx: Context, group: str) -> bool:
    """Tell whether a rule or a monitor group of the account tells a contact group."""
    told = [row.contact_groups for row in ctx.tx.find(RuleRow, account_id=ctx.account_id)]
    told += [row.contact_groups for row in ctx.tx.find(MonitorGroupRow, account_id=ctx.account_id)]
    return any(group in split(names) for names in told)


def named_ids(ctx: Context, ids: list[str]) -> list[RuleRow]:
    """Return the rules of some ids.

    Raises:
        NoRule: there is none of an id.
    """
    return [RULE.the(ctx, each) for each in dict.fromkeys(ids)]
