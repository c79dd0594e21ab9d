"""Roles, through the official RAM SDK."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.documents import allow, trust
from tests.conformance.harness import Server, quotas, refused

from juyong.services.ram.facade import NewAccount

ECS = trust("Service", "ecs.aliyuncs.com")


def make(ram: Client, name: str, document: str = ECS, **more: Any) -> Any:
    request = m.CreateRoleRequest(role_name=name, assume_role_policy_document=document, **more)
    return ram.create_role(request).body.role


def get(ram: Client, name: str) -> Any:
    return ram.get_role(m.GetRoleRequest(role_name=name)).body.role


def update(ram: Client, name: str, **changes: Any) -> Any:
    return ram.update_role(m.UpdateRoleRequest(role_name=name, **changes)).body.role


def names(ram: Client, **filters: Any) -> list[str]:
    found: list[str] = []
    marker = None
    while True:
        page = ram.list_roles(m.ListRolesRequest(marker=marker, **filters)).body
        found += [r.role_name for r in page.roles.role]
        if not page.is_truncated:
            assert page.marker is None
            return found
        marker = page.marker


def test_role_is_created_read_updated_and_deleted(ram: Client, account: NewAccount) -> None:
    made = make(ram, "OpsRole", description="ops")
    assert (made.role_name, made.description) == ("OpsRole", "ops")
    assert made.role_id.startswith("3")
    assert len(made.role_id) == 18
    assert made.arn == f"acs:ram::{account.account_id}:role/opsrole"
    assert (made.max_session_duration, made.allow_console_login) == (3600, True)
    found = get(ram, "OpsRole")
    assert found.assume_role_policy_document == ECS
    assert found.is_service_linked_role is False
    assert found.latest_deletion_task is None
    assert found.role_principal_name == (f"OpsRole@role.{account.account_id}.onaliyunservice.com")
    other = trust("Service", "fc.aliyuncs.com")
    changed = update(
        ram,
        "OpsRole",
        new_assume_role_policy_document=other,
        new_description="more",
        new_max_session_duration=43200,
        new_allow_console_login=False,
    )
    assert (changed.assume_role_policy_document, changed.description) == (other, "more")
    assert (changed.max_session_duration, changed.allow_console_login) == (43200, False)
    assert get(ram, "OpsRole").max_session_duration == 43200
    ram.delete_role(m.DeleteRoleRequest(role_name="OpsRole"))
    with refused("EntityNotExist.Role", 404):
        get(ram, "OpsRole")


def test_names_are_compared_without_case(ram: Client) -> None:
    made = make(ram, "Mixed")
    assert get(ram, "mIXED").role_id == made.role_id
    with refused("EntityAlreadyExists.Role", 409):
        make(ram, "MIXED")
    ram.delete_role(m.DeleteRoleRequest(role_name="mixed"))
    assert names(ram) == []


def test_update_leaves_alone_what_is_not_sent(ram: Client) -> None:
    make(ram, "r", description="first", max_session_duration=7200)
    assert update(ram, "r", new_description="second").max_session_duration == 7200
    found = get(ram, "r")
    assert (found.description, found.assume_role_policy_document) == ("second", ECS)


def test_unknown_role_is_not_found(ram: Client) -> None:
    with refused("EntityNotExist.Role", 404):
        update(ram, "absent", new_description="x")
    with refused("EntityNotExist.Role", 404):
        ram.delete_role(m.DeleteRoleRequest(role_name="absent"))


def test_fields_have_edges(ram: Client) -> None:
    make(ram, "r" * 64, max_session_duration=3600, description="d" * 1024)
    make(ram, "longest", max_session_duration=43200)
    with refused("InvalidParameter.RoleName.Length", 400):
        make(ram, "r" * 65)
    with refused("InvalidParameter.RoleName.InvalidChars", 400):
        make(ram, "r/r")
    for seconds in (3599, 43201):
        with refused("InvalidParameter.MaxSessionDuration.Range", 400):
            make(ram, "other", max_session_duration=seconds)
    with refused("InvalidParameter.AssumeRolePolicyDocument.Length", 400):
        make(ram, "other", ECS + " " * 6144)
    with refused("InvalidParameter.NewAssumeRolePolicyDocument.Length", 400):
        update(ram, "longest", new_assume_role_policy_document=ECS + " " * 6144)


def test_role_with_policies_is_not_deleted(ram: Client) -> None:
    make(ram, "r")
    ram.attach_policy_to_role(
        m.AttachPolicyToRoleRequest(
            policy_type="System", policy_name="ReadOnlyAccess", role_name="r"
        )
    )
    with refused("DeleteConflict.Role.Policy", 409):
        ram.delete_role(m.DeleteRoleRequest(role_name="r"))


def test_quota_of_roles_is_kept(ram: Client, server: Server) -> None:
    with quotas(server, {"ram.roles": 1}):
        make(ram, "first")
        with refused("LimitExceeded.Role", 409):
            make(ram, "second")


def test_list_pages_by_name_without_trust_policies(ram: Client, account: NewAccount) -> None:
    for name in ("delta", "Alpha", "charlie", "Bravo"):
        make(ram, name)
    assert names(ram, max_items=3) == ["Alpha", "Bravo", "charlie", "delta"]
    first = ram.list_roles(m.ListRolesRequest(max_items=1)).body.to_map()["Roles"]["Role"][0]
    assert "AssumeRolePolicyDocument" not in first
    assert first["Arn"] == f"acs:ram::{account.account_id}:role/alpha"
    assert first["Tags"] == {"Tag": []}


def test_list_filters_by_tag(ram: Client) -> None:
    for i in range(3):
        make(ram, f"red{i}", tag=[m.CreateRoleRequestTag("color", "red")])
        make(ram, f"blue{i}", tag=[m.CreateRoleRequestTag("color", "blue")])
    wanted = [m.ListRolesRequestTag("color", "red")]
    assert names(ram, tag=wanted, max_items=2) == ["red0", "red1", "red2"]


def principals(account: NewAccount, sort: str) -> str:
    return f"acs:ram::{account.account_id}:{sort}"


def test_trust_may_name_what_exists(ram: Client, server: Server, account: NewAccount) -> None:
    ram.create_user(m.CreateUserRequest(user_name="alice"))
    make(ram, "Base")
    other = server.new_account()
    document = trust(
        "RAM",
        principals(account, "root"),
        principals(account, "user/alice"),
        principals(account, "role/base"),
        f"acs:ram::{other.account_id}:root",
        f"acs:ram::{other.account_id}:user/whoever",
    )
    assert make(ram, "open", document).assume_role_policy_document == document


ABSENT = {
    "user": ("RAM", "user/nobody"),
    "role": ("RAM", "role/nobody"),
    "SAML provider": ("Federated", "saml-provider/nobody"),
    "OIDC provider": ("Federated", "oidc-provider/nobody"),
}
NEEDED = {"StringEquals": {"saml:recipient": "https://x", "oidc:iss": "https://x", "oidc:aud": "y"}}


@pytest.mark.parametrize("case", ABSENT)
def test_trust_in_what_does_not_exist_is_refused(
    ram: Client, account: NewAccount, case: str
) -> None:
    kind, relative = ABSENT[case]
    document = trust(kind, principals(account, relative), condition=NEEDED)
    with refused("MalformedPolicyDocument", 400) as caught:
        make(ram, "r", document)
    assert "does not exist" in caught.value.message
    make(ram, "r")
    with refused("MalformedPolicyDocument", 400):
        update(ram, "r", new_assume_role_policy_document=document)
    assert len(ABSENT) == 4


def test_trust_in_an_unknown_account_is_refused(ram: Client) -> None:
    with refused("MalformedPolicyDocument", 400):
        make(ram, "r", trust("RAM", "acs:ram::1000000000000000:root"))


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
def test_malformed_trust_is_refused(ram: Client, case: str) -> None:
    with refused("MalformedPolicyDocument", 400):
        make(ram, "r", MALFORMED[case])
    assert len(MALFORMED) == 5


def allow_clerk(ram: Client, document: str) -> None:
    ram.create_policy(m.CreatePolicyRequest(policy_name="clerk", policy_document=document))
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(policy_type="Custom", policy_name="clerk", user_name="clerk")
    )


def test_trusted_principal_types_limit_who_may_be_trusted(
    ram: Client, account: NewAccount, new_user: Callable[[str], Any]
) -> None:
    clerk = new_user("clerk").ram
    condition = {"ForAllValues:StringEquals": {"ram:TrustedPrincipalTypes": "Service"}}
    allow_clerk(ram, allow(["ram:CreateRole", "ram:UpdateRole"], "*", condition))
    make(clerk, "for-ecs")
    people = trust("RAM", principals(account, "root"))
    with refused("NoPermission", 403):
        make(clerk, "for-people", people)
    with refused("NoPermission", 403):
        update(clerk, "for-ecs", new_assume_role_policy_document=people)
    update(clerk, "for-ecs", new_description="still for a service")


def test_service_names_limit_which_services_may_be_trusted(
    ram: Client, new_user: Callable[[str], Any]
) -> None:
    clerk = new_user("clerk").ram
    condition = {"StringEquals": {"ram:ServiceNames": "ecs.aliyuncs.com"}}
    allow_clerk(ram, allow("ram:CreateRole", "*", condition))
    make(clerk, "for-ecs")
    with refused("NoPermission", 403):
        make(clerk, "for-fc", trust("Service", "fc.aliyuncs.com"))


def test_request_tags_limit_creation(ram: Client, new_user: Callable[[str], Any]) -> None:
    clerk = new_user("clerk").ram
    condition = {"StringEquals": {"acs:RequestTag/team": "a"}}
    allow_clerk(ram, allow("ram:CreateRole", "*", condition))
    make(clerk, "tagged", tag=[m.CreateRoleRequestTag("team", "a")])
    with refused("NoPermission", 403):
        make(clerk, "untagged")
    with refused("NoPermission", 403):
        make(clerk, "other", tag=[m.CreateRoleRequestTag("team", "b")])


def test_policy_on_one_role_does_not_reach_another(
    ram: Client, account: NewAccount, new_user: Callable[[str], Any]
) -> None:
    clerk = new_user("clerk").ram
    make(ram, "Mine")
    make(ram, "Other")
    # Role names in policies are compared without case.
    allow_clerk(ram, allow("ram:GetRole", principals(account, "role/MINE")))
    assert get(clerk, "mine").role_name == "Mine"
    with refused("NoPermission", 403):
        get(clerk, "Other")
    with refused("NoPermission", 403):
        get(clerk, "absent")
