"""Calls on data that a trail selects are delivered to a logstore, once each, and nothing else is."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import oss2
import pytest
from alibabacloud_actiontrail20200706 import models as m
from alibabacloud_actiontrail20200706.client import Client
from alibabacloud_ram20150501.client import Client as RamClient
from aliyun.log import LogItem, PutLogsRequest
from tests.conformance.actiontrail.trailing import Trailing, names
from tests.conformance.documents import allow, trust
from tests.conformance.harness import refused
from tests.conformance.oss_calls import Caller as OssCaller
from tests.conformance.sls_calls import REGION, raw
from tests.conformance.sls_calls import Caller as SlsCaller
from tests.conformance.sts.roles import grant, make_role, role_arn

from juyong.audit.tables import EventRow
from juyong.services.actiontrail.data_events.jobs import AT_ONCE
from juyong.services.actiontrail.data_events.tables import DataEventRow, DataTargetRow
from juyong.services.actiontrail.trails.roles import LINKED
from juyong.store.errors import Unavailable

OSS = {"ServiceName": "Oss"}


def begin(trailing: Trailing, *selectors: dict[str, Any], **more: Any) -> None:
    """Make a trail that is on, and give it selectors."""
    trailing.create()
    trailing.start()
    trailing.select(*selectors, **more)


def shown(trailing: Trailing) -> Any:
    return trailing.trail.get_data_event_selector(
        m.GetDataEventSelectorRequest(trail_name=trailing.name)
    ).body


def waiting(trailing: Trailing) -> list[DataEventRow]:
    where = {"account_id": trailing.account.account_id}
    return trailing.server.running.store.call(
        lambda tx: tx.find(DataEventRow, order=("seq",), **where)
    )


def test_reads_writes_and_refusals_of_data_are_delivered(
    trailing: Trailing, new_key: Callable[[str], tuple[str, str]]
) -> None:
    begin(trailing, OSS)
    put = trailing.bucket.put_object("a/b", b"text")
    trailing.bucket.get_object("a/b").read()
    stranger = OssCaller(trailing.server.port, oss2.Auth(*new_key("stranger")))
    with pytest.raises(oss2.exceptions.AccessDenied):
        stranger.bucket(trailing.name).get_object("a/b")
    with pytest.raises(oss2.exceptions.NoSuchKey):
        trailing.bucket.get_object("none")
    trailing.deliver_data()
    found = trailing.data()
    assert names(found) == ["PutObject", "GetObject", "GetObject", "GetObject"]
    assert [each.get("errorCode", "") for each in found] == ["", "", "AccessDenied", "NoSuchKey"]
    first = found[0]
    assert first["eventId"] == put.request_id or first["requestId"]
    assert (first["eventCategory"], first["eventRW"]) == ("Data", "Write")
    assert (first["serviceName"], first["acsRegion"]) == ("Oss", "cn-hangzhou")
    assert first["referencedResources"] == {"ACS::OSS::Bucket": [trailing.name]}
    assert first["requestParameters"]["key"] == "a/b"
    assert found[2]["userIdentity"]["userName"] == "stranger"
    assert waiting(trailing) == []


def test_only_what_a_selector_names_is_kept(trailing: Trailing) -> None:
    arn = f"acs:oss:*:*:{trailing.name}/logs/*"
    begin(
        trailing,
        {**OSS, "ReadWriteType": "Write", "EventName": {"NotEquals": ["DeleteObject"]}},
        {**OSS, "EventName": {"Equals": ["GetObject"]}, "ResourceArn": {"Equals": [arn]}},
    )
    for key in ("logs/a", "b"):
        trailing.bucket.put_object(key, b"text")
        trailing.bucket.get_object(key).read()
        trailing.bucket.delete_object(key)
    assert names([json.loads(each.body) for each in waiting(trailing)]) == [
        *("PutObject", "GetObject", "PutObject"),
    ]


def test_calls_of_sls_on_data_are_delivered(trailing: Trailing) -> None:
    begin(trailing, {"ServiceName": "Sls", "EventName": {"Equals": ["PutLogs", "GetLogs"]}})
    trailing.log.create_logstore(trailing.project, "own", 1, 1)
    trailing.log.put_logs(
        PutLogsRequest(trailing.project, "own", "", "", [LogItem(1, [("a", "b")])])
    )
    trailing.deliver_data()
    (found,) = trailing.data()
    assert (found["eventName"], found["serviceName"]) == ("PutLogs", "Sls")
    assert "ACS::SLS::Project" in found["referencedResources"]


def test_the_owner_of_a_bucket_gets_what_others_do_with_the_data(trailing: Trailing) -> None:
    begin(trailing, OSS)
    trailing.bucket.put_object("a", b"text")
    trailing.bucket.put_bucket_acl(oss2.BUCKET_ACL_PUBLIC_READ)
    anyone = OssCaller(trailing.server.port, oss2.AnonymousAuth())
    anyone.bucket(trailing.name).get_object("a").read()
    other = trailing.server.new_account()
    auth = oss2.Auth(other.access_key_id, other.secret.reveal())
    OssCaller(trailing.server.port, auth).bucket(trailing.name).get_object("a").read()
    trailing.deliver_data()
    found = trailing.data()
    assert names(found) == ["PutObject", "GetObject", "GetObject"]
    assert found[1]["userIdentity"]["type"] == "unknown"
    assert found[2]["userIdentity"]["accountId"] == other.account_id
    assert {each["recipientAccountId"] for each in found} == {trailing.account.account_id}


def test_logs_of_a_page_without_a_signature_are_events_of_the_owner(trailing: Trailing) -> None:
    begin(trailing, {"ServiceName": "Sls", "ReadWriteType": "Write"})
    trailing.log.create_logstore(trailing.project, "page", 1, 1, enable_tracking=True)
    host = {"host": f"{trailing.project}.{REGION}.log.aliyuncs.com"}
    host["content-type"] = "application/json"
    page = b'{"__logs__": [{"a": "b"}]}'
    port = trailing.server.port
    assert raw(port, "POST", "/logstores/page/track", host, page).status == 200
    trailing.deliver_data()
    (found,) = trailing.data()
    assert (found["eventName"], found["userIdentity"]["type"]) == ("PutWebtracking", "unknown")
    assert found["referencedResources"] == {"ACS::SLS::LogStore": [f"{trailing.project}#page"]}


def test_what_signs_a_request_is_in_no_data_event(trailing: Trailing) -> None:
    begin(trailing, OSS)
    trailing.bucket.put_object("a", b"text")
    address = trailing.bucket.sign_url("GET", "a", 60)
    secret = parse_qs(urlsplit(address).query)
    assert trailing.bucket.get_object_with_url(address).read() == b"text"
    rows = waiting(trailing)
    assert names([json.loads(each.body) for each in rows]) == ["PutObject", "GetObject"]
    signature = secret.get("Signature") or secret["x-oss-signature"]
    assert signature[0] not in unquote(rows[1].body)


def test_nothing_is_kept_while_the_trail_is_off_or_selects_nothing(trailing: Trailing) -> None:
    trailing.create()
    trailing.select(OSS)
    trailing.bucket.put_object("a", b"")
    trailing.start()
    trailing.bucket.put_object("b", b"")
    trailing.stop()
    trailing.bucket.put_object("c", b"")
    trailing.start()
    trailing.select(OSS, is_trail_all_region=False, trail_region_ids="cn-beijing,cn-shanghai")
    trailing.bucket.put_object("d", b"")
    trailing.select()
    trailing.bucket.put_object("e", b"")
    trailing.select(OSS)
    trailing.bucket.put_object("f", b"")
    trailing.trail.delete_trail(m.DeleteTrailRequest(name=trailing.name))
    trailing.bucket.put_object("g", b"")
    trailing.deliver_data()
    assert [each["requestParameters"]["key"] for each in trailing.data()] == ["b", "f"]


def test_an_idle_platform_delivers_no_data_events(trailing: Trailing) -> None:
    trailing.bucket.put_bucket_logging(oss2.models.BucketLogging(trailing.name, "access/"))
    begin(trailing, OSS, {"ServiceName": "Sls"})
    trailing.bucket.put_object("a", b"text")
    trailing.deliver(30)
    trailing.deliver_data()
    trailing.deliver(30)
    trailing.deliver_data()
    call = trailing.server.running.store.call

    def held() -> tuple[int, ...]:
        kinds, own = (EventRow, DataEventRow, DataTargetRow), trailing.account.account_id
        return call(lambda tx: tuple(tx.count(each, account_id=own) for each in kinds))

    before = held()
    for _ in range(10):
        trailing.deliver(60)
        trailing.deliver_data()
    assert held() == before
    assert waiting(trailing) == []


def test_data_events_are_no_management_events(trailing: Trailing) -> None:
    begin(trailing, OSS)
    call, own = trailing.server.running.store.call, trailing.account.account_id
    before = call(lambda tx: tx.count(EventRow, account_id=own))
    trailing.bucket.put_object("a", b"text")
    trailing.bucket.get_object("a").read()
    assert call(lambda tx: tx.count(EventRow, account_id=own)) == before


def test_selectors_are_shown_as_they_were_sent(trailing: Trailing) -> None:
    trailing.create()
    put = trailing.select(OSS, is_trail_all_region=False, trail_region_ids="cn-hangzhou")
    text = json.dumps([OSS])
    arn = f"acs:actiontrail:cn-hangzhou:{trailing.account.account_id}:trail/{trailing.name}"
    assert (put.data_event_selectors, put.trail_arn) == (text, arn)
    found = shown(trailing)
    assert (found.data_event_selectors, found.is_trail_all_region) == (text, False)
    (config,) = found.sls_delivery_configs
    project = f"acs:log:cn-hangzhou:{trailing.account.account_id}:project/{trailing.data_project}"
    assert (config.status, config.region_sls_project_arn) == ("Pending", project)
    trailing.start()
    trailing.bucket.put_object("a", b"")
    trailing.deliver_data()
    (config,) = shown(trailing).sls_delivery_configs
    assert (config.status, config.trail_region) == ("Success", "cn-hangzhou")
    wrong = m.ListDataEventSelectorsRequest(next_token="no-token")
    with refused("InvalidQueryParameter", 400):
        trailing.trail.list_data_event_selectors(wrong)
    listed = trailing.trail.list_data_event_selectors(m.ListDataEventSelectorsRequest()).body.data
    (info,) = listed.data_event_selector_infos
    assert (info.trail_name, info.event_selectors) == (trailing.name, text)
    assert (listed.max_results, listed.next_token) == (20, None)
    request = m.DeleteDataEventSelectorRequest(trail_name=trailing.name)
    trailing.trail.delete_data_event_selector(request)
    trailing.trail.delete_data_event_selector(request)
    assert shown(trailing).data_event_selectors == ""
    listed = trailing.trail.list_data_event_selectors(m.ListDataEventSelectorsRequest()).body.data
    assert listed.data_event_selector_infos == []


def test_the_services_and_their_events_are_listed_in_pages(trailing: Trailing) -> None:
    ask = trailing.trail.list_data_event_services
    first = ask(m.ListDataEventServicesRequest(max_results=1)).body.data
    token = first.next_token
    second = ask(m.ListDataEventServicesRequest(max_results=1, next_token=token)).body.data
    infos = [*first.service_infos, *second.service_infos]
    assert [each.service_name for each in infos] == ["Oss", "Sls"]
    assert {"GetObject", "PutObject", "CopyObject"} <= set(infos[0].event_names)
    assert {"PutLogs", "GetLogs", "PullLogs"} <= set(infos[1].event_names)
    assert "PutBucket" not in infos[0].event_names
    assert second.next_token is None
    with refused("InvalidQueryParameter", 400):
        ask(m.ListDataEventServicesRequest(next_token="x"))


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[",
        '[{"ServiceName":"Ecs"}]',
        '[{"ServiceName":"Oss","EventName":{"Equals":["PutBucket"]}}]',
        '[{"ServiceName":"Oss","EventName":{"Equals":["PutObject"],"NotEquals":["GetObject"]}}]',
        '[{"ServiceName":"Oss","EventName":{"Equals":[]}}]',
        '[{"ServiceName":"Oss","ReadWriteType":"read"}]',
        '[{"ServiceName":"Oss","Else":1}]',
        json.dumps([OSS] * 21),
        json.dumps([{**OSS, "ResourceArn": {"Equals": ["a"] * 11}}]),
    ],
)
def test_what_is_no_list_of_selectors_is_refused(trailing: Trailing, text: str) -> None:
    trailing.create()
    ask = m.PutDataEventSelectorRequest(
        trail_name=trailing.name, event_selectors=text, is_trail_all_region=True
    )
    with refused("InvalidQueryParameter", 400):
        trailing.trail.put_data_event_selector(ask)
    assert shown(trailing).data_event_selectors == ""


def test_a_region_must_be_given_and_known(trailing: Trailing) -> None:
    trailing.create()
    for regions in ("", "moon-1", "cn-hangzhou,moon-1"):
        with refused("InvalidQueryParameter", 400):
            trailing.select(OSS, is_trail_all_region=False, trail_region_ids=regions)
    for ask, request in (
        (trailing.trail.put_data_event_selector, m.PutDataEventSelectorRequest),
        (trailing.trail.get_data_event_selector, m.GetDataEventSelectorRequest),
        (trailing.trail.delete_data_event_selector, m.DeleteDataEventSelectorRequest),
    ):
        more = {"event_selectors": "[]"} if "put" in ask.__name__ else {}
        with refused("TrailNotFoundException", 404):
            ask(request(trail_name="no-such-trail", **more))


def test_a_full_disk_is_told_and_events_come_later(
    trailing: Trailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(trailing, OSS)
    trailing.bucket.put_object("a", b"")
    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise Unavailable("the disk is full")

        patch.setattr("juyong.services.actiontrail.delivery.to_project.kept_logs", full)
        trailing.deliver_data()
    (config,) = shown(trailing).sls_delivery_configs
    assert (config.status, config.error_code) == ("Failed", "ServiceUnavailable")
    assert config.error_message
    assert len(trailing.heard) == 1
    trailing.deliver_data()
    assert trailing.data() == []
    trailing.deliver_data(5)
    assert names(trailing.data()) == ["PutObject"]
    assert shown(trailing).sls_delivery_configs[0].status == "Success"


def test_the_name_of_the_project_in_another_account_is_no_way_to_the_events(
    trailing: Trailing,
) -> None:
    other = trailing.server.new_account()
    log = SlsCaller(trailing.server, other.access_key_id, other.secret.reveal()).log
    log.create_project(trailing.data_project, "taken before")
    begin(trailing, OSS)
    trailing.bucket.put_object("a", b"")
    trailing.deliver_data()
    (config,) = shown(trailing).sls_delivery_configs
    assert (config.status, config.error_code) == ("Failed", "ProjectNotExist")
    before = trailing.server.clock.offset
    trailing.deliver_data(8 * 86400)
    trailing.server.clock.offset = before
    assert waiting(trailing) == []
    assert "loses 1 events" in trailing.heard[-1][1]
    log.delete_project(trailing.data_project)
    trailing.bucket.put_object("b", b"")
    trailing.server.running.pipeline.platform.memory.pop("actiontrail.data-events")
    trailing.deliver_data()
    assert names(trailing.data()) == ["PutObject"]


def test_what_the_service_makes_is_recorded(trailing: Trailing) -> None:
    begin(trailing, OSS)
    trailing.bucket.put_object("a", b"")
    trailing.deliver_data()
    call = trailing.server.running.store.call
    where = {"account_id": trailing.account.account_id, "event_type": "AliyunServiceEvent"}
    made = call(lambda tx: tx.find(EventRow, event_name="CreateProject", **where))
    assert [trailing.data_project in each.resource_names for each in made] == [True]
    with pytest.raises(Exception, match="actiontrail alone"):
        trailing.log.put_logs(
            PutLogsRequest(
                trailing.data_project, f"actiontrail_{trailing.name}", "", "", [LogItem(1, [])]
            )
        )


def test_more_events_than_a_batch_come_once_each_in_their_order(trailing: Trailing) -> None:
    begin(trailing, OSS)
    trailing.bucket.put_object("a", b"")
    (row,) = waiting(trailing)
    call = trailing.server.running.store.call

    def copy(tx: Any) -> None:
        for number in range(AT_ONCE):
            body = json.dumps({"eventName": str(number)})
            tx.insert_later(
                DataEventRow(
                    account_id=row.account_id,
                    trail_name=row.trail_name,
                    region=row.region,
                    at=row.at,
                    body=body,
                )
            )

    call(copy)
    trailing.deliver_data()
    assert names(trailing.data()) == ["PutObject", *map(str, range(AT_ONCE))]
    assert waiting(trailing) == []


def test_the_role_that_writes_must_be_made_and_trust_the_service(
    trailing: Trailing, ram: RamClient, new_key: Callable[[str], tuple[str, str]]
) -> None:
    make_role(ram, "writer", trust("Service", "actiontrail.aliyuncs.com"))
    grant(ram, "role", "writer", allow(["oss:PutObject"]))
    arn = role_arn(trailing.account, "writer")
    trailing.create(oss_write_role_arn=arn, sls_project_arn=None)
    maker = Client(trailing.server.config(*new_key("maker")))
    grant(ram, "user", "maker", allow("actiontrail:*"))
    ask = m.PutDataEventSelectorRequest(
        trail_name=trailing.name, event_selectors=json.dumps([OSS]), is_trail_all_region=True
    )
    with refused("NoPermission", 403):
        maker.put_data_event_selector(ask)
    make_role(ram, LINKED.role_name, trust("Service", "oss.aliyuncs.com"))
    with refused("InsufficientSlsPolicyException", 403):
        maker.put_data_event_selector(ask)
