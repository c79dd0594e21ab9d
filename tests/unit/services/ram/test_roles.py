"""Roles: what the operations do and refuse, and who may be trusted."""

from typing import Any

import pytest
from tests.conformance.documents import allow, trust
from tests.local import Caller, Local, refused
from tests.platforms import quotas

ECS = trust("Service", "ecs.aliyuncs.com")


def make(call: Caller, name: str, document: str = ECS, **more: Any) -> Any:
    made = call("Ram", "CreateRole", RoleName=name, AssumeRolePolicyDocument=document, **more)
    return made["Role"]


def get(call: Caller, name: str) -> Any:
    return call("Ram", "GetRole", RoleName=name)["Role"]


def update(call: Caller, name: str, **changes: Any) -> Any:
    return call("Ram", "UpdateRole", RoleName=name, **changes)["Role"]


def delete(call: Caller, name: str) -> None:
    call("Ram", "DeleteRole", RoleName=name)


def principal(call: Caller, relative: str) -> str:
    return f"acs:ram::{call.account.account_id}:{relative}"


def clerk_who_may(call: Caller, document: str) -> Caller:
    """Return a user who may do what a policy allows, and nothing else."""
    clerk = call.new_user("clerk")
    call("Ram", "CreatePolicy", PolicyName="clerk", PolicyDocument=document)
    attachment = {"PolicyType": "Custom", "PolicyName": "clerk", "UserName": "clerk"}
    call("Ram", "AttachPolicyToUser", **attachment)
    return clerk


def test_names_are_compared_without_case(call: Caller) -> None:
    made = make(call, "Mixed")
    assert get(call, "mIXED")["RoleId"] == made["RoleId"]
    with refused("EntityAlreadyExists.Role", 409):
        make(call, "MIXED")
    delete(call, "mixed")
    assert call("Ram", "ListRoles")["Roles"] == {"Role": []}


def test_update_leaves_alone_what_is_not_sent(call: Caller) -> None:
    make(call, "r", Description="first", MaxSessionDuration=7200)
    assert update(call, "r", NewDescription="second")["MaxSessionDuration"] == 7200
    found = get(call, "r")
    assert (found["Description"], found["AssumeRolePolicyDocument"]) == ("second", ECS)


def test_unknown_role_is_not_found(call: Caller) -> None:
    with refused("EntityNotExist.Role", 404):
        update(call, "absent", NewDescription="x")
    with refused("EntityNotExist.Role", 404):
        delete(call, "absent")


def test_fields_have_edges(call: Caller) -> None:
    make(call, "r" * 64, MaxSessionDuration=3600, Description="d" * 1024)
    make(call, "longest", MaxSessionDuration=43200)
    with refused("InvalidParameter.RoleName.Length", 400):
        make(call, "r" * 65)
    with refused("InvalidParameter.RoleName.InvalidChars", 400):
        make(call, "r/r")
    for seconds in (3599, 43201):
        with refused("InvalidParameter.MaxSessionDuration.Range", 400):
            make(call, "other", MaxSessionDuration=seconds)
    with refused("InvalidParameter.AssumeRolePolicyDocument.Length", 400):
        make(call, "other", ECS + " " * 6144)
    with refused("InvalidParameter.NewAssumeRolePolicyDocument.Length", 400):
        update(call, "longest", NewAssumeRolePolicyDocument=ECS + " " * 6144)


def test_role_with_policies_is_not_deleted(call: Caller) -> None:
    make(call, "r")
    held = {"PolicyType": "System", "PolicyName": "ReadOnlyAccess", "RoleName": "r"}
    call("Ram", "AttachPolicyToRole", **held)
    with refused("DeleteConflict.Role.Policy", 409):
        delete(call, "r")


def test_quota_of_roles_is_kept(call: Caller, local: Local) -> None:
    with quotas(local, {"ram.roles": 1}):
        make(call, "first")
        with refused("LimitExceeded.Role", 409):
            make(call, "second")


def test_trust_may_name_what_exists(call: Caller, local: Local) -> None:
    call("Ram", "CreateUser", UserName="alice")
    make(call, "Base")
    other = local.new_account()
    document = trust(
        "RAM",
        principal(call, "root"),
        principal(call, "user/alice"),
        principal(call, "role/base"),
        f"acs:ram::{other.account_id}:root",
        f"acs:ram::{other.account_id}:user/whoever",
    )
    assert make(call, "open", document)["AssumeRolePolicyDocument"] == document


ABSENT = {
    "user": ("RAM", "user/nobody"),
    "role": ("RAM", "role/nobody"),
    "SAML provider": ("Federated", "saml-provider/nobody"),
    "OIDC provider": ("Federated", "oidc-provider/nobody"),
}
NEEDED = {"StringEquals": {"saml:recipient": "https://x", "oidc:iss": "https://x", "oidc:aud": "y"}}


@pytest.mark.parametrize("case", ABSENT)
def test_trust_in_what_does_not_exist_is_refused(call: Caller, case: str) -> None:
    kind, relative = ABSENT[case]
    document = trust(kind, principal(call, relative), condition=NEEDED)
    with refused("MalformedPolicyDocument", 400) as caught:
        make(call, "r", document)
    assert "does not exist" in caught.value.message
    make(call, "r")
    with refused("MalformedPolicyDocument", 400):
        update(call, "r", NewAssumeRolePolicyDocument=document)
    assert len(ABSENT) == 4


def test_trust_in_an_unknown_account_is_refused(call: Caller) -> None:
    with refused("MalformedPolicyDocument", 400):
        make(call, "r", trust("RAM", "acs:ram::1000000000000000:root"))


MALFORMED = {
    "anybody": trust("RAM", "*"),
    "another action": trust("RAM", "acs:ram::1:root").replace("sts:AssumeRole", "ecs:Run"),
    "a resource": trust("Service", "ecs.aliyuncs.com").replace(
        '"Effect"', '"Resource": "*", "Effect"'
    ),
    "no principal": allow("sts:AssumeRole"),
    "unconditioned federation": trust("Federated", "acs:ram::1:saml-provider/x"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_trust_is_refused(call: Caller, case: str) -> None:
    with refused("MalformedPolicyDocument", 400):
        make(call, "r", MALFORMED[case])
    assert len(MALFORMED) == 5


def test_trusted_principal_types_limit_who_may_be_trusted(call: Caller) -> None:
    condition = {"ForAllValues:StringEquals": {"ram:TrustedPrincipalTypes": "Service"}}
    clerk = clerk_who_may(call, allow(["ram:CreateRole", "ram:UpdateRole"], "*", condition))
    make(clerk, "for-ecs")
    people = trust("RAM", principal(call, "root"))
    with refused("NoPermission", 403):
        make(clerk, "for-people", people)
    with refused("NoPermission", 403):
        update(clerk, "for-ecs", NewAssumeRolePolicyDocument=people)
    update(clerk, "for-ecs", NewDescription="still for a service")


def test_service_names_limit_which_services_may_be_trusted(call: Caller) -> None:
    condition = {"StringEquals": {"ram:ServiceNames": "ecs.aliyuncs.com"}}
    clerk = clerk_who_may(call, allow("ram:CreateRole", "*", condition))
    make(clerk, "for-ecs")
    with refused("NoPermission", 403):
        make(clerk, "for-fc", trust("Service", "fc.aliyuncs.com"))


def test_policy_on_one_role_does_not_reach_another(call: Caller) -> None:
    make(call, "Mine")
    make(call, "Other")
    # Role names in policies are compared without case.
    clerk = clerk_who_may(call, allow("ram:GetRole", principal(call, "role/MINE")))
    assert get(clerk, "mine")["RoleName"] == "Mine"
    with refused("NoPermission", 403):
        get(clerk, "Other")
    with refused("NoPermission", 403):
        get(clerk, "absent")
