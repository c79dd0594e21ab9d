"""Policies: what the operations do and refuse."""

import json
from typing import Any

import pytest
from tests.conformance.documents import allow, policy, statement
from tests.local import Caller, Local, refused
from tests.platforms import quotas

DOCUMENT = allow("ecs:Describe*")


def make(call: Caller, name: str, document: str = DOCUMENT, **more: Any) -> Any:
    made = call("Ram", "CreatePolicy", PolicyName=name, PolicyDocument=document, **more)
    return made["Policy"]


def get(call: Caller, name: str, kind: str = "Custom") -> Any:
    return call("Ram", "GetPolicy", PolicyName=name, PolicyType=kind)


def delete(call: Caller, name: str, **more: Any) -> None:
    call("Ram", "DeletePolicy", PolicyName=name, **more)


def user_with(call: Caller, policy_name: str, name: str = "u") -> dict[str, str]:
    """Create a user who holds a custom policy; return how to name the attachment."""
    call("Ram", "CreateUser", UserName=name)
    attachment = {"PolicyType": "Custom", "PolicyName": policy_name, "UserName": name}
    call("Ram", "AttachPolicyToUser", **attachment)
    return attachment


def test_name_is_unique_among_custom_policies(call: Caller) -> None:
    make(call, "one")
    with refused("EntityAlreadyExists.Policy", 409):
        make(call, "one")


def test_unknown_policy_is_not_found(call: Caller) -> None:
    with refused("EntityNotExist.Policy", 404):
        get(call, "absent")
    with refused("EntityNotExist.Policy", 404):
        get(call, "AliyunAbsentFullAccess", "System")
    with refused("EntityNotExist.Policy", 404):
        delete(call, "absent")
    with refused("EntityNotExist.Policy", 404):
        call("Ram", "UpdatePolicyDescription", PolicyName="absent", NewDescription="x")


def test_policy_type_is_system_or_custom(call: Caller) -> None:
    with refused("InvalidParameter.PolicyType", 400):
        get(call, "reader", "custom")


def test_names_and_descriptions_have_edges(call: Caller) -> None:
    make(call, "p" * 128, Description="d" * 1024)
    with refused("InvalidParameter.PolicyName.Length", 400):
        make(call, "p" * 129)
    with refused("InvalidParameter.PolicyName.InvalidChars", 400):
        make(call, "under_score")
    with refused("InvalidParameter.Description.Length", 400):
        make(call, "long", Description="d" * 1025)


def test_document_may_have_6144_characters_and_no_more(call: Caller) -> None:
    short = policy(statement("ecs:Describe*", "acs:ecs:*:*:"))
    padded = policy(statement("ecs:Describe*", "acs:ecs:*:*:" + "x" * (6144 - len(short))))
    assert len(padded) == 6144
    make(call, "full", padded)
    with refused("InvalidParameter.PolicyDocument.Length", 400):
        make(call, "fuller", padded + " ")


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
def test_malformed_document_is_refused_with_a_reason(call: Caller, case: str) -> None:
    with refused("MalformedPolicyDocument", 400) as caught:
        make(call, "bad", MALFORMED[case])
    assert caught.value.message
    with refused("EntityNotExist.Policy", 404):
        get(call, "bad")


def test_every_malformed_case_is_tried() -> None:
    assert len(MALFORMED) == 8


def test_quota_of_policies_is_kept(call: Caller, local: Local) -> None:
    with quotas(local, {"ram.policies": 1}):
        make(call, "first")
        with refused("LimitExceeded.Policy", 409):
            make(call, "second")


def test_attached_policy_is_not_deleted(call: Caller) -> None:
    make(call, "held")
    attachment = user_with(call, "held")
    with refused("DeleteConflict.Policy.User", 409):
        delete(call, "held", CascadingDelete=True)
    call("Ram", "DetachPolicyFromUser", **attachment)
    delete(call, "held")
    with refused("EntityNotExist.Policy", 404):
        get(call, "held")


def test_versions_go_only_with_cascading_delete(call: Caller) -> None:
    make(call, "versioned")
    call("Ram", "CreatePolicyVersion", PolicyName="versioned", PolicyDocument=DOCUMENT)
    with refused("DeleteConflict.Policy.Version", 409):
        delete(call, "versioned")
    delete(call, "versioned", CascadingDelete=True)
    make(call, "versioned")
    listed = call("Ram", "ListPolicyVersions", PolicyType="Custom", PolicyName="versioned")
    versions = listed["PolicyVersions"]["PolicyVersion"]
    assert [version["VersionId"] for version in versions] == ["v1"]


def test_system_policy_is_read_but_not_changed(call: Caller) -> None:
    found = get(call, "AdministratorAccess", "System")
    assert found["Policy"]["PolicyType"] == "System"
    assert json.loads(found["Policy"]["PolicyDocument"])["Statement"][0]["Action"] == "*"
    assert found["DefaultPolicyVersion"]["VersionId"] == found["Policy"]["DefaultVersion"]
    # The account's administrator holds it.
    assert found["Policy"]["AttachmentCount"] == 1
    with refused("EntityNotExist.Policy", 404):
        delete(call, "AdministratorAccess")


def test_list_counts_attachments_of_this_account_only(call: Caller, local: Local) -> None:
    assert local.new_account().account_id != call.account.account_id
    make(call, "mine")
    for name in ("u0", "u1"):
        user_with(call, "mine", name)
    page = call("Ram", "ListPolicies", MaxItems=1000)["Policies"]["Policy"]
    counts = {(each["PolicyType"], each["PolicyName"]): each["AttachmentCount"] for each in page}
    assert counts["Custom", "mine"] == 2
    assert counts["System", "AdministratorAccess"] == 1


def test_foreign_marker_is_refused(call: Caller) -> None:
    with refused("InvalidParameter.Marker", 400):
        call("Ram", "ListPolicies", Marker="bm9uc2Vuc2U")


def test_another_account_does_not_see_a_policy(call: Caller, local: Local) -> None:
    make(call, "private")
    stranger = local.administrator(local.new_account())
    with refused("EntityNotExist.Policy", 404):
        get(stranger, "private")
    assert stranger("Ram", "ListPolicies", PolicyType="Custom")["Policies"] == {"Policy": []}
