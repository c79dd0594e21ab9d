"""Recorded answers of the gateway, which every product shares."""

import re
from collections.abc import Callable

import httpx
import pytest
from tests.conformance.harness import Server
from tests.conformance.recorded.raw_calls import VERSIONS, Raw, RawCaller
from tests.conformance.recorded.recording import LIVE, TRIMMED, recorded

from juyong.services.identity.facade import NewAccount

UPPER_UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")


def check_headers(answer: Raw) -> None:
    headers = answer.headers
    assert headers["content-type"] == "application/json;charset=utf-8"
    assert headers["access-control-allow-origin"] == "*"
    assert headers["access-control-expose-headers"] == "*"
    assert headers["x-acs-request-id"] == answer.body["RequestId"]
    assert UPPER_UUID.fullmatch(headers["x-acs-request-id"])
    assert re.fullmatch("[0-9a-f]{32}", headers["x-acs-trace-id"])
    assert "server" not in headers
    assert "etag" not in headers
    assert "date" in headers


@recorded("2023-12", LIVE)
def test_headers_of_every_answer(call: RawCaller, user: RawCaller) -> None:
    answers = [
        call("ram", "ListUsers"),
        call.v3("ram", "ListUsers"),
        call("ram", "GetUser", UserName="nobody"),
        user("kms", "ListKeys"),
        call("ram", "Nope"),
    ]
    assert [a.status for a in answers] == [200, 200, 404, 403, 404]
    for answer in answers:
        check_headers(answer)
    assert len({a.headers["x-acs-trace-id"] for a in answers}) == len(answers)


def test_pages_of_the_platform_are_not_open_to_other_origins(server: Server) -> None:
    for path in ("/health", "/metrics"):
        headers = httpx.get(f"http://127.0.0.1:{server.port}{path}", timeout=30).headers
        assert re.fullmatch("[0-9a-f]{32}", headers["x-acs-trace-id"])
        assert "access-control-allow-origin" not in headers


@recorded("2025-10", LIVE)
@pytest.mark.parametrize("product", ["ram", "kms"])
def test_members_of_an_error(server: Server, product: str, account: NewAccount) -> None:
    late = RawCaller(server, account.access_key_id, account.secret.reveal())
    server.clock.offset = 3600
    try:
        answer = late(product, "ListUsers" if product == "ram" else "ListKeys")
    finally:
        server.clock.offset = 0
    body, code = answer.body, "InvalidTimeStamp.Expired"
    assert (answer.status, body["Code"]) == (400, code)
    assert body["Message"] == "Specified time stamp or date value is expired."
    assert body["HostId"] == f"127.0.0.1:{server.port}"
    assert body["Recommend"] == (
        f"https://api.aliyun.com/troubleshoot?q={code}&product={product.title()}"
        f"&requestId={body['RequestId']}"
    )
    assert body.keys() - {"HttpStatus"} == {"RequestId", "Message", "Recommend", "HostId", "Code"}


@recorded("2025-12", TRIMMED)
def test_text_of_a_v3_mismatch(call: RawCaller) -> None:
    answer = call.v3("ram", "ListUsers", after={"x-acs-action": "ListGroups"})
    assert (answer.status, answer.body["Code"]) == (400, "SignatureDoesNotMatch")
    found = re.fullmatch(
        r"Specified signature does not match our calculation\. "
        r"server StringToSign is \[ACS3-HMAC-SHA256\n([0-9a-f]{64})\] "
        r"server CanonicalRequest is \[POST\n/\n\n((?:[a-z0-9-]+:.*\n)+)\n([a-z0-9;-]+)\n(\w{64})\]",
        answer.body["Message"],
    )
    assert found is not None
    names = [line.partition(":")[0] for line in found[2].splitlines()]
    assert names == found[3].split(";")
    assert "x-acs-action:ListGroups\n" in found[2]


@recorded("2025-01", LIVE)
def test_text_of_a_v1_mismatch(server: Server, account: NewAccount) -> None:
    answer = RawCaller(server, account.access_key_id, "wrong")("ram", "ListUsers")
    assert (answer.status, answer.body["Code"]) == (400, "SignatureDoesNotMatch")
    text, colon, signed = answer.body["Message"].partition(":")
    assert text + colon == (
        "Specified signature is not matched with our calculation. server string to sign is:"
    )
    assert signed.startswith("GET&%2F&AccessKeyId%3D")


@recorded("2022-07", LIVE)
@pytest.mark.parametrize("key_id", ["LTAI5tNobodyHasThisKeyAtAll", "<LTAI5tNobody>"])
def test_unknown_access_key(server: Server, key_id: str) -> None:
    for answer in _both(RawCaller(server, key_id, "secret")):
        assert (answer.status, answer.body["Code"]) == (404, "InvalidAccessKeyId.NotFound")
        assert answer.body["Message"] == "Specified access key is not found."


@recorded("2025-05", LIVE)
@pytest.mark.parametrize("more", [" ", "\u200b", "\ufeff", "\xa0"])
def test_access_key_that_was_copied_with_a_blank(
    server: Server, account: NewAccount, more: str
) -> None:
    """Reporters found blanks and invisible characters; the status was not recorded."""
    copied = RawCaller(server, f"{account.access_key_id}{more}", account.secret.reveal())
    for answer in _both(copied) if more == " " else [copied("ram", "ListUsers")]:
        assert answer.body["Code"] == "InvalidAccessKeyId"
        assert answer.body["Message"] == "Specified access key is not found or invalid."


def _both(caller: RawCaller) -> list[Raw]:
    return [caller("ram", "ListUsers"), caller.v3("ram", "ListUsers")]


@recorded("2025-12", LIVE)
def test_call_without_an_access_key(server: Server) -> None:
    query = {"Action": "ListUsers", "Version": VERSIONS["ram"], "Format": "JSON"}
    answer = httpx.get(f"http://127.0.0.1:{server.port}/", params=query, timeout=30).json()
    assert answer["Code"] == "MissingAccessKeyId"
    assert "?q=MissingAccessKeyId&product=Ram&requestId=" in answer["Recommend"]


@recorded("2024-12", LIVE)
def test_text_of_throttling(
    server: Server, call: RawCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.running.pipeline.throttle, "allows", lambda *_: False)
    answer = call("sts", "GetCallerIdentity")
    assert answer.body["Code"] == "Throttling.User"
    assert answer.body["Message"] == "Request was denied due to user flow control."
    assert "&product=Sts&" in answer.body["Recommend"]


@recorded("2020-05", LIVE)
def test_text_of_a_kms_denial(
    call: RawCaller, account: NewAccount, session: Callable[[str], RawCaller]
) -> None:
    key = call("kms", "CreateKey").at("KeyMetadata")
    call("kms", "CreateAlias", KeyId=key["KeyId"], AliasName="alias/hidden")
    secret = f"acs:kms:cn-hangzhou:{account.account_id}:secret/team/db"
    role = session("Denied")
    other = f"acs:kms:cn-hangzhou:{account.account_id}:key/*"
    for action, params, resource in (
        ("Encrypt", {"KeyId": key["KeyId"], "Plaintext": "YQ=="}, key["Arn"]),
        ("Encrypt", {"KeyId": key["Arn"], "Plaintext": "YQ=="}, key["Arn"]),
        # Which key is behind an alias is told to nobody who may not use it.
        ("Encrypt", {"KeyId": "alias/hidden", "Plaintext": "YQ=="}, other),
        ("Encrypt", {"KeyId": "alias/absent", "Plaintext": "YQ=="}, other),
        ("GetSecretValue", {"SecretName": "team/db"}, secret),
    ):
        answer = role("kms", action, **params)
        assert (answer.status, answer.body["Code"]) == (403, "Forbidden.NoPermission")
        assert answer.body["Message"] == (
            f"This operation for {resource} is forbidden by permission system."
        )


@recorded("2019-03", LIVE)
def test_text_of_a_ram_denial(user: RawCaller, account: NewAccount) -> None:
    domain = f"@{account.account_id}.onaliyun.com"
    for product, action, params, resource in (
        ("ram", "ListRoles", {}, "role/*"),
        ("ram", "CreateUser", {"UserName": "ann"}, "user/*"),
        ("ram", "GetRole", {"RoleName": "ops"}, "role/ops"),
        ("ram", "GetPolicy", {"PolicyType": "Custom", "PolicyName": "p"}, "policy/p"),
        ("ims", "GetUser", {"UserPrincipalName": f"ann{domain}"}, "user/ann"),
    ):
        answer = user(product, action, **params)
        assert (answer.status, answer.body["Code"]) == (403, "NoPermission")
        assert answer.body["Message"] == (
            "You are not authorized to do this action. "
            f"Resource: acs:ram:*:{account.account_id}:{resource} Action: ram:{action}"
        )


@recorded("2019-02", LIVE)
def test_text_of_an_sts_denial(user: RawCaller, account: NewAccount) -> None:
    arn = f"acs:ram::{account.account_id}:role/absent"
    answer = user("sts", "AssumeRole", RoleArn=arn, RoleSessionName="session")
    assert (answer.status, answer.body["Code"]) == (403, "NoPermission")
    assert answer.body["Message"] == (
        "You are not authorized to do this action. You should be authorized by RAM."
    )


@recorded("2026-06", TRIMMED)
def test_a_denial_says_how_it_came_about(user: RawCaller) -> None:
    detail = user("ram", "ListUsers").body["AccessDeniedDetail"]
    assert detail["NoPermissionType"] == "ImplicitDeny"
    assert re.match("AQ[EIF]", detail["EncodedDiagnosticMessage"])


@recorded("2026-06", TRIMMED)
def test_permission_is_judged_before_a_dry_run(call: RawCaller, user: RawCaller) -> None:
    key_id = call("kms", "CreateKey").at("KeyMetadata.KeyId")
    asked = {"KeyId": key_id, "Plaintext": "YQ==", "DryRun": "true"}
    assert user("kms", "Encrypt", **asked).body["Code"] == "AccessDeniedError"
    assert call("kms", "Encrypt", **asked).body["Code"] == "DryRunOperationError"


@recorded("2018-12", TRIMMED)
def test_endpoint_of_a_product(server: Server, account: NewAccount) -> None:
    VERSIONS.setdefault("location", "2015-06-12")
    caller = RawCaller(server, account.access_key_id, account.secret.reveal())
    answer = caller("location", "DescribeEndpoints", Id="cn-hangzhou", ServiceCode="kms")
    row = answer.at("Endpoints.Endpoint.0")
    assert answer.body["Success"] is True
    assert {"Protocols", "Type", "Namespace", "Id", "SerivceCode", "Endpoint"} <= row.keys()
    assert row["Type"] == "openAPI"
    assert isinstance(row["Protocols"]["Protocols"], list)
