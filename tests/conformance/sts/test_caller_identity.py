"""GetCallerIdentity, through the official STS SDK."""

from collections.abc import Callable
from typing import Any

from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.documents import policy, statement
from tests.conformance.harness import Server
from tests.conformance.sts.roles import assume, key_of, make_trusting, role_arn, root_key

from juyong.services.identity.facade import NewAccount


def identity(clients: Any) -> dict[str, Any]:
    body: dict[str, Any] = clients.sts.get_caller_identity().body.to_map()
    del body["RequestId"]
    return body


def test_user_is_named(ram: RamClient, account: NewAccount, new_user: Callable[[str], Any]) -> None:
    found = identity(new_user("Alice"))
    user_id = ram.get_user(m.GetUserRequest(user_name="Alice")).body.user.user_id
    assert found == {
        "IdentityType": "RAMUser",
        "AccountId": account.account_id,
        "PrincipalId": user_id,
        "UserId": user_id,
        "Arn": f"acs:ram::{account.account_id}:user/Alice",
    }


def test_root_is_named(server: Server, account: NewAccount, as_key: Callable[..., Any]) -> None:
    key = root_key(server, account)
    assert identity(as_key(key.access_key_id, key.secret)) == {
        "IdentityType": "Account",
        "AccountId": account.account_id,
        "PrincipalId": account.account_id,
        "Arn": f"acs:ram::{account.account_id}:root",
    }


def test_session_is_named(admin: Any, account: NewAccount, as_key: Callable[..., Any]) -> None:
    role = make_trusting(admin.ram, account, "OpsRole")
    key = key_of(assume(admin.sts, role_arn(account, "OpsRole"), "who@x.y"))
    assert identity(as_key(key.access_key_id, key.secret, key.token)) == {
        "IdentityType": "AssumedRoleUser",
        "AccountId": account.account_id,
        "PrincipalId": f"{role.role_id}:who@x.y",
        "RoleId": role.role_id,
        "Arn": f"acs:ram::{account.account_id}:assumed-role/opsrole/who@x.y",
    }


def test_no_policy_can_deny_it(ram: RamClient, new_user: Callable[[str], Any]) -> None:
    user = new_user("denied")
    document = policy(statement("*", effect="Deny"))
    ram.create_policy(m.CreatePolicyRequest(policy_name="deny", policy_document=document))
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(policy_type="Custom", policy_name="deny", user_name="denied")
    )
    assert identity(user)["IdentityType"] == "RAMUser"
