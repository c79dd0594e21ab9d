"""One story that every client tells: who may do what, and how a refusal explains itself.

An administrator makes a user, a group, a policy with conditions and a role. The user does what the
policy allows, is refused what it does not allow and what it denies, assumes the role under a session
policy, and is held to that as well. The administrator opens the explanation of a refusal.
"""

import json
from typing import Any

import pytest
from tests.clients.client import Client, Key, Refused

CALLS = 25


def policy_document(role_arn: str) -> str:
    """Allow by address and by tag, deny by tag, allow from an address nobody here has."""
    blue = {"StringEquals": {"acs:ResourceTag/team": ["blue"]}}
    here = {"IpAddress": {"acs:SourceIp": ["127.0.0.0/8", "::1/128"]}}
    elsewhere = {"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}
    statements = [
        {
            "Effect": "Allow",
            "Action": "ram:GetRole",
            "Resource": "*",
            "Condition": {**blue, **here},
        },
        {"Effect": "Allow", "Action": "ram:DeleteRole", "Resource": "*", "Condition": here},
        {"Effect": "Deny", "Action": "ram:DeleteRole", "Resource": "*", "Condition": blue},
        {"Effect": "Allow", "Action": "ram:GetUser", "Resource": "*", "Condition": elsewhere},
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn},
    ]
    return json.dumps({"Version": "1", "Statement": statements}, indent=1)


def trust_document(principal: str) -> str:
    """Trust one principal of an account."""
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"RAM": [principal]},
    }
    return json.dumps({"Version": "1", "Statement": [statement]})


def tell(client: Client, account_id: str, name: str) -> None:
    """Go through the story; every name in it begins with `name`."""
    role_arn = f"acs:ram::{account_id}:role/{name}-role"
    user = _make_user(client, account_id, name, role_arn)
    _make_role(client, account_id, name)
    explanation = _act_as_user(client, account_id, name, user)
    _open_explanation(client, name, explanation)
    session = _assume_role(client, account_id, name, user)
    _act_as_session(client, account_id, name, session)
    assert client.calls == CALLS


def _make_user(client: Client, account_id: str, name: str, role_arn: str) -> Key:
    user, group, policy = f"{name}-user", f"{name}-group", f"{name}-policy"
    who = client.call("sts", "GetCallerIdentity")
    assert who["Arn"] == f"acs:ram::{account_id}:user/administrator"

    words = "Ann O'Neill ~*+/=& 安"
    made = client.call(
        "ram", "CreateUser", UserName=user, DisplayName="Ann Miller 安", Comments=words
    )
    assert made["User"]["UserName"] == user
    assert client.call("ram", "GetUser", UserName=user)["User"]["Comments"] == words
    client.call("ram", "CreateGroup", GroupName=group)
    client.call("ram", "AddUserToGroup", UserName=user, GroupName=group)
    groups = client.call("ram", "ListGroupsForUser", UserName=user)
    assert [found["GroupName"] for found in groups["Groups"]["Group"]] == [group]

    document = policy_document(role_arn)
    client.call("ram", "CreatePolicy", PolicyName=policy, PolicyDocument=document)
    got = client.call("ram", "GetPolicy", PolicyName=policy, PolicyType="Custom")
    assert json.loads(got["DefaultPolicyVersion"]["PolicyDocument"]) == json.loads(document)
    client.call(
        "ram", "AttachPolicyToGroup", PolicyName=policy, PolicyType="Custom", GroupName=group
    )
    key = client.call("ram", "CreateAccessKey", UserName=user)["AccessKey"]
    return Key(id=key["AccessKeyId"], secret=key["AccessKeySecret"])


def _make_role(client: Client, account_id: str, name: str) -> None:
    role = f"{name}-role"
    trust = trust_document(f"acs:ram::{account_id}:root")
    client.call("ram", "CreateRole", RoleName=role, AssumeRolePolicyDocument=trust)
    client.call(
        "ram",
        "AttachPolicyToRole",
        PolicyName="AliyunRAMReadOnlyAccess",
        PolicyType="System",
        RoleName=role,
    )
    tags = [{"Key": "team", "Value": "blue"}, {"Key": "cost", "Value": "a b/c"}]
    client.call("ram", "TagResources", ResourceType="role", ResourceNames=[role], Tag=tags)
    found = client.call("ram", "ListTagResources", ResourceType="role", ResourceNames=[role])
    rows = _listed(found["TagResources"])
    assert {row["TagKey"]: row["TagValue"] for row in rows} == {"team": "blue", "cost": "a b/c"}


def _act_as_user(client: Client, account_id: str, name: str, user: Key) -> str:
    who = client.call("sts", "GetCallerIdentity", key=user)
    assert who["Arn"] == f"acs:ram::{account_id}:user/{name}-user"
    assert who["IdentityType"] == "RAMUser"

    got = client.call("ram", "GetRole", key=user, RoleName=f"{name}-role")
    assert got["Role"]["RoleName"] == f"{name}-role"
    silent = _refusal(client, user, "GetUser", UserName=f"{name}-user")
    assert silent["NoPermissionType"] == "ImplicitDeny"
    denied = _refusal(client, user, "DeleteRole", RoleName=f"{name}-role")
    assert denied["NoPermissionType"] == "ExplicitDeny"
    assert denied["AuthAction"] == "ram:DeleteRole"
    assert denied["AuthPrincipalType"] == "SubUser"
    message: str = denied["EncodedDiagnosticMessage"]
    return message


def _open_explanation(client: Client, name: str, encoded: str) -> None:
    opened = client.call("ram", "DecodeDiagnosticMessage", EncodedDiagnosticMessage=encoded)
    told = opened["DecodedDiagnosticMessage"]
    assert _true(told["ExplicitDeny"])
    assert told["AuthAction"] == "ram:DeleteRole"
    matched = _listed(told["MatchedPolicies"])
    assert {(found["PolicyIdentifier"], found["Effect"]) for found in matched} == {
        (f"{name}-policy", "Deny")
    }


def _assume_role(client: Client, account_id: str, name: str, user: Key) -> Key:
    only_groups = {"Effect": "Allow", "Action": "ram:ListGroups", "Resource": "*"}
    assumed = client.call(
        "sts",
        "AssumeRole",
        key=user,
        RoleArn=f"acs:ram::{account_id}:role/{name}-role",
        RoleSessionName=f"{name}-session",
        DurationSeconds=900,
        Policy=json.dumps({"Version": "1", "Statement": [only_groups]}),
    )
    arn = f"acs:ram::{account_id}:role/{name}-role/{name}-session"
    assert assumed["AssumedRoleUser"]["Arn"] == arn
    made = assumed["Credentials"]
    return Key(id=made["AccessKeyId"], secret=made["AccessKeySecret"], token=made["SecurityToken"])


def _act_as_session(client: Client, account_id: str, name: str, session: Key) -> None:
    who = client.call("sts", "GetCallerIdentity", key=session)
    assert who["IdentityType"] == "AssumedRoleUser", who
    assert who["Arn"] == f"acs:ram::{account_id}:assumed-role/{name}-role/{name}-session"
    groups = client.call("ram", "ListGroups", key=session, MaxItems=100)["Groups"]["Group"]
    assert f"{name}-group" in {found["GroupName"] for found in groups}
    # The role's own policy allows it; the session policy does not.
    held = _refusal(client, session, "GetRole", RoleName=f"{name}-role")
    assert held["NoPermissionType"] == "ImplicitDeny"
    assert held["AuthPrincipalType"] == "AssumedRoleUser"
    assert held["PolicyType"] == "SessionPolicy"
    # Nothing it was refused has happened.
    client.call("ram", "GetRole", RoleName=f"{name}-role")
    with pytest.raises(Refused) as gone:
        client.call("ram", "GetRole", RoleName=f"{name}-no-role")
    assert (gone.value.code, gone.value.status) == ("EntityNotExist.Role", 404)


def _refusal(client: Client, key: Key, action: str, **parameters: str) -> dict[str, Any]:
    """Return AccessDeniedDetail of a call that must be refused."""
    with pytest.raises(Refused) as refused:
        client.call("ram", action, key=key, **parameters)
    assert (refused.value.code, refused.value.status) == ("NoPermission", 403)
    assert "You are not authorized to do this action." in refused.value.message
    assert refused.value.detail is not None
    return refused.value.detail


def _listed(value: Any) -> list[dict[str, Any]]:
    """Take the list out of the wrapper that some answers have round it."""
    if isinstance(value, dict):
        (value,) = value.values()
    rows: list[dict[str, Any]] = value
    return rows


def _true(value: Any) -> bool:
    return value in (True, "true")
