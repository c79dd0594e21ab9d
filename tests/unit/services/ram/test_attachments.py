"""Attaching policies to users, groups and roles: what the operations do and refuse."""

from typing import Any

import pytest
from tests.conformance.documents import allow, policy, statement, trust
from tests.local import Caller, Local, refused
from tests.platforms import quotas

KINDS = ("user", "group", "role")


def make_policy(call: Caller, name: str, document: str = "", **more: Any) -> None:
    document = document or allow("ecs:A")
    call("Ram", "CreatePolicy", PolicyName=name, PolicyDocument=document, **more)


def make_entity(call: Caller, kind: str, name: str = "it") -> None:
    more = {}
    if kind == "role":
        root = f"acs:ram::{call.account.account_id}:root"
        more = {"AssumeRolePolicyDocument": trust("RAM", root)}
    title = kind.capitalize()
    call("Ram", f"Create{title}", **{f"{title}Name": name}, **more)


def attach(
    call: Caller, kind: str, policy_name: str, name: str = "it", type: str = "Custom"
) -> None:
    title = kind.capitalize()
    named = {"PolicyType": type, "PolicyName": policy_name, f"{title}Name": name}
    call("Ram", f"AttachPolicyTo{title}", **named)


def detach(
    call: Caller, kind: str, policy_name: str, name: str = "it", type: str = "Custom"
) -> None:
    title = kind.capitalize()
    named = {"PolicyType": type, "PolicyName": policy_name, f"{title}Name": name}
    call("Ram", f"DetachPolicyFrom{title}", **named)


def attached(call: Caller, kind: str, name: str = "it") -> list[str]:
    title = kind.capitalize()
    found: Any = call("Ram", f"ListPoliciesFor{title}", **{f"{title}Name": name})
    return [each["PolicyName"] for each in found["Policies"]["Policy"]]


@pytest.mark.parametrize("kind", KINDS)
def test_policy_is_attached_once_and_detached_once(call: Caller, kind: str) -> None:
    title = kind.capitalize()
    make_policy(call, "p")
    make_entity(call, kind)
    attach(call, kind, "p")
    with refused(f"EntityAlreadyExists.{title}.Policy", 409):
        attach(call, kind, "p")
    detach(call, kind, "p")
    with refused(f"EntityNotExist.{title}.Policy", 404):
        detach(call, kind, "p")


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_exist_is_named(call: Caller, kind: str) -> None:
    title = kind.capitalize()
    make_policy(call, "p")
    for act in (attach, detach):
        with refused(f"EntityNotExist.{title}", 404):
            act(call, kind, "p")
    with refused(f"EntityNotExist.{title}", 404):
        attached(call, kind)
    make_entity(call, kind)
    for act in (attach, detach):
        with refused("EntityNotExist.Policy", 404):
            act(call, kind, "absent")
        with refused("EntityNotExist.Policy", 404):
            act(call, kind, "AliyunAbsent", type="System")
        with refused("InvalidParameter.PolicyType", 400):
            act(call, kind, "p", type="system")


@pytest.mark.parametrize("kind", KINDS)
def test_quotas_are_counted_apart_for_each_type(call: Caller, local: Local, kind: str) -> None:
    title = kind.capitalize()
    for name in ("p1", "p2"):
        make_policy(call, name)
    make_entity(call, kind)
    limits = {"ram.attached-custom-policies": 1, "ram.attached-system-policies": 1}
    with quotas(local, limits):
        attach(call, kind, "p1")
        with refused(f"LimitExceeded.{title}.Policy", 409):
            attach(call, kind, "p2")
        with refused(f"EntityAlreadyExists.{title}.Policy", 409):
            attach(call, kind, "p1")
        attach(call, kind, "ReadOnlyAccess", type="System")
        with refused(f"LimitExceeded.{title}.Policy", 409):
            attach(call, kind, "AdministratorAccess", type="System")
    assert len(attached(call, kind)) == 2


@pytest.mark.parametrize("kind", ["group", "role"])
def test_policy_held_by_a_group_or_role_is_not_deleted(call: Caller, kind: str) -> None:
    make_policy(call, "p")
    make_entity(call, kind)
    attach(call, kind, "p")
    with refused(f"DeleteConflict.Policy.{kind.capitalize()}", 409):
        call("Ram", "DeletePolicy", PolicyName="p")


def test_attachment_survives_renaming(call: Caller) -> None:
    make_policy(call, "p")
    make_entity(call, "user", "before")
    attach(call, "user", "p", "before")
    call("Ram", "UpdateUser", UserName="before", NewUserName="after")
    assert attached(call, "user", "after") == ["p"]


def test_group_policy_reaches_members_until_it_is_detached(call: Caller) -> None:
    member = call.new_user("member")
    make_policy(call, "p", allow("ram:ListUsers"))
    make_entity(call, "group", "team")
    attach(call, "group", "p", "team")
    with refused("NoPermission", 403):
        member("Ram", "ListUsers")
    call("Ram", "AddUserToGroup", UserName="member", GroupName="team")
    member("Ram", "ListUsers")
    detach(call, "group", "p", "team")
    with refused("NoPermission", 403):
        member("Ram", "ListUsers")


def test_attaching_needs_both_the_entity_and_the_policy(call: Caller) -> None:
    clerk = call.new_user("clerk")
    make_policy(call, "p")
    make_entity(call, "user", "target")
    uid = call.account.account_id
    on_user = statement("ram:AttachPolicyToUser", f"acs:ram:*:{uid}:user/*")
    on_own = statement("ram:AttachPolicyToUser", f"acs:ram:*:{uid}:policy/*")
    make_policy(call, "only-users", policy(on_user))
    attach(call, "user", "only-users", "clerk")
    with refused("NoPermission", 403):
        attach(clerk, "user", "p", "target")
    make_policy(call, "only-custom", policy(on_own))
    attach(call, "user", "only-custom", "clerk")
    attach(clerk, "user", "p", "target")
    # A system policy belongs to the account `system`, which the clerk was not given.
    with refused("NoPermission", 403):
        attach(clerk, "user", "ReadOnlyAccess", "target", type="System")


def test_each_target_is_judged_by_its_own_tags(call: Caller) -> None:
    clerk = call.new_user("clerk")
    for color in ("red", "blue"):
        make_policy(call, color, Tag=[{"Key": "color", "Value": color}])
    make_entity(call, "role")
    red = [{"Key": "color", "Value": "red"}]
    call("Ram", "TagResources", ResourceType="role", ResourceNames=["it"], Tag=red)
    only_red = {"StringEquals": {"acs:ResourceTag/color": "red"}}
    make_policy(call, "reds", allow("ram:AttachPolicyToRole", "*", only_red))
    attach(call, "user", "reds", "clerk")
    attach(clerk, "role", "red")
    with refused("NoPermission", 403):
        attach(clerk, "role", "blue")


def test_resource_groups_are_refused_by_name(call: Caller) -> None:
    make_entity(call, "user")
    named = {"PolicyType": "System", "PolicyName": "ReadOnlyAccess", "UserName": "it"}
    with refused("UnsupportedOperation", 400):
        call("Ram", "AttachPolicyToUser", ResourceGroupId="rg-1", **named)
