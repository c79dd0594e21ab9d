"""Service-linked roles, through the official SDK where it has the operation."""

import json
from collections.abc import Callable
from typing import Any

from alibabacloud_ram20150501 import models as m
from alibabacloud_ram20150501.client import Client
from tests.conformance.documents import allow
from tests.conformance.generic_client import call
from tests.conformance.harness import Server, quotas, refused

from juyong.services.identity.facade import NewAccount

TRAIL = "actiontrail.aliyuncs.com"
NAME = "AliyunServiceRoleForActionTrail"


def make(ram: Client, service: str = TRAIL, **more: Any) -> Any:
    return ram.create_service_linked_role(
        m.CreateServiceLinkedRoleRequest(service_name=service, **more)
    ).body.role


def delete(ram: Client, name: str = NAME) -> str:
    request = m.DeleteServiceLinkedRoleRequest(role_name=name)
    task: str = ram.delete_service_linked_role(request).body.deletion_task_id
    return task


def status(server: Server, account: NewAccount, task: str) -> dict[str, Any]:
    config = server.config(account.access_key_id, account.secret.reveal())
    action = "GetServiceLinkedRoleDeletionStatus"
    return call(config, "2015-05-01", action, DeletionTaskId=task)


def test_role_is_made_with_its_trust_and_policy(ram: Client, account: NewAccount) -> None:
    made = make(ram)
    assert made.role_name == NAME
    assert made.arn == f"acs:ram::{account.account_id}:role/{NAME.lower()}"
    assert made.is_service_linked_role is True
    assert made.description
    (statement,) = json.loads(made.assume_role_policy_document)["Statement"]
    assert statement["Principal"] == {"Service": [TRAIL]}
    found = ram.get_role(m.GetRoleRequest(role_name=NAME)).body.role
    assert (found.is_service_linked_role, found.role_id) == (True, made.role_id)
    attached = ram.list_policies_for_role(m.ListPoliciesForRoleRequest(role_name=NAME)).body
    (policy,) = attached.policies.policy
    assert (policy.policy_type, policy.policy_name) == (
        "System",
        "AliyunServiceRolePolicyForActionTrail",
    )


def test_description_may_be_given(ram: Client) -> None:
    assert make(ram, description="ours").description == "ours"


def test_role_is_made_once(ram: Client) -> None:
    make(ram)
    with refused("EntityAlreadyExists.Role", 409):
        make(ram)


def test_unknown_service_and_unwanted_suffix_are_refused(ram: Client) -> None:
    with refused("InvalidParameter.ServiceName", 400):
        make(ram, "absent.aliyuncs.com")
    with refused("InvalidParameter.CustomSuffix", 400):
        make(ram, custom_suffix="second")


def test_quota_of_roles_does_not_stop_it(ram: Client, server: Server) -> None:
    with quotas(server, {"ram.roles": 0}):
        make(ram)


def test_role_can_only_be_deleted_as_what_it_is(ram: Client) -> None:
    make(ram)
    with refused("NoPermission.ServiceLinkedRole", 403):
        ram.delete_role(m.DeleteRoleRequest(role_name=NAME))
    with refused("NoPermission.ServiceLinkedRole", 403):
        ram.update_role(m.UpdateRoleRequest(role_name=NAME, new_description="x"))
    fields = {"policy_type": "System", "policy_name": "ReadOnlyAccess", "role_name": NAME}
    with refused("NoPermission.ServiceLinkedRole", 403):
        ram.attach_policy_to_role(m.AttachPolicyToRoleRequest(**fields))
    with refused("NoPermission.ServiceLinkedRole", 403):
        ram.detach_policy_from_role(m.DetachPolicyFromRoleRequest(**fields))


def test_deletion_leaves_a_task_that_is_done(
    ram: Client, server: Server, account: NewAccount
) -> None:
    make(ram)
    task = delete(ram)
    answer = status(server, account, task)
    assert answer["Status"] == "SUCCEEDED"
    assert answer["Reason"] == {"Message": "", "RoleUsages": {"RoleUsage": []}}
    with refused("EntityNotExist.Role", 404):
        ram.get_role(m.GetRoleRequest(role_name=NAME))
    make(ram)


def test_deletion_needs_a_service_linked_role(ram: Client) -> None:
    with refused("EntityNotExist.Role", 404):
        delete(ram)
    ram.create_role(
        m.CreateRoleRequest(
            role_name="ordinary",
            assume_role_policy_document=json.dumps(
                {
                    "Version": "1",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "sts:AssumeRole",
                            "Principal": {"Service": [TRAIL]},
                        }
                    ],
                }
            ),
        )
    )
    with refused("InvalidParameter.RoleName", 400):
        delete(ram, "ordinary")


def test_task_of_another_account_is_not_found(
    ram: Client, server: Server, account: NewAccount
) -> None:
    make(ram)
    task = delete(ram)
    with refused("EntityNotExist.DeletionTask", 404):
        status(server, server.new_account(), task)
    with refused("EntityNotExist.DeletionTask", 404):
        status(server, account, "task/absent")


def test_template_describes_what_would_be_made(ram: Client) -> None:
    request = m.GetServiceLinkedRoleTemplateRequest(service_name=TRAIL)
    found = ram.get_service_linked_role_template(request).body.service_linked_role_template
    assert (found.service_name, found.role_name_prefix) == (TRAIL, NAME)
    assert found.system_policy_name == "AliyunServiceRolePolicyForActionTrail"
    assert found.multiple_roles_allowed is False
    described = {d.language: d.description for d in found.role_descriptions.role_description}
    assert set(described) == {"en", "zh"}
    with refused("InvalidParameter.ServiceName", 400):
        ram.get_service_linked_role_template(
            m.GetServiceLinkedRoleTemplateRequest(service_name="absent.aliyuncs.com")
        )


def test_permission_can_be_limited_to_one_service(
    ram: Client, new_user: Callable[[str], Any]
) -> None:
    clerk = new_user("clerk").ram
    actions = ["ram:CreateServiceLinkedRole", "ram:DeleteServiceLinkedRole"]
    document = allow(actions, "*", {"StringEquals": {"ram:ServiceName": TRAIL}})
    ram.create_policy(m.CreatePolicyRequest(policy_name="trail", policy_document=document))
    ram.attach_policy_to_user(
        m.AttachPolicyToUserRequest(policy_type="Custom", policy_name="trail", user_name="clerk")
    )
    make(ram, "config.aliyuncs.com")
    make(clerk)
    with refused("NoPermission", 403):
        make(clerk, "sddp.aliyuncs.com")
    with refused("NoPermission", 403):
        delete(clerk, "AliyunServiceRoleForConfig")
    delete(clerk)
