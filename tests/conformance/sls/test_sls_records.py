"""Resources and records, by both official SDKs."""

import json
from typing import Any

import pytest
from alibabacloud_sls20201230 import models as m
from aliyun.log import LogClient
from aliyun.log.resource_params import Resource as SentResource
from aliyun.log.resource_params import ResourceRecord
from tests.conformance.harness import Server
from tests.conformance.sls_calls import Caller, refused

from juyong.services.sls.tables import RecordRow

WEBHOOKS = "sls.alert.action_webhook"


def test_a_resource_lives(log: LogClient) -> None:
    made = SentResource("user.things", "userdefine", description="words")
    log.create_resource(made)
    with refused("ResourceAlreadyExist", 400):
        log.create_resource(made)
    with refused("ResourceAlreadyExist", 400):
        log.create_resource(SentResource(WEBHOOKS, "userdefine"))
    found = log.get_resource("user.things").get_resource()
    assert (found.get_resource_type(), found.get_description()) == ("userdefine", "words")
    log.update_resource(SentResource("user.things", description="others"))
    listed = log.list_resources(resource_type="userdefine", resource_names=["user.things"])
    assert [each.get_description() for each in listed.get_resources()] == ["others"]
    assert log.list_resources(resource_type="other").get_total() == 0
    log.create_resource_record("user.things", ResourceRecord("one", None, {"a": 1}))
    log.delete_resource("user.things")
    for call in (
        lambda: log.get_resource("user.things"),
        lambda: log.delete_resource("user.things"),
        lambda: log.update_resource(SentResource("user.things", description="")),
        lambda: log.list_resource_records("user.things"),
        lambda: log.get_resource_record("user.things", "one"),
        lambda: log.create_resource_record("user.things", ResourceRecord("one", None, {"n": 1})),
        lambda: log.update_resource_record("user.things", ResourceRecord("one", None, {"n": 1})),
        lambda: log.upsert_resource_record("user.things", [ResourceRecord("one", None, {"n": 1})]),
        lambda: log.delete_resource_record("user.things", ["one"]),
    ):
        with refused("ResourceNotExist", 404):
            call()
    log.create_resource(made)
    assert log.list_resource_records("user.things").get_total() == 0


def test_a_resource_must_have_a_name(owner: Caller) -> None:
    body = json.dumps({"name": "a/b", "type": "userdefine"}).encode()
    answer = owner.call("POST", "/resources", "", body)
    assert json.loads(answer.body)["errorCode"] == "ParameterInvalid"


def test_what_the_service_has_itself_needs_no_making(log: LogClient) -> None:
    assert log.get_resource(WEBHOOKS).get_resource().get_resource_type() == "system"
    log.update_resource(SentResource(WEBHOOKS, description="mine"))
    log.create_resource_record(WEBHOOKS, ResourceRecord("hook", "t", {"url": "https://x"}))
    log.delete_resource(WEBHOOKS)
    assert log.list_resource_records(WEBHOOKS).get_total() == 0


def values(log: LogClient, **by: Any) -> dict[str, Any]:
    found = log.list_resource_records(WEBHOOKS, **by).get_records()
    return {each.get_record_id(): each.get_value() for each in found}


def test_records_live(owner: Caller, log: LogClient) -> None:
    log.create_resource_record(WEBHOOKS, ResourceRecord("one", "red", {"n": 1}))
    log.create_resource_record(WEBHOOKS, ResourceRecord(None, "blue", {"n": 2}))
    with refused("ResourceRecordAlreadyExist", 400):
        log.create_resource_record(WEBHOOKS, ResourceRecord("one", "red", {"n": 1}))
    assert sorted(each["n"] for each in values(log).values()) == [1, 2]
    assert values(log, tag="red") == values(log, record_ids=["one", "none"]) == {"one": {"n": 1}}
    log.update_resource_record(WEBHOOKS, ResourceRecord("one", None, {"n": 3}))
    found = log.get_resource_record(WEBHOOKS, "one").get_record()
    assert (found.get_tag(), found.get_value()) == ("red", {"n": 3})
    more = [ResourceRecord("one", "green", {"n": 4}), ResourceRecord("two", "green", {"n": 5})]
    log.upsert_resource_record(WEBHOOKS, more)
    assert values(log, tag="green") == {"one": {"n": 4}, "two": {"n": 5}}
    log.delete_resource_record(WEBHOOKS, ["one", "none"])
    assert values(log, tag="green") == {"two": {"n": 5}}
    with refused("ResourceRecordNotExist", 404):
        log.get_resource_record(WEBHOOKS, "one")
    with refused("ResourceRecordNotExist", 404):
        log.update_resource_record(WEBHOOKS, ResourceRecord("one", None, {"n": 1}))
    shown = owner.tea.list_resource_record(WEBHOOKS, m.ListResourceRecordRequest(size=1)).body
    assert (shown.count, shown.total) == (1, 2)


@pytest.mark.parametrize("value", ["", "nonsense", "[]", "1", '{"a":"' + "x" * 262144 + '"}'])
def test_what_is_no_record_is_refused(owner: Caller, log: LogClient, value: str) -> None:
    def send(method: str, path: str, body: Any) -> str:
        sent = json.dumps(body).encode()
        answer = owner.call(method, f"/resources/{WEBHOOKS}{path}", "", sent)
        return str(json.loads(answer.body or b"{}").get("errorCode"))

    assert send("POST", "/records", {"value": value}) == "ParameterInvalid"
    several = {"records": [{"value": "{}", "id": "good"}, {"value": value, "id": "bad"}]}
    assert send("PUT", "/records", several) == "ParameterInvalid"
    assert values(log) == {}
    log.create_resource_record(WEBHOOKS, ResourceRecord("one", None, {"n": 1}))
    assert send("PUT", "/records/one", {"value": value}) == "ParameterInvalid"
    assert values(log) == {"one": {"n": 1}}


def test_the_value_of_a_record_is_a_secret(server: Server, log: LogClient) -> None:
    secret = "whsec-9c1d"
    log.create_resource_record(WEBHOOKS, ResourceRecord("one", None, {"secret": secret}))
    row = server.running.store.call(
        lambda tx: next(each for each in tx.find(RecordRow) if secret in each.value.reveal())
    )
    assert secret not in repr(row)


def test_records_are_of_one_account(owner: Caller, stranger: Caller) -> None:
    owner.log.create_resource_record(WEBHOOKS, ResourceRecord("one", None, {"n": 1}))
    assert values(stranger.log) == {}
