"""Tag: tags of any product's resources, by ARN."""

import json
from typing import Any

import pytest
from tests.local import Caller, refused

RAM_USER = "arn:acs:ram:*:*:user/"


def pair(call: Caller, name: str) -> str:
    call("Ecs", "CreateKeyPair", RegionId="cn-hangzhou", KeyPairName=name)
    return f"arn:acs:ecs:cn-hangzhou:{call.account.account_id}:keypair/{name}"


def tag(call: Caller, *arns: str, **tags: str) -> list[tuple[str, str]]:
    """Tag resources; returns ARN and code of each that was passed over."""
    answer = call(
        "Tag",
        "TagResources",
        RegionId="cn-hangzhou",
        ResourceARN=list(arns),
        Tags=json.dumps(tags),
    )
    return _failed(answer)


def untag(call: Caller, arn: str, *keys: str) -> list[tuple[str, str]]:
    return _failed(
        call("Tag", "UntagResources", RegionId="cn-hangzhou", ResourceARN=[arn], TagKey=list(keys))
    )


def _failed(answer: dict[str, Any]) -> list[tuple[str, str]]:
    failed = answer["FailedResources"]["FailedResource"]
    return [(each["ResourceARN"], each["Result"]["Code"]) for each in failed]


def listed(call: Caller, **asked: Any) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    token = None
    while True:
        page = call(
            "Tag", "ListTagResources", RegionId="cn-hangzhou", PageSize=1, NextToken=token, **asked
        )
        for each in page["TagResources"]:
            found[each["ResourceARN"]] = {tag["Key"]: tag["Value"] for tag in each["Tags"]}
        token = page.get("NextToken")
        if not token:
            return found


def test_resources_of_several_products_are_tagged_at_once(call: Caller) -> None:
    call("Ram", "CreateUser", UserName="alice")
    ops = pair(call, "ops")
    assert tag(call, ops, f"{RAM_USER}alice", team="red", env="prod") == []
    user = f"arn:acs:ram::{call.account.account_id}:user/alice"
    both = {"team": "red", "env": "prod"}
    assert listed(call) == {ops: both, user: both}
    assert listed(call, Tags=json.dumps({"team": "blue"})) == {}
    assert listed(call, Category="System") == {}
    assert listed(call, ResourceARN=[ops]) == {ops: both}
    assert untag(call, ops, "team", "none") == []
    assert listed(call, ResourceARN=[ops]) == {ops: {"env": "prod"}}
    # The product itself shows what Tag has set.
    shown = call("Ecs", "DescribeKeyPairs", RegionId="cn-hangzhou")["KeyPairs"]["KeyPair"][0]
    assert shown["Tags"]["Tag"] == [{"TagKey": "env", "TagValue": "prod"}]


def test_what_fails_for_one_resource_is_told(call: Caller) -> None:
    ops = pair(call, "ops")
    none = f"arn:acs:ecs:cn-hangzhou:{call.account.account_id}:keypair/none"
    strange = "arn:acs:oss:*:*:bucket"
    failed = dict(tag(call, ops, none, strange, env="prod"))
    assert failed == {none: "InvalidKeyPairName.NotFound", strange: "InvalidResourceARN.NotFound"}
    assert listed(call) == {ops: {"env": "prod"}}
    assert tag(call, ops, **{"acs:x": "1"})[0][1] == "InvalidTagKey.Malformed"


def test_another_accounts_resource_does_not_exist(call: Caller, local: Any) -> None:
    ops = pair(call, "ops")
    stranger = local.administrator(local.new_account())
    with refused("NoPermission", 403):
        tag(stranger, ops, env="prod")
    assert listed(call) == {}


@pytest.mark.parametrize(
    "tags", ["[]", "{}", '{"a":1}', "xx", json.dumps({str(n): "" for n in range(11)})]
)
def test_tags_have_a_form(call: Caller, tags: str) -> None:
    ops = pair(call, "ops")
    with refused("InvalidParameter.Tags", 400):
        call("Tag", "TagResources", RegionId="cn-hangzhou", ResourceARN=[ops], Tags=tags)
    with refused("InvalidParameter.Tags", 400):
        call("Tag", "ListTagResources", RegionId="cn-hangzhou", Tags=tags)


def test_leave_of_tag_alone_is_not_enough(call: Caller) -> None:
    """SECURITY: who may not tag a key pair in ECS may not do so here."""
    ops = pair(call, "ops")
    alice = call.new_user("alice")
    for actions, allowed in ((["tag:*"], False), (["tag:*", "ecs:TagResources"], True)):
        name = f"p{len(actions)}"
        document = {
            "Version": "1",
            "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
        }
        call("Ram", "CreatePolicy", PolicyName=name, PolicyDocument=json.dumps(document))
        call("Ram", "AttachPolicyToUser", PolicyName=name, PolicyType="Custom", UserName="alice")
        if allowed:
            assert tag(alice, ops, env="prod") == []
        else:
            with refused("NoPermission", 403):
                tag(alice, ops, env="prod")


def test_lists_of_keys_values_and_resources(call: Caller) -> None:
    ops, dev = pair(call, "ops"), pair(call, "dev")
    tag(call, ops, env="prod", team="red")
    tag(call, dev, env="dev")
    at = {"RegionId": "cn-hangzhou"}
    keys = call("Tag", "ListTagKeys", **at)["Keys"]["Key"]
    assert [each["Key"] for each in keys] == ["env", "team"]
    begun = call("Tag", "ListTagKeys", TagFilter={"Key": "te"}, FuzzyType="PREFIX", **at)
    assert [each["Key"] for each in begun["Keys"]["Key"]] == ["team"]
    values = call("Tag", "ListTagValues", Key="env", **at)["Values"]["Value"]
    assert values == ["dev", "prod"]
    asked = {"ResourceType": "ALIYUN::ECS::KEYPAIR", "TagFilter": {"Key": "team"}, **at}
    found = call("Tag", "ListResourcesByTag", IncludeAllTags=True, **asked)["Resources"]
    assert [each["ResourceId"] for each in found] == ["ops"]
    others = call("Tag", "ListResourcesByTag", FuzzyType="NOT", **asked)["Resources"]
    assert [each["ResourceId"] for each in others] == ["dev"]
    with refused("InvalidParameter.QueryType", 400):
        call("Tag", "ListTagKeys", QueryType="MetaTag", **at)
    with refused("InvalidParameter.Category", 400):
        call("Tag", "ListTagKeys", Category="Other", **at)


def test_types_that_can_have_tags(call: Caller) -> None:
    answer = call("Tag", "ListSupportResourceTypes", ShowItems=True)
    types = {(e["ProductCode"], e["ResourceType"]) for e in answer["SupportResourceTypes"]}
    assert {("ecs", "keypair"), ("ram", "user")} <= types
    one = call("Tag", "ListSupportResourceTypes", ProductCode="ecs", ResourceTye="keypair")
    assert one["SupportResourceTypes"][0]["ArnTemplate"].startswith("arn:acs:ecs:*:*:keypair/")
    regions = call("Tag", "DescribeRegions", RegionId="cn-hangzhou")["Regions"]["Region"]
    assert "cn-hangzhou" in [each["RegionId"] for each in regions]
