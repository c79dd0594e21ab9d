"""Tags of key pairs through the official SDK, as Terraform changes them."""

import pytest
from alibabacloud_ecs20140526 import models as m
from alibabacloud_ecs20140526.client import Client
from alibabacloud_ram20150501 import models as r
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.documents import policy, statement
from tests.conformance.harness import Server, refused

from juyong.services.identity.facade import NewAccount

REGION = "cn-hangzhou"
KIND = "keypair"


@pytest.fixture
def ecs(server: Server, account: NewAccount) -> Client:
    client = Client(server.config(account.access_key_id, account.secret.reveal()))
    for name in ("one", "two"):
        client.create_key_pair(m.CreateKeyPairRequest(region_id=REGION, key_pair_name=name))
    return client


def tag(ecs: Client, *names: str, region: str = REGION, **tags: str) -> None:
    ecs.tag_resources(
        m.TagResourcesRequest(
            region_id=region,
            resource_type=KIND,
            resource_id=list(names),
            tag=[m.TagResourcesRequestTag(key=k, value=v) for k, v in tags.items()],
        )
    )


def untag(ecs: Client, *names: str, region: str = REGION, **keys) -> None:
    ecs.untag_resources(
        m.UntagResourcesRequest(
            region_id=region, resource_type=KIND, resource_id=list(names), **keys
        )
    )


def page(ecs: Client, *names: str, region: str = REGION, token: str = "", **tags: str):
    return ecs.list_tag_resources(
        m.ListTagResourcesRequest(
            region_id=region,
            resource_type=KIND,
            resource_id=list(names) or None,
            tag=[m.ListTagResourcesRequestTag(key=k, value=v) for k, v in tags.items()] or None,
            next_token=token or None,
        )
    ).body


def listed(ecs: Client, *names: str, **tags: str) -> list[tuple[str, str, str]]:
    found = page(ecs, *names, **tags).tag_resources.tag_resource
    assert {each.resource_type for each in found} <= {KIND}
    return [(each.resource_id, each.tag_key, each.tag_value) for each in found]


def shown(ecs: Client, name: str) -> dict[str, str]:
    asked = m.DescribeKeyPairsRequest(region_id=REGION, key_pair_name=name)
    (pair,) = ecs.describe_key_pairs(asked).body.key_pairs.key_pair
    return {each.tag_key: each.tag_value for each in pair.tags.tag}


def test_tags_are_put_changed_and_taken_off(ecs: Client) -> None:
    tag(ecs, "one", "two", env="dev", team="red")
    tag(ecs, "one", env="prod")
    assert listed(ecs, "one", "none") == [("one", "env", "prod"), ("one", "team", "red")]
    assert listed(ecs, env="prod") == [("one", "env", "prod"), ("one", "team", "red")]
    assert len(listed(ecs, env="")) == 4
    assert shown(ecs, "one") == {"env": "prod", "team": "red"}
    untag(ecs, "one", tag_key=["team", "absent"])
    assert shown(ecs, "one") == {"env": "prod"}
    untag(ecs, "one", "two", all=True)
    assert shown(ecs, "one") == shown(ecs, "two") == {}


def test_pages(ecs: Client) -> None:
    for name in ("three", "four"):
        ecs.create_key_pair(m.CreateKeyPairRequest(region_id=REGION, key_pair_name=name))
    for name in ("one", "two", "three"):
        tag(ecs, name, **{f"k{n:02}": "v" for n in range(20)})
    names = ("one", "two", "three", "four")
    first = page(ecs, *names)
    second = page(ecs, *names, token=first.next_token)
    assert len(first.tag_resources.tag_resource) == 50
    assert len(second.tag_resources.tag_resource) == 10
    with refused("InvalidNextToken.Malformed", 400):
        page(ecs, "one", token="other")


def test_refusals(ecs: Client) -> None:
    with refused("InvalidResourceId.NotFound", 404):
        tag(ecs, "one", "none", env="dev")
    assert shown(ecs, "one") == {}
    with refused("InvalidResourceId.NotFound", 404):
        untag(ecs, "none", all=True)
    for tags, code in (
        ({"acs:x": "v"}, "InvalidTagKey.Malformed"),
        ({"k": "acs:v"}, "InvalidTagValue.Malformed"),
        ({"k": "v", "K": "v"}, "Duplicate.TagKey"),
    ):
        with refused(code, 400):
            tag(ecs, "one", **tags)
    tag(ecs, "one", **{f"k{n}": "v" for n in range(20)})
    with refused("NumberExceed.Tags", 400):
        tag(ecs, "one", more="v")
    with refused("MissingParameter.TagKeys", 400):
        untag(ecs, "one")
    with refused("MissingParameter.ResourceIds", 400):
        page(ecs)
    for call in (
        lambda: tag(ecs, "one", region="x", env="dev"),
        lambda: untag(ecs, "one", region="x", all=True),
        lambda: page(ecs, "one", region="x"),
    ):
        with refused("InvalidRegionId.NotFound", 404):
            call()
    with refused("InvalidResourceType.Malformed", 400):
        ecs.tag_resources(
            m.TagResourcesRequest(
                region_id=REGION,
                resource_type="volume",
                resource_id=["i-1"],
                tag=[m.TagResourcesRequestTag(key="a", value="b")],
            )
        )


def test_policies_judge_each_key_pair_and_its_tags(
    server: Server, ecs: Client, ram: RamClient
) -> None:
    own = {"StringEquals": {"acs:ResourceTag/team": "red"}}
    document = policy(
        statement("ecs:*TagResources", f"acs:ecs:{REGION}:*:keypair/one"),
        statement("ecs:UntagResources", condition=own),
    )
    ram.create_user(r.CreateUserRequest(user_name="tagger"))
    ram.create_policy(r.CreatePolicyRequest(policy_name="tags", policy_document=document))
    ram.attach_policy_to_user(
        r.AttachPolicyToUserRequest(user_name="tagger", policy_name="tags", policy_type="Custom")
    )
    key = ram.create_access_key(r.CreateAccessKeyRequest(user_name="tagger")).body.access_key
    user = Client(server.config(key.access_key_id, key.access_key_secret))
    tag(user, "one", env="dev")
    assert listed(user, "one") == [("one", "env", "dev")]
    for call in (
        lambda: tag(user, "one", "two", env="prod"),
        lambda: untag(user, "two", all=True),
        lambda: listed(user, "two"),
        lambda: listed(user, env=""),
    ):
        with refused("Forbidden.RAM", 403):
            call()
    assert shown(ecs, "one") == {"env": "dev"}
    tag(ecs, "two", team="red")
    untag(user, "two", all=True)
    assert shown(ecs, "two") == {}
