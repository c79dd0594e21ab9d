"""What the gateway refuses before an operation runs: the exact code and status of each failure."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.gateway.calls import raw, v1_call, v3_call

from juyong.api.request import Raw
from juyong.app.bootstrap import Credentials, read_credentials
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant, iso
from juyong.gateway.throttle import Throttle

NOW = 1_790_000_000


class Caller:
    """A platform called in-process at a fixed time."""

    def __init__(self, running: Running, key: Credentials) -> None:
        self.running, self.key = running, key

    def __call__(self, request: Raw) -> tuple[int, dict[str, Any]]:
        answer = asyncio.run(self.running.pipeline.serve(request))
        return answer.status, json.loads(answer.body)

    def v1(self, *, at: int = NOW, **options: Any) -> Raw:
        return v1_call(self.key.access_key_id, self.key.access_key_secret, at, **options)

    def v3(self, action: str, *, at: int = NOW, **options: Any) -> Raw:
        return v3_call(self.key.access_key_id, self.key.access_key_secret, at, action, **options)

    def events(self) -> list[EventRow]:
        self.running.store.settle()
        return self.running.store.call(lambda tx: tx.find(EventRow, order=("seq",)))


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = open_platform(
        tmp_path_factory.mktemp("home"), settings=Settings(), clock=lambda: Instant(NOW)
    )
    yield running
    running.store.close()


@pytest.fixture
def call(opened: Running) -> Caller:
    opened.pipeline.throttle = Throttle()
    return Caller(opened, read_credentials(opened.home))


def test_both_signatures_are_accepted(call: Caller) -> None:
    assert call(call.v1(Action="ListUsers"))[0] == 200
    assert call(call.v3("ListUsers"))[0] == 200
    form = b"MaxItems=5"
    signed = call.v3(
        "ListUsers", headers={"content-type": "application/x-www-form-urlencoded"}, body=form
    )
    assert call(signed)[0] == 200


REFUSED_V1: dict[str, tuple[dict[str, Any], int, str]] = {
    "unknown host": ({"Action": "ListUsers", "host": "nope.aliyuncs.com"}, 404, "InvalidProduct.NotFound"),
    "host and version disagree": ({"Action": "ListUsers", "host": "sts.aliyuncs.com"}, 400, "InvalidVersion"),
    "unknown version": ({"Action": "ListUsers", "Version": "1999-01-01"}, 400, "InvalidVersion"),
    "no version": ({"Action": "ListUsers", "drop": ("Version",)}, 400, "MissingVersion"),
    "unknown action": ({"Action": "Nope"}, 404, "InvalidAction.NotFound"),
    "no action": ({}, 400, "MissingAction"),
    "no key id": ({"Action": "ListUsers", "drop": ("AccessKeyId",)}, 400, "MissingAccessKeyId"),
    "no signature": ({"Action": "ListUsers", "drop": ("Signature",)}, 400, "MissingSignature"),
    "no timestamp": ({"Action": "ListUsers", "drop": ("Timestamp",)}, 400, "MissingTimestamp"),
    "no nonce": ({"Action": "ListUsers", "drop": ("SignatureNonce",)}, 400, "MissingSignatureNonce"),
    "unsigned": ({"Action": "ListUsers", "drop": ("AccessKeyId", "Signature")}, 400, "MissingAccessKeyId"),
    "wrong signature": ({"Action": "ListUsers", "Signature": "AAAA"}, 400, "SignatureDoesNotMatch"),
    "other method": ({"Action": "ListUsers", "SignatureMethod": "HMAC-MD5"}, 400, "InvalidSignatureMethod"),
    "other signature version": ({"Action": "ListUsers", "SignatureVersion": "2.0"}, 400, "IncompleteSignature"),
    "bearer": ({"Action": "ListUsers", "SignatureType": "BEARERTOKEN"}, 400, "IncompleteSignature"),
    "unknown key": ({"Action": "ListUsers", "AccessKeyId": "LTAInobody"}, 404, "InvalidAccessKeyId.NotFound"),
    "key with a blank": ({"Action": "ListUsers", "AccessKeyId": "LTAInobody "}, 404, "InvalidAccessKeyId"),
    "key with an invisible character": ({"Action": "ListUsers", "AccessKeyId": "LTAI\u200bnobody"}, 404, "InvalidAccessKeyId"),
    "bad time": ({"Action": "ListUsers", "Timestamp": "yesterday"}, 400, "InvalidTimeStamp.Format"),
    "15 minutes and a second early": ({"Action": "ListUsers", "at": NOW - 901}, 400, "InvalidTimeStamp.Expired"),
    "15 minutes and a second late": ({"Action": "ListUsers", "at": NOW + 901}, 400, "InvalidTimeStamp.Expired"),
    "temporary key without token": ({"Action": "ListUsers", "AccessKeyId": "STS.abc"}, 400, "MissingSecurityToken"),
    "garbage token": ({"Action": "ListUsers", "AccessKeyId": "STS.abc", "SecurityToken": "x"}, 400, "InvalidSecurityToken.Malformed"),
    "token on a long-term key": ({"Action": "ListUsers", "SecurityToken": "x"}, 400, "InvalidSecurityToken.MismatchWithAccessKey"),
    "missing parameter": ({"Action": "GetUser"}, 400, "MissingUserName"),
    "bad parameter": ({"Action": "GetUser", "UserName": "a b"}, 400, "InvalidParameter.UserName.InvalidChars"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED_V1)
def test_v1_refusals(call: Caller, name: str) -> None:
    options, status, code = REFUSED_V1[name]
    got, body = call(call.v1(**options))
    assert (got, body["Code"]) == (status, code)
    assert body["RequestId"] == body["RequestId"].upper()
    assert {"HostId", "Message", "Recommend"} <= body.keys()


def test_what_is_published_and_not_served_says_why(call: Caller) -> None:
    host, version = "ecs.aliyuncs.com", "2014-05-26"
    signed_alike = (
        call.v1(host=host, Version=version, Action="ExportSnapshot"),
        call.v3("ExportSnapshot", headers={"host": host, "x-acs-version": version}),
    )
    for request in signed_alike:
        status, body = call(request)
        assert (status, body["Code"]) == (400, "UnsupportedOperation")
        assert body["Message"] == (
            "juyong does not support ExportSnapshot: a snapshot leaves its region in an image: "
            "CopyImage"
        )
    for never in (
        "ExportSnapshotz",
        "modifysnapshotattribute",
        "*Snapshot*",
        "ExportSnapshot ",
    ):
        status, body = call(call.v1(host=host, Version=version, Action=never))
        assert (status, body["Code"]) == (404, "InvalidAction.NotFound")


def test_what_is_published_and_not_served_is_told_in_xml(call: Caller) -> None:
    request = call.v1(
        host="ecs.aliyuncs.com",
        Version="2014-05-26",
        Action="ExportSnapshot",
        Format="XML",
    )
    answer = asyncio.run(call.running.pipeline.serve(request))
    assert answer.status == 400
    assert b"<Code>UnsupportedOperation</Code>" in answer.body


def test_number_of_v1_refusals() -> None:
    assert len(REFUSED_V1) == 26


@pytest.mark.parametrize("offset", [-900, 0, 900])
def test_a_clock_15_minutes_off_is_accepted(call: Caller, offset: int) -> None:
    assert call(call.v1(Action="ListUsers", at=NOW + offset))[0] == 200


REFUSED_V3: dict[str, tuple[dict[str, Any], str]] = {
    "action not signed": ({"unsigned": ("x-acs-action",)}, "IncompleteSignature"),
    "host not signed": ({"unsigned": ("host",)}, "IncompleteSignature"),
    "body hash not signed": ({"unsigned": ("x-acs-content-sha256",)}, "IncompleteSignature"),
    "token not signed": ({"headers": {"x-acs-security-token": "t"}, "unsigned": ("x-acs-security-token",)}, "IncompleteSignature"),
    "action swapped": ({"after": {"x-acs-action": "ListGroups"}}, "SignatureDoesNotMatch"),
    "body swapped": ({"after": {"x-acs-content-sha256": "00"}}, "ContentSHA256NotMatched"),
    "date swapped": ({"after": {"x-acs-date": iso(Instant(NOW + 1))}}, "SignatureDoesNotMatch"),
    "unreadable header": ({"after": {"authorization": "ACS3-HMAC-SHA256 nonsense"}}, "IncompleteSignature"),
    "another algorithm": ({"after": {"authorization": "ACS3-HMAC-SM3 Credential=a,SignedHeaders=host,Signature=b"}}, "IncompleteSignature"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED_V3)
def test_v3_refusals(call: Caller, name: str) -> None:
    options, code = REFUSED_V3[name]
    status, body = call(call.v3("ListUsers", **options))
    assert (status, body["Code"]) == (400, code)


def test_number_of_v3_refusals() -> None:
    assert len(REFUSED_V3) == 9


def test_a_signed_request_is_accepted_once(call: Caller) -> None:
    for request in (call.v1(Action="ListUsers"), call.v3("ListUsers")):
        assert call(request)[0] == 200
        status, body = call(request)
        assert (status, body["Code"]) == (400, "SignatureNonceUsed")


def test_nonce_of_a_refused_call_is_spent_too(call: Caller) -> None:
    request = call.v1(Action="GetUser", UserName="nobody")
    assert call(request)[1]["Code"] == "EntityNotExist.User"
    assert call(request)[1]["Code"] == "SignatureNonceUsed"


def test_parameter_given_twice_is_refused(call: Caller) -> None:
    request = call.v1(Action="ListUsers")
    twice = raw(query=request.query + "&Action=DeleteUser")
    assert call(twice)[1]["Code"] == "InvalidParameter.Duplicated"


def test_v1_mismatch_tells_the_string_it_signed_but_the_event_does_not(call: Caller) -> None:
    body = call(call.v1(Action="CreateUser", UserName="eve", Signature="AAAA"))[1]
    assert "server string to sign is:GET&%2F&" in body["Message"]
    assert "UserName%3Deve" in body["Message"]
    assert not [e for e in call.events() if "server string to sign is:GET" in e.body]


def test_known_key_with_a_wrong_signature_leaves_an_event(call: Caller) -> None:
    request_id = call(call.v1(Action="ListUsers", Signature="AAAA"))[1]["RequestId"]
    events = [e for e in call.events() if e.event_id == request_id]
    assert [e.error_code for e in events] == ["SignatureDoesNotMatch"]


def test_a_flood_of_wrong_signatures_writes_few_events(call: Caller) -> None:
    """A stranger who knows a key id can make its account only so much work."""
    before = len(call.events())
    for _ in range(60):
        assert call(call.v1(Action="ListUsers", Signature="AAAA"))[0] == 400
    assert 1 <= len(call.events()) - before < 30


def test_unknown_key_leaves_no_event_in_any_account(call: Caller) -> None:
    request_id = call(call.v1(Action="ListUsers", AccessKeyId="LTAInobody"))[1]["RequestId"]
    assert not [e for e in call.events() if e.event_id == request_id]


def test_xml_is_answered_in_xml(call: Caller) -> None:
    answer = asyncio.run(call.running.pipeline.serve(call.v1(Action="ListUsers", Format="XML")))
    assert answer.content_type == "text/xml;charset=utf-8"
    assert answer.body.startswith(b"<?xml version='1.0' encoding='UTF-8'?><ListUsersResponse>")
    refused = asyncio.run(
        call.running.pipeline.serve(call.v1(Action="GetUser", UserName="no", Format="XML"))
    )
    assert b"<Error><RequestId>" in refused.body
    assert b"<Code>EntityNotExist.User</Code>" in refused.body


def test_single_endpoint_routes_by_version(call: Caller) -> None:
    assert call(call.v1(Action="ListUsers", host="localhost:8480"))[0] == 200


def test_post_of_another_method_is_refused(call: Caller) -> None:
    status, body = call(raw(method="PUT", query="Action=ListUsers&Version=2015-05-01"))
    assert (status, body["Code"]) == (400, "UnsupportedHTTPMethod")


def test_secrets_of_the_platform_never_show_in_reprs(call: Caller, tmp_path: Path) -> None:
    assert call.key.access_key_secret not in repr(call.key)
