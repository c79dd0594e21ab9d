"""Policies, through the official RAM SDK."""

from typing import Any

from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.documents import allow
from tests.conformance.harness import refused

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


def test_list_pages_over_custom_and_then_system_policies(ram: Client) -> None:
    for name in ("zeta", "alpha", "Beta"):
        make(ram, name)
    custom = names(ram, policy_type="Custom", max_items=2)
    assert sorted(custom) == ["Beta", "alpha", "zeta"]
    system = names(ram, policy_type="System", max_items=1000)
    assert "AdministratorAccess" in system
    assert names(ram, max_items=7) == custom + system


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
