"""The log of what alarm rules told."""

from collections.abc import Callable, Mapping
from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, Grouped, OneOf, Pattern, Text
from juyong.api.listing import page_of
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape, Within
from juyong.api.wrapping import Listing
from juyong.base.clock import Instant
from juyong.services.cms.answers import (
    CountedInText,
    Done,
    DoneByNumber,
    PageNumber,
    PageSize,
    ProductOf,
    millis,
    millis_text,
    reads,
)
from juyong.services.cms.groups.group import OfGroup, group_names
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.rules.judging import INSUFFICIENT_DATA, LEVELS, OK, Escalation
from juyong.services.cms.rules.rule import (
    ALARM,
    RULE,
    OfNamespace,
    OnMetric,
    RuleId,
    alarm_or,
    conditions_of,
)
from juyong.services.cms.tables import AlarmRow, AlertLogRow, RuleRow
from juyong.services.cms.texts import (
    Reads,
    alike,
    dimensions,
    dimensions_of,
    instance_of,
    meets,
    moment,
    names_of,
    to_json,
)

KEPT_SECONDS = 365 * 86_400
"""Source: DescribeAlertLogList, of the last year (documented)."""
TOLD, INEFFECTIVE, UNTOLD = 0, 1, 4
_P4 = "P4"
_SEVERITY = {"CRITICAL": 2, "WARN": 3, "INFO": 4}

Milliseconds = Annotated[str, Reads(moment), Doc("Milliseconds since 1970.")]
SendStatus = Annotated[str, Pattern("[0-4]"), Doc("0 told, 1 outside hours, 4 untold.")]


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of both questions for entries."""

    start_time: Milliseconds | None = None
    end_time: Milliseconds | None = None
    rule_id: RuleId | None = None
    rule_name: Annotated[str, Text(1, 128), Doc("Only of rules of this name.")] | None = None
    namespace: OfNamespace | None = None
    metric_name: OnMetric | None = None
    group_id: OfGroup | None = None

    def rows(self, ctx: Context, keep: Callable[[AlertLogRow], bool]) -> list[AlertLogRow]:
        """Return the entries of a time, newest first; of the last year without times."""
        since = moment(self.start_time) if self.start_time else Instant(ctx.now - KEPT_SECONDS)
        until = moment(self.end_time) if self.end_time else ctx.now
        rows = ctx.tx.find(
            AlertLogRow,
            order=("log_id",),
            after=("log_id", f"{since:012}"),
            account_id=ctx.account_id,
        )
        wanted = {
            "rule_id": self.rule_id,
            "rule_name": self.rule_name,
            "namespace": self.namespace,
            "metric_name": self.metric_name,
            "group_id": self.group_id,
        }
        return [r for r in reversed(rows) if r.at <= until and alike(r, **wanted) and keep(r)]


class Pair(Shape, frozen=True, kw_only=True):
    """A dimension."""

    key: str
    value: str


class Told(Shape, frozen=True, kw_only=True):
    """The condition that held, or the last one that did."""

    expression: str
    level: str
    times: int


class Hook(Shape, frozen=True, kw_only=True):
    """A webhook that an alert went to: the host alone, since the path may hold a token."""

    url: str = msgspec.field(name="url")
    code: str = msgspec.field(name="code", default="")
    message: str = msgspec.field(name="message", default="")


def _severity(level: str) -> str:
    return _P4 if level in LEVELS else level


def _pairs(resource: str) -> list[Pair]:
    return [Pair(key=key, value=value) for key, value in dimensions_of(resource).items()]


def _hooks(hosts: str) -> list[Hook]:
    return [Hook(url=host) for host in names_of(hosts)]


class Alert(Shape, frozen=True, kw_only=True):
    """One alert; AlertTime is in milliseconds, as text."""

    log_id: str
    alert_time: Annotated[str, Of("at", millis_text)]
    rule_id: str
    rule_name: str
    namespace: str
    product: ProductOf
    metric_name: str
    level: Annotated[str, Of(through=_severity)]
    level_change: str
    message: str
    dimensions: Annotated[list[Pair], Of("resource", _pairs)]
    instance_id: Annotated[str, Of("resource", instance_of)]
    instance_name: Annotated[str, Of("resource", instance_of)]
    escalation: Told
    contact_groups: Annotated[list[str], Of("groups", names_of)]
    contact_mail_list: Annotated[list[str], Of("mails", names_of)]
    webhook_list: Annotated[list[Hook], Of("hosts", _hooks)]
    send_status: Annotated[str, Of(through=str)]
    group_id: str
    group_name: str


class AlertPage(Done, frozen=True, kw_only=True):
    """A page, by its number."""

    page_number: int
    page_size: int


def _alert(row: AlertLogRow, names: Mapping[str, str]) -> Alert:
    return Alert.of(
        row,
        group_name=names.get(row.group_id, ""),
        level_change=f"{row.before}->{row.level}",
        message=f"{row.metric_name} is {row.value or 'unknown'}",
    )


@operation(
    CMS,
    "DescribeAlertLogList",
    on=RULE.all,
    **reads(
        answers="AlertLogList",
        unsupported={
            "GroupBy": "entries are not brought together",
            "LastMin": "StartTime and EndTime say the time",
        },
    ),
)
def describe_alert_log_list(
    ctx: Context,
    *,
    sought: Annotated[Sought, Grouped()],
    product: Annotated[str, Text(1, 64), Doc("The namespace without `acs_`.")] | None = None,
    level: Annotated[str, OneOf((_P4, OK)), Doc("`P4` for alerts, `OK` for their end.")]
    | None = None,
    event_type: Annotated[str, OneOf(("TRIGGERED", "RESOLVED")), Doc("The same otherwise.")]
    | None = None,
    send_status: SendStatus | None = None,
    source_type: Annotated[str, OneOf(("METRIC",)), Doc("`METRIC`.")] = "METRIC",  # noqa: ARG001
    contact_group: Annotated[str, Text(1, 64), Doc("Only what went to this group.")] | None = None,
    search_key: Annotated[str, Text(1, 128), Doc("A part of rule, metric or dimensions.")] = "",
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[Alert, AlertPage]:
    """List the alerts of rules, the newest first.

    Repeats that are muted by SilenceTime leave no entry.
    """
    names = group_names(ctx.tx, ctx.account_id)
    ends = {"TRIGGERED": _P4, "RESOLVED": OK}.get(event_type or "", level)

    def keep(row: AlertLogRow) -> bool:
        shown = _alert(row, names)
        return (
            alike(shown, product=product, level=level, send_status=send_status)
            and ends in (None, shown.level)
            and (contact_group is None or contact_group in shown.contact_groups)
            and search_key in f"{row.rule_name} {row.metric_name} {row.resource}"
        )

    rows = sought.rows(ctx, keep)
    page = AlertPage(page_number=page_number, page_size=page_size)
    return Listing([_alert(row, names) for row in page_of(rows, page_number, page_size)], page)


class Entry(Shape, frozen=True, kw_only=True):
    """One entry of the older list."""

    alert_time: Annotated[int, Of("at", millis)]
    rule_id: str
    rule_name: str
    namespace: str
    metric_name: str
    dimensions: Annotated[str, Of("resource")]
    instance_name: Annotated[str, Of("resource", instance_of)]
    expression: str
    evaluation_count: Annotated[int, Of("times")]
    level: str
    state: Annotated[str, Of("level", alarm_or)]
    status: Annotated[int, Of("send_status")]
    value: str
    last_time: int = 0
    group_id: str
    contact_groups: Annotated[list[str], Of("groups", names_of), Within("ContactGroup")]
    contact_mails: Annotated[list[str], Of("mails", names_of), Within("ContactMail")]
    webhooks: Annotated[str, Of("hosts", lambda hosts: ",".join(names_of(hosts)))]


@operation(
    CMS,
    "DescribeAlertHistoryList",
    on=RULE.all,
    **reads(answers="AlarmHistoryList.AlarmHistory"),
)
def describe_alert_history_list(
    ctx: Context,
    *,
    sought: Annotated[Sought, Grouped()],
    state: Annotated[str, OneOf((ALARM, OK, INSUFFICIENT_DATA)), Doc("Only of this one.")]
    | None = None,
    status: SendStatus | None = None,
    ascending: Annotated[bool, Doc("False: the oldest first.")] = True,
    page: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[Entry, CountedInText]:
    """List the changes of the states of rules; `Ascending=true` is documented as newest first."""

    def keep(row: AlertLogRow) -> bool:
        return state in (None, alarm_or(row.level)) and status in (None, str(row.send_status))

    rows = sought.rows(ctx, keep)
    if not ascending:
        rows.reverse()
    shown = [Entry.of(row) for row in page_of(rows, page, page_size)]
    return Listing(shown, CountedInText(total=str(len(rows))))


class Ringing(msgspec.Struct, frozen=True, kw_only=True):
    """A resource in alarm, with its rule and the condition that holds."""

    rule: RuleRow
    alarm: AlarmRow
    by: Escalation

    @property
    def last_alert(self) -> Instant:
        """When the alert was told last, or else began."""
        return self.alarm.notified_at or self.alarm.since

    @property
    def values(self) -> str:
        """The value by its statistic, as a JSON object."""
        return to_json({self.by.statistics: self.alarm.value})


class Held(Shape, frozen=True, kw_only=True):
    """The condition that holds."""

    comparison_operator: Annotated[str, Of("operator")]
    expression: str
    level: Annotated[int, Of(through=_SEVERITY.get)]
    threshold: str
    times: int


def _named(resource: str) -> str:
    return ",".join(f"{k}={v}" for k, v in dimensions_of(resource).items())


class Alerting(Shape, frozen=True, kw_only=True):
    """One resource in alarm; times are in milliseconds, as text."""

    rule_id: Annotated[str, Of("rule.rule_id")]
    rule_name: Annotated[str, Of("rule.rule_name")]
    namespace: Annotated[str, Of("rule.namespace")]
    metric_name: Annotated[str, Of("rule.metric_name")]
    product_category: Annotated[str, Of("rule.namespace", lambda name: name.removeprefix("acs_"))]
    dimensions: Annotated[str, Of("alarm.resource")]
    resource: Annotated[str, Of("alarm.resource", _named)]
    enable: Annotated[str, Of("rule.enabled", lambda enabled: str(enabled).lower())]
    level: Annotated[int, Of("alarm.level", _SEVERITY.get)]
    statistics: Annotated[str, Of("by.statistics")]
    threshold: Annotated[str, Of("by.threshold")]
    retry_times: Annotated[str, Of("by.times", str)]
    metric_values: Annotated[str, Of("values")]
    start_time: Annotated[str, Of("alarm.since", millis_text)]
    last_alert_time: Annotated[str, Of("last_alert", millis_text)]
    last_modify_time: Annotated[str, Of("rule.updated_at", millis_text)]
    group_id: Annotated[str, Of("rule.group_id")]
    escalation: Annotated[list[Held], Of("by", lambda by: [Held.of(by)]), Within("Resource")]


class AlertingPage(DoneByNumber, frozen=True, kw_only=True):
    """A page."""

    total: int


@operation(
    CMS,
    "DescribeAlertingMetricRuleResources",
    on=RULE.all,
    **reads(answers="Resources.Resource"),
)
def describe_alerting_metric_rule_resources(
    ctx: Context,
    *,
    rule_id: RuleId | None = None,
    namespace: OfNamespace | None = None,
    dimensions: Annotated[str, Reads(dimensions), Doc("JSON; only resources with these.")]
    | None = None,
    group_id: OfGroup | None = None,
    alert_before_time: Annotated[Milliseconds, Doc("Only in alarm since before.")] | None = None,
    page: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[Alerting, AlertingPage]:
    """List the resources that are in alarm now, by rule."""
    wanted = (_read(dimensions),) if dimensions else ()
    before = moment(alert_before_time) if alert_before_time else ctx.now
    conditions = {
        (row.rule_id, by.level): (row, by)
        for row in ctx.tx.find(RuleRow, account_id=ctx.account_id)
        if alike(row, rule_id=rule_id, namespace=namespace, group_id=group_id)
        for by in conditions_of(row.escalations)
    }
    found = [
        Ringing(rule=holding[0], alarm=alarm, by=holding[1])
        for alarm in ctx.tx.find(AlarmRow, order=("rule_id", "resource"), account_id=ctx.account_id)
        if (holding := conditions.get((alarm.rule_id, alarm.level)))
        and alarm.since <= before
        and meets(wanted, dimensions_of(alarm.resource))
    ]
    shown = [Alerting.of(each) for each in page_of(found, page, page_size)]
    return Listing(shown, AlertingPage(total=len(found)))


_read = dimensions
