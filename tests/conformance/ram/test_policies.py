"""Policies, through the official RAM SDK."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.documents import allow, policy, statement
from tests.conformance.harness import Server, quotas, refused

DOCUMENT = allow("ecs:Describe*")


def make(ram: Client, name: str, document: str = DOCUMENT, **more: Any) -> Any:
    request = m.CreatePolicyRequest(policy_name=name, policy_document=document, **more)
    return ram.create_policy(request).body.policy


def get(ram: Client, name: str, kind: str = "Custom") -> Any:
    return ram.get_policy(m.GetPolicyRequest(policy_name=name, policy_type=kind)).body


def names(ram: Client, **filters: Any) -> list[str]:
    found: list[str] = []
    marker = None
    while True:
        page = ram.list_policies(m.ListPoliciesRequest(marker=marker, **filters)).body
        found += [p.policy_name for p in page.policies.policy]
        if not page.is_truncated:
            assert page.marker is None
            return found
        marker = page.marker


def test_policy_is_created_read_described_and_deleted(ram: Client) -> None:
    made = make(ram, "reader", description="reads")
    assert (made.policy_name, made.policy_type, made.default_version) == (
        "reader",
        "Custom",
        "v1",
    )
    found = get(ram, "reader")
    assert found.policy.description == "reads"
    assert found.policy.attachment_count == 0
    assert found.policy.policy_document == DOCUMENT
    version = found.default_policy_version
    assert (version.version_id, version.is_default_version) == ("v1", True)
    assert version.policy_document == DOCUMENT
    assert version.create_date == made.create_date
    changed = ram.update_policy_description(
        m.UpdatePolicyDescriptionRequest(policy_name="reader", new_description="looks")
    ).body.policy
    assert (changed.description, changed.create_date) == ("looks", made.create_date)
    assert changed.update_date
    ram.delete_policy(m.DeletePolicyRequest(policy_name="reader"))
    with refused("EntityNotExist.Policy", 404):
        get(ram, "reader")


def test_name_is_unique_among_custom_policies(ram: Client) -> None:
    make(ram, "one")
    with refused("EntityAlreadyExists.Policy", 409):
        make(ram, "one")


def test_unknown_policy_is_not_found(ram: Client) -> None:
    with refused("EntityNotExist.Policy", 404):
        get(ram, "absent")
    with refused("EntityNotExist.Policy", 404):
        get(ram, "AliyunAbsentFullAccess", "System")
    with refused("EntityNotExist.Policy", 404):
        ram.delete_policy(m.DeletePolicyRequest(policy_name="absent"))
    with refused("EntityNotExist.Policy", 404):
        ram.update_policy_description(
            m.UpdatePolicyDescriptionRequest(policy_name="absent", new_description="x")
        )


def test_policy_type_is_system_or_custom(ram: Client) -> None:
    with refused("InvalidParameter.PolicyType", 400):
        get(ram, "reader", "custom")


def test_names_and_descriptions_have_edges(ram: Client) -> None:
    make(ram, "p" * 128, description="d" * 1024)
    with refused("InvalidParameter.PolicyName.Length", 400):
        make(ram, "p" * 129)
    with refused("InvalidParameter.PolicyName.InvalidChars", 400):
        make(ram, "under_score")
    with refused("InvalidParameter.Description.Length", 400):
        make(ram, "long", description="d" * 1025)


def test_document_may_have_6144_characters_and_no_more(ram: Client) -> None:
    short = policy(statement("ecs:Describe*", "acs:ecs:*:*:"))
    padded = policy(statement("ecs:Describe*", "acs:ecs:*:*:" + "x" * (6144 - len(short))))
    assert len(padded) == 6144
    make(ram, "full", padded)
    with refused("InvalidParameter.PolicyDocument.Length", 400):
        make(ram, "fuller", padded + " ")


MALFORMED = {
    "no JSON": "{",
    "no list": json.dumps({"Version": "1", "Statement": {}}),
    "another version": json.dumps({"Version": "2012-10-17", "Statement": [statement("*")]}),
    "unknown operator": allow("*", "*", {"Null": {"acs:SourceIp": "true"}}),
    "IfExists": allow("*", "*", {"BoolIfExists": {"acs:MFAPresent": "true"}}),
    "principal": policy({**statement("*"), "Principal": {"RAM": ["*"]}}),
    "no effect": policy({"Action": "*", "Resource": "*"}),
    "repeated name": '{"Version":"1","Version":"1","Statement":[]}',
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_document_is_refused_with_a_reason(ram: Client, case: str) -> None:
    with refused("MalformedPolicyDocument", 400) as caught:
        make(ram, "bad", MALFORMED[case])
    assert caught.value.message
    with refused("EntityNotExist.Policy", 404):
        get(ram, "bad")


def test_every_malformed_case_is_tried() -> None:
    assert len(MALFORMED) == 8


def test_quota_of_policies_is_kept(ram: Client, server: Server) -> None:
    with quotas(server, {"ram.policies": 1}):
        make(ram, "first")
        with refused("LimitExceeded.Policy", 409):
            make(ram, "second")


def test_attached_policy_is_not_deleted(ram: Client) -> None:
    make(ram, "held")
    ram.create_user(m.CreateUserRequest(user_name="u"))
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(policy_type="Custom", policy_name="held", user_name="u")
    )
    with refused("DeleteConflict.Policy.User", 409):
        ram.delete_policy(m.DeletePolicyRequest(policy_name="held", cascading_delete=True))
    ram.detach_policy_from_user(
        m.DetachPolicyFromUserRequest(policy_type="Custom", policy_name="held", user_name="u")
    )
    ram.delete_policy(m.DeletePolicyRequest(policy_name="held"))


def test_versions_go_only_with_cascading_delete(ram: Client) -> None:
    make(ram, "versioned")
    ram.create_policy_version(
        m.CreatePolicyVersionRequest(policy_name="versioned", policy_document=DOCUMENT)
    )
    with refused("DeleteConflict.Policy.Version", 409):
        ram.delete_policy(m.DeletePolicyRequest(policy_name="versioned"))
    ram.delete_policy(m.DeletePolicyRequest(policy_name="versioned", cascading_delete=True))
    make(ram, "versioned")
    listed = ram.list_policy_versions(
        m.ListPolicyVersionsRequest(policy_type="Custom", policy_name="versioned")
    ).body.policy_versions.policy_version
    assert [v.version_id for v in listed] == ["v1"]


def test_system_policy_is_read_but_not_changed(ram: Client) -> None:
    found = get(ram, "AdministratorAccess", "System")
    assert found.policy.policy_type == "System"
    assert json.loads(found.policy.policy_document)["Statement"][0]["Action"] == "*"
    assert found.default_policy_version.version_id == found.policy.default_version
    # The account's administrator holds it.
    assert found.policy.attachment_count == 1
    with refused("EntityNotExist.Policy", 404):
        ram.delete_policy(m.DeletePolicyRequest(policy_name="AdministratorAccess"))


def test_list_pages_over_custom_and_then_system_policies(ram: Client) -> None:
    for name in ("zeta", "alpha", "Beta"):
        make(ram, name)
    custom = names(ram, policy_type="Custom", max_items=2)
    assert sorted(custom) == ["Beta", "alpha", "zeta"]
    system = names(ram, policy_type="System", max_items=1000)
    assert "AdministratorAccess" in system
    assert names(ram, max_items=7) == custom + system


def test_list_counts_attachments_of_this_account_only(
    ram: Client, server: Server, as_key: Callable[..., Any]
) -> None:
    other = server.new_account()
    assert other.account_id
    make(ram, "mine")
    for i in range(2):
        ram.create_user(m.CreateUserRequest(user_name=f"u{i}"))
        ram.attach_policy_to_user(
            m.AttachPolicyToUserRequest(policy_type="Custom", policy_name="mine", user_name=f"u{i}")
        )
    page = ram.list_policies(m.ListPoliciesRequest(max_items=1000)).body.policies.policy
    counts = {(p.policy_type, p.policy_name): p.attachment_count for p in page}
    assert counts["Custom", "mine"] == 2
    assert counts["System", "AdministratorAccess"] == 1


def test_list_filters_by_tag(ram: Client) -> None:
    red, blue = m.CreatePolicyRequestTag("color", "red"), m.CreatePolicyRequestTag("color", "blue")
    make(ram, "r1", tag=[red])
    make(ram, "r2", tag=[red, m.CreatePolicyRequestTag("team", "a")])
    make(ram, "b1", tag=[blue])
    make(ram, "plain")
    wanted = m.ListPoliciesRequestTag("color", "red")
    assert names(ram, tag=[wanted], max_items=1) == ["r1", "r2"]
    assert names(ram, tag=[wanted, m.ListPoliciesRequestTag("team", "a")]) == ["r2"]
    listed = ram.list_policies(m.ListPoliciesRequest(tag=[wanted])).body.policies.policy
    assert [(t.tag_key, t.tag_value) for t in listed[0].tags.tag] == [("color", "red")]


def test_foreign_marker_is_refused(ram: Client) -> None:
    with refused("InvalidParameter.Marker", 400):
        ram.list_policies(m.ListPoliciesRequest(marker="bm9uc2Vuc2U"))


def test_another_account_does_not_see_a_policy(
    ram: Client, server: Server, as_key: Callable[..., Any]
) -> None:
    make(ram, "private")
    other = server.new_account()
    stranger = as_key(other.access_key_id, other.secret.reveal()).ram
    with refused("EntityNotExist.Policy", 404):
        get(stranger, "private")
    assert names(stranger, policy_type="Custom") == []
