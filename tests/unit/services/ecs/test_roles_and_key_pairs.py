"""Roles and key pairs of instances, repeated calls and dry runs."""

import json
from typing import Any

import pytest
from tests.local import Caller, refused
from tests.networks import REGION, Net
from tests.unit.services.ecs.conftest import Launch, allow, new_role, wanted


def on(call: Caller, action: str, *ids: str, **more: Any) -> dict[str, Any]:
    given = {"RegionId": REGION, "InstanceIds": json.dumps(ids), **more}
    return call("Ecs", action, **given)


def roles(call: Caller, **filters: Any) -> dict[str, str]:
    found = call("Ecs", "DescribeInstanceRamRole", RegionId=REGION, **filters)
    sets = found["InstanceRamRoleSets"]["InstanceRamRoleSet"]
    return {each["InstanceId"]: each["RamRoleName"] for each in sets}


def test_a_role_is_attached_once(call: Caller, launch: Launch) -> None:
    new_role(call, "web")
    new_role(call, "other")
    one, two = launch(RamRoleName="web"), launch()
    assert roles(call, RamRoleName="web") == {one: "web"}
    done = on(call, "AttachInstanceRamRole", one, two, RamRoleName="other")
    results = done["AttachInstanceRamRoleResults"]["AttachInstanceRamRoleResult"]
    assert [each["Success"] for each in results] == [False, True]
    assert (done["TotalCount"], done["FailCount"]) == (2, 1)
    assert roles(call, InstanceIds=json.dumps([one, two])) == {one: "web", two: "other"}
    done = on(call, "DetachInstanceRamRole", one, two, RamRoleName="web")
    assert done["FailCount"] == 1
    assert roles(call, InstanceIds=json.dumps([one, two])) == {one: "", two: "other"}


def test_role_refusals(call: Caller, net: Net, launch: Launch) -> None:
    one = launch()
    new_role(call, "fc", "fc.aliyuncs.com")
    for name, code in (("none", "InvalidRamRole.NotFound"), ("fc", "InvalidRamRole.NotEcsRole")):
        with refused(code, 404):
            on(call, "AttachInstanceRamRole", one, RamRoleName=name)
    for action in ("RunInstances", "CreateInstance"):
        with refused("InvalidRamRole.NotEcsRole", 401):
            call("Ecs", action, **wanted(net, RamRoleName="fc"))
    new_role(call, "web")
    with refused("InvalidInstanceId.NotFound", 404):
        on(call, "AttachInstanceRamRole", "i-none", RamRoleName="web")
    with refused("InvalidInstanceId.NotFound", 404):
        on(call, "DetachInstanceRamRole", "i-none")
    with refused("InvalidParameter.AllEmpty", 403):
        roles(call)
    for action in ("AttachInstanceRamRole", "DetachInstanceRamRole", "DescribeInstanceRamRole"):
        with refused("InvalidRegionId.NotFound", 404):
            on(call, action, one, RegionId="cn-beijing", RamRoleName="web")
        with refused("InvalidInstanceIds.Malformed", 400):
            on(call, action, InstanceIds="x", RamRoleName="web")


def test_passing_a_role_is_judged(call: Caller, net: Net, launch: Launch) -> None:
    new_role(call, "web")
    new_role(call, "admin")
    user, one = call.new_user("dev"), launch()
    passing = {
        "Action": "ram:PassRole",
        "Resource": "acs:ram:*:*:role/web",
        "Condition": {"StringEquals": {"acs:Service": "ecs.aliyuncs.com"}},
    }
    allow(call, "dev", {"Action": "ecs:*", "Resource": "*"}, passing)
    with refused("Forbidden.RAM", 403):
        on(user, "AttachInstanceRamRole", one, RamRoleName="admin")
    for action in ("RunInstances", "CreateInstance"):
        with refused("Forbidden.RAM", 403):
            user("Ecs", action, **wanted(net, RamRoleName="admin"))
    on(user, "AttachInstanceRamRole", one, RamRoleName="web")
    user("Ecs", "RunInstances", **wanted(net, RamRoleName="web"))


def test_key_pairs_of_instances(call: Caller, launch: Launch) -> None:
    for name in ("one", "two"):
        call("Ecs", "CreateKeyPair", RegionId=REGION, KeyPairName=name)
    machine, other = launch(KeyPairName="one"), launch()
    with refused("InvalidParameter.KeypairAlreadyAttachedInstance", 400):
        call("Ecs", "DeleteKeyPairs", RegionId=REGION, KeyPairNames='["one"]')
    on(call, "AttachKeyPair", machine, other, KeyPairName="two")
    done = on(call, "DetachKeyPair", machine, other, KeyPairName="one")
    assert (done["TotalCount"], done["FailCount"]) == ("2", "2")
    done = on(call, "DetachKeyPair", machine, KeyPairName="two")
    assert done["Results"]["Result"] == [
        {"InstanceId": machine, "Code": "200", "Message": "success", "Success": "true"}
    ]
    call("Ecs", "DeleteKeyPairs", RegionId=REGION, KeyPairNames='["one"]')
    for action in ("AttachKeyPair", "DetachKeyPair"):
        with refused("InvalidKeyPairName.NotFound", 404):
            on(call, action, machine, KeyPairName="none")
        with refused("InvalidInstanceId.NotFound", 404):
            on(call, action, "i-none", KeyPairName="two")
        with refused("InvalidRegionId.NotFound", 404):
            on(call, action, machine, KeyPairName="two", RegionId="cn-beijing")


def test_a_repeated_call_makes_nothing_more(call: Caller, net: Net) -> None:
    first = call("Ecs", "RunInstances", **wanted(net, ClientToken="t-1"))
    again = call("Ecs", "RunInstances", **wanted(net, ClientToken="t-1"))
    assert first["InstanceIdSets"] == again["InstanceIdSets"]
    with refused("IdempotentParameterMismatch", 400):
        call("Ecs", "RunInstances", **wanted(net, ClientToken="t-1", Amount=2))
    assert call("Ecs", "DescribeInstances", RegionId=REGION)["TotalCount"] == 1


def test_a_dry_run_checks_and_does_nothing(call: Caller, net: Net, launch: Launch) -> None:
    one = launch()
    with refused("DryRunOperation", 400):
        call("Ecs", "RunInstances", **wanted(net, DryRun=True))
    with refused("InvalidImageId.NotFound", 404):
        call("Ecs", "RunInstances", **wanted(net, ImageId="none", DryRun=True))
    with refused("DryRunOperation", 400):
        call("Ecs", "StopInstance", InstanceId=one, DryRun=True)
    found = call("Ecs", "DescribeInstances", RegionId=REGION)["Instances"]["Instance"]
    assert [each["Status"] for each in found] == ["Running"]


BOTH_SIDES = [
    ("ecs:InstanceType", "ecs.c6.large", {}, {"InstanceType": "ecs.g6.large"}),
    ("ecs:InstanceTypeFamily", "ecs.c6", {}, {"InstanceType": "ecs.g6.large"}),
    ("ecs:SecurityHardeningMode", "true", {"HttpTokens": "required"}, {}),
    ("ecs:AssociatePublicIpAddress", "false", {}, {"InternetMaxBandwidthOut": 1}),
    ("ecs:NotSpecifySecurityGroupId", "false", {}, {"SecurityGroupId": None}),
    ("ecs:IsSystemDiskEncrypted", "true", {"SystemDisk": {"Encrypted": True}}, {}),
    ("ecs:IsSystemDiskByokEncrypted", "false", {}, {"SystemDisk": {"KMSKeyId": "key-1"}}),
    (
        "ecs:IsDiskEncrypted",
        "true",
        {"DataDisk": [{"Size": 20, "Encrypted": True}]},
        {"DataDisk": [{"Size": 20, "Encrypted": True}, {"Size": 20}]},
    ),
    (
        "ecs:IsDiskByokEncrypted",
        "false",
        {"DataDisk": [{"Size": 20}]},
        {"DataDisk": [{"Size": 20, "Encrypted": True, "KMSKeyId": "key-1"}]},
    ),
    (
        "ecs:SecurityEnhancementStrategy",
        "Deactive",
        {"SecurityEnhancementStrategy": "Deactive"},
        {"SecurityEnhancementStrategy": "Active"},
    ),
    ("ecs:tag/Environment", "dev", {"Tag": [{"Key": "Environment", "Value": "dev"}]}, {}),
    (
        "acs:RequestTag/Environment",
        "dev",
        {"Tag": [{"Key": "Environment", "Value": "dev"}]},
        {"Tag": [{"Key": "Environment", "Value": "prod"}]},
    ),
]


@pytest.mark.parametrize("asked", BOTH_SIDES, ids=lambda asked: asked[0])
def test_condition_keys_of_new_instances(
    call: Caller, net: Net, asked: tuple[str, str, dict[str, Any], dict[str, Any]]
) -> None:
    key, value, allowed, denied = asked
    user = call.new_user("dev")
    own = {"Condition": {"StringEquals": {key: value}}}
    allow(call, "dev", {"Action": "ecs:RunInstances", "Resource": "*", **own})
    user("Ecs", "RunInstances", **wanted(net, **allowed))
    with refused("Forbidden.RAM", 403):
        user("Ecs", "RunInstances", **wanted(net, **denied))
