"""Write an insight: as an event of the record, and where it is looked up.

Source: ActionTrail user guide, Insights event structure (documented): the members, and what
attributions there are. Assumed: `state` is `Start`, since an incident that goes on is told no more;
averages are calls a minute.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from juyong.api.caller import Service
from juyong.api.context import Journal
from juyong.audit.recorder import INSIGHT, Act, Origin, identity_of, record
from juyong.base.clock import Instant
from juyong.base.ids import AccountId, new_request_id
from juyong.base.mac_key import MacKey
from juyong.engines.insight import HOUR_SECONDS, Insight, Kind
from juyong.services.actiontrail.insights.counted import Counted, counted_between
from juyong.services.actiontrail.insights.tables import InsightRow
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.services.actiontrail.trails.roles import SERVICE
from juyong.store.transaction import Transaction

_MINUTES = HOUR_SECONDS // 60
_MOST_VALUES = 5
_ATTRIBUTIONS = {
    "userAgent": "user_agent",
    "principalId": "principal_id",
    "apiRelated": "name",
    "errorCode": "error",
}


class _Share(msgspec.Struct):
    value: str
    average: float


class _Attribution(msgspec.Struct):
    attribution: str
    insight: list[_Share]
    baseline: list[_Share]


class _Statistics(msgspec.Struct, rename="camel"):
    insight: float
    insight_duration: int
    baseline: float
    baseline_duration: int
    insight_count: int


class _Context(msgspec.Struct):
    attributions: list[_Attribution]
    statistics: _Statistics


class Details(msgspec.Struct, rename="camel"):
    """The member `insightDetails` of an event; durations are minutes, rates are calls a minute."""

    insight_type: str
    insight_object: str
    state: str
    insight_context: _Context


class Place(NamedTuple):
    """The account of an insight, and where its event was made: an empty region is that of all.

    home: The platform's region.
    """

    account_id: AccountId
    region: str
    home: str


def write(tx: Transaction, place: Place, insight: Insight, *, key: MacKey) -> None:
    """Write one insight into the transaction that counts its event.

    Args:
        tx: Commits it.
        place: The account and the region.
        insight: What was found.
        key: The audit key.

    Cost: reads events of the hour and of the baseline, as `counted_between` bounds it.
    """
    is_about_call = insight.kind in (Kind.RATE, Kind.ERRORS)
    seen = insight.event
    event_id = new_request_id()
    row = InsightRow(
        account_id=place.account_id,
        event_id=event_id,
        at=Instant(seen.at),
        region=place.region,
        insight_type=insight.kind.value,
        insight_object=_object_of(insight),
        service_name=seen.service if is_about_call else "",
        event_name=seen.name if is_about_call else "",
        source_ip=seen.address if insight.kind is Kind.ADDRESS else "",
        access_key_id=seen.key if insight.kind is Kind.KEY else "",
    )
    tx.insert(row)
    act = Act(
        origin=Origin(
            who=identity_of(Service(account_id=place.account_id, name=SERVICE)),
            name=row.event_name or row.insight_type,
            event_type=INSIGHT,
            category="Insight",
            service=row.service_name or ACTIONTRAIL.code,
            region=place.region or place.home,
            is_global=not place.region,
            source=SERVICE,
            address=SERVICE,
            agent=SERVICE,
        ),
        request_id=event_id,
        at=Instant(seen.at),
        insight=(seen.event_id, msgspec.json.encode(_details(tx, place, insight))),
    )
    record(tx, act, Journal(), key=key)


def _object_of(insight: Insight) -> str:
    """Return the object as it is published; those that are counted together have one name."""
    seen = insight.event
    return {
        Kind.RATE: seen.name,
        Kind.ERRORS: seen.error,
        Kind.ADDRESS: seen.address,
        Kind.KEY: seen.key,
    }[insight.kind]


def _details(tx: Transaction, place: Place, insight: Insight) -> Details:
    hour = insight.event.hour * HOUR_SECONDS
    begin = hour - insight.baseline.hours * HOUR_SECONDS
    now = counted_between(tx, place.account_id, hour, insight.event.at + 1)
    past = counted_between(tx, place.account_id, begin, hour)
    before = insight.baseline
    return Details(
        insight_type=insight.kind.value,
        insight_object=_object_of(insight),
        state="Start",
        insight_context=_Context(
            attributions=_attributions(
                insight, now.about(insight), past.about(insight), past.seconds // 60
            ),
            statistics=_Statistics(
                insight=_rate(insight.count, insight.minutes),
                insight_duration=insight.minutes,
                baseline=_rate(before.total, before.hours * _MINUTES),
                baseline_duration=before.hours * _MINUTES,
                insight_count=insight.count,
            ),
        ),
    )


def _attributions(
    insight: Insight, now: list[Counted], past: list[Counted], past_minutes: int
) -> list[_Attribution]:
    """Return who made the calls, by what and with which result; not what the object is already."""
    is_about_call = insight.kind in (Kind.RATE, Kind.ERRORS)
    return [
        _Attribution(
            attribution=name,
            insight=_shares((getattr(each, column) for each in now), insight.minutes),
            baseline=_shares((getattr(each, column) for each in past), past_minutes),
        )
        for name, column in _ATTRIBUTIONS.items()
        if not (is_about_call and name == "apiRelated")
    ]


def _shares(values: Iterable[str], minutes: int) -> list[_Share]:
    counts = Counter(values)
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    return [_Share(value, _rate(count, minutes)) for value, count in ordered[:_MOST_VALUES]]


def _rate(count: int, minutes: int) -> float:
    return round(count / max(minutes, 1), 6)
