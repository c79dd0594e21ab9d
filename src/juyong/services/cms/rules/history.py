"""The log of what alarm rules told."""

from collections.abc import Callable
from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf, Pattern, Text
from juyong.api.listing import page_of
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import Instant
from juyong.services.cms.answers import CountedInText, Done, PageNumber, PageSize
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.rules.judging import INSUFFICIENT_DATA, LEVELS, OK
from juyong.services.cms.rules.rule import ALARM, RULE, RuleId, escalations_of
from juyong.services.cms.tables import AlarmRow, AlertLogRow, RuleRow
from juyong.services.cms.texts import Reads, dimensions, meets, moment

KEPT_SECONDS = 365 * 86_400
"""Source: DescribeAlertLogList, of the last year (documented)."""
TOLD, INEFFECTIVE, UNTOLD = 0, 1, 4
_P4 = "P4"
_SEVERITY = {"CRITICAL": 2, "WARN": 3, "INFO": 4}

Milliseconds = Annotated[str, Reads(moment), Doc("Milliseconds since 1970.")]
NamedRule = Annotated[str, Text(1, 128), Doc("Only of rules of this name.")]


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


class Alert(Shape, frozen=True, kw_only=True):
    """One alert; AlertTime is in milliseconds, as text."""

    log_id: str
    alert_time: str
    rule_id: str
    rule_name: str
    namespace: str
    product: str
    metric_name: str
    level: str
    level_change: str
    message: str
    dimensions: list[Pair]
    instance_id: str
    instance_name: str
    escalation: Told
    contact_groups: list[str]
    contact_mail_list: list[str]
    webhook_list: list[Hook]
    send_status: str
    group_id: str = ""
    group_name: str = ""


class AlertPage(Done, frozen=True, kw_only=True):
    """A page, by its number."""

    page_number: int
    page_size: int


def _logs(
    ctx: Context, start: str | None, end: str | None, keep: Callable[[AlertLogRow], bool]
) -> list[AlertLogRow]:
    """Return the entries of a time, newest first; of the last year without times."""
    since = moment(start) if start else Instant(ctx.now - KEPT_SECONDS)
    until = moment(end) if end else ctx.now
    rows = ctx.tx.find(
        AlertLogRow,
        order=("log_id",),
        after=("log_id", f"{since:012}"),
        account_id=ctx.account_id,
    )
    return [row for row in reversed(rows) if row.at <= until and keep(row)]


def _alert(row: AlertLogRow) -> Alert:
    held = msgspec.json.decode(row.resource, type=dict[str, str])
    instance = held.get("instanceId") or held.get("apiName") or ""
    return Alert(
        log_id=row.log_id,
        alert_time=str(row.at * 1000),
        rule_id=row.rule_id,
        rule_name=row.rule_name,
        namespace=row.namespace,
        product=row.namespace.removeprefix("acs_"),
        metric_name=row.metric_name,
        level=_P4 if row.level in LEVELS else row.level,
        level_change=f"{row.before}->{row.level}",
        message=f"{row.metric_name} is {row.value or 'unknown'}",
        dimensions=[Pair(key=key, value=value) for key, value in held.items()],
        instance_id=instance,
        instance_name=instance,
        escalation=Told(expression=row.expression, level=row.level, times=row.times),
        contact_groups=_texts(row.groups),
        contact_mail_list=_texts(row.mails),
        webhook_list=[Hook(url=host) for host in _texts(row.hosts)],
        send_status=str(row.send_status),
    )


@operation(
    CMS,
    "DescribeAlertLogList",
    on=RULE.all,
    answers="AlertLogList",
    reads_only=True,
    scans=True,
    unsupported={
        "GroupBy": "entries are not brought together",
        "GroupId": "resources are not grouped",
        "LastMin": "StartTime and EndTime say the time",
    },
)
def describe_alert_log_list(
    ctx: Context,
    *,
    start_time: Milliseconds | None = None,
    end_time: Milliseconds | None = None,
    rule_id: RuleId | None = None,
    rule_name: NamedRule | None = None,
    namespace: Annotated[str, Text(1, 128), Doc("Only of this one.")] | None = None,
    metric_name: Annotated[str, Text(1, 128), Doc("Only on this one.")] | None = None,
    product: Annotated[str, Text(1, 64), Doc("The namespace without `acs_`.")] | None = None,
    level: Annotated[str, OneOf((_P4, OK)), Doc("`P4` for alerts, `OK` for their end.")]
    | None = None,
    event_type: Annotated[str, OneOf(("TRIGGERED", "RESOLVED")), Doc("The same otherwise.")]
    | None = None,
    send_status: Annotated[str, Pattern("[0-4]"), Doc("0 told, 1 outside hours, 4 untold.")]
    | None = None,
    source_type: Annotated[str, OneOf(("METRIC",)), Doc("`METRIC`.")] = "METRIC",  # noqa: ARG001
    contact_group: Annotated[str, Text(1, 64), Doc("Only what went to this group.")] | None = None,
    search_key: Annotated[str, Text(1, 128), Doc("A part of rule, metric or dimensions.")] = "",
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[Alert, AlertPage]:
    """List the alerts of rules, the newest first.

    Repeats that are muted by SilenceTime leave no entry.
    """
    ends = {"TRIGGERED": _P4, "RESOLVED": OK}.get(event_type or "", level)

    def keep(row: AlertLogRow) -> bool:
        shown = _alert(row)
        return (
            rule_id in (None, row.rule_id)
            and rule_name in (None, row.rule_name)
            and namespace in (None, row.namespace)
            and metric_name in (None, row.metric_name)
            and product in (None, shown.product)
            and ends in (None, shown.level)
            and level in (None, shown.level)
            and send_status in (None, shown.send_status)
            and (contact_group is None or contact_group in shown.contact_groups)
            and search_key in f"{row.rule_name} {row.metric_name} {row.resource}"
        )

    rows = _logs(ctx, start_time, end_time, keep)
    page = AlertPage(page_number=page_number, page_size=page_size)
    return Listing([_alert(row) for row in page_of(rows, page_number, page_size)], page)


class Mails(Shape, frozen=True, kw_only=True):
    """The wrapper around addresses."""

    contact_mail: list[str]


class GroupNames(Shape, frozen=True, kw_only=True):
    """The wrapper around the names of groups."""

    contact_group: list[str]


class Entry(Shape, frozen=True, kw_only=True):
    """One entry of the older list."""

    alert_time: int
    rule_id: str
    rule_name: str
    namespace: str
    metric_name: str
    dimensions: str
    instance_name: str
    expression: str
    evaluation_count: int
    level: str
    state: str
    status: int
    value: str
    last_time: int
    group_id: str = ""
    contact_groups: GroupNames
    contact_mails: Mails
    webhooks: str


def _state(level: str) -> str:
    return ALARM if level in LEVELS else level


def _entry(row: AlertLogRow) -> Entry:
    return Entry(
        alert_time=row.at * 1000,
        rule_id=row.rule_id,
        rule_name=row.rule_name,
        namespace=row.namespace,
        metric_name=row.metric_name,
        dimensions=row.resource,
        instance_name=_alert(row).instance_name,
        expression=row.expression,
        evaluation_count=row.times,
        level=row.level,
        state=_state(row.level),
        status=row.send_status,
        value=row.value,
        last_time=0,
        contact_groups=GroupNames(contact_group=_texts(row.groups)),
        contact_mails=Mails(contact_mail=_texts(row.mails)),
        webhooks=",".join(_texts(row.hosts)),
    )


@operation(
    CMS,
    "DescribeAlertHistoryList",
    on=RULE.all,
    answers="AlarmHistoryList.AlarmHistory",
    reads_only=True,
    scans=True,
    unsupported={"GroupId": "resources are not grouped"},
)
def describe_alert_history_list(
    ctx: Context,
    *,
    start_time: Milliseconds | None = None,
    end_time: Milliseconds | None = None,
    rule_id: RuleId | None = None,
    rule_name: NamedRule | None = None,
    namespace: Annotated[str, Text(1, 128), Doc("Only of this one.")] | None = None,
    metric_name: Annotated[str, Text(1, 128), Doc("Only on this one.")] | None = None,
    state: Annotated[str, OneOf((ALARM, OK, INSUFFICIENT_DATA)), Doc("Only of this one.")]
    | None = None,
    status: Annotated[str, Pattern("[0-4]"), Doc("0 told, 1 outside hours, 4 untold.")]
    | None = None,
    ascending: Annotated[bool, Doc("False: the oldest first.")] = True,
    page: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[Entry, CountedInText]:
    """List the changes of the states of rules; `Ascending=true` is documented as newest first."""

    def keep(row: AlertLogRow) -> bool:
        return (
            rule_id in (None, row.rule_id)
            and rule_name in (None, row.rule_name)
            and namespace in (None, row.namespace)
            and metric_name in (None, row.metric_name)
            and state in (None, _state(row.level))
            and status in (None, str(row.send_status))
        )

    rows = _logs(ctx, start_time, end_time, keep)
    if not ascending:
        rows.reverse()
    shown = [_entry(row) for row in page_of(rows, page, page_size)]
    return Listing(shown, CountedInText(total=str(len(rows))))


class Held(Shape, frozen=True, kw_only=True):
    """The condition that holds."""

    comparison_operator: str
    expression: str
    level: int
    threshold: str
    times: int


class HeldList(Shape, frozen=True, kw_only=True):
    """The wrapper around the condition."""

    resource: list[Held]


class Alerting(Shape, frozen=True, kw_only=True):
    """One resource in alarm; times are in milliseconds, as text."""

    rule_id: str
    rule_name: str
    namespace: str
    metric_name: str
    product_category: str
    dimensions: str
    resource: str
    enable: str
    level: int
    statistics: str
    threshold: str
    retry_times: str
    metric_values: str
    start_time: str
    last_alert_time: str
    last_modify_time: str
    group_id: str = ""
    escalation: HeldList


class AlertingPage(Shape, frozen=True, kw_only=True):
    """A page; Code is a number here. Source: the models of the official SDK (observed)."""

    code: int = 200
    message: str = ""
    success: bool = True
    total: int


def _alerting(rule: RuleRow, alarm: AlarmRow) -> Alerting:
    by = next(each for each in escalations_of(rule) if each.level == alarm.level)
    held = Held(
        comparison_operator=by.operator,
        expression=by.expression,
        level=_SEVERITY[by.level],
        threshold=by.threshold,
        times=by.times,
    )
    return Alerting(
        rule_id=rule.rule_id,
        rule_name=rule.rule_name,
        namespace=rule.namespace,
        metric_name=rule.metric_name,
        product_category=rule.namespace.removeprefix("acs_"),
        dimensions=alarm.resource,
        resource=",".join(f"{k}={v}" for k, v in msgspec.json.decode(alarm.resource).items()),
        enable=str(rule.enabled).lower(),
        level=_SEVERITY[alarm.level],
        statistics=by.statistics,
        threshold=by.threshold,
        retry_times=str(by.times),
        metric_values=msgspec.json.encode({by.statistics: alarm.value}).decode(),
        start_time=str(alarm.since * 1000),
        last_alert_time=str((alarm.notified_at or alarm.since) * 1000),
        last_modify_time=str(rule.updated_at * 1000),
        escalation=HeldList(resource=[held]),
    )


@operation(
    CMS,
    "DescribeAlertingMetricRuleResources",
    on=RULE.all,
    answers="Resources.Resource",
    reads_only=True,
    scans=True,
    unsupported={"GroupId": "resources are not grouped"},
)
def describe_alerting_metric_rule_resources(
    ctx: Context,
    *,
    rule_id: RuleId | None = None,
    namespace: Annotated[str, Text(1, 128), Doc("Only of this one.")] | None = None,
    dimensions: Annotated[str, Reads(dimensions), Doc("JSON; only resources with these.")]
    | None = None,
    alert_before_time: Annotated[Milliseconds, Doc("Only in alarm since before.")] | None = None,
    page: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[Alerting, AlertingPage]:
    """List the resources that are in alarm now, by rule."""
    wanted = (_read(dimensions),) if dimensions else ()
    before = moment(alert_before_time) if alert_before_time else ctx.now
    rules = {
        row.rule_id: row
        for row in ctx.tx.find(RuleRow, account_id=ctx.account_id)
        if rule_id in (None, row.rule_id) and namespace in (None, row.namespace)
    }
    found = [
        alarm
        for alarm in ctx.tx.find(AlarmRow, order=("rule_id", "resource"), account_id=ctx.account_id)
        if alarm.rule_id in rules
        and alarm.level in LEVELS
        and alarm.since <= before
        and meets(wanted, msgspec.json.decode(alarm.resource))
        and any(each.level == alarm.level for each in escalations_of(rules[alarm.rule_id]))
    ]
    shown = [_alerting(rules[alarm.rule_id], alarm) for alarm in page_of(found, page, page_size)]
    return Listing(shown, AlertingPage(total=len(found)))


_read = dimensions


def _texts(text: str) -> list[str]:
    return msgspec.json.decode(text, type=list[str])
