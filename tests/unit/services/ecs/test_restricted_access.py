"""RestrictedECSAccess: instances of one VPC, and those whose environment a caller's tag allows."""

import json
from typing import Any

from tests.local import Caller, refused
from tests.networks import REGION, Net
from tests.unit.services.ecs.conftest import Laying, wanted

OPERATIONS = ("RunInstances", "CreateInstance", "StartInstance", "StopInstance", "DeleteInstance")


def restricted(call: Caller, net: Net, role: str) -> Caller:
    """Return a user under the policy, with a tag that says the user's role."""
    vpc = {"StringEquals": {"ecs:VpcId": net.vpc_id}}
    own = {"ecs:tag/Environment": "dev", "ram:PrincipalTag/Role": "developer"}
    document = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [f"ecs:{name}" for name in OPERATIONS],
                "Resource": "*",
                "Condition": {"StringEquals": {**vpc["StringEquals"], **own}},
            },
            {"Effect": "Allow", "Action": "ecs:Describe*", "Resource": "*"},
        ],
    }
    user = call.new_user(role)
    policy = f"RestrictedECSAccess-{role}"
    call("Ram", "CreatePolicy", PolicyName=policy, PolicyDocument=json.dumps(document))
    call("Ram", "AttachPolicyToUser", UserName=role, PolicyName=policy, PolicyType="Custom")
    call(
        *("Ims", "TagResources"),
        ResourceType="user",
        ResourcePrincipalName=[f"{role}@{call.account.account_id}.onaliyun.com"],
        Tag=[{"Key": "Role", "Value": role}],
    )
    return user


def made(caller: Caller, net: Net, environment: str, action: str = "RunInstances") -> str:
    answer = caller(
        "Ecs", action, **wanted(net, Tag=[{"Key": "Environment", "Value": environment}])
    )
    if action == "CreateInstance":
        return str(answer["InstanceId"])
    return str(answer["InstanceIdSets"]["InstanceIdSet"][0])


def test_the_policy_decides_as_written(call: Caller, net: Net, laying: Laying) -> None:
    other = laying(cidr="10.9.0.0/24")
    developer, auditor = restricted(call, net, "developer"), restricted(call, net, "auditor")
    mine, stopped = made(developer, net, "dev"), made(developer, net, "dev", "CreateInstance")
    developer("Ecs", "StartInstance", InstanceId=stopped)
    developer("Ecs", "StopInstance", InstanceId=mine)
    developer("Ecs", "DeleteInstance", InstanceId=mine)

    def denied(caller: Caller, action: str, **params: Any) -> None:
        with refused("Forbidden.RAM", 403):
            caller("Ecs", action, **params)

    dev = [{"Key": "Environment", "Value": "dev"}]
    prod = [{"Key": "Environment", "Value": "prod"}]
    for action in ("RunInstances", "CreateInstance"):
        denied(developer, action, **wanted(other, Tag=dev))
        denied(developer, action, **wanted(net, Tag=prod))
        denied(developer, action, **wanted(net))
        denied(auditor, action, **wanted(net, Tag=dev))
    abroad, theirs = made(call, other, "dev"), made(call, net, "prod")
    for action in ("StopInstance", "DeleteInstance", "StartInstance"):
        for each in (abroad, theirs, "i-none"):
            denied(developer, action, InstanceId=each)
        denied(auditor, action, InstanceId=stopped)
    assert auditor("Ecs", "DescribeInstances", RegionId=REGION)["TotalCount"] == 3


def test_a_session_has_the_tags_of_its_role(call: Caller, net: Net) -> None:
    user = restricted(call, net, "developer")
    trust = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"RAM": [f"acs:ram::{call.account.account_id}:root"]},
            }
        ],
    }
    call("Ram", "CreateRole", RoleName="dev", AssumeRolePolicyDocument=json.dumps(trust))
    policy = {"PolicyName": "RestrictedECSAccess-developer", "PolicyType": "Custom"}
    call("Ram", "AttachPolicyToRole", RoleName="dev", **policy)
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    document = json.dumps({"Version": "1", "Statement": [assume]})
    call("Ram", "CreatePolicy", PolicyName="assume", PolicyDocument=document)
    call(
        "Ram", "AttachPolicyToUser", UserName="developer", PolicyName="assume", PolicyType="Custom"
    )
    arn = f"acs:ram::{call.account.account_id}:role/dev"
    got = user("Sts", "AssumeRole", RoleArn=arn, RoleSessionName="session")["Credentials"]
    session = call.as_key(got["AccessKeyId"], got["AccessKeySecret"], got["SecurityToken"])
    with refused("Forbidden.RAM", 403):
        made(session, net, "dev")
    tag = [{"Key": "Role", "Value": "developer"}]
    call("Ram", "TagResources", ResourceType="role", ResourceNames=["dev"], Tag=tag)
    made(session, net, "dev")
