"""The resources that are in alarm now."""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc
from juyong.api.listing import page_of
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape, Within
from juyong.api.wrapping import Listing
from juyong.base.clock import Instant
from juyong.services.cms.answers import DoneByNumber, PageNumber, PageSize, millis_text, reads
from juyong.services.cms.groups.group import OfGroup
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.rules.judging import Escalation
from juyong.services.cms.rules.rule import RULE, Milliseconds, OfNamespace, RuleId, conditions_of
from juyong.services.cms.tables import AlarmRow, RuleRow
from juyong.services.cms.texts import (
    Reads,
    alike,
    dimensions,
    dimensions_of,
    meets,
    moment,
    to_json,
)

_SEVERITY = {"CRITICAL": 2, "WARN": 3, "INFO": 4}


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
