"""Recorded answers of KMS and ActionTrail."""

import re
from collections.abc import Callable
from typing import Any

import httpx
from tests.conformance.harness import Server
from tests.conformance.recorded.raw_calls import RawCaller
from tests.conformance.recorded.recording import LIVE, SAMPLE, TRIMMED, recorded

from juyong.base.secret import Secret
from juyong.services.identity.credentials.login_profiles import set_root_password
from juyong.services.identity.credentials.passwords import hashed
from juyong.services.identity.facade import NewAccount

LOWER_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@recorded("2022-03", LIVE)
def test_key(call: RawCaller, account: NewAccount) -> None:
    key_id = call("kms", "CreateKey").at("KeyMetadata.KeyId")
    told = call("kms", "DescribeKey", KeyId=key_id).body["KeyMetadata"]
    assert LOWER_UUID.fullmatch(told["KeyId"])
    assert told["Arn"] == f"acs:kms:cn-hangzhou:{account.account_id}:key/{key_id}"
    assert told["Creator"] == account.account_id
    assert told["DeletionProtection"] in ("Enabled", "Disabled")
    assert {
        name: told[name]
        for name in (
            *("AutomaticRotation", "KeySpec", "KeyState", "KeyUsage", "Origin"),
            *("ProtectionLevel", "Description"),
        )
    } == {
        "AutomaticRotation": "Disabled",
        "KeySpec": "Aliyun_AES_256",
        "KeyState": "Enabled",
        "KeyUsage": "ENCRYPT/DECRYPT",
        "Origin": "Aliyun_KMS",
        "ProtectionLevel": "SOFTWARE",
        "Description": "",
    }


@recorded("2022-03", LIVE)
def test_aliases_of_a_key(call: RawCaller, account: NewAccount) -> None:
    key_id = call("kms", "CreateKey").at("KeyMetadata.KeyId")
    call("kms", "CreateAlias", KeyId=key_id, AliasName="alias/db")
    assert call("kms", "ListAliasesByKeyId", KeyId=key_id).at("Aliases.Alias") == [
        {
            "AliasArn": f"acs:kms:cn-hangzhou:{account.account_id}:alias/db",
            "AliasName": "alias/db",
            "KeyId": key_id,
        }
    ]


@recorded("2021-09", TRIMMED)
def test_secret_in_full_and_in_a_list(call: RawCaller, account: NewAccount) -> None:
    call(
        "kms",
        "CreateSecret",
        SecretName="db",
        SecretData="s",
        VersionId="000000000001",
        Tags='[{"TagKey":"team","TagValue":"blue"}]',
    )
    full = call("kms", "DescribeSecret", SecretName="db", FetchTags="true").body
    assert full["Arn"] == f"acs:kms:cn-hangzhou:{account.account_id}:secret/db"
    assert full["SecretType"] == "Generic"
    assert full["Tags"] == {"Tag": [{"TagKey": "team", "TagValue": "blue"}]}
    (row,) = call("kms", "ListSecrets").at("SecretList.Secret")
    assert row.keys().isdisjoint({"Arn", "Description", "VersionId"})
    value = call("kms", "GetSecretValue", SecretName="db").body
    assert value["VersionId"] == "000000000001"


def event_of(call: RawCaller, request_id: str) -> dict[str, Any]:
    asked = {"LookupAttribute.1.Key": "EventId", "LookupAttribute.1.Value": request_id}
    event: dict[str, Any] = call("actiontrail", "LookupEvents", **asked).at("Events.0")
    return event


@recorded("2021-08", SAMPLE)
def test_event_of_a_call(call: RawCaller) -> None:
    request_id = call("ram", "ListUsers").body["RequestId"]
    event = event_of(call, request_id)
    assert event["eventVersion"] == 1
    assert event["eventId"] == event["requestId"] == request_id
    told = event["requestParameters"]
    assert {"AcsHost", "AcsProduct", "RequestId"} <= told.keys()
    assert told["RequestId"] == request_id


@recorded("2021-08", SAMPLE)
def test_event_of_a_session(
    call: RawCaller, session: Callable[..., RawCaller], account: NewAccount
) -> None:
    role = session("Ops", "alice")
    request_id = role("sts", "GetCallerIdentity").body["RequestId"]
    who = event_of(call, request_id)["userIdentity"]
    assert who["accessKeyId"].startswith("STS.")
    assert (who["accountId"], who["type"]) == (account.account_id, "assumed-role")
    assert who["userName"] == "Ops:alice"
    assert re.fullmatch(r"[0-9]{18}:alice", who["principalId"])
    attributes = who["sessionContext"]["attributes"]
    assert attributes["mfaAuthenticated"] == "false"
    assert attributes.keys() == {"mfaAuthenticated", "creationDate"}


@recorded("2020-12", LIVE)
def test_event_of_roots_sign_in(server: Server, call: RawCaller, account: NewAccount) -> None:
    password = "correct-Horse-7"
    sealed = hashed(Secret(password))
    server.running.store.call(
        lambda tx: set_root_password(tx, account.account_id, sealed, server.clock())
    )
    answer = httpx.post(
        f"http://127.0.0.1:{server.port}/signin",
        json={"login_name": account.account_id, "password": password},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    event = event_of(call, answer.headers["x-acs-request-id"])
    assert event["userIdentity"] == {
        "accountId": account.account_id,
        "principalId": account.account_id,
        "type": "root-account",
        "userName": "root",
    }
    assert event["additionalEventData"] == {
        "isMFAChecked": "false",
        "loginAccount": account.account_id,
    }
