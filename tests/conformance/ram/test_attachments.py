"""Attaching policies to users, groups and roles, through the official RAM SDK."""

from typing import Any

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.documents import allow, trust
from tests.conformance.harness import refused

from juyong.services.identity.facade import NewAccount

KINDS = ("user", "group", "role")


def make_policy(ram: Client, name: str, document: str = "") -> None:
    ram.create_policy(
        m.CreatePolicyRequest(policy_name=name, policy_document=document or allow("ecs:A"))
    )


def make_entity(ram: Client, account: NewAccount, kind: str, name: str = "it") -> None:
    if kind == "user":
        ram.create_user(m.CreateUserRequest(user_name=name))
    elif kind == "group":
        ram.create_group(m.CreateGroupRequest(group_name=name))
    else:
        document = trust("RAM", f"acs:ram::{account.account_id}:root")
        ram.create_role(m.CreateRoleRequest(role_name=name, assume_role_policy_document=document))


def attach(
    ram: Client, kind: str, policy_name: str, name: str = "it", type: str = "Custom"
) -> None:
    fields = {"policy_type": type, "policy_name": policy_name, f"{kind}_name": name}
    request = getattr(m, f"AttachPolicyTo{kind.capitalize()}Request")(**fields)
    getattr(ram, f"attach_policy_to_{kind}")(request)


def detach(
    ram: Client, kind: str, policy_name: str, name: str = "it", type: str = "Custom"
) -> None:
    fields = {"policy_type": type, "policy_name": policy_name, f"{kind}_name": name}
    request = getattr(m, f"DetachPolicyFrom{kind.capitalize()}Request")(**fields)
    getattr(ram, f"detach_policy_from_{kind}")(request)


def attached(ram: Client, kind: str, name: str = "it") -> list[Any]:
    request = getattr(m, f"ListPoliciesFor{kind.capitalize()}Request")(**{f"{kind}_name": name})
    found: Any = getattr(ram, f"list_policies_for_{kind}")(request)
    listed: list[Any] = found.body.policies.policy
    return listed


def entities(ram: Client, policy_name: str, type: str = "Custom") -> Any:
    return ram.list_entities_for_policy(
        m.ListEntitiesForPolicyRequest(policy_type=type, policy_name=policy_name)
    ).body


@pytest.mark.parametrize("kind", KINDS)
def test_policy_is_attached_listed_and_detached(
    ram: Client, account: NewAccount, kind: str
) -> None:
    make_policy(ram, "p")
    make_entity(ram, account, kind)
    assert attached(ram, kind) == []
    attach(ram, kind, "p")
    attach(ram, kind, "AliyunECSReadOnlyAccess", type="System")
    first, second = attached(ram, kind)
    assert (first.policy_name, first.policy_type) == ("AliyunECSReadOnlyAccess", "System")
    assert (second.policy_name, second.policy_type, second.default_version) == (
        "p",
        "Custom",
        "v1",
    )
    assert second.attach_date.endswith("Z")
    detach(ram, kind, "p")
    assert [p.policy_name for p in attached(ram, kind)] == ["AliyunECSReadOnlyAccess"]


def test_entities_of_a_policy_are_listed_by_kind(ram: Client, account: NewAccount) -> None:
    make_policy(ram, "p")
    empty = entities(ram, "p")
    assert (empty.users.user, empty.groups.group, empty.roles.role) == ([], [], [])
    for kind in KINDS:
        make_entity(ram, account, kind, "Holder")
        attach(ram, kind, "p", "Holder")
    found = entities(ram, "p")
    (user,), (group,), (role,) = found.users.user, found.groups.group, found.roles.role
    assert (user.user_name, group.group_name, role.role_name) == ("Holder",) * 3
    assert user.user_id.startswith("2")
    assert role.role_id.startswith("3")
    assert role.arn == f"acs:ram::{account.account_id}:role/holder"
    with refused("EntityNotExist.Policy", 404):
        entities(ram, "absent")
