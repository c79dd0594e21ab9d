"""A signed GetCallerIdentity is a token that is shown again and again; no other call is."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.unit.gateway.calls import v3_call

from juyong.api import registry
from juyong.api.access import Entry
from juyong.api.operation import operation
from juyong.api.request import Raw
from juyong.app.bootstrap import Credentials, read_credentials
from juyong.app.platform import Running, open_platform
from juyong.app.settings import Settings
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant, iso
from juyong.services.sts.product import PRODUCT as STS

NOW = 1_790_000_000
HOST, NONCE = "host", "x-acs-signature-nonce"
STS_HEADERS = {"host": "sts.cn-hangzhou.aliyuncs.com", "x-acs-version": "2015-04-01"}


class Platform:
    """A platform called in-process, at a time that a test sets."""

    def __init__(self, home: Path) -> None:
        self.now = NOW
        self.running: Running = open_platform(
            home, settings=Settings(), clock=lambda: Instant(self.now)
        )
        self.key: Credentials = read_credentials(self.running.home)

    def token(self, action: str = "GetCallerIdentity", **options: Any) -> Raw:
        """Sign what ack-ram-tool signs: no host and no nonce, and the cluster in the query."""
        options = {"headers": STS_HEADERS, "unsigned": (HOST, NONCE), **options}
        request = v3_call(
            self.key.access_key_id,
            self.key.access_key_secret,
            NOW,
            action,
            ACKClusterId="c0ffee",
            **options,
        )
        if NONCE in options["unsigned"]:
            return without(request, NONCE)
        return request

    def __call__(self, request: Raw) -> tuple[int, dict[str, Any]]:
        answer = asyncio.run(self.running.pipeline.serve(request))
        return answer.status, json.loads(answer.body)

    def code(self, request: Raw) -> str:
        return str(self(request)[1].get("Code", ""))


def without(request: Raw, *names: str) -> Raw:
    return replace(request, headers={k: v for k, v in request.headers.items() if k not in names})


def with_headers(request: Raw, **headers: str) -> Raw:
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return replace(request, headers={**request.headers, **changed})


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    opened = Platform(tmp_path / "home")
    yield opened
    opened.running.store.close()


def test_token_is_served_again_and_again_and_each_time_leaves_its_event(platform: Platform) -> None:
    token = platform.token()
    for _ in range(3):
        status, body = platform(token)
        assert (status, body["AccountId"]) == (200, platform.key.account_id)
    platform.running.store.settle()
    events = platform.running.store.call(lambda tx: tx.find(EventRow))
    assert [e.event_name for e in events].count("GetCallerIdentity") == 3


def test_token_is_good_for_fifteen_minutes_and_no_longer(platform: Platform) -> None:
    token = platform.token()
    platform.now = NOW + 900
    assert platform(token)[0] == 200
    platform.now = NOW + 901
    assert platform.code(token) == "InvalidTimeStamp.Expired"


def test_token_may_arrive_at_any_host_that_leads_to_the_same_product(platform: Platform) -> None:
    for host in ("sts.aliyuncs.com", "sts-vpc.cn-beijing.aliyuncs.com", "localhost:8480"):
        assert platform(with_headers(platform.token(), host=host))[0] == 200


TAMPERED: dict[str, tuple[dict[str, str], str]] = {
    "another operation": ({"x_acs_action": "AssumeRole"}, "IncompleteSignature"),
    "another product": ({"x_acs_version": "2015-05-01", "host": "ram.aliyuncs.com"}, "InvalidAction.NotFound"),
    "another product and operation": ({"x_acs_version": "2015-05-01", "x_acs_action": "ListUsers", "host": "localhost"}, "IncompleteSignature"),
    "another product's host": ({"host": "kms.cn-hangzhou.aliyuncs.com"}, "InvalidVersion"),
    "another time": ({"x_acs_date": iso(Instant(NOW + 1))}, "SignatureDoesNotMatch"),
    "another body": ({"x_acs_content_sha256": "00"}, "ContentSHA256NotMatched"),
    "a security token": ({"x_acs_security_token": "t"}, "IncompleteSignature"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_token_cannot_be_turned_into_anything_else(platform: Platform, name: str) -> None:
    headers, code = TAMPERED[name]
    assert platform.code(with_headers(platform.token(), **headers)) == code


def test_token_is_bound_to_its_cluster_its_method_and_an_empty_body(platform: Platform) -> None:
    token = platform.token()
    assert platform.code(replace(token, query="ACKClusterId=other")) == "SignatureDoesNotMatch"
    assert platform.code(replace(token, query=token.query + "&a=b")) == "SignatureDoesNotMatch"
    assert platform.code(replace(token, method="GET")) == "SignatureDoesNotMatch"
    assert platform.code(replace(token, body=b"a")) == "ContentSHA256NotMatched"


@pytest.mark.parametrize("part", ["x-acs-action", "x-acs-version", "x-acs-date", "x-acs-content-sha256"])  # fmt: skip
def test_what_binds_the_operation_must_be_signed_all_the_same(
    platform: Platform, part: str
) -> None:
    token = platform.token(unsigned=(HOST, NONCE, part))
    assert platform.code(token) == "IncompleteSignature"


def test_a_nonce_that_was_signed_is_used_once(platform: Platform) -> None:
    token = platform.token(unsigned=(HOST,))
    assert platform(token)[0] == 200
    assert platform.code(token) == "SignatureNonceUsed"


def test_ordinary_call_of_the_operation_is_served_once(platform: Platform) -> None:
    request = platform.token(unsigned=())
    assert platform(request)[0] == 200
    assert platform.code(request) == "SignatureNonceUsed"


RAM = {"host": "ram.aliyuncs.com"}


@pytest.mark.parametrize("unsigned", [(HOST,), (HOST, NONCE)])
def test_every_other_operation_wants_the_host_signed(
    platform: Platform, unsigned: tuple[str, ...]
) -> None:
    request = platform.token("ListUsers", headers=RAM, unsigned=unsigned)
    assert platform.code(request) == "IncompleteSignature"


def test_every_other_operation_wants_a_nonce_that_was_sent_signed(platform: Platform) -> None:
    """Else whoever saw the call changes the nonce, and repeats it."""
    key = platform.key
    request = v3_call(
        key.access_key_id,
        key.access_key_secret,
        NOW,
        "ListUsers",
        headers=RAM,
        unsigned=(NONCE,),
    )
    assert platform.code(request) == "IncompleteSignature"


def test_every_other_operation_takes_a_signature_without_nonce_once(platform: Platform) -> None:
    request = platform.token("ListUsers", headers=RAM, unsigned=(NONCE,))
    assert platform(request)[0] == 200
    assert platform.code(request) == "SignatureNonceUsed"


def test_only_the_callers_identity_is_replayable() -> None:
    registry.load_all()
    found = {
        f"{product.code} {name}"
        for product in registry.packages().values()
        for name, each in product.operations.items()
        if each.replayable
    }
    assert found == {"Sts GetCallerIdentity"}


def test_what_does_more_cannot_be_declared_replayable() -> None:
    for entry in (Entry.AUTHORISED, Entry.ANONYMOUS):
        with pytest.raises(TypeError, match="does more than tell who calls"):
            operation(STS, "Nope", entry=entry, resource=lambda *_: (), replayable=True)
