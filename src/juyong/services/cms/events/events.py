"""Custom events, which callers put, and system events of the platform's products."""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import BadParameter
from juyong.api.fields import Between, Doc, Grouped, Items, OneOf, Pattern, Text
from juyong.api.listing import page_of
from juyong.api.operation import Rate, operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import Instant
from juyong.services.cms.answers import Done, PageNumber, PageSize, Told
from juyong.services.cms.events.storing import (
    CUSTOM,
    EVENTS_KEPT_SECONDS,
    SYSTEM,
    TYPE,
    new_event_id,
    store,
)
from juyong.services.cms.product import PRODUCT as CMS
from juyong.services.cms.tables import CmsEventRow
from juyong.services.cms.texts import Reads, moment

EVERYTHING = acs("cms", "*")
_LOOK_BACK = 86_400
_AHEAD = 600

Time = Annotated[str, Reads(moment), Doc("Since 1970; without it, a day.")]
Name = Annotated[str, Text(1, 128), Doc("Only of this name.")]
Search = Annotated[str, Text(1, 256), Doc("Words joined by ` and ` or by ` or `.")]


class Info(Shape, frozen=True, kw_only=True):
    """One event; Time: the present, if absent."""

    event_name: Annotated[str, Text(1, 128)]
    content: Annotated[str, Text(1, 500)]
    group_id: Annotated[str, Pattern(r"\d{1,19}")] = "0"
    time: Annotated[str, Reads(moment)] | None = None


@operation(
    CMS,
    "PutCustomEvent",
    resource=EVERYTHING,
    audit="data",
    rate=Rate(per_second=20, quota="cms.event-uploads"),
)
def put_custom_event(
    ctx: Context,
    *,
    event_info: Annotated[list[Info], Items(1, 50), Doc("1 to 50 events.")],
) -> Told:
    """Store events and pass them on by the rules that match; both commit with the call.

    Assumed: that times of more than 31 days ago, or 10 minutes ahead, are refused.
    """
    for item in event_info:
        at = moment(item.time) if item.time else ctx.now
        if not ctx.now - EVENTS_KEPT_SECONDS < at <= ctx.now + _AHEAD:
            raise BadParameter("ParameterInvalid", "The parameter EventInfo.Time is invalid.")
        event = CmsEventRow(
            account_id=ctx.account_id,
            kind=CUSTOM,
            event_id=new_event_id(at),
            at=at,
            name=item.event_name,
            content=item.content,
            group_id=item.group_id,
        )
        store(ctx.tx, event, ctx.now)
    return Told()


def found(  # the filters that all questions have
    ctx: Context,
    kind: str,
    *,
    start: str | None,
    end: str | None,
    name: str | None = None,
    group_id: str | None = None,
    event_id: str | None = None,
    words: str = "",
) -> list[CmsEventRow]:
    """Return the events of a time that match, newest first; of the last day without times."""
    until = moment(end) if end else Instant(ctx.now + _AHEAD)
    since = moment(start) if start else Instant(until - _LOOK_BACK)
    rows = ctx.tx.find(
        CmsEventRow,
        order=("event_id",),
        after=("event_id", f"{since:012}"),
        account_id=ctx.account_id,
        kind=kind,
    )
    return [
        row
        for row in reversed(rows)
        if row.at <= until
        and name in (None, row.name)
        and group_id in (None, row.group_id)
        and event_id in (None, row.event_id)
        and has_words(words, row.content)
    ]


def has_words(words: str, text: str) -> bool:
    """Tell whether a text has all words of `a and b`, or one of `a or b`."""
    if " or " in words:
        return any(each in text for each in words.split(" or "))
    return all(each in text for each in words.split(" and "))


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of both questions about custom events."""

    start_time: Time | None = None
    end_time: Time | None = None
    name: Name | None = None
    group_id: Annotated[str, Pattern(r"\d{1,19}"), Doc("Only of this group.")] | None = None
    event_id: Annotated[str, Text(1, 64), Doc("Only this event.")] | None = None
    search_keywords: Search | None = None


def _custom(ctx: Context, sought: Sought) -> list[CmsEventRow]:
    return found(
        ctx,
        CUSTOM,
        start=sought.start_time,
        end=sought.end_time,
        name=sought.name,
        group_id=sought.group_id,
        event_id=sought.event_id,
        words=sought.search_keywords or "",
    )


class CustomEvent(Shape, frozen=True, kw_only=True):
    """One event; Time is in milliseconds, as text."""

    id: str
    name: str
    content: str
    group_id: str
    time: str


class Succeeded(Told, frozen=True, kw_only=True):
    """The envelope of lists of events, whose Success is a text."""

    success: str = "true"


@operation(
    CMS,
    "DescribeCustomEventAttribute",
    resource=EVERYTHING,
    answers="CustomEvents.CustomEvent",
    audit="data",
    reads_only=True,
    scans=True,
)
def describe_custom_event_attribute(
    ctx: Context,
    *,
    sought: Annotated[Sought, Grouped()],
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[CustomEvent, Succeeded]:
    """List custom events, the newest first."""
    rows = _custom(ctx, sought)
    shown = [
        CustomEvent(
            id=row.event_id,
            name=row.name,
            content=row.content,
            group_id=row.group_id,
            time=str(row.at * 1000),
        )
        for row in page_of(rows, page_number, page_size)
    ]
    return Listing(shown, Succeeded())


class EventCount(Shape, frozen=True, kw_only=True):
    """How often an event came; Time: of the newest, in milliseconds."""

    name: str
    num: int
    time: int


@operation(
    CMS,
    "DescribeCustomEventCount",
    resource=EVERYTHING,
    answers="CustomEventCounts.CustomEventCount",
    audit="data",
    reads_only=True,
    scans=True,
)
def describe_custom_event_count(
    ctx: Context,
    *,
    sought: Annotated[Sought, Grouped()],
) -> Listing[EventCount, Done]:
    """Count custom events by name."""
    rows = _custom(ctx, sought)
    counts: dict[str, EventCount] = {}
    for row in rows:
        held = counts.get(row.name)
        number, time = (held.num + 1, held.time) if held else (1, row.at * 1000)
        counts[row.name] = EventCount(name=row.name, num=number, time=time)
    return Listing(sorted(counts.values(), key=lambda each: each.name), Done())


class SystemEvent(Shape, frozen=True, kw_only=True):
    """One event of a product; Time is in milliseconds."""

    id: str
    product: str
    name: str
    level: str
    status: str
    content: str
    resource_id: str
    instance_name: str
    region_id: str
    group_id: str = ""
    time: int


@operation(
    CMS,
    "DescribeSystemEventAttribute",
    resource=EVERYTHING,
    answers="SystemEvents.SystemEvent",
    reads_only=True,
    scans=True,
    unsupported={"GroupId": "resources are not grouped"},
)
def describe_system_event_attribute(
    ctx: Context,
    *,
    product: Annotated[str, Text(1, 64), Doc("Such as `KMS`.")] | None = None,
    event_type: Annotated[str, OneOf((TYPE,)), Doc("The one type that there is.")] = TYPE,  # noqa: ARG001
    name: Name | None = None,
    level: Annotated[str, OneOf(("CRITICAL", "WARN", "INFO")), Doc("Only these.")] | None = None,
    status: Annotated[str, Text(1, 64), Doc("Such as `Failure`.")] | None = None,
    search_keywords: Search | None = None,
    start_time: Time | None = None,
    end_time: Time | None = None,
    page_number: PageNumber = 1,
    page_size: Annotated[int, Between(1, 100), Doc("1 to 100.")] = 10,
) -> Listing[SystemEvent, Succeeded]:
    """List the events of the platform's products, the newest first.

    KMS tells of each rotation of a secret.
    """
    rows = [
        row
        for row in found(
            ctx, SYSTEM, start=start_time, end=end_time, name=name, words=search_keywords or ""
        )
        if (product is None or product.lower() == row.product.lower())
        and level in (None, row.level)
        and status in (None, row.status)
    ]
    shown = [
        SystemEvent(
            id=row.event_id,
            product=row.product,
            name=row.name,
            level=row.level,
            status=row.status,
            content=row.content,
            resource_id=row.resource_id,
            instance_name=row.resource_id.rpartition("/")[2],
            region_id=row.region,
            time=row.at * 1000,
        )
        for row in page_of(rows, page_number, page_size)
    ]
    return Listing(shown, Succeeded())
