"""Rules on monitor groups: each judges the instances that its group has when it is judged.

Source: CloudMonitor API reference, PutGroupMetricRule (documented); that a rule without contact
groups tells those of its group is assumed.
"""

from typing import Annotated, Any

from juyong.api.context import Context
from juyong.api.errors import ApiError, BadParameter
from juyong.api.fields import Doc, Grouped, Hidden, Items, Raises, Text
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.cms.answers import Done, DoneByNumber
from juyong.services.cms.contacts.groups import known_groups
from juyong.services.cms.errors import NoContactGroup, NoMetric, TooMany
from juyong.services.cms.groups.group import ONE, instances_of
from juyong.services.cms.metrics.catalogue import CUSTOM, Metric, category_of
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.rules.rule import Members, put_rule, the_metric
from juyong.services.cms.tables import MonitorGroupRow, RuleRow
from juyong.services.cms.texts import Dimensions, Reads, dimensions, resources, to_json
from juyong.store.transaction import Transaction

_GROUP = "groupId"


class OnGroup(Members, frozen=True, kw_only=True):
    """The members of a rule on a group."""

    category: Annotated[str, Text(1, 64), Doc("The product of Namespace, as `oss`.")] | None = None
    contact_groups: Annotated[
        str, Text(0, 1024), Raises((NoContactGroup,)), Doc("Those of the group, if absent.")
    ] = ""


def _put(ctx: Context, group: MonitorGroupRow, wanted: OnGroup, further: str | None) -> None:
    """Store a rule; further: Dimensions that are judged, a JSON object.

    Raises:
        BadParameter: the metric is of no instance, of another product, or of another group.
        ApiError: of `the_metric`, `known_groups` or `put_rule`.
    """
    metric = the_metric(ctx, wanted)
    if not metric.instance:
        raise BadParameter("ParameterInvalid", "The parameter MetricName is of no instance.")
    if wanted.category not in (None, category_of(metric.namespace)):
        raise BadParameter("ParameterInvalid", "The parameter Category is invalid.")
    judged = {_GROUP: group.group_id, **(dimensions(further) if further else {})}
    if judged[_GROUP] != group.group_id:
        raise BadParameter("ParameterInvalid", "The parameter ExtraDimensionJson is invalid.")
    put_rule(
        ctx,
        wanted,
        metric,
        resources=to_json([judged]),
        group_id=group.group_id,
        contact_groups=",".join(known_groups(ctx.tx, ctx.account_id, wanted.contact_groups)),
        send_ok=True,
    )


class RuleNamed(Shape, frozen=True, kw_only=True):
    """The id of a rule."""

    rule_id: str


class PutRule(Done, frozen=True, kw_only=True):
    """The rule that was stored."""

    result: RuleNamed


@operation(
    CMS,
    "PutGroupMetricRule",
    on=ONE,
    raises=(NoMetric, TooMany),
    unsupported={
        "Dimensions": "a rule on a group judges all instances of the group",
        "Options": "its form is published nowhere",
    },
)
def put_group_metric_rule(
    ctx: Context,
    group: MonitorGroupRow,
    *,
    wanted: Annotated[OnGroup, Grouped()],
    extra_dimension_json: Annotated[
        str, Reads(dimensions), Doc("JSON object: further dimensions that are judged.")
    ]
    | None = None,
) -> PutRule:
    """Store a rule on a group; a rule of the same id is replaced.

    The metric must be measured by instances: of a custom metric the group has the series whose
    GroupId is its own. A client that sends the Dimensions of the rule back, as the Terraform
    provider does, names the group in ExtraDimensionJson.
    """
    _put(ctx, group, wanted, extra_dimension_json)
    return PutRule(result=RuleNamed(rule_id=wanted.rule_id))


class OneOfMany(OnGroup, frozen=True, kw_only=True):
    """A rule among several. Refused, as where the rule is the only one: Dimensions and Options."""

    dimensions: Annotated[str, Text(0, 0)] = ""
    options: Annotated[str, Text(0, 0)] = ""


class Outcome(DoneByNumber, frozen=True, kw_only=True):
    """A rule that was stored, or why the rule was not."""

    rule_id: str
    rule_name: str


@operation(CMS, "CreateGroupMetricRules", on=ONE, answers="Resources.AlertResult")
def create_group_metric_rules(
    ctx: Context,
    group: MonitorGroupRow,
    *,
    group_metric_rules: Annotated[list[OneOfMany], Items(1, 60), Hidden(), Doc("1 to 60 rules.")],
) -> Listing[Outcome, DoneByNumber]:
    """Store rules on a group, each by itself: the answer says of each whether it was stored."""
    found = []
    for wanted in group_metric_rules:
        named: dict[str, Any] = {"rule_id": wanted.rule_id, "rule_name": wanted.rule_name}
        try:
            with ctx.tx.savepoint():
                _put(ctx, group, wanted, None)
            found.append(Outcome(**named))
        except ApiError as bad:
            refused = Outcome(code=bad.status, message=bad.message, success=False, **named)
            found.append(refused)
    return Listing(found, DoneByNumber())


def judged_by(tx: Transaction, rule: RuleRow, metric: Metric | None) -> tuple[Dimensions, ...]:
    """Return the resources that a rule judges, as the dimensions that their series have.

    A rule on a group without instances judges none; the empty dimensions are every series.
    """
    named = resources(rule.resources)
    if not rule.group_id or rule.namespace.startswith(CUSTOM):
        return named
    if metric is None:
        return ()
    further = {name: value for name, value in named[0].items() if name != _GROUP}
    found = instances_of(tx, rule.account_id, rule.group_id, category_of(rule.namespace))
    return tuple({**further, metric.instance: row.instance_id} for row in found)


def told_by(tx: Transaction, rule: RuleRow) -> str:
    """Return the contact groups that a rule tells, separated by commas."""
    if rule.contact_groups or not rule.group_id:
        return rule.contact_groups
    group = tx.get(MonitorGroupRow, rule.account_id, rule.group_id)
    return group.contact_groups if group is not None else ""
