"""Tags on roles and policies, through the official RAM SDK."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.documents import allow, trust
from tests.conformance.harness import Server, quotas, refused

KINDS = {"role": "EntityNotExist.Role", "policy": "EntityNotExist.Policy"}


def make(ram: Client, kind: str, name: str, **tags: str) -> None:
    if kind == "role":
        ram.create_role(
            m.CreateRoleRequest(
                role_name=name,
                assume_role_policy_document=trust("Service", "ecs.aliyuncs.com"),
                tag=[m.CreateRoleRequestTag(k, v) for k, v in tags.items()] or None,
            )
        )
        return
    ram.create_policy(
        m.CreatePolicyRequest(
            policy_name=name,
            policy_document=allow("ecs:A"),
            tag=[m.CreatePolicyRequestTag(k, v) for k, v in tags.items()] or None,
        )
    )


def tag(ram: Client, kind: str, names: list[str], tags: dict[str, str]) -> None:
    ram.tag_resources(
        m.TagResourcesRequest(
            resource_type=kind,
            resource_names=names,
            tag=[m.TagResourcesRequestTag(k, v) for k, v in tags.items()],
        )
    )


def untag(ram: Client, kind: str, names: list[str], keys: list[str] | None, **more: Any) -> None:
    ram.untag_resources(
        m.UntagResourcesRequest(resource_type=kind, resource_names=names, tag_keys=keys, **more)
    )


def listed(ram: Client, kind: str, **filters: Any) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    token = None
    while True:
        request = m.ListTagResourcesRequest(resource_type=kind, next_token=token, **filters)
        page = ram.list_tag_resources(request).body
        assert all(t.resource_type == kind for t in page.tag_resources)
        found += [(t.resource_name, t.tag_key, t.tag_value) for t in page.tag_resources]
        token = page.next_token
        if not token:
            return found


@pytest.mark.parametrize("kind", KINDS)
def test_tags_are_set_changed_listed_and_removed(ram: Client, kind: str) -> None:
    make(ram, kind, "A")
    make(ram, kind, "B", team="x")
    tag(ram, kind, ["A", "B"], {"env": "prod", "team": "y"})
    everything = [
        ("A", "env", "prod"),
        ("A", "team", "y"),
        ("B", "env", "prod"),
        ("B", "team", "y"),
    ]
    assert listed(ram, kind) == everything
    assert listed(ram, kind, page_size=1) == everything
    assert listed(ram, kind, resource_names=["B"]) == everything[2:]
    untag(ram, kind, ["A", "B"], ["env", "unknown"])
    assert listed(ram, kind) == [everything[1], everything[3]]
    untag(ram, kind, ["A"], None, all=True)
    assert listed(ram, kind) == [everything[3]]


@pytest.mark.parametrize("kind", KINDS)
def test_list_filters_by_tag(ram: Client, kind: str) -> None:
    make(ram, kind, "A", env="prod", team="x")
    make(ram, kind, "B", env="test")
    prod = m.ListTagResourcesRequestTag("env", "prod")
    assert {n for n, _, _ in listed(ram, kind, tag=[prod])} == {"A"}
    any_env = m.ListTagResourcesRequestTag("env")
    assert {n for n, _, _ in listed(ram, kind, tag=[any_env])} == {"A", "B"}
    assert listed(ram, kind, resource_names=["absent"]) == []


@pytest.mark.parametrize("kind", KINDS)
def test_absent_resource_stops_the_whole_call(ram: Client, kind: str) -> None:
    make(ram, kind, "A")
    with refused(KINDS[kind], 404):
        tag(ram, kind, ["A", "absent"], {"k": "v"})
    assert listed(ram, kind) == []
    with refused(KINDS[kind], 404):
        untag(ram, kind, ["absent"], ["k"])


BAD = {
    "empty key": {"": "v"},
    "long key": {"k" * 129: "v"},
    "long value": {"k": "v" * 129},
    "reserved key": {"aliyunfoo": "v"},
    "reserved prefix": {"ACS:foo": "v"},
    "link in key": {"xhttp://y": "v"},
    "link in value": {"k": "see https://y"},
    "keys that differ in case": {"Team": "a", "team": "b"},
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tag_is_refused(ram: Client, case: str) -> None:
    make(ram, "role", "A")
    with refused("InvalidParameter.Tag", 400):
        tag(ram, "role", ["A"], BAD[case])
    assert listed(ram, "role") == []
    assert len(BAD) == 8


def test_longest_key_and_value_are_taken(ram: Client) -> None:
    make(ram, "role", "A")
    tag(ram, "role", ["A"], {"k" * 128: "v" * 128})
    tag(ram, "role", ["A"], {"empty": ""})
    assert len(listed(ram, "role")) == 2


def test_key_may_not_return_in_another_case(ram: Client) -> None:
    make(ram, "role", "A", team="x")
    with refused("InvalidParameter.Tag", 400):
        tag(ram, "role", ["A"], {"Team": "y"})


def test_resource_holds_twenty_tags(ram: Client, server: Server) -> None:
    make(ram, "role", "A")
    tag(ram, "role", ["A"], {f"k{i}": "v" for i in range(20)})
    tag(ram, "role", ["A"], {"k0": "changed"})
    with refused("LimitExceeded.Tag", 409):
        tag(ram, "role", ["A"], {"k20": "v"})
    with refused("InvalidParameter.Tag.Length", 400):
        tag(ram, "role", ["A"], {f"n{i}": "v" for i in range(21)})
    with quotas(server, {"ram.tags": 1}):
        for kind in KINDS:
            with refused("LimitExceeded.Tag", 409):
                make(ram, kind, "Two", a="1", b="2")


def test_creation_refuses_bad_tags(ram: Client) -> None:
    for kind in KINDS:
        with refused("InvalidParameter.Tag", 400):
            make(ram, kind, "A", **{"acs:x": "v"})


def test_type_is_role_or_policy(ram: Client) -> None:
    with refused("InvalidParameter.ResourceType", 400):
        listed(ram, "user")


def test_untagging_needs_keys_or_all(ram: Client) -> None:
    make(ram, "role", "A", k="v")
    with refused("MissingTagKeys", 400):
        untag(ram, "role", ["A"], None)
    assert listed(ram, "role") == [("A", "k", "v")]


def test_at_most_fifty_resources(ram: Client) -> None:
    with refused("InvalidParameter.ResourceNames.Length", 400):
        tag(ram, "role", [f"r{i}" for i in range(51)], {"k": "v"})


def test_foreign_token_is_refused(ram: Client) -> None:
    with refused("InvalidParameter.NextToken", 400):
        ram.list_tag_resources(
            m.ListTagResourcesRequest(resource_type="role", next_token="bm9uc2Vuc2U")
        )


def test_deleted_resource_takes_its_tags_along(ram: Client) -> None:
    for kind in KINDS:
        make(ram, kind, "A", k="v")
    ram.delete_role(m.DeleteRoleRequest(role_name="A"))
    ram.delete_policy(m.DeletePolicyRequest(policy_name="A"))
    for kind in KINDS:
        make(ram, kind, "A")
        assert listed(ram, kind) == []


def test_tagging_is_judged_by_request_and_resource_tags(
    ram: Client, new_user: Callable[[str], Any]
) -> None:
    clerk = new_user("clerk").ram
    condition = {
        "StringEquals": {"acs:ResourceTag/team": "x"},
        "ForAllValues:StringEquals": {"acs:TagKeys": ["env"]},
    }
    ram.create_policy(
        m.CreatePolicyRequest(
            policy_name="clerk",
            policy_document=allow(["ram:TagResources", "ram:UntagResources"], "*", condition),
        )
    )
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(policy_type="Custom", policy_name="clerk", user_name="clerk")
    )
    make(ram, "role", "ours", team="x")
    make(ram, "role", "theirs", team="y")
    tag(clerk, "role", ["ours"], {"env": "prod"})
    with refused("NoPermission", 403):
        tag(clerk, "role", ["ours"], {"team": "y"})
    with refused("NoPermission", 403):
        tag(clerk, "role", ["ours", "theirs"], {"env": "prod"})
    with refused("NoPermission", 403):
        untag(clerk, "role", ["ours"], ["team"])
    untag(clerk, "role", ["ours"], ["env"])
