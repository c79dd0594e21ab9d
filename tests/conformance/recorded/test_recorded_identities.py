"""Recorded answers of RAM, STS and IMS."""

import json
import re
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from tests.conformance.harness import Server
from tests.conformance.recorded.raw_calls import RawCaller
from tests.conformance.recorded.recording import (
    LIVE,
    RECORDINGS,
    SAMPLE,
    TRIMMED,
    Grade,
    recorded,
)

from juyong.services.identity.facade import NewAccount

CREATED, UPDATED = "2015-04-28T16:15:44Z", "2017-04-27T16:48:07Z"
DOCUMENT = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@recorded("2021-05", TRIMMED)
def test_user_with_nothing_optional(call: RawCaller, user: RawCaller) -> None:
    for product, action, params, path in (
        ("ram", "ListUsers", {}, "Users.User.1"),
        ("ram", "GetUser", {"UserName": "plain"}, "User"),
        ("ims", "ListUsers", {}, "Users.User.1"),
        (
            "ims",
            "GetUser",
            {"UserId": call("ram", "GetUser", UserName="plain").at("User.UserId")},
            "User",
        ),
    ):
        row = call(product, action, **params).at(path)
        assert row.keys().isdisjoint({"Email", "MobilePhone"}), (product, action)
        assert row["Comments"] == ""
    row = call("ram", "ListUsers").at("Users.User.1")
    assert row.keys() == {
        *("UpdateDate", "UserName", "Comments", "UserId", "DisplayName", "CreateDate")
    }
    assert len(row["UserId"]) == 18
    assert row["UserId"].isdecimal()


@recorded("2021-05", TRIMMED)
def test_user_echoes_what_was_set(call: RawCaller) -> None:
    given = {
        "DisplayName": "Ann",
        "Email": "ann@example.com",
        "MobilePhone": "86-13800000000",
        "Comments": "on call",
    }
    call("ram", "CreateUser", UserName="ann", **given)
    shown = call("ram", "GetUser", UserName="ann").body["User"]
    assert {name: shown[name] for name in given} == given
    assert {"UserId", "LastLoginDate", "CreateDate"} <= shown.keys()
    call("ram", "UpdateUser", UserName="ann", NewEmail="", NewMobilePhone="")
    cleared = call("ram", "GetUser", UserName="ann").body["User"]
    assert cleared.keys().isdisjoint({"Email", "MobilePhone"})


@recorded("2021-08", SAMPLE)
def test_event_of_a_user_made_in_ims(call: RawCaller, account: NewAccount) -> None:
    answer = call(
        "ims",
        "CreateUser",
        UserPrincipalName=f"bob@{account.account_id}.onaliyun.com",
        DisplayName="Bob",
        Email="bob@example.com",
        MobilePhone="86-13800000000",
    )
    lookup = {
        "LookupAttribute.1.Key": "EventId",
        "LookupAttribute.1.Value": answer.body["RequestId"],
    }
    event = call("actiontrail", "LookupEvents", **lookup).at("Events.0")
    told = event["responseElements"]["User"]
    assert {
        *("UpdateDate", "Email", "Comments", "UserId", "LastLoginDate", "DisplayName"),
        *("UserPrincipalName", "CreateDate", "MobilePhone"),
    } <= told.keys()
    assert (told["Comments"], told["LastLoginDate"]) == ("", "")
    assert event["isGlobal"] is True


@recorded("2021-09", LIVE)
def test_policies_in_a_list(call: RawCaller) -> None:
    made = call("ram", "CreatePolicy", PolicyName="own", PolicyDocument=json.dumps(DOCUMENT)).body[
        "Policy"
    ]
    own = call("ram", "ListPolicies", PolicyType="Custom").at("Policies.Policy.0")
    admin = next(
        row
        for row in call("ram", "ListPolicies", PolicyType="System", MaxItems="1000").at(
            "Policies.Policy"
        )
        if row["PolicyName"] == "AdministratorAccess"
    )
    for row in (own, admin):
        assert {
            *("UpdateDate", "PolicyType", "Description", "AttachmentCount", "DefaultVersion"),
            *("PolicyName", "CreateDate"),
        } <= row.keys()
    assert (own["Description"], own["DefaultVersion"], own["AttachmentCount"]) == ("", "v1", 0)
    assert made["DefaultVersion"] == "v1"
    assert (admin["CreateDate"], admin["UpdateDate"]) == (CREATED, UPDATED)
    assert (admin["DefaultVersion"], admin["AttachmentCount"]) == ("v1", 1)


@recorded("2021-09", LIVE)
def test_a_system_policy_dates_its_version_from_when_it_was_made(call: RawCaller) -> None:
    answer = call("ram", "GetPolicy", PolicyType="System", PolicyName="AdministratorAccess")
    assert (answer.at("Policy.CreateDate"), answer.at("Policy.UpdateDate")) == (CREATED, UPDATED)
    version = answer.body["DefaultPolicyVersion"]
    assert version.keys() == {"VersionId", "IsDefaultVersion", "PolicyDocument", "CreateDate"}
    assert (version["VersionId"], version["IsDefaultVersion"]) == ("v1", True)
    assert version["CreateDate"] == CREATED


@recorded("2021-09", LIVE)
def test_administrator_access_is_laid_out_as_it_is_stored(call: RawCaller) -> None:
    named = {"PolicyType": "System", "PolicyName": "AdministratorAccess"}
    text = call("ram", "GetPolicy", **named).at("DefaultPolicyVersion.PolicyDocument")
    lines = text.split("\n")
    assert (lines[0], lines[1], lines[-2], lines[-1]) == ("", "{", "}", " " * 24)
    assert lines[2:4] == ['  "Statement": [', "    {"]
    assert [line.split('"')[1] for line in lines if '": "' in line] == [
        *("Action", "Effect", "Resource", "Version")
    ]
    assert json.loads(text) == DOCUMENT
    assert (
        call("ram", "GetPolicyVersion", **named, VersionId="v1").at("PolicyVersion.PolicyDocument")
        == text
    )


@recorded("2021-09", LIVE)
def test_own_documents_come_back_byte_for_byte(call: RawCaller) -> None:
    compact = json.dumps(
        {**DOCUMENT, "Statement": [{**DOCUMENT["Statement"][0], "Condition": {}}]},  # type: ignore[dict-item]
        separators=(",", ":"),
    )
    for name, text in (("compact", compact), ("wide", f"\n{json.dumps(DOCUMENT, indent=4)}\n  ")):
        call("ram", "CreatePolicy", PolicyName=name, PolicyDocument=text)
        shown = call("ram", "GetPolicy", PolicyType="Custom", PolicyName=name)
        assert shown.at("DefaultPolicyVersion.PolicyDocument") == text


@recorded("2021-08", LIVE)
def test_policies_of_a_user(call: RawCaller, user: RawCaller) -> None:
    assert call("ram", "ListPoliciesForUser", UserName="plain").body["Policies"] == {"Policy": []}
    named = {"PolicyType": "System", "PolicyName": "ReadOnlyAccess"}
    call("ram", "AttachPolicyToUser", UserName="plain", **named)
    (row,) = call("ram", "ListPoliciesForUser", UserName="plain").at("Policies.Policy")
    assert {"PolicyType", "Description", "AttachDate", "PolicyName", "DefaultVersion"} <= row.keys()


@recorded("2023-06", LIVE)
@pytest.mark.parametrize(
    ("service", "role", "version"),
    [
        ("arms", "ARMS", "v63"),
        ("actiontrail", "ActionTrail", "v10"),
        ("ess", "AutoScaling", "v18"),
        ("cloudfw", "CloudFW", "v9"),
        ("cloudmonitor", "CloudMonitor", "v38"),
    ],
)
def test_policy_of_a_service_linked_role(
    call: RawCaller, service: str, role: str, version: str
) -> None:
    made = call("ram", "CreateServiceLinkedRole", ServiceName=f"{service}.aliyuncs.com").at("Role")
    assert made["RoleName"] == f"AliyunServiceRoleFor{role}"
    (row,) = call("ram", "ListPoliciesForRole", RoleName=made["RoleName"]).at("Policies.Policy")
    assert row["PolicyName"] == f"AliyunServiceRolePolicyFor{role}"
    assert (row["PolicyType"], row["DefaultVersion"]) == ("System", version)
    assert row["AttachDate"] == made["CreateDate"]


@recorded("2021-05", TRIMMED)
def test_access_keys_of_a_user(call: RawCaller) -> None:
    call("ram", "CreateUser", UserName="ann")
    assert call("ram", "ListAccessKeys", UserName="ann").body["AccessKeys"] == {"AccessKey": []}
    call("ram", "CreateAccessKey", UserName="ann")
    (row,) = call("ram", "ListAccessKeys", UserName="ann").at("AccessKeys.AccessKey")
    assert {"Status", "AccessKeyId", "CreateDate"} <= row.keys()
    assert row["AccessKeyId"].startswith("LTAI5t")
    assert len(row["AccessKeyId"]) == 24


@recorded("2021-05", LIVE)
def test_password_policy_of_a_new_account(call: RawCaller) -> None:
    assert call("ram", "GetPasswordPolicy").body["PasswordPolicy"] == {
        "MinimumPasswordLength": 8,
        "RequireLowercaseCharacters": False,
        "RequireUppercaseCharacters": False,
        "RequireNumbers": False,
        "RequireSymbols": False,
        "HardExpiry": False,
        "MaxLoginAttemps": 0,
        "MaxPasswordAge": 0,
        "PasswordReusePrevention": 0,
    }


@recorded("2021-05", TRIMMED)
@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("GetUserMFAInfo", "EntityNotExist.User.MFADevice"),
        ("GetLoginProfile", "EntityNotExist.User.LoginProfile"),
    ],
)
def test_what_a_user_does_not_have(
    call: RawCaller, user: RawCaller, action: str, code: str
) -> None:
    answer = call("ram", action, UserName="plain")
    assert (answer.status, answer.body["Code"]) == (404, code)


@recorded("2021-05", TRIMMED)
def test_mfa_device_of_a_user(
    server: Server, call: RawCaller, user: RawCaller, account: NewAccount
) -> None:
    made = call("ram", "CreateVirtualMFADevice", VirtualMFADeviceName="phone").at(
        "VirtualMFADevice"
    )
    totp, now = pyotp.TOTP(made["Base32StringSeed"]), server.clock()
    call(
        "ram",
        "BindMFADevice",
        UserName="plain",
        SerialNumber=made["SerialNumber"],
        AuthenticationCode1=totp.at(now - 30),
        AuthenticationCode2=totp.at(now),
    )
    assert call("ram", "GetUserMFAInfo", UserName="plain").body["MFADevice"] == {
        "Type": "VMFA",
        "SerialNumber": f"acs:ram::{account.account_id}:mfa/phone",
    }


@recorded("2021-05", TRIMMED)
def test_alias_of_a_new_account(call: RawCaller, account: NewAccount) -> None:
    assert call("ram", "GetAccountAlias").body["AccountAlias"] == account.account_id


@recorded("2025-05", TRIMMED)
def test_who_a_session_is(session: Callable[..., RawCaller], account: NewAccount) -> None:
    for name in ("alice@corp.example", "build-7"):
        told = session(f"Ops-{name[:5]}", name)("sts", "GetCallerIdentity").body
        assert told.keys() == {
            *("AccountId", "Arn", "IdentityType", "PrincipalId", "RequestId", "RoleId")
        }
        assert told["IdentityType"] == "AssumedRoleUser"
        assert told["PrincipalId"] == f"{told['RoleId']}:{name}"
        role = f"ops-{name[:5]}"
        assert told["Arn"] == f"acs:ram::{account.account_id}:assumed-role/{role}/{name}"


@recorded("2025-05", TRIMMED)
def test_who_a_user_is(user: RawCaller) -> None:
    told = user("sts", "GetCallerIdentity").body
    assert told["UserId"] == told["PrincipalId"]
    assert "RoleId" not in told


@recorded("2023-03", TRIMMED)
def test_session_of_an_assumed_role(call: RawCaller, user: RawCaller, account: NewAccount) -> None:
    trust: dict[str, Any] = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"RAM": [f"acs:ram::{account.account_id}:root"]},
            }
        ],
    }
    role = call("ram", "CreateRole", RoleName="Ops", AssumeRolePolicyDocument=json.dumps(trust)).at(
        "Role"
    )
    assumed = call("sts", "AssumeRole", RoleArn=role["Arn"], RoleSessionName="alice")
    assert assumed.body["AssumedRoleUser"] == {
        "Arn": f"acs:ram::{account.account_id}:role/ops/alice",
        "AssumedRoleId": f"{role['RoleId']}:alice",
    }
    assert assumed.body["Credentials"].keys() == {
        *("SecurityToken", "AccessKeyId", "AccessKeySecret", "Expiration")
    }


@recorded("2023-03", TRIMMED)
def test_xml_of_sts(session: Callable[..., RawCaller]) -> None:
    answer = session("Ops").plain("sts", "GetCallerIdentity", Format="XML")
    prolog = "<?xml version='1.0' encoding='UTF-8'?>"
    assert answer.headers["content-type"] == "text/xml;charset=utf-8"
    assert answer.text.startswith(f"{prolog}<GetCallerIdentityResponse><RequestId>")
    assert answer.text.endswith("</GetCallerIdentityResponse>")
    assert answer.headers["access-control-allow-origin"] == "*"


@recorded("2024-01", SAMPLE)
def test_text_of_a_role_that_is_missing(call: RawCaller, account: NewAccount) -> None:
    arn = f"acs:ram::{account.account_id}:role/absent"
    answer = call("sts", "AssumeRole", RoleArn=arn, RoleSessionName="alice")
    assert (answer.status, answer.body["Code"]) == (404, "EntityNotExist.Role")
    assert answer.body["Message"] == f"The role not exists: {arn}. "


def test_every_recording_says_when_it_was_made() -> None:
    assert RECORDINGS
    for name, recording in RECORDINGS.items():
        assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", recording.date), name
        assert isinstance(recording.grade, Grade), name
