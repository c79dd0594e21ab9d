"""Roles, through the official RAM SDK."""

from collections.abc import Callable
from typing import Any

from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.documents import allow, trust
from tests.conformance.harness import refused

from juyong.services.identity.facade import NewAccount

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


def allow_clerk(ram: Client, document: str) -> None:
    ram.create_policy(m.CreatePolicyRequest(policy_name="clerk", policy_document=document))
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(policy_type="Custom", policy_name="clerk", user_name="clerk")
    )


def test_request_tags_limit_creation(ram: Client, new_user: Callable[[str], Any]) -> None:
    clerk = new_user("clerk").ram
    condition = {"StringEquals": {"acs:RequestTag/team": "a"}}
    allow_clerk(ram, allow("ram:CreateRole", "*", condition))
    make(clerk, "tagged", tag=[m.CreateRoleRequestTag("team", "a")])
    with refused("NoPermission", 403):
        make(clerk, "untagged")
    with refused("NoPermission", 403):
        make(clerk, "other", tag=[m.CreateRoleRequestTag("team", "b")])
