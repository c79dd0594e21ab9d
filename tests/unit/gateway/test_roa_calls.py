"""ROA calls: which product a host means, and where each parameter is read from."""

import asyncio
import base64
import hashlib
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote, urlencode

import pytest
from tests.conformance.fc.packages import ECHO
from tests.unit.gateway.calls import raw

from juyong.api.answers import Answer
from juyong.api.operation import Route
from juyong.api.request import Raw
from juyong.app.bootstrap import Credentials, read_credentials
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.base.clock import Instant, iso
from juyong.gateway.errors import MalformedBody
from juyong.gateway.route import match_path
from juyong.gateway.signature import roa1, v1, v3

NOW = 1_790_000_000
V2023, V2021 = "2023-03-30", "2021-04-06"
HOST = "fcv3.cn-hangzhou.aliyuncs.com"


class Roa:
    """A platform called in-process by a client of ROA products."""

    def __init__(self, running: Running, key: Credentials) -> None:
        self.running, self.key = running, key

    def __call__(self, request: Raw) -> Answer:
        return asyncio.run(self.running.pipeline.serve(request))

    def code(self, request: Raw) -> tuple[int, str]:
        answer = self(request)
        return answer.status, json.loads(answer.body)["Code"] if answer.status >= 400 else ""

    def v3(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        drop: tuple[str, ...] = (),
    ) -> Raw:
        given = {
            "host": HOST,
            "x-acs-version": path[1:11],
            "x-acs-date": iso(Instant(NOW)),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
            "content-type": "application/json; charset=utf-8",
            **(headers or {}),
        }
        for name in drop:
            del given[name]
        pairs = list((query or {}).items())
        signed = sorted(given)
        canonical = v3.canonical_request(method, path, pairs, given, signed)
        signature = v3.sign(self.key.access_key_secret, v3.string_to_sign(canonical))
        given["authorization"] = (
            f"ACS3-HMAC-SHA256 Credential={self.key.access_key_id},"
            f"SignedHeaders={';'.join(signed)},Signature={signature}"
        )
        return raw(method=method, path=path, query=urlencode(pairs), headers=given, body=body)

    def v1(self, method: str, path: str, *, body: bytes = b"", **headers: str) -> Raw:
        given = {
            "host": HOST,
            "accept": "application/json",
            "date": format_datetime(datetime.fromtimestamp(NOW, UTC), usegmt=True),
            "x-acs-version": path[1:11],
            "x-acs-signature-nonce": uuid.uuid4().hex,
            **headers,
        }
        if body:
            digest = hashlib.md5(body, usedforsecurity=False).digest()
            given["content-md5"] = base64.b64encode(digest).decode()
        text = roa1.string_to_sign(method, unquote(path), [], given, bare_empty=True)
        signature = roa1.sign(self.key.access_key_secret, text)
        given["authorization"] = f"acs {self.key.access_key_id}:{signature}"
        return raw(method=method, path=path, headers=given, body=body)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = open_platform(
        tmp_path_factory.mktemp("home"), settings=Settings(), clock=lambda: Instant(NOW)
    )
    yield running
    running.store.close()


@pytest.fixture
def roa(opened: Running) -> Roa:
    return Roa(opened, read_credentials(opened.home))


def creation(name: str, **more: Any) -> bytes:
    wanted = {
        "functionName": name,
        "runtime": "python3",
        "handler": "index.handler",
        "code": {"zipFile": ECHO},
        **more,
    }
    return json.dumps(wanted).encode()


@pytest.fixture
def function(roa: Roa) -> str:
    name = f"f-{uuid.uuid4().hex[:8]}"
    assert roa(roa.v3("POST", f"/{V2023}/functions", body=creation(name))).status == 200
    return name


def test_a_segment_is_decoded_once_and_must_be_text() -> None:
    route = Route(method="GET", path="/functions/{functionName}")
    assert match_path(route, "GET", "/functions/a%252Fb") == {"functionName": "a%2Fb"}
    assert match_path(route, "GET", "/functions/a/b") is None
    assert match_path(route, "GET", "/functions/") is None
    assert match_path(route, "PUT", "/functions/a") is None
    with pytest.raises(MalformedBody):
        match_path(route, "GET", "/functions/%ff")


def test_both_signatures_are_accepted(roa: Roa, function: str) -> None:
    path = f"/{V2023}/functions/{function}"
    assert roa(roa.v3("GET", path)).status == 200
    assert roa(roa.v1("GET", path)).status == 200
    changed = roa(roa.v1("PUT", path, body=b'{"timeout": 9}'))
    assert json.loads(changed.body)["timeout"] == 9


def test_path_alone_names_version_and_operation(roa: Roa, function: str) -> None:
    path = f"/{V2023}/functions/{function}"
    assert roa(roa.v3("GET", path, drop=("x-acs-version",))).status == 200
    assert roa.code(roa.v3("GET", path, headers={"x-acs-version": V2021})) == (
        400,
        "InvalidVersion",
    )
    on_fc = {"host": "fc.cn-hangzhou.aliyuncs.com", "x-acs-version": V2021}
    assert roa.code(roa.v3("GET", path, headers=on_fc)) == (404, "InvalidAction.NotFound")


def test_an_action_that_disagrees_with_the_path_is_refused(roa: Roa, function: str) -> None:
    path = f"/{V2023}/functions/{function}"
    agreeing = roa.v3("GET", path, headers={"x-acs-action": "GetFunction"})
    assert roa(agreeing).status == 200
    other = roa.v3("GET", path, headers={"x-acs-action": "DeleteFunction"})
    assert roa.code(other) == (404, "InvalidAction.NotFound")
    unserved = roa.v3("GET", f"/{V2023}/layers", headers={"x-acs-action": "ListLayers"})
    assert roa.code(unserved) == (400, "UnsupportedOperation")


def test_the_path_wins_over_body_and_query(roa: Roa, function: str) -> None:
    body = json.dumps({"functionName": "another", "timeout": 8}).encode()
    request = roa.v3(
        "PUT", f"/{V2023}/functions/{function}", body=body, query={"functionName": "third"}
    )
    assert json.loads(roa(request).body)["functionName"] == function


def test_a_header_is_read_from_the_header_alone(roa: Roa, function: str) -> None:
    path = f"/{V2023}/functions/{function}/invocations"
    by_query = roa.v3("POST", path, query={"X-Fc-Invocation-Type": "Async"})
    assert roa(by_query).status == 200
    by_header = roa.v3("POST", path, headers={"x-fc-invocation-type": "Async"})
    assert roa(by_header).status == 202


def test_a_raw_body_is_never_parsed(roa: Roa, function: str) -> None:
    path = f"/{V2023}/functions/{function}/invocations"
    for body in (b"{broken json", b'{"log_type": "Tail"}', b"\xff\x00", b"a=1&a=2"):
        for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
            answer = roa(roa.v3("POST", path, body=body, headers={"content-type": kind}))
            assert (answer.status, answer.body) == (200, body)
    answer = roa(roa.v1("POST", path, body=b"{broken json"))
    assert answer.body == b"{broken json"


def test_a_body_that_must_be_json_and_is_not(roa: Roa, function: str) -> None:
    request = roa.v3("PUT", f"/{V2023}/functions/{function}", body=b"{broken")
    assert roa.code(request) == (400, "InvalidParameter.Format")


def test_a_swapped_body_is_refused(roa: Roa, function: str) -> None:
    request = roa.v3("POST", f"/{V2023}/functions/{function}/invocations", body=b"one")
    swapped = raw(method="POST", path=request.path, headers=dict(request.headers), body=b"two")
    assert roa.code(swapped) == (400, "ContentSHA256NotMatched")


def test_a_signature_that_covers_no_path_reaches_no_path(roa: Roa, function: str) -> None:
    sent = {
        "AccessKeyId": roa.key.access_key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": iso(Instant(NOW)),
        "Version": V2023,
    }
    for method, path in (
        ("GET", f"/{V2023}/functions/{function}"),
        ("POST", f"/{V2023}/functions/{function}/invocations"),
    ):
        text = v1.string_to_sign(method, sent.items())
        query = urlencode({**sent, "Signature": v1.sign(roa.key.access_key_secret, text)})
        request = raw(method=method, path=path, query=query, headers={"host": HOST}, body=b"{}")
        assert roa.code(request) == (400, "IncompleteSignature")


def test_a_call_with_no_answer_is_204(roa: Roa, function: str) -> None:
    answer = roa(roa.v3("DELETE", f"/{V2023}/functions/{function}"))
    assert (answer.status, answer.body) == (204, b"")


def test_the_account_in_the_host_must_be_the_callers(roa: Roa, function: str) -> None:
    account = roa.running.store.call(_own_account)
    path = f"/{V2023}/functions/{function}"
    own = {"host": f"{account}.cn-hangzhou.fc.aliyuncs.com"}
    assert roa(roa.v3("GET", path, headers=own)).status == 200
    foreign = {"host": "1000000000000001.cn-hangzhou.fc.aliyuncs.com"}
    assert roa.code(roa.v3("GET", path, headers=foreign)) == (403, "AccessDenied")


def test_functions_of_one_region_are_not_in_another(roa: Roa, function: str) -> None:
    elsewhere = {"host": "fcv3.cn-shanghai.aliyuncs.com"}
    request = roa.v3("GET", f"/{V2023}/functions/{function}", headers=elsewhere)
    assert roa.code(request) == (404, "FunctionNotFound")


def _own_account(tx: Any) -> str:
    from juyong.services.identity.account.tables import AccountRow

    return str(tx.find_one(AccountRow).account_id)
