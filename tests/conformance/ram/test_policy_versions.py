"""Versions of policies, through the official RAM SDK."""

from collections.abc import Callable
from typing import Any

from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.documents import allow
from tests.conformance.harness import Server, quotas, refused

ROTATE = "DeleteOldestNonDefaultVersionWhenLimitExceeded"


def make(ram: Client, name: str = "p", document: str = "") -> None:
    ram.create_policy(
        m.CreatePolicyRequest(policy_name=name, policy_document=document or allow("ecs:A"))
    )


def add(ram: Client, action: str, name: str = "p", **more: Any) -> Any:
    return ram.create_policy_version(
        m.CreatePolicyVersionRequest(policy_name=name, policy_document=allow(action), **more)
    ).body.policy_version


def ids(ram: Client, name: str = "p", kind: str = "Custom") -> list[tuple[str, bool]]:
    listed = ram.list_policy_versions(
        m.ListPolicyVersionsRequest(policy_type=kind, policy_name=name)
    ).body.policy_versions.policy_version
    return [(v.version_id, v.is_default_version) for v in listed]


def delete(ram: Client, version: str, name: str = "p") -> None:
    ram.delete_policy_version(m.DeletePolicyVersionRequest(policy_name=name, version_id=version))


def read(ram: Client, version: str, name: str = "p", kind: str = "Custom") -> Any:
    return ram.get_policy_version(
        m.GetPolicyVersionRequest(policy_type=kind, policy_name=name, version_id=version)
    ).body.policy_version


def test_versions_are_numbered_and_never_reused(ram: Client) -> None:
    make(ram)
    second = add(ram, "ecs:B")
    assert (second.version_id, second.is_default_version) == ("v2", False)
    assert ids(ram) == [("v1", True), ("v2", False)]
    delete(ram, "v2")
    third = add(ram, "ecs:C", set_as_default=True)
    assert (third.version_id, third.is_default_version) == ("v3", True)
    assert ids(ram) == [("v1", False), ("v3", True)]
    assert read(ram, "v3").policy_document == allow("ecs:C")


def test_default_version_is_chosen_and_protected(ram: Client) -> None:
    make(ram)
    add(ram, "ecs:B")
    ram.set_default_policy_version(
        m.SetDefaultPolicyVersionRequest(policy_name="p", version_id="v2")
    )
    assert ids(ram) == [("v1", False), ("v2", True)]
    with refused("DeleteConflict.Policy.Version.Default", 409):
        delete(ram, "v2")
    delete(ram, "v1")
    assert ids(ram) == [("v2", True)]


def test_default_version_decides_at_once(ram: Client, new_user: Callable[[str], Any]) -> None:
    user = new_user("bob")
    make(ram, document=allow("ram:ListUsers"))
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(policy_type="Custom", policy_name="p", user_name="bob")
    )
    user.ram.list_users(m.ListUsersRequest())
    add(ram, "ram:ListGroups", set_as_default=True)
    with refused("NoPermission", 403):
        user.ram.list_users(m.ListUsersRequest())


def test_sixth_version_needs_rotation(ram: Client) -> None:
    make(ram)
    for letter in "BCDE":
        add(ram, f"ecs:{letter}")
    assert len(ids(ram)) == 5
    with refused("LimitExceeded.Policy.Version", 409):
        add(ram, "ecs:F")
    with refused("LimitExceeded.Policy.Version", 409):
        add(ram, "ecs:F", rotate_strategy="None")
    with refused("InvalidParameter.RotateStrategy", 400):
        add(ram, "ecs:F", rotate_strategy="Oldest")
    assert add(ram, "ecs:F", rotate_strategy=ROTATE).version_id == "v6"
    assert [v for v, _ in ids(ram)] == ["v1", "v3", "v4", "v5", "v6"]


def test_rotation_keeps_the_default_version(ram: Client, server: Server) -> None:
    with quotas(server, {"ram.policy-versions": 1}):
        make(ram)
        with refused("LimitExceeded.Policy.Version", 409):
            add(ram, "ecs:B", rotate_strategy=ROTATE)
    assert ids(ram) == [("v1", True)]


def test_version_id_has_a_form(ram: Client) -> None:
    make(ram)
    for bad in ("1", "v0", "v01", "vx", "v1234567890"):
        with refused("InvalidParameter.VersionId.Format", 400):
            read(ram, bad)
    with refused("EntityNotExist.Policy.Version", 404):
        read(ram, "v2")
    with refused("EntityNotExist.Policy.Version", 404):
        delete(ram, "v2")
    with refused("EntityNotExist.Policy.Version", 404):
        ram.set_default_policy_version(
            m.SetDefaultPolicyVersionRequest(policy_name="p", version_id="v2")
        )


def test_versions_of_an_absent_policy_are_not_found(ram: Client) -> None:
    with refused("EntityNotExist.Policy", 404):
        add(ram, "ecs:B")
    with refused("EntityNotExist.Policy", 404):
        ids(ram)
    with refused("EntityNotExist.Policy", 404):
        read(ram, "v1")
    with refused("EntityNotExist.Policy", 404):
        delete(ram, "v1")
    with refused("EntityNotExist.Policy", 404):
        ram.set_default_policy_version(
            m.SetDefaultPolicyVersionRequest(policy_name="p", version_id="v1")
        )


def test_malformed_version_is_refused(ram: Client) -> None:
    make(ram)
    with refused("MalformedPolicyDocument", 400):
        ram.create_policy_version(
            m.CreatePolicyVersionRequest(policy_name="p", policy_document="{}")
        )
    assert ids(ram) == [("v1", True)]


def test_system_policy_has_its_one_version(ram: Client) -> None:
    name = "AliyunRAMReadOnlyAccess"
    ((version, is_default),) = ids(ram, name, "System")
    assert is_default
    assert read(ram, version, name, "System").policy_document.startswith("{")
    with refused("EntityNotExist.Policy.Version", 404):
        read(ram, "v999", name, "System")
    with refused("EntityNotExist.Policy", 404):
        ids(ram, "AliyunAbsent", "System")
