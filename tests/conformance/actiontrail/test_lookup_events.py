"""LookupEvents, through the official SDK."""

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from itertools import combinations
from typing import Any

import pytest
from alibabacloud_actiontrail20200706 import models as m
from alibabacloud_actiontrail20200706.client import Client
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi import models as openapi
from alibabacloud_tea_openapi.client import Client as PlainClient
from darabonba.exceptions import DaraException
from darabonba.runtime import RuntimeOptions
from tests.conformance.harness import Server, refused, with_host

from juyong.api import registry
from juyong.base.clock import Instant, iso
from juyong.base.paging import page_token
from juyong.services.actiontrail import search
from juyong.services.actiontrail.conditions import KEYS, PAIRS
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.services.identity.facade import NewAccount

DAY = 86400


def attributes(**pairs: str) -> list[m.LookupEventsRequestLookupAttribute]:
    return [m.LookupEventsRequestLookupAttribute(key=k, value=v) for k, v in pairs.items()]


def test_event_of_a_call_carries_the_published_fields(
    ram: RamClient, lookup: Callable[..., Any], account: NewAccount
) -> None:
    answer = ram.create_user(ram_models.CreateUserRequest(user_name="alice")).body
    (event,) = lookup(EventName="CreateUser")
    assert event["eventId"] == event["requestId"] == answer.request_id
    assert (event["serviceName"], event["eventRW"], event["eventType"]) == (
        "Ram",
        "Write",
        "ApiCall",
    )
    assert event["eventVersion"] == 1
    assert event["isGlobal"] is True
    assert event["requestParameters"]["UserName"] == "alice"
    assert json.loads(event["requestParameterJson"]) == event["requestParameters"]
    assert event["referencedResources"] == {"ACS::RAM::User": ["alice"]}
    assert event["userIdentity"] == {
        "type": "ram-user",
        "principalId": event["userIdentity"]["principalId"],
        "accountId": account.account_id,
        "accessKeyId": account.access_key_id,
        "userName": "administrator",
    }
    assert "errorCode" not in event


def test_every_ram_call_appears_whether_allowed_or_failed(
    server: Server, account: NewAccount, lookup: Callable[..., Any]
) -> None:
    (product,) = registry.current().of_version("2015-05-01")
    registry.load(product)
    config = server.config(account.access_key_id, account.secret.reveal())
    client = PlainClient(with_host(config, product))
    for name in product.operations:
        params = openapi.Params(
            action=name,
            version=product.version,
            protocol="HTTP",
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        request = openapi.OpenApiRequest(query={})
        with suppress(DaraException):
            client.call_api(params, request, RuntimeOptions())
    events = lookup(ServiceName="Ram", max_results=50)
    assert "InternalError" not in {e.get("errorCode") for e in events}
    found = {e["eventName"] for e in events}
    assert found == set(product.operations)
    assert len(found) >= 5


def test_denied_failed_and_allowed_calls_are_told_apart(
    ram: RamClient, new_user: Callable[..., Any], lookup: Callable[..., Any]
) -> None:
    bob = new_user("bob")
    with refused("NoPermission", 403):
        bob.ram.list_users(ram_models.ListUsersRequest())
    with refused("EntityNotExist.User", 404):
        ram.get_user(ram_models.GetUserRequest(user_name="nobody"))
    ram.list_users(ram_models.ListUsersRequest())
    denied, allowed = lookup(EventName="ListUsers", direction="FORWARD")
    assert denied["errorCode"] == "NoPermission"
    assert denied["userIdentity"]["userName"] == "bob"
    assert "errorCode" not in allowed
    (failed,) = lookup(EventName="GetUser")
    assert failed["errorCode"] == "EntityNotExist.User"


def test_secrets_never_reach_an_event(
    ram: RamClient, new_user: Callable[..., Any], lookup: Callable[..., Any]
) -> None:
    ram.create_user(ram_models.CreateUserRequest(user_name="carol"))
    made = ram.create_access_key(ram_models.CreateAccessKeyRequest(user_name="carol")).body
    ram.create_login_profile(
        ram_models.CreateLoginProfileRequest(user_name="carol", password="Hunter2!Hunter2!x")
    )
    text = json.dumps(lookup())
    assert made.access_key.access_key_secret not in text
    assert "Hunter2" not in text
    (created,) = lookup(EventName="CreateAccessKey")
    assert created["responseElements"]["AccessKey"]["AccessKeySecret"] == "****"
    (profile,) = lookup(EventName="CreateLoginProfile")
    assert profile["requestParameters"]["Password"] == "****"


def test_each_condition_selects_exactly_and_minds_case(
    server: Server,
    ram: RamClient,
    sts: StsClient,
    lookup: Callable[..., Any],
    account: NewAccount,
) -> None:
    made = ram.create_user(ram_models.CreateUserRequest(user_name="dave")).body
    ram.create_access_key(ram_models.CreateAccessKeyRequest(user_name="dave"))
    sts.get_caller_identity()
    principal = lookup(EventName="CreateUser")[0]["userIdentity"]["principalId"]
    hits = {
        "ServiceName": "Sts",
        "EventName": "CreateUser",
        "User": "administrator",
        "EventId": made.request_id,
        "ResourceType": "ACS::RAM::User",
        "ResourceName": "dave",
        "EventRW": "Write",
        "EventAccessKeyId": account.access_key_id,
        "SensitiveAction": "true",
        "SourceIpAddress": "127.0.0.1",
        "EventType": "ApiCall",
        "PrincipalId": principal,
    }
    for key, value in hits.items():
        assert lookup(**{key: value}), key
        if key != "SensitiveAction":
            assert lookup(**{key: value + "x"}) == [], key
        if value.upper() != value:
            other = value.upper()
            assert key == "SensitiveAction" or lookup(**{key: other}) == [], key
    assert {e["eventName"] for e in lookup(SensitiveAction="true")} == {"CreateAccessKey"}
    assert {e["serviceName"] for e in lookup(ServiceName="Sts")} == {"Sts"}
    assert lookup(RoleName="dave") == []
    assert set(hits) | {"RoleName"} == KEYS


def test_every_pair_of_conditions_is_allowed_or_refused_as_published(trail: Client) -> None:
    allowed = 0
    for one, two in combinations(sorted(KEYS), 2):
        asked = m.LookupEventsRequest(lookup_attribute=attributes(**{one: "true", two: "true"}))
        if frozenset({one, two}) in PAIRS:
            trail.lookup_events(asked)
            allowed += 1
        else:
            with refused("InvalidParameterCombination", 400):
                trail.lookup_events(asked)
    assert allowed == len(PAIRS) == 13


def test_only_the_first_two_conditions_count_and_the_later_of_one_key(
    trail: Client, ram: RamClient
) -> None:
    ram.create_user(ram_models.CreateUserRequest(user_name="erin"))
    three = [*attributes(ServiceName="Ram", EventName="CreateUser"), *attributes(EventId="no")]
    assert len(trail.lookup_events(m.LookupEventsRequest(lookup_attribute=three)).body.events) == 1
    twice = [*attributes(EventName="Nothing"), *attributes(EventName="CreateUser")]
    assert len(trail.lookup_events(m.LookupEventsRequest(lookup_attribute=twice)).body.events) == 1


def test_conditions_may_come_as_one_json_list(
    server: Server, account: NewAccount, ram: RamClient
) -> None:
    ram.create_user(ram_models.CreateUserRequest(user_name="frank"))
    config = server.config(account.access_key_id, account.secret.reveal())
    client = PlainClient(with_host(config, ACTIONTRAIL))
    params = openapi.Params(
        action="LookupEvents",
        version="2020-07-06",
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    query = {"LookupAttribute": json.dumps([{"Key": "EventName", "Value": "CreateUser"}])}
    answer: Any = client.call_api(params, openapi.OpenApiRequest(query=query), RuntimeOptions())
    assert [e["eventName"] for e in answer["body"]["Events"]] == ["CreateUser"]


@pytest.mark.parametrize(
    "wrong", [("Colour", "red"), ("EventName", None), ("SensitiveAction", "no")]
)
def test_condition_that_is_none_is_refused(trail: Client, wrong: tuple[str, str | None]) -> None:
    key, value = wrong
    asked = m.LookupEventsRequestLookupAttribute(key=key, value=value)
    with refused("InvalidQueryParameter", 400):
        trail.lookup_events(m.LookupEventsRequest(lookup_attribute=[asked]))


@pytest.mark.parametrize("direction", ["FORWARD", "BACKWARD"])
def test_pages_neither_repeat_nor_miss_while_events_arrive(
    trail: Client, ram: RamClient, lookup: Callable[..., Any], direction: str
) -> None:
    for number in range(9):
        ram.create_user(ram_models.CreateUserRequest(user_name=f"u{number}"))
    seen: list[str] = []
    token = None
    pages = 0
    while True:
        body = trail.lookup_events(
            m.LookupEventsRequest(
                max_results="2",
                next_token=token,
                direction=direction,
                lookup_attribute=attributes(EventName="CreateUser"),
            )
        ).body
        seen += [e["requestParameters"]["UserName"] for e in body.events]
        pages += 1
        token = body.next_token
        if token is None:
            break
        # Arrives between pages: it may appear at the end of FORWARD, never twice or first.
        if pages == 2:
            ram.create_user(ram_models.CreateUserRequest(user_name="late"))
    names = [name for name in seen if name != "late"]
    wanted = [f"u{n}" for n in range(9)]
    assert names == (wanted if direction == "FORWARD" else wanted[::-1])
    assert len(seen) == len(set(seen))


def test_page_size_is_1_to_50_and_20_by_default(trail: Client, ram: RamClient) -> None:
    for _ in range(52):
        ram.list_users(ram_models.ListUsersRequest())
    for asked, got in ((None, 20), ("0", 20), ("1", 1), ("50", 50)):
        body = trail.lookup_events(m.LookupEventsRequest(max_results=asked)).body
        assert len(body.events) == got
        assert body.next_token
    for wrong in ("-1", "51", "many"):
        with refused("InvalidQueryParameter", 400):
            trail.lookup_events(m.LookupEventsRequest(max_results=wrong))


def test_token_continues_only_its_own_query(trail: Client, ram: RamClient, server: Server) -> None:
    for _ in range(3):
        ram.list_users(ram_models.ListUsersRequest())
    asked = {"max_results": "1", "lookup_attribute": attributes(EventName="ListUsers")}
    token = trail.lookup_events(m.LookupEventsRequest(**asked)).body.next_token
    trail.lookup_events(m.LookupEventsRequest(**asked, next_token=token))
    stranger = server.new_account()
    other = Client(server.config(stranger.access_key_id, stranger.secret.reveal()))
    for client, changed in (
        (trail, {**asked, "lookup_attribute": attributes(EventName="GetUser")}),
        (trail, {**asked, "direction": "FORWARD"}),
        (other, asked),
    ):
        with refused("InvalidQueryParameter", 400):
            client.lookup_events(m.LookupEventsRequest(**changed, next_token=token))
    with refused("InvalidQueryParameter", 400):
        trail.lookup_events(m.LookupEventsRequest(**asked, next_token="nonsense"))

    with refused("InvalidQueryParameter", 400):
        trail.lookup_events(m.LookupEventsRequest(**asked, direction="SIDEWAYS"))


@pytest.mark.parametrize("far", [0, 2**40, 2**63 - 1])
def test_a_token_with_made_up_times_tells_nothing_new(
    trail: Client, ram: RamClient, server: Server, far: int
) -> None:
    """Tokens are not signed: whoever makes one still asks for events of the history alone."""
    for name in ("a", "b", "c"):
        ram.create_user(ram_models.CreateUserRequest(user_name=name))
    asked = {"max_results": 1, "lookup_attribute": attributes(EventName="CreateUser")}
    token = trail.lookup_events(m.LookupEventsRequest(**asked)).body.next_token
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    query, _, _, at, event_id = json.loads(raw[4:])
    forged = page_token(query, [far, far, at, event_id])
    body = trail.lookup_events(m.LookupEventsRequest(**asked, next_token=forged)).body
    now = server.clock()
    assert iso(Instant(now - 91 * DAY)) < body.start_time <= iso(Instant(now + DAY))
    assert body.end_time <= iso(Instant(now + DAY))


def test_rare_condition_is_found_in_bounded_steps(
    trail: Client, ram: RamClient, lookup: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ram.create_user(ram_models.CreateUserRequest(user_name="needle"))
    for _ in range(11):
        ram.list_users(ram_models.ListUsersRequest())
    monkeypatch.setattr(search, "SCANNED", 4)
    first = trail.lookup_events(
        m.LookupEventsRequest(lookup_attribute=attributes(ResourceName="needle"))
    ).body
    assert first.events == []
    assert first.next_token
    assert len(lookup(ResourceName="needle")) == 1
    assert len(lookup(EventId=lookup(EventName="CreateUser")[0]["eventId"])) == 1


def test_window_has_its_ends_in_order_and_within_90_days(trail: Client, server: Server) -> None:
    now = server.clock()
    start, end = "InvalidParameterStartTime", "InvalidParameterEndTime"
    cases: list[tuple[str | None, str | None, str | None]] = [
        (iso(now - 60), iso(now), None),
        (iso(now - 60), iso(now - 60), None),
        (iso(now - 90 * DAY + 60), iso(now), None),
        (iso(now - 90 * DAY - 60), iso(now), start),
        (iso(now - 100), iso(now - 101), start),
        (None, iso(now - 8 * DAY), start),
        (iso(now + 60), None, start),
        ("yesterday", iso(now), start),
        (iso(now), "today", end),
        ("yesterday", None, start),
        (None, "today", end),
        (iso(now - 60), iso(now + 800), None),
        (iso(now - 60), iso(now + 1000), end),
    ]
    for first, last, code in cases:
        asked = m.LookupEventsRequest(start_time=first, end_time=last)
        if code is None:
            body = trail.lookup_events(asked).body
            assert (body.start_time, body.end_time) == (first, last)
        else:
            with refused(code, 400):
                trail.lookup_events(asked)
    assert len(cases) == 13


def test_each_end_of_the_window_has_its_own_default(
    trail: Client, server: Server, plant: Callable[..., None], lookup: Callable[..., Any]
) -> None:
    now = server.clock()
    for days in (1, 3, 6, 20):
        plant(f"Days{days}", at=now - days * DAY)
    assert {e["eventName"] for e in lookup(start_time=iso(now - 21 * DAY))} == {
        *("Days1", "Days3", "Days6", "Days20")
    }
    assert [e["eventName"] for e in lookup(end_time=iso(now - 2 * DAY))] == ["Days3", "Days6"]
    began = server.clock()
    only_start = trail.lookup_events(m.LookupEventsRequest(start_time=iso(now - DAY))).body
    only_end = trail.lookup_events(m.LookupEventsRequest(end_time=iso(now))).body
    ended = server.clock()
    assert only_start.start_time == iso(now - DAY)
    assert iso(began) <= only_start.end_time <= iso(ended)
    assert only_end.end_time == iso(now)
    assert iso(began - 7 * DAY) <= only_end.start_time <= iso(ended - 7 * DAY)


def test_a_default_end_stays_where_the_first_page_put_it(
    trail: Client, server: Server, plant: Callable[..., None]
) -> None:
    now = server.clock()
    for days in (1, 2, 3):
        plant(f"Days{days}", at=now - days * DAY)
    asked = {"start_time": iso(now - 10 * DAY), "max_results": "1"}
    first = trail.lookup_events(m.LookupEventsRequest(**asked)).body
    try:
        server.clock.offset = 600
        second = trail.lookup_events(
            m.LookupEventsRequest(**asked, next_token=first.next_token)
        ).body
    finally:
        server.clock.offset = 0
    assert (second.start_time, second.end_time) == (first.start_time, first.end_time)
    assert [e["eventName"] for e in second.events] == ["Days2"]


def test_window_includes_both_ends_and_is_seven_days_by_default(
    server: Server, lookup: Callable[..., Any], plant: Callable[..., None]
) -> None:
    now = server.clock()
    plant("Old", at=now - 8 * DAY)
    plant("Recent", at=now - 6 * DAY)
    assert [e["eventName"] for e in lookup()] == ["Recent"]
    whole = {"start_time": iso(now - 80 * DAY), "end_time": iso(now - DAY)}
    times = [e["eventTime"] for e in lookup(**whole)]
    assert times == [iso(now - 6 * DAY), iso(now - 8 * DAY)]
    for at in times:
        assert len(lookup(start_time=at, end_time=at)) == 1


def test_pages_outlive_the_edge_of_history(trail: Client, ram: RamClient, server: Server) -> None:
    for _ in range(3):
        ram.list_users(ram_models.ListUsersRequest())
    now = server.clock()
    asked = {
        "start_time": iso(now - 90 * DAY + 5),
        "end_time": iso(now + 60),
        "max_results": "1",
    }
    token = trail.lookup_events(m.LookupEventsRequest(**asked)).body.next_token
    try:
        server.clock.offset = 30
        body = trail.lookup_events(m.LookupEventsRequest(**asked, next_token=token)).body
    finally:
        server.clock.offset = 0
    assert len(body.events) == 1


def test_other_account_sees_nothing(
    ram: RamClient, server: Server, lookup: Callable[..., Any]
) -> None:
    made = ram.create_user(ram_models.CreateUserRequest(user_name="mine")).body
    stranger = server.new_account()
    other = Client(server.config(stranger.access_key_id, stranger.secret.reveal()))
    assert other.lookup_events(m.LookupEventsRequest()).body.events == []
    by_id = m.LookupEventsRequest(lookup_attribute=attributes(EventId=made.request_id))
    assert other.lookup_events(by_id).body.events == []
    assert len(lookup(EventId=made.request_id)) == 1


def test_regional_events_show_in_their_region_and_global_ones_everywhere(
    server: Server, account: NewAccount, ram: RamClient, trail: Client
) -> None:
    def seen_from(region: str) -> set[str]:
        config = server.config(account.access_key_id, account.secret.reveal())
        config.region_id = region
        plain = PlainClient(with_host(config, ACTIONTRAIL))
        params = openapi.Params(
            action="LookupEvents",
            version="2020-07-06",
            protocol="HTTP",
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        answer: Any = plain.call_api(params, openapi.OpenApiRequest(query={}), RuntimeOptions())
        return {e["eventName"] for e in answer["body"]["Events"]}

    ram.create_user(ram_models.CreateUserRequest(user_name="global"))
    trail.describe_regions(m.DescribeRegionsRequest())
    assert seen_from("cn-hangzhou") == {"CreateUser", "DescribeRegions"}
    assert seen_from("cn-beijing") == {"CreateUser"}


def test_caller_needs_permission_for_events_but_not_for_regions(
    server: Server, new_key: Callable[[str], tuple[str, str]]
) -> None:
    client = Client(server.config(*new_key("nobody")))
    with refused("NoPermission", 403):
        client.lookup_events(m.LookupEventsRequest())
    regions = client.describe_regions(m.DescribeRegionsRequest()).body.regions.region
    home = next(r for r in regions if r.region_id == "cn-hangzhou")
    assert home.local_name == "China (Hangzhou)"
    assert home.region_endpoint == "actiontrail.cn-hangzhou.aliyuncs.com"
    chinese = client.describe_regions(m.DescribeRegionsRequest(accept_language="zh-CN"))
    assert "华东1（杭州）" in {r.local_name for r in chinese.body.regions.region}
    assert len(regions) >= 25


def test_operation_that_is_published_but_not_honoured_is_refused_by_name(trail: Client) -> None:
    with refused("UnsupportedOperation", 400) as caught:
        trail.get_governance_metrics()
    assert "GetGovernanceMetrics" in caught.value.message
