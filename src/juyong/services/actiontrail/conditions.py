"""A query of events: its refusals, its time range, and the conditions that may stand together."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Annotated, NamedTuple

import msgspec

from juyong.api.context import Context
from juyong.api.errors import ApiError, fact
from juyong.api.fields import Doc, Raises
from juyong.api.listing import by_token
from juyong.api.shape import Shape
from juyong.base.clock import Instant, parse_iso

HISTORY_SECONDS = 90 * 86400
SKEW_SECONDS = 15 * 60
"""How far a caller's clock may run ahead, as for signatures."""
_DEFAULT_SECONDS = 7 * 86400
InvalidStartTime = fact(
    "InvalidParameterStartTime",
    400,
    "The specified StartTime is invalid: {why}.",
    why="StartTime is malformed, missing, after EndTime, or outside the history kept.",
)
InvalidEndTime = fact(
    "InvalidParameterEndTime",
    400,
    "The specified EndTime is invalid: {why}.",
    why="EndTime is malformed, missing, or in the future.",
)
InvalidCombination = fact(
    "InvalidParameterCombination",
    400,
    "The specified conditions cannot be combined: {first}, {second}.",
    why="The two conditions cannot be asked together.",
)
InvalidQuery = fact(
    "InvalidQueryParameter",
    400,
    'The specified query parameter "{name}" is invalid.',
    why="A query parameter is not what the operation takes.",
)
BY_TOKEN = by_token(partial(InvalidQuery, name="NextToken"))
NextToken = Annotated[str, Doc("Where the last page ended."), Raises((InvalidQuery,))]
KEYS = frozenset(
    {
        *("ServiceName", "EventName", "User", "EventId", "ResourceType", "ResourceName"),
        *("EventRW", "EventAccessKeyId", "SensitiveAction", "SourceIpAddress", "EventType"),
        *("RoleName", "PrincipalId"),
    }
)
_PARTNERS = {
    "ServiceName": (
        *("EventName", "User", "PrincipalId", "RoleName", "ResourceName", "EventRW"),
        *("SensitiveAction", "EventType"),
    ),
    "ResourceName": ("ResourceType", "EventName", "User", "RoleName", "ServiceName"),
    "EventType": ("EventName",),
}
PAIRS = frozenset(frozenset({one, two}) for one, many in _PARTNERS.items() for two in many)
_MOST = 2


class LookupAttribute(Shape, frozen=True, kw_only=True):
    """One condition as sent."""

    key: str = ""
    value: str = ""


class Window(NamedTuple):
    """A range of event times, both ends included."""

    start: Instant
    end: Instant


def name_of_query(ctx: Context, asked: Sequence[object]) -> str:
    """Name a query, so that a token continues no other."""
    material = msgspec.json.encode([ctx.account_id, ctx.region, *asked])
    return hashlib.sha256(material).hexdigest()[:16]


def conditions_of(
    attributes: Sequence[LookupAttribute],
    keys: Collection[str] = KEYS,
    pairs: Collection[frozenset[str]] | None = PAIRS,
) -> Mapping[str, str]:
    """Read the conditions: the first two count, and of two with one key the later.

    Args:
        attributes: As sent.
        keys: The keys that there are.
        pairs: The keys that may be asked together; None: all.

    Raises:
        InvalidQuery: an unknown key or an empty value.
        InvalidCombination: a pair that may not be asked together.

    Source: LookupEvents limits (documented).
    """
    chosen: dict[str, str] = {}
    for attribute in attributes[:_MOST]:
        if attribute.key not in keys:
            raise InvalidQuery(name="LookupAttribute.Key")
        if not attribute.value or (
            attribute.key == "SensitiveAction" and attribute.value != "true"
        ):
            raise InvalidQuery(name="LookupAttribute.Value")
        chosen[attribute.key] = attribute.value
    if len(chosen) == _MOST and pairs is not None and frozenset(chosen) not in pairs:
        first, second = chosen
        raise InvalidCombination(first=first, second=second)
    return chosen


def window_of(start_time: str, end_time: str, now: Instant) -> Window:
    """Read StartTime, seven days ago by default, and EndTime, now by default.

    Raises:
        InvalidStartTime, InvalidEndTime: malformed, in the wrong order, or outside the 90 days of
            history.
    """
    window = any_window_of(start_time, end_time, now)
    if window.start < now - HISTORY_SECONDS:
        raise InvalidStartTime(why="it is more than 90 days ago")
    if window.end > now + SKEW_SECONDS:
        raise InvalidEndTime(why="it is in the future")
    return window


def any_window_of(
    start_time: str, end_time: str, now: Instant, seconds: int = _DEFAULT_SECONDS
) -> Window:
    """Read StartTime, by default so many seconds ago, and EndTime, now by default.

    Raises:
        InvalidStartTime, InvalidEndTime: malformed, or in the wrong order.
    """
    start = _time(start_time, Instant(now - seconds), InvalidStartTime)
    end = _time(end_time, now, InvalidEndTime)
    if start > end:
        raise InvalidStartTime(why="it is after EndTime")
    return Window(start, end)


def _time(text: str, default: Instant, refused: type[ApiError]) -> Instant:
    try:
        return parse_iso(text) if text else default
    except ValueError as bad:
        raise refused(why="it is not yyyy-MM-ddTHH:mm:ssZ") from bad
