"""What the operations on tags have in common, in products that declare them differently."""

from typing import Any

import pytest
from tests.local import REGION, Caller, refused

ROLES = {"ResourceType": "role"}
PAIRS = {"RegionId": REGION, "ResourceType": "keypair"}
TRUST = (
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"Service":["ecs.aliyuncs.com"]}}]}'
)


@pytest.fixture
def tagged(call: Caller) -> Caller:
    """Make a role `a`, a policy `a` and a key pair with the tags team=red and env=prod."""
    tags = [{"Key": "team", "Value": "red"}, {"Key": "env", "Value": "prod"}]
    call("Ram", "CreateRole", RoleName="a", AssumeRolePolicyDocument=TRUST, Tag=tags)
    document = '{"Version":"1","Statement":[{"Effect":"Allow","Action":"a:*","Resource":"*"}]}'
    call("Ram", "CreatePolicy", PolicyName="a", PolicyDocument=document, Tag=tags)
    call("Ecs", "CreateKeyPair", RegionId=REGION, KeyPairName="ab", Tag=tags)
    return call


def keys(answer: dict[str, Any]) -> list[str]:
    held = answer["TagResources"]
    rows = held if isinstance(held, list) else held["TagResource"]
    return [each["TagKey"] for each in rows]


@pytest.mark.parametrize(
    ("product", "code", "asked"),
    [
        ("Ram", "InvalidParameter.Tag", {**ROLES, "ResourceNames": ["none"]}),
        ("Ims", "InvalidParameter.Tag", {"ResourceType": "user", "ResourceId": ["none"]}),
        ("Ecs", "InvalidTagKey.Malformed", {**PAIRS, "ResourceId": ["none"]}),
        (
            "Rds",
            "InvalidTag.Format",
            {"RegionId": REGION, "ResourceType": "INSTANCE", "ResourceId": ["rm-none"]},
        ),
        (
            "Kms",
            "InvalidParameter.TagKey",
            {"RegionId": REGION, "ResourceType": "secret", "ResourceId": ["none"]},
        ),
    ],
)
def test_tags_are_judged_before_a_resource_is_looked_for(
    call: Caller, product: str, code: str, asked: dict[str, Any]
) -> None:
    with refused(code, 400):
        call(product, "TagResources", **asked, Tag=[{"Key": "acs:x", "Value": "v"}])


@pytest.mark.parametrize(("product", "kind"), [("Ram", ROLES), ("Ecs", PAIRS)])
def test_a_filter_asks_for_all_of_its_tags(
    tagged: Caller, product: str, kind: dict[str, Any]
) -> None:
    def found(*wanted: tuple[str, str]) -> list[str]:
        tags = [{"Key": key, "Value": value} for key, value in wanted]
        return keys(tagged(product, "ListTagResources", **kind, Tag=tags))

    assert found(("team", "red"), ("env", "")) == ["env", "team"]
    assert found(("team", "red"), ("team", "")) == ["env", "team"]
    assert found(("team", "blue"), ("team", "red")) == []
    assert found(("team", "red"), ("team", "blue")) == []


def test_a_resource_that_is_named_twice_is_listed_once(tagged: Caller) -> None:
    listed = tagged("Ram", "ListTagResources", **ROLES, ResourceNames=["A", "a"])
    assert keys(listed) == ["env", "team"]


def test_a_page_token_is_good_for_one_type(tagged: Caller) -> None:
    token = tagged("Ram", "ListTagResources", **ROLES, PageSize=1)["NextToken"]
    page = tagged("Ram", "ListTagResources", **ROLES, PageSize=1, NextToken=token)
    assert keys(page) == ["team"]
    with refused("InvalidParameter.NextToken", 400):
        tagged("Ram", "ListTagResources", ResourceType="policy", NextToken=token)
