"""Insights of unusual calls, through the official SDK."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_actiontrail20200706 import models as m
from alibabacloud_actiontrail20200706.client import Client
from tests.conformance.actiontrail.trailing import WINDOW, Trailing
from tests.conformance.harness import Server, refused
from tests.sequencing import sequence

from juyong.api.bench import Bench
from juyong.base.clock import Instant, iso
from juyong.services.actiontrail.insights.jobs import find_insights
from juyong.services.actiontrail.insights.tables import InsightSwitchRow
from juyong.store.transaction import Transaction

HOUR = 3600
TYPES = ("AkInsight", "ApiCallRateInsight", "ApiErrorRateInsight", "IpInsight")


@pytest.fixture
def at(server: Server) -> int:
    """A time half an hour into an hour of the past."""
    return server.clock() // HOUR * HOUR - HOUR // 2


@pytest.fixture
def enable(server: Server, trail: Client) -> Callable[..., None]:
    """Switch types on, as if that had been so many hours ago."""

    def switch(*types: str, hours: int = 31) -> None:
        for each in types:
            trail.enable_insight(m.EnableInsightRequest(insight_type=each))
        server.running.store.call(lambda tx: backdate(tx, Instant(server.clock() - hours * HOUR)))

    def backdate(tx: Transaction, since: Instant) -> None:
        for row in tx.find(InsightSwitchRow):
            tx.update(row, since_at=since)

    return switch


def bench(server: Server) -> Bench:
    running = server.running
    return Bench(call=running.store.call, clock=server.clock, platform=running.pipeline.platform)


def find(server: Server) -> None:
    """Make leaves of all events, and count them."""
    sequence(server.running)
    find_insights(bench(server))


def lookup(trail: Client, **asked: Any) -> list[dict[str, Any]]:
    conditions = [
        m.LookupInsightEventsRequestLookupAttribute(key=k, value=asked.pop(k))
        for k in list(asked)
        if k[0].isupper()
    ]
    found: list[dict[str, Any]] = []
    token = asked.pop("next_token", None)
    while True:
        body = trail.lookup_insight_events(
            m.LookupInsightEventsRequest(
                lookup_attribute=conditions or None, next_token=token, **asked
            )
        ).body
        found += body.events
        token = body.next_token
        if token is None:
            return found


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return sorted(each["insightDetails"]["insightType"] for each in events)


def test_an_unusual_hour_is_found_and_told_in_the_published_form(
    trail: Client, server: Server, plant: Callable[..., None], at: int, enable: Callable[..., None]
) -> None:
    enable(*TYPES)
    for second in range(45):
        plant(
            "ListUsers", at=at + second, key="LTAIthief", address="203.0.113.9", code="NoPermission"
        )
    find(server)
    events = lookup(trail)
    assert kinds(events) == sorted(TYPES)
    (rate,) = lookup(trail, InsightType="ApiCallRateInsight", EventName="ListUsers")
    assert (rate["eventType"], rate["eventCategory"]) == ("ActionTrailInsight", "Insight")
    assert (rate["eventTime"], rate["eventVersion"]) == (iso(Instant(at + 19)), 1)
    details = rate["insightDetails"]
    assert (details["insightObject"], details["state"]) == ("ListUsers", "Start")
    assert details["insightContext"]["statistics"] == {
        "insight": round(20 / 31, 6),
        "insightDuration": 31,
        "baseline": 0.0,
        "baselineDuration": 30 * 60,
        "insightCount": 20,
    }
    told = {each["attribution"]: each for each in details["insightContext"]["attributions"]}
    assert set(told) == {"userAgent", "principalId", "errorCode"}
    assert told["errorCode"]["insight"] == [{"value": "NoPermission", "average": round(20 / 31, 6)}]
    shared = rate["sharedEventId"]
    (cause,) = trail.lookup_events(
        m.LookupEventsRequest(
            lookup_attribute=[m.LookupEventsRequestLookupAttribute(key="EventId", value=shared)]
        )
    ).body.events
    assert (cause["eventName"], cause["eventTime"]) == ("ListUsers", rate["eventTime"])


def test_insights_are_found_by_what_they_are_about(
    trail: Client, server: Server, plant: Callable[..., None], at: int, enable: Callable[..., None]
) -> None:
    enable(*TYPES)
    for second in range(25):
        plant(
            "ListUsers", at=at + second, key="LTAIthief", address="203.0.113.9", code="NoPermission"
        )
    find(server)
    assert kinds(lookup(trail, SourceIpAddress="203.0.113.9")) == ["IpInsight"]
    assert kinds(lookup(trail, AccessKeyId="LTAIthief")) == ["AkInsight"]
    assert kinds(lookup(trail, InsightObject="NoPermission")) == ["ApiErrorRateInsight"]
    both = lookup(trail, ServiceName="Ram", InsightObject="ListUsers")
    assert kinds(both) == ["ApiCallRateInsight"]
    assert lookup(trail, EventId=both[0]["eventId"]) == both
    assert lookup(trail, ServiceName="ram") == []
    every = lookup(trail)
    assert lookup(trail, max_results="1") == every
    assert lookup(trail, start_time=iso(Instant(at - HOUR)), end_time=iso(Instant(at))) == []
    old = iso(Instant(at - 200 * 86400))
    assert lookup(trail, start_time=old) == every


def test_insights_are_no_events_of_calls(
    *,
    trail: Client,
    server: Server,
    plant: Callable[..., None],
    lookup: Callable[..., Any],
    at: int,
    enable: Callable[..., None],
) -> None:
    enable("AkInsight")
    for second in range(25):
        plant("ListUsers", at=at + second, key="LTAIthief")
    find(server)
    assert lookup(EventType="ActionTrailInsight") == []
    used = trail.get_access_key_last_used_info(
        m.GetAccessKeyLastUsedInfoRequest(access_key="LTAIthief")
    ).body
    assert json.loads(used.detail)["eventName"] == "ListUsers"


def test_counts_are_by_type_and_region(
    trail: Client, server: Server, plant: Callable[..., None], at: int, enable: Callable[..., None]
) -> None:
    enable("ApiCallRateInsight", "AkInsight")
    for second in range(25):
        plant("ListUsers", at=at + second, key="LTAIthief")
    find(server)

    def counts(**asked: str) -> list[tuple[str, str, int]]:
        body = trail.get_insights_events_count(m.GetInsightsEventsCountRequest(**asked)).body
        return [(each.insight_type, each.region_id, each.count) for each in body.data]

    both = [("AkInsight", "cn-hangzhou", 1), ("ApiCallRateInsight", "cn-hangzhou", 1)]
    assert counts() == both
    assert counts(date=iso(Instant(at))[:10], start_time="no time") == both
    assert counts(date=iso(Instant(at - 86400))[:10]) == []
    assert counts(start_time=iso(Instant(at)), end_time=iso(Instant(at + 10))) == []
    with refused("InvalidQueryParameter", 400):
        counts(date="yesterday")
    with refused("InvalidParameterStartTime", 400):
        counts(start_time="yesterday")
    with refused("InvalidParameterEndTime", 400):
        counts(end_time="yesterday")


def test_only_what_is_switched_on_is_counted(
    trail: Client, server: Server, plant: Callable[..., None], at: int, enable: Callable[..., None]
) -> None:
    def types() -> dict[str, str]:
        return dict(trail.get_insight_types().body.insight_types)

    assert types() == {}
    enable("IpInsight", "IpInsight", "AkInsight")
    assert types() == {"AkInsight": "Enable", "IpInsight": "Enable"}
    trail.disable_insight(m.DisableInsightRequest(insight_type="AkInsight"))
    trail.disable_insight(m.DisableInsightRequest(insight_type="AkInsight"))
    assert types() == {"IpInsight": "Enable"}
    for second in range(25):
        plant("ListUsers", at=at + second, key="LTAIthief", address="203.0.113.9")
    find(server)
    assert kinds(lookup(trail)) == ["IpInsight"]
    trail.disable_insight(m.DisableInsightRequest(insight_type="IpInsight"))
    assert kinds(lookup(trail)) == ["IpInsight"]
    # Switched on again, the counts begin anew: the first day tells nothing.
    enable("IpInsight", hours=5)
    for second in range(90):
        plant("ListUsers", at=at + second, address="203.0.113.10")
    find(server)
    assert kinds(lookup(trail)) == ["IpInsight"]


@pytest.mark.parametrize("name", ["PolicyChangeInsight", "TrailConcealmentInsight", "Colour", None])
def test_a_type_that_is_not_computed_is_refused(trail: Client, name: str | None) -> None:
    with refused("InsightTypeNotAvailable", 400):
        trail.enable_insight(m.EnableInsightRequest(insight_type=name))
    with refused("InsightTypeNotAvailable", 400):
        trail.disable_insight(m.DisableInsightRequest(insight_type=name))


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"max_results": "51"}, "InvalidQueryParameter"),
        ({"max_results": "0"}, "InvalidQueryParameter"),
        ({"start_time": "yesterday"}, "InvalidParameterStartTime"),
        ({"end_time": "yesterday"}, "InvalidParameterEndTime"),
        ({"next_token": "x"}, "InvalidQueryParameter"),
        ({"User": "alice"}, "InvalidQueryParameter"),
        ({"InsightType": ""}, "InvalidQueryParameter"),
    ],
)
def test_wrong_questions_are_refused(trail: Client, asked: dict[str, str], code: str) -> None:
    with refused(code, 400):
        lookup(trail, **asked)


def test_whoever_is_not_allowed_learns_nothing(
    new_key: Callable[[str], tuple[str, str]], server: Server
) -> None:
    stranger = Client(server.config(*new_key("bob")))
    for ask in (
        stranger.get_insight_types,
        lambda: lookup(stranger),
        lambda: stranger.enable_insight(m.EnableInsightRequest(insight_type="IpInsight")),
        lambda: stranger.get_insights_events_count(m.GetInsightsEventsCountRequest()),
    ):
        with refused("NoPermission", 403):
            ask()


def test_a_job_that_is_killed_or_run_twice_tells_an_insight_once(
    *,
    trail: Client,
    server: Server,
    plant: Callable[..., None],
    at: int,
    monkeypatch: pytest.MonkeyPatch,
    enable: Callable[..., None],
) -> None:
    enable("AkInsight")
    for second in range(400):
        plant("ListUsers", at=at + second, key="LTAIthief")
    sequence(server.running)

    class Killed(BaseException):
        """The process ends here."""

    whole, done = bench(server), 0

    def call(work: Callable[..., Any]) -> Any:
        nonlocal done

        def until(tx: Any) -> Any:
            nonlocal done
            result = work(tx)
            done += 1
            if done in (1, 3):
                raise Killed
            return result

        return whole.call(until)

    for _ in range(2):
        with pytest.raises(Killed):
            find_insights(
                Bench(call=call, clock=server.clock, platform=server.running.pipeline.platform)
            )
    find_insights(whole)
    find_insights(whole)
    (found,) = lookup(trail)
    assert found["insightDetails"]["insightContext"]["statistics"]["insightCount"] == 20


def test_a_trail_delivers_the_insights_that_it_selects(
    trailing: Trailing, plant: Callable[..., None], enable: Callable[..., None]
) -> None:
    trail, server, name = trailing.trail, trailing.server, trailing.name
    trailing.create()
    asked = m.GetInsightSelectorsRequest(trail_name=name)
    found = trail.get_insight_selectors(asked).body
    assert (found.insight_selectors, found.trail_arn.endswith(f":trail/{name}")) == ([], True)
    selectors = '[{"insightType":"AkInsight"},{"insightType":"AkInsight"}]'
    put = trail.put_insight_selectors(
        m.PutInsightSelectorsRequest(trail_name=name, insight_selectors=selectors)
    ).body
    assert put.insight_selectors == ['{"insightType":"AkInsight"}']
    assert trail.get_insight_selectors(asked).body.insight_selectors == put.insight_selectors
    trailing.start()
    enable("AkInsight", "ApiCallRateInsight")
    for _ in range(25):
        plant("ListUsers", at=server.clock(), key="LTAIthief")
    find(server)
    trailing.deliver()
    trailing.deliver(WINDOW)
    rows = [each for each in trailing.events() if each["eventCategory"] == "Insight"]
    assert kinds(rows) == ["AkInsight"]
    (key,) = [each for each in trailing.keys("AliyunLogs/") if "/Actiontrail-Insight/" in each]
    assert json.loads(gzip.decompress(trailing.bucket.get_object(key).read())) == rows
    for others in (each for each in trailing.keys("AliyunLogs/") if each != key):
        kept = json.loads(gzip.decompress(trailing.bucket.get_object(others).read()))
        assert {each["eventCategory"] for each in kept} == {"Management"}


@pytest.mark.parametrize(
    ("selectors", "code", "status"),
    [
        ("AkInsight", "InvalidQueryParameter", 400),
        ('{"insightType":"AkInsight"}', "InvalidQueryParameter", 400),
        ('[{"insightType":"Colour"}]', "InsightSelectorDoesNotExistException", 404),
    ],
)
def test_wrong_selectors_are_refused(
    trailing: Trailing, selectors: str, code: str, status: int
) -> None:
    trailing.create()
    with refused(code, status):
        trailing.trail.put_insight_selectors(
            m.PutInsightSelectorsRequest(trail_name=trailing.name, insight_selectors=selectors)
        )


def test_selectors_of_no_trail_are_refused(trail: Client) -> None:
    with refused("TrailNotFoundException", 404):
        trail.get_insight_selectors(m.GetInsightSelectorsRequest(trail_name="no-such-trail"))
    with refused("TrailNotFoundException", 404):
        trail.put_insight_selectors(m.PutInsightSelectorsRequest(trail_name="no-such-trail"))
