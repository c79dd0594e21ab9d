"""Custom events, which callers put, and system events of the platform's products."""

from collections import Counter
from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import BadParameter
from juyong.api.fields import Between, Doc, Grouped, Items, OneOf, Pattern, Text
from juyong.api.listing import page_of
from juyong.api.operation import Rate, operation
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import Instant
from juyong.services.cms.answers import (
    EVERYTHING,
    Done,
    PageNumber,
    PageSize,
    Told,
    millis,
    millis_text,
    reads,
    reads_data,
)
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
from juyong.services.cms.texts import Reads, alike, moment

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


class When(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of all questions about events."""

    start_time: Time | None = None
    end_time: Time | None = None
    name: Name | None = None
    search_keywords: Search | None = None

    def rows(self, ctx: Context, kind: str) -> list[CmsEventRow]:
        """Return the events of a time that match, newest first; of the last day without times."""
        until = moment(self.end_time) if self.end_time else Instant(ctx.now + _AHEAD)
        since = moment(self.start_time) if self.start_time else Instant(until - _LOOK_BACK)
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
            and alike(row, name=self.name)
            and has_words(self.search_keywords or "", row.content)
        ]


def has_words(words: str, text: str) -> bool:
    """Tell whether a text has all words of `a and b`, or one of `a or b`."""
    if " or " in words:
        return any(each in text for each in words.split(" or "))
    return all(each in text for each in words.split(" and "))


class Sought(When, frozen=True, kw_only=True):
    """The parameters of both questions about custom events."""

    group_id: Annotated[str, Pattern(r"\d{1,19}"), Doc("Only of this group.")] | None = None
    event_id: Annotated[str, Text(1, 64), Doc("Only this event.")] | None = None

    def custom(self, ctx: Context) -> list[CmsEventRow]:
        """Return the events that match."""
        wanted = {"group_id": self.group_id, "event_id": self.event_id}
        return [row for row in self.rows(ctx, CUSTOM) if alike(row, **wanted)]


class CustomEvent(Shape, frozen=True, kw_only=True):
    """One event; Time is in milliseconds, as text."""

    id: Annotated[str, Of("event_id")]
    name: str
    content: str
    group_id: str
    time: Annotated[str, Of("at", millis_text)]


class Succeeded(Told, frozen=True, kw_only=True):
    """The envelope of lists of events, whose Success is a text."""

    success: str = "true"


@operation(
    CMS,
    "DescribeCustomEventAttribute",
    **reads_data(answers="CustomEvents.CustomEvent"),
)
def describe_custom_event_attribute(
    ctx: Context,
    *,
    sought: Annotated[Sought, Grouped()],
    page_number: PageNumber = 1,
    page_size: PageSize = 10,
) -> Listing[CustomEvent, Succeeded]:
    """List custom events, the newest first."""
    rows = page_of(sought.custom(ctx), page_number, page_size)
    return Listing([CustomEvent.of(row) for row in rows], Succeeded())


class EventCount(Shape, frozen=True, kw_only=True):
    """How often an event came; Time: of the newest, in milliseconds."""

    name: str
    num: int
    time: int


@operation(
    CMS,
    "DescribeCustomEventCount",
    **reads_data(answers="CustomEventCounts.CustomEventCount"),
)
def describe_custom_event_count(
    ctx: Context, *, sought: Annotated[Sought, Grouped()]
) -> Listing[EventCount, Done]:
    """Count custom events by name."""
    rows = sought.custom(ctx)
    newest = {row.name: row.at for row in reversed(rows)}
    counts = Counter(row.name for row in rows)
    found = [EventCount(name=k, num=n, time=newest[k] * 1000) for k, n in sorted(counts.items())]
    return Listing(found, Done())


class SystemEvent(Shape, frozen=True, kw_only=True):
    """One event of a product; Time is in milliseconds."""

    id: Annotated[str, Of("event_id")]
    product: str
    name: str
    level: str
    status: str
    content: str
    resource_id: str
    instance_name: Annotated[str, Of("resource_id", lambda arn: arn.rpartition("/")[2])]
    region_id: Annotated[str, Of("region")]
    group_id: str = ""
    time: Annotated[int, Of("at", millis)]


@operation(
    CMS,
    "DescribeSystemEventAttribute",
    **reads(
        resource=EVERYTHING,
        answers="SystemEvents.SystemEvent",
        unsupported={"GroupId": "events are of no group"},
    ),
)
def describe_system_event_attribute(
    ctx: Context,
    *,
    product: Annotated[str, Text(1, 64), Doc("Such as `KMS`.")] | None = None,
    event_type: Annotated[str, OneOf((TYPE,)), Doc("The one type that there is.")] = TYPE,  # noqa: ARG001
    when: Annotated[When, Grouped()],
    level: Annotated[str, OneOf(("CRITICAL", "WARN", "INFO")), Doc("Only these.")] | None = None,
    status: Annotated[str, Text(1, 64), Doc("Such as `Failure`.")] | None = None,
    page_number: PageNumber = 1,
    page_size: Annotated[int, Between(1, 100), Doc("1 to 100.")] = 10,
) -> Listing[SystemEvent, Succeeded]:
    """List the events of the platform's products, the newest first.

    KMS tells of each rotation of a secret.
    """
    rows = [
        row
        for row in when.rows(ctx, SYSTEM)
        if (product is None or product.lower() == row.product.lower())
        and alike(row, level=level, status=status)
    ]
    shown = [SystemEvent.of(row) for row in page_of(rows, page_number, page_size)]
    return Listing(shown, Succeeded())
