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
from juyong.services.oss.errors import BadArgument, oss_fact
from juyong.services.oss.last_access.monitor import MONITOR, Monitor
from juyong.services.oss.lifecycle.rules import (
    LIFECYCLE,
    Age,
    Expiration,
    Filter,
    LifecycleConfiguration,
    Move,
    NoLifecycle,
    Rule,
    Transition,
)
from juyong.services.oss.tables import BucketRow

_ID_BYTES = 16
_UNFIT = "InvalidRequest"
NotMonitored = oss_fact(
    _UNFIT,
    400,
    "0014-00000016",
    "Rules by the last access of objects need the access monitoring of the bucket.",
    why="A rule goes by the last access of objects, and monitoring is off (code assumed).",
)
AccessByDate = oss_fact(
    _UNFIT,
    400,
    "0014-00000047",
    "A transition by last access takes Days alone.",
    why="A transition has both IsAccessTime and CreatedBeforeDate (code assumed).",
)
NoReturn = oss_fact(
    _UNFIT,
    400,
    "0014-00000053",
    "ReturnToStdWhenVisit goes with transitions to IA by last access alone.",
    why="Objects of another class than IA, or moved by age, would return when read (code assumed).",
)
SmallBySize = oss_fact(
    _UNFIT,
    400,
    "0014-00000054",
    "AllowSmallFile does not go with a filter by size.",
    why="A rule has both AllowSmallFile and a filter by size (code assumed).",
)
SmallByAge = oss_fact(
    _UNFIT,
    400,
    "0014-00000055",
    "AllowSmallFile goes with transitions by last access alone.",
    why="A transition by age has AllowSmallFile (code assumed).",
)
_UNFITTING = (NotMonitored, AccessByDate, NoReturn, SmallByAge, SmallBySize)
BadRule = oss_fact(
    _UNFIT,
    400,
    "0014-00000080",
    "The lifecycle rules do not fit together.",
    why="A rule has no action, mixes days with dates, or does the same as another rule.",
)


@on_bucket("PutBucketLifecycle", "PUT", "lifecycle", raises=(BadArgument, BadRule, *_UNFITTING))
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

    Transitions may count from the last access of objects, where the bucket monitors access. Every
    colder class takes part (documented since 2024; error 0014-00000051 of older editions: no
    colder class than IA).

    Assumed: rules do the same where one prefix begins with the other, and their tags are the same.
    """
    monitor = MONITOR.held(ctx.tx, bucket.bucket_name)
    rules = [_stored(rule, monitor) for rule in configuration.rule]
    if len({rule.id for rule in rules}) < len(rules):
        raise BadArgument(ArgumentName="ID")
    if not allow_overlap:
        _refuse_overlap(rules)
    keep(ctx, bucket, LIFECYCLE, LifecycleConfiguration(rule=rules))


def _stored(rule: Rule, monitor: Monitor | None) -> Rule:
    """Return a rule as it is kept: with an id, and the time from which accesses count.

    Raises:
        ApiError: as `_check` and `_check_move`.
        NotMonitored: the rule goes by last access, and no access is noted.
    """
    _check(rule)
    for move in rule.moves():
        _check_move(rule, move)
    if rule.goes_by_access and monitor is None:
        raise NotMonitored(RuleID=rule.id)
    base = monitor.since if monitor and rule.goes_by_access else msgspec.UNSET
    return replace(rule, id=rule.id or new_token(_ID_BYTES), atime_base=base)


def _check_move(rule: Rule, move: Move) -> None:
    by_access, small = move.is_access_time is True, move.allow_small_file is not msgspec.UNSET
    by_size = isinstance(rule.filter, Filter) and rule.filter.goes_by_size
    by_date = isinstance(move, Transition) and move.created_before_date is not msgspec.UNSET
    returns = move.return_to_std_when_visit is True
    for is_wrong, error in (
        (by_access and by_date, AccessByDate),
        (returns and not (by_access and move.storage_class == "IA"), NoReturn),
        (small and not by_access, SmallByAge),
        (small and by_size, SmallBySize),
    ):
        if is_wrong:
            raise error(RuleID=rule.id)


def _check(rule: Rule) -> None:
    """Refuse a rule that means nothing.

    Raises:
        BadRule, BadArgument: as said.
    """
    if not [*rule.actions()]:
        raise BadRule(RuleID=rule.id)
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
