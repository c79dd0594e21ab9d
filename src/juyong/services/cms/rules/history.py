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
    PageNumber,
    PageSize,
    ProductOf,
    millis,
    millis_text,
    reads,
)
from juyong.services.cms.groups.group import OfGroup, group_names
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.rules.judging import INSUFFICIENT_DATA, LEVELS, OK
from juyong.services.cms.rules.rule import (
    ALARM,
    RULE,
    Milliseconds,
    OfNamespace,
    OnMetric,
    RuleId,
    alarm_or,
)
from juyong.services.cms.tables import AlertLogRow
from juyong.services.cms.texts import (
    alike,
    dimensions_of,
    instance_of,
    moment,
    names_of,
)

KEPT_SECONDS = 365 * 86_400
"""Source: DescribeAlertLogList, of the last year (documented)."""
TOLD, INEFFECTIVE, UNTOLD = 0, 1, 4
_P4 = "P4"

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
