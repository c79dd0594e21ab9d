"""Whose call is taken: signature, time, client key, host, and none of it mixed with AccessKeys."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alibabacloud_kms20160120.client import Client as KmsClient
from alibabacloud_tea_openapi import models as openapi
from darabonba.runtime import RuntimeOptions
from tests.conformance.conftest import clients
from tests.conformance.harness import Server
from tests.conformance.harness import refused as sdk_refused
from tests.conformance.kms.access_calls import Access
from tests.conformance.kms.crypto.calls import Kms
from tests.conformance.kms_instance.calls import Instance, Refused
from tests.conformance.kms_instance.conftest import Points, refused
from tests.conformance.kms_instance.region import in_region

from juyong.audit.tables import EventRow
from juyong.base.clock import Instant, http_date
from juyong.gateway.wire.instance_messages import MESSAGES
from juyong.gateway.wire.protobuf import encode
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.tables import default_instance_id

NO_MATCH = ("SignatureNotMatch", 401)


def random(client: Instance) -> bytes:
    return bytes(client("GenerateRandom", Length=8)["Random"])


def test_what_was_changed_on_the_way_is_refused(
    client: Instance, new_key: Callable[..., str]
) -> None:
    key = new_key()
    body = encode(MESSAGES["GenerateRandom"][0], {"Length": 8})
    longer = encode(MESSAGES["GenerateRandom"][0], {"Length": 9})
    with refused(*NO_MATCH):
        client.answered("GenerateRandom", client.send("GenerateRandom", body, sent=longer))
    for changed in (
        {"late:x-kms-apiname": "AdvanceEncrypt"},
        {"late:x-kms-extra": "1"},
        {"late:content-sha256": "00"},
        {"late:date": http_date(Instant(client.server.clock() + 60))},
    ):
        with refused(*NO_MATCH):
            client.but(headers=changed)("Encrypt", KeyId=key, Plaintext=b"text")


@pytest.mark.parametrize("text", [None, "", "Bearer", "Bearer !", "Basic aGVsbG8=", "Bearer aGk="])
def test_what_is_no_signature(client: Instance, text: str | None) -> None:
    with refused(*NO_MATCH):
        random(client.but(headers={"late:authorization": text}))


def test_a_signature_of_another_client_key(points: Points) -> None:
    one = points()
    other = points.key("point-1")
    with refused(*NO_MATCH):
        random(one.but(private=other.private))
    assert random(other)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x_kms_apiversion": None}, "InvalidApiVersion"),
        ({"x_kms_apiversion": "dkms-gcs-9.9"}, "InvalidApiVersion"),
        ({"x_kms_apiversion": "2016-01-20"}, "InvalidApiVersion"),
        ({"x_kms_apiname": "CreateKey"}, "InvalidApiName"),
        ({"x_kms_apiname": "Hmac"}, "InvalidApiName"),
        ({"x_kms_signaturemethod": None}, "InvalidParam"),
        ({"x_kms_signaturemethod": "HMAC-SHA1"}, "InvalidParam"),
        ({"content_type": "application/json"}, "InvalidParam"),
        ({"date": "yesterday"}, "InvalidParam"),
        ({"date": "2026-01-01T00:00:00Z"}, "InvalidParam"),
        ({"x_kms_acccesskeyid": None}, "MissingParameter"),
    ],
)
def test_headers_that_are_refused(client: Instance, headers: Any, code: str) -> None:
    with refused(code, 400):
        random(client.with_headers(**headers))


@pytest.mark.parametrize("seconds", [-901, 901])
def test_time_that_is_too_far_off(client: Instance, seconds: int) -> None:
    for off, good in ((seconds, False), (seconds - (1 if seconds > 0 else -1) * 10, True)):
        date = http_date(Instant(client.server.clock() + off))
        if good:
            assert random(client.with_headers(date=date))
            continue
        with refused("RequestTimeTooSkewed", 400):
            random(client.with_headers(date=date))


def test_only_https_and_only_post(client: Instance) -> None:
    with refused("InvalidProtocol", 400):
        random(client.but(secure=False))
    with refused("UnsupportedHTTPMethod", 400):
        client.answered("GenerateRandom", client.send("GenerateRandom", b"\x08\x08", method="PUT"))


def test_bodies_that_are_no_message(client: Instance) -> None:
    for body in (b"\xff", b"\x08\x08\x08\x08", b"\x0a\x01x", b"\x0b"):
        with refused("InvalidParameter", 400):
            client.answered("GenerateRandom", client.send("GenerateRandom", body))
    with refused("RequestEntityTooLarge", 413):
        client.answered("Encrypt", client.send("Encrypt", bytes(3 * 1024 * 1024 + 1)))


def at(seconds: int) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_client_key_is_taken_while_it_is_valid(
    points: Points, later: Callable[[int], None]
) -> None:
    client = points(not_before=at(3600), not_after=at(7200))
    with refused("Forbidden.ClientKeyNotValid", 403):
        random(client)
    later(5400)
    assert random(client)
    later(7201)
    with refused("Forbidden.ClientKeyNotValid", 403):
        random(client)


def test_a_client_key_that_is_gone_or_never_was(client: Instance, access: Access) -> None:
    access.delete_client_key(client.key_id)
    with refused("Unauthorized", 404):
        random(client)
    with refused("Unauthorized", 404):
        random(client.but(key_id="KAAP.nobody"))


def test_another_instance_than_the_client_keys(
    server: Server, client: Instance, new_key: Callable[..., str]
) -> None:
    other = default_instance_id(server.new_account().account_id)
    key = new_key()
    for action, request in (
        ("GenerateRandom", {"Length": 8}),
        ("Encrypt", {"KeyId": key, "Plaintext": b"text"}),
    ):
        with refused("Forbidden.DKMSInstanceNotFound", 403):
            client.but(instance_id=other)(action, **request)


def test_no_account_uses_the_keys_of_another(
    server: Server, client: Instance, account: NewAccount
) -> None:
    other = server.new_account()
    theirs = Kms(clients(server, other.access_key_id, other.secret.reveal()).kms)
    key = theirs.new_key(dkmsinstance_id=default_instance_id(other.account_id))
    for name in (key.arn, key.key_id):
        with pytest.raises(Refused) as caught:
            client("Encrypt", KeyId=name, Plaintext=b"text")
        assert caught.value.code in ("Forbidden.NoPermission", "Forbidden.KeyNotFound")


def test_a_released_instance_serves_nobody(client: Instance, keys: Kms, instance_id: str) -> None:
    assert random(client)
    keys("ReleaseKmsInstance", kms_instance_id=instance_id)
    with refused("Forbidden.DKMSInstanceNotFound", 403):
        random(client)


def test_a_certificate_is_no_secret_of_an_access_key(
    server: Server, client: Instance, access: Access
) -> None:
    """Whoever may read it must not be able to sign with it, under any signature."""
    certificate = access.got_client_key(client.key_id).public_key_data
    forged = clients(server, client.key_id, certificate).kms
    with sdk_refused("InvalidAccessKeyId.NotFound", 404):
        Kms(forged)("ListKeys")


def test_no_access_key_reaches_what_client_keys_do(
    server: Server, account: NewAccount, client: Instance
) -> None:
    with refused("Unauthorized", 404):
        random(client.but(key_id=account.access_key_id))
    kms = clients(server, account.access_key_id, account.secret.reveal()).kms
    params = openapi.Params(
        action="GenerateRandom",
        version="dkms-gcs-0.2",
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    with sdk_refused("InvalidVersion", 400):
        kms.call_api(params, openapi.OpenApiRequest(query={"Length": "8"}), RuntimeOptions())


def events(server: Server, account: NewAccount, name: str) -> list[dict[str, Any]]:
    server.running.store.settle()
    rows = server.running.store.call(
        lambda tx: tx.find(EventRow, account_id=account.account_id, event_name=name, order=("seq",))
    )
    return [json.loads(row.body) for row in rows]


def test_events_name_the_access_point_and_hide_what_is_secret(
    server: Server, account: NewAccount, client: Instance, new_key: Callable[..., str]
) -> None:
    key = new_key()
    client("Encrypt", KeyId=key, Plaintext=b"only the caller's")
    with refused(*NO_MATCH):
        client.but(headers={"late:x-kms-extra": "1"})("Encrypt", KeyId=key, Plaintext=b"text")
    done, refusal = events(server, account, "Encrypt")
    identity = done["userIdentity"]
    assert identity["type"] == "application-access-point"
    assert (identity["userName"], identity["principalId"]) == ("point-1", "point-1")
    assert identity["accessKeyId"] == client.key_id
    assert done["serviceName"] == "KmsInstance"
    assert done["referencedResources"] == {"ACS::KMS::Key": [key]}
    assert "b25seSB0aGUg" not in json.dumps(done)
    assert "errorCode" not in done or not done["errorCode"]
    assert refusal["errorCode"] == "SignatureNotMatch"
    assert refusal["userIdentity"]["accessKeyId"] == client.key_id


def test_an_access_point_is_of_its_region(
    server: Server, account: NewAccount, instance_id: str
) -> None:
    config = server.config(account.access_key_id, account.secret.reveal())
    config.region_id = "cn-shanghai"
    there = in_region(KmsClient(config), "cn-shanghai")
    key = Kms(there).new_key(dkmsinstance_id=instance_id).key_id
    client = Points(server, Access(there), instance_id)()
    made = client("Encrypt", KeyId=key, Plaintext=b"text")
    request = {"KeyId": key, "CiphertextBlob": made["CiphertextBlob"], "Iv": made["Iv"]}
    assert client("Decrypt", **request)["Plaintext"] == b"text"
    (event,) = events(server, account, "Decrypt")
    assert event["acsRegion"] == "cn-shanghai"
