"""Put, list, enable and delete alarm rules."""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Grouped, Hidden, Items, OneOf, Text
from juyong.api.listing import page_of
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape, Within
from juyong.api.wrapping import Listing
from juyong.base.secret import Secret
from juyong.services.cms.answers import (
    DONE,
    CreateTime,
    Done,
    DoneByNumber,
    PageNumber,
    PageSize,
    ProductOf,
    millis_text,
    reads,
)
from juyong.services.cms.errors import NoContactGroup, NoMetric, NoRule
from juyong.services.cms.groups.group import OfGroup, group_names
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.rules.judging import INSUFFICIENT_DATA, LEVELS, OK
from juyong.services.cms.rules.rule import (
    ALARM,
    RULE,
    Condition,
    Label,
    OfNamespace,
    OnMetric,
    RuleId,
    Wanted,
    conditions_of,
    enable,
    named_ids,
    put,
    remove,
    state_of,
)
from juyong.services.cms.tables import AlarmRow, RuleRow
from juyong.services.cms.texts import alike, split

_ONE_METRIC = "a rule has conditions on one metric"
_UNSUPPORTED = {
    "CompositeExpression": _ONE_METRIC,
    "CompositeExpression.ExpressionRaw": _ONE_METRIC,
    "CompositeExpression.Level": _ONE_METRIC,
    "CompositeExpression.ExpressionList.1.MetricName": _ONE_METRIC,
    "Prometheus": "there are no Prometheus namespaces",
    "Prometheus.PromQL": "there are no Prometheus namespaces",
}
RuleIds = Annotated[list[str], Items(1, 20), Doc("1 to 20 ids.")]


@operation(
    CMS,
    "PutResourceMetricRule",
    on=RULE.new,
    raises=(NoMetric, NoContactGroup),
    unsupported=_UNSUPPORTED,
)
def put_resource_metric_rule(ctx: Context, *, wanted: Annotated[Wanted, Grouped()]) -> Done:
    """Store a rule; a rule of the same id is replaced.

    An enabled rule is judged first when its next interval is over. Assumed: the code for a metric
    that does not exist, and that contact groups must exist.
    """
    put(ctx, wanted)
    return DONE


class Outcome(Shape, frozen=True, kw_only=True):
    """Why a rule was not stored."""

    code: str
    message: str
    success: bool = False


class Failed(Shape, frozen=True, kw_only=True):
    """A rule that was not stored."""

    rule_id: str
    result: Outcome


class PutSome(Done, frozen=True, kw_only=True):
    """The rules that were not stored; all others were."""

    failed_list_result: Annotated[list[Failed], Within("Target")]


@operation(CMS, "PutResourceMetricRules", on=RULE.all)
def put_resource_metric_rules(
    ctx: Context,
    *,
    rules: Annotated[list[Wanted], Items(1, 100), Hidden(), Doc("1 to 100 rules.")],
) -> PutSome:
    """Store rules, each by itself: one that is refused is named in the answer."""
    failed = []
    for wanted in rules:
        try:
            with ctx.tx.savepoint():
                put(ctx, wanted)
        except ApiError as refusal:
            failed.append(Failed(rule_id=wanted.rule_id, result=Outcome.of(refusal)))
    return PutSome(failed_list_result=failed)


Level = Condition | dict[str, str]


class Levels(Shape, frozen=True, kw_only=True):
    """The conditions of a rule; an empty one where the rule has none of the level."""

    critical: Level
    warn: Level
    info: Level


def _levels(text: str) -> Levels:
    levels: dict[str, Level] = {each.lower(): {} for each in LEVELS}
    for each in conditions_of(text):
        levels[each.level.lower()] = Condition.of(each)
    return Levels(**levels)


def _labels(text: str) -> list[Label]:
    return msgspec.json.decode(text, type=list[Label])


class Alarm(Shape, frozen=True, kw_only=True):
    """One rule; texts are never null, which clients cannot read."""

    rule_id: str
    rule_name: str
    namespace: str
    metric_name: str
    period: Annotated[str, Of(through=str)]
    resources: str
    dimensions: Annotated[str, Of("resources")]
    contact_groups: str
    effective_interval: Annotated[str, Of("effective")]
    no_effective_interval: Annotated[str, Of("ineffective")]
    silence_time: Annotated[int, Of("silence_seconds")]
    webhook: Annotated[Secret | str, Of(through=lambda url: url or "")]
    mail_subject: Annotated[str, Of("subject")]
    enable_state: Annotated[bool, Of("enabled")]
    alert_state: str
    no_data_policy: Annotated[str, Of("no_data")]
    send_ok: bool = msgspec.field(name="SendOK")
    source_type: str = "METRIC"
    group_id: str
    group_name: str
    product_category: ProductOf
    gmt_create: CreateTime
    gmt_update: Annotated[str, Of("updated_at", millis_text)]
    labels: Annotated[list[Label], Of(through=_labels), Within("Labels")]
    escalations: Annotated[Levels, Of(through=_levels)]


class RulePage(DoneByNumber, frozen=True, kw_only=True):
    """A page of rules, and how many there are in all, as text."""

    total: str


def _states(ctx: Context) -> dict[str, str]:
    """Return the state of each rule that was judged, by id."""
    found: dict[str, list[AlarmRow]] = {}
    for row in ctx.tx.find(AlarmRow, account_id=ctx.account_id):
        found.setdefault(row.rule_id, []).append(row)
    return {rule_id: state_of(alarms) for rule_id, alarms in found.items()}


@operation(
    CMS,
    "DescribeMetricRuleList",
    on=RULE.all,
    **reads(answers="Alarms.Alarm"),
)
def describe_metric_rule_list(
    ctx: Context,
    *,
    rule_ids: Annotated[str, Text(1, 4096), Doc("Up to 20 ids, separated by commas.")]
    | None = None,
    rule_name: Annotated[str, Text(1, 128), Doc("A part of the name.")] | None = None,
    namespace: OfNamespace | None = None,
    metric_name: OnMetric | None = None,
    dimensions: Annotated[str, Text(1, 4096), Doc("A part of Resources.")] | None = None,
    alert_state: Annotated[str, OneOf((OK, ALARM, INSUFFICIENT_DATA)), Doc("Only in this state.")]
    | None = None,
    enable_state: Annotated[bool, Doc("Only those that are enabled, or are not.")] | None = None,
    group_id: OfGroup | None = None,
    page: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[Alarm, RulePage]:
    """List the rules of the account, by id."""
    states = _states(ctx)
    wanted = set(split(rule_ids)) if rule_ids else None
    chosen = [
        (row, state)
        for row in ctx.tx.find(RuleRow, order=("rule_id",), account_id=ctx.account_id)
        if (wanted is None or row.rule_id in wanted)
        and (rule_name or "") in row.rule_name
        and (dimensions or "") in row.resources
        and alike(row, namespace=namespace, metric_name=metric_name, enabled=enable_state)
        and alike(row, group_id=group_id)
        and alert_state in (None, state := states.get(row.rule_id, INSUFFICIENT_DATA))
    ]
    names = group_names(ctx.tx, ctx.account_id)
    shown = [
        Alarm.of(row, alert_state=state, group_name=names.get(row.group_id, ""))
        for row, state in page_of(chosen, page, page_size)
    ]
    return Listing(shown, RulePage(total=str(len(chosen))))


class Counts(Shape, frozen=True, kw_only=True):
    """How many rules are in which state."""

    ok: int
    alarm: int
    nodata: int
    disable: int
    total: int


class RuleCount(Done, frozen=True, kw_only=True):
    """The counts."""

    metric_rule_count: Counts


@operation(CMS, "DescribeMetricRuleCount", on=RULE.all, **reads())
def describe_metric_rule_count(
    ctx: Context,
    *,
    namespace: OfNamespace | None = None,
    metric_name: OnMetric | None = None,
) -> RuleCount:
    """Count the rules of the account by their states."""
    states = _states(ctx)
    rows = [
        row
        for row in ctx.tx.find(RuleRow, account_id=ctx.account_id)
        if alike(row, namespace=namespace, metric_name=metric_name)
    ]
    found = [states.get(row.rule_id, INSUFFICIENT_DATA) for row in rows if row.enabled]
    counts = Counts(
        ok=found.count(OK),
        alarm=found.count(ALARM),
        nodata=found.count(INSUFFICIENT_DATA),
        disable=len(rows) - len(found),
        total=len(rows),
    )
    return RuleCount(metric_rule_count=counts)


@operation(CMS, "EnableMetricRules", on=RULE.all, raises=(NoRule,))
def enable_metric_rules(ctx: Context, *, rule_id: RuleIds) -> Done:
    """Have rules judged; they are judged first when their next interval is over."""
    for row in named_ids(ctx, rule_id):
        enable(ctx, row, enabled=True)
    return DONE


@operation(CMS, "DisableMetricRules", on=RULE.all, raises=(NoRule,))
def disable_metric_rules(ctx: Context, *, rule_id: RuleIds) -> Done:
    """Stop judging rules; their states are forgotten."""
    for row in named_ids(ctx, rule_id):
        enable(ctx, row, enabled=False)
    return DONE


@operation(CMS, "DeleteMetricRules", on=RULE.all, raises=(NoRule,))
def delete_metric_rules(ctx: Context, *, id: RuleIds) -> Done:  # the API's name
    """Delete rules; what they told stays in the history."""
    for row in named_ids(ctx, id):
        remove(ctx, row)
    return DONE


class Target(Shape, frozen=True, kw_only=True):
    """A target of a rule other than its contacts."""

    id: str
    arn: str
    level: str
    json_params: str


class TargetList(Done, frozen=True, kw_only=True):
    """The targets of a rule."""

    targets: Annotated[list[Target], Within("Target")]


@operation(CMS, "DescribeMetricRuleTargets", on=RULE.by(rule_id=RuleId), reads_only=True)
def describe_metric_rule_targets(_ctx: Context, _rule: RuleRow) -> TargetList:
    """List the further targets of a rule: none, since PutMetricRuleTargets is refused.

    The Terraform provider asks for them whenever it reads a rule.
    """
    return TargetList(targets=[])
