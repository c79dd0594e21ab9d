"""Attaching policies to users, groups and roles, through the official RAM SDK."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.documents import allow, policy, statement, trust
from tests.conformance.harness import Server, quotas, refused

from juyong.services.ram.facade import NewAccount

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


@pytest.mark.parametrize("kind", KINDS)
def test_policy_is_attached_once_and_detached_once(
    ram: Client, account: NewAccount, kind: str
) -> None:
    title = kind.capitalize()
    make_policy(ram, "p")
    make_entity(ram, account, kind)
    attach(ram, kind, "p")
    with refused(f"EntityAlreadyExists.{title}.Policy", 409):
        attach(ram, kind, "p")
    detach(ram, kind, "p")
    with refused(f"EntityNotExist.{title}.Policy", 404):
        detach(ram, kind, "p")


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_exist_is_named(ram: Client, account: NewAccount, kind: str) -> None:
    title = kind.capitalize()
    make_policy(ram, "p")
    for act in (attach, detach):
        with refused(f"EntityNotExist.{title}", 404):
            act(ram, kind, "p")
    with refused(f"EntityNotExist.{title}", 404):
        attached(ram, kind)
    make_entity(ram, account, kind)
    for act in (attach, detach):
        with refused("EntityNotExist.Policy", 404):
            act(ram, kind, "absent")
        with refused("EntityNotExist.Policy", 404):
            act(ram, kind, "AliyunAbsent", type="System")
        with refused("InvalidParameter.PolicyType", 400):
            act(ram, kind, "p", type="system")


@pytest.mark.parametrize("kind", KINDS)
def test_quotas_are_counted_apart_for_each_type(
    ram: Client, account: NewAccount, server: Server, kind: str
) -> None:
    title = kind.capitalize()
    for name in ("p1", "p2"):
        make_policy(ram, name)
    make_entity(ram, account, kind)
    limits = {"ram.attached-custom-policies": 1, "ram.attached-system-policies": 1}
    with quotas(server, limits):
        attach(ram, kind, "p1")
        with refused(f"LimitExceeded.{title}.Policy", 409):
            attach(ram, kind, "p2")
        with refused(f"EntityAlreadyExists.{title}.Policy", 409):
            attach(ram, kind, "p1")
        attach(ram, kind, "ReadOnlyAccess", type="System")
        with refused(f"LimitExceeded.{title}.Policy", 409):
            attach(ram, kind, "AdministratorAccess", type="System")
    assert len(attached(ram, kind)) == 2


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


@pytest.mark.parametrize("kind", ["group", "role"])
def test_policy_held_by_a_group_or_role_is_not_deleted(
    ram: Client, account: NewAccount, kind: str
) -> None:
    make_policy(ram, "p")
    make_entity(ram, account, kind)
    attach(ram, kind, "p")
    with refused(f"DeleteConflict.Policy.{kind.capitalize()}", 409):
        ram.delete_policy(m.DeletePolicyRequest(policy_name="p"))


def test_attachment_survives_renaming(ram: Client, account: NewAccount) -> None:
    make_policy(ram, "p")
    make_entity(ram, account, "user", "before")
    attach(ram, "user", "p", "before")
    ram.update_user(m.UpdateUserRequest(user_name="before", new_user_name="after"))
    assert [p.policy_name for p in attached(ram, "user", "after")] == ["p"]


def test_group_policy_reaches_members_until_it_is_detached(
    ram: Client, account: NewAccount, new_user: Callable[[str], Any]
) -> None:
    member = new_user("member")
    make_policy(ram, "p", allow("ram:ListUsers"))
    make_entity(ram, account, "group", "team")
    attach(ram, "group", "p", "team")
    with refused("NoPermission", 403):
        member.ram.list_users(m.ListUsersRequest())
    ram.add_user_to_group(m.AddUserToGroupRequest(user_name="member", group_name="team"))
    member.ram.list_users(m.ListUsersRequest())
    detach(ram, "group", "p", "team")
    with refused("NoPermission", 403):
        member.ram.list_users(m.ListUsersRequest())


def test_attaching_needs_both_the_entity_and_the_policy(
    ram: Client, account: NewAccount, new_user: Callable[[str], Any]
) -> None:
    clerk = new_user("clerk")
    make_policy(ram, "p")
    make_entity(ram, account, "user", "target")
    uid = account.account_id
    on_user = statement("ram:AttachPolicyToUser", f"acs:ram:*:{uid}:user/*")
    on_own = statement("ram:AttachPolicyToUser", f"acs:ram:*:{uid}:policy/*")
    make_policy(ram, "only-users", policy(on_user))
    attach(ram, "user", "only-users", "clerk")
    with refused("NoPermission", 403):
        attach(clerk.ram, "user", "p", "target")
    make_policy(ram, "only-custom", policy(on_own))
    attach(ram, "user", "only-custom", "clerk")
    attach(clerk.ram, "user", "p", "target")
    # A system policy belongs to the account `system`, which the clerk was not given.
    with refused("NoPermission", 403):
        attach(clerk.ram, "user", "ReadOnlyAccess", "target", type="System")


def test_each_target_is_judged_by_its_own_tags(
    ram: Client, account: NewAccount, new_user: Callable[[str], Any]
) -> None:
    clerk = new_user("clerk")
    for name, color in (("red", "red"), ("blue", "blue")):
        ram.create_policy(
            m.CreatePolicyRequest(
                policy_name=name,
                policy_document=allow("ecs:A"),
                tag=[m.CreatePolicyRequestTag("color", color)],
            )
        )
    make_entity(ram, account, "role")
    ram.tag_resources(
        m.TagResourcesRequest(
            resource_type="role",
            resource_names=["it"],
            tag=[m.TagResourcesRequestTag("color", "red")],
        )
    )
    only_red = {"StringEquals": {"acs:ResourceTag/color": "red"}}
    make_policy(ram, "reds", allow("ram:AttachPolicyToRole", "*", only_red))
    attach(ram, "user", "reds", "clerk")
    attach(clerk.ram, "role", "red")
    with refused("NoPermission", 403):
        attach(clerk.ram, "role", "blue")


def test_resource_groups_are_refused_by_name(ram: Client, account: NewAccount) -> None:
    make_entity(ram, account, "user")
    with refused("UnsupportedOperation", 400):
        ram.attach_policy_to_user(
            m.AttachPolicyToUserRequest(
                policy_type="System",
                policy_name="ReadOnlyAccess",
                user_name="it",
                resource_group_id="rg-1",
            )
        )
