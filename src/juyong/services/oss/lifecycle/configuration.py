"""PutBucketLifecycle, GetBucketLifecycle and DeleteBucketLifecycle."""

from collections.abc import Sequence
from itertools import combinations
from typing import Annotated

import msgspec
from msgspec.structs import replace

from juyong.api.context import Context
from juyong.api.fields import Doc, Header, XmlBody
from juyong.base.clock import parse_iso
from juyong.base.ids import new_token
from juyong.services.oss.buckets.on_bucket import on_bucket
from juyong.services.oss.buckets.settings import drop, keep
from juyong.services.oss.documents import Setting
from juyong.services.oss.errors import BadArgument, oss_fact
from juyong.services.oss.lifecycle.rules import Age, Expiration, LifecycleConfiguration, Rule
from juyong.services.oss.tables import BucketRow

_ID_BYTES = 16
NoLifecycle = oss_fact(
    "NoSuchLifecycle",
    404,
    "0014-00000001",
    "No Row found in Lifecycle Table.",
    why="The bucket has no lifecycle rules (EC assumed).",
)
NoAccessTime = oss_fact(
    "OperationNotSupported",
    400,
    "0016-00000702",
    "Rules by last access are not supported: the last access of objects is not noted.",
    why="A rule goes by when objects were last read, which the platform does not note.",
)
BadRule = oss_fact(
    "InvalidRequest",
    400,
    "0014-00000080",
    "The lifecycle rules do not fit together.",
    why="A rule has no action, mixes days with dates, or does the same as another rule.",
)


LIFECYCLE = Setting(kind="lifecycle", document=LifecycleConfiguration, missing=NoLifecycle)


@on_bucket("PutBucketLifecycle", "PUT", "lifecycle", raises=(BadArgument, BadRule, NoAccessTime))
def put_bucket_lifecycle(
    ctx: Context,
    bucket: BucketRow,
    *,
    configuration: Annotated[
        LifecycleConfiguration, XmlBody("LifecycleConfiguration"), Doc("1 to 1,000 rules.")
    ],
    allow_overlap: Annotated[
        bool, Header("x-oss-allow-same-action-overlap"), Doc("Rules may do the same to an object.")
    ] = False,
) -> None:
    """Set the lifecycle rules of a bucket; they are applied once a day, at midnight UTC.

    Rules that go by the last access of objects are refused: the platform does not note accesses.

    Assumed: rules do the same where one prefix begins with the other, and their tags are the same.
    """
    rules = [
        rule if rule.id else replace(rule, id=new_token(_ID_BYTES)) for rule in configuration.rule
    ]
    for rule in rules:
        _check(rule)
    if len({rule.id for rule in rules}) < len(rules):
        raise BadArgument(ArgumentName="ID")
    if not allow_overlap:
        _refuse_overlap(rules)
    keep(ctx, bucket, LIFECYCLE, LifecycleConfiguration(rule=rules))


def _check(rule: Rule) -> None:
    """Refuse a rule that means nothing, or what is not served.

    Raises:
        BadRule, BadArgument, NoAccessTime: as said.
    """
    if not [*rule.actions()]:
        raise BadRule(RuleID=rule.id)
    if rule.goes_by_access:
        raise NoAccessTime
    ways: set[str] = set()
    for age in rule.ages():
        given = [*_given(age)]
        if len(given) != 1:
            raise BadRule(RuleID=rule.id)
        ways.update(given)
    if "Days" in ways and ways & {"Date", "CreatedBeforeDate"}:
        raise BadRule(RuleID=rule.id)


def _given(age: Age) -> Sequence[str]:
    """Return the names of what an age goes by.

    Raises:
        BadArgument: a date is none.
    """
    found = ["Days"] if age.days is not msgspec.UNSET else []
    dates = {"CreatedBeforeDate": age.created_before_date}
    if isinstance(age, Expiration):
        dates["Date"] = age.date
        if age.expired_object_delete_marker is not msgspec.UNSET:
            found.append("ExpiredObjectDeleteMarker")
    for name, date in dates.items():
        if isinstance(date, str):
            found.append(name)
            try:
                parse_iso(date)
            except ValueError:
                raise BadArgument(ArgumentName=name, ArgumentValue=date) from None
    return found


def _refuse_overlap(rules: Sequence[Rule]) -> None:
    """Refuse rules that do the same to an object.

    Raises:
        BadRule: names the later one.
    """
    for one, other in combinations(rules, 2):
        nested = one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
        if nested and _tags(one) == _tags(other) and {*one.actions()} & {*other.actions()}:
            raise BadRule(RuleID=other.id)


def _tags(rule: Rule) -> set[tuple[str, str]]:
    return {(each.key, each.value) for each in rule.tag}


@on_bucket(
    "GetBucketLifecycle", "GET", "lifecycle", raises=(NoLifecycle,), root="LifecycleConfiguration"
)
def get_bucket_lifecycle(ctx: Context, bucket: BucketRow) -> LifecycleConfiguration:
    """Return the lifecycle rules, in the order sent."""
    return LIFECYCLE.needed(ctx.tx, bucket)


@on_bucket("DeleteBucketLifecycle", "DELETE", "lifecycle")
def delete_bucket_lifecycle(ctx: Context, bucket: BucketRow) -> None:
    """Delete the lifecycle rules."""
    drop(ctx, bucket, LIFECYCLE.kind)
