"""Tags on users, through the official IMS SDK."""

from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ims20190815 import models as m
from alibabacloud_ims20190815.client import Client
from alibabacloud_ram20150501 import models as ram_models
from tests.conformance.conftest import Clients
from tests.conformance.documents import policy, statement
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.ims.principals import ABSENT, create, upn

from juyong.services.identity.facade import NewAccount


def put(ims: Client, *, key: str = "team", value: str = "red", **who: Any) -> None:
    tag = m.TagResourcesRequestTag(key=key, value=value)
    ims.tag_resources(m.TagResourcesRequest(resource_type="user", tag=[tag], **who))


def take(ims: Client, **more: Any) -> None:
    ims.untag_resources(m.UntagResourcesRequest(resource_type="user", **more))


def read(ims: Client, **more: Any) -> list[tuple[str, str, str]]:
    request = m.ListTagResourcesRequest(resource_type="user", **more)
    listed = ims.list_tag_resources(request).body.tag_resources.tag_resource or []
    return [(one.resource_id, one.tag_key, one.tag_value) for one in listed]


@pytest.fixture
def alice(ims: Client, account: NewAccount) -> Any:
    return create(ims, "alice", account)


@pytest.fixture
def bob(ims: Client, account: NewAccount) -> Any:
    return create(ims, "bob", account)


def test_tags_are_set_changed_listed_and_taken_off(ims: Client, alice: Any, bob: Any) -> None:
    put(ims, resource_id=[alice.user_id, bob.user_id])
    put(ims, resource_principal_name=[alice.user_principal_name], value="blue")
    put(ims, resource_id=[alice.user_id], key="cost", value="7")
    everything = sorted(
        [
            (alice.user_id, "cost", "7"),
            (alice.user_id, "team", "blue"),
            (bob.user_id, "team", "red"),
        ]
    )
    assert read(ims) == everything
    assert read(ims, resource_principal_name=[bob.user_principal_name]) == [
        (bob.user_id, "team", "red")
    ]
    assert read(ims, resource_id=[alice.user_id, "2" * 18]) == [
        one for one in everything if one[0] == alice.user_id
    ]
    assert read(ims, tag=[m.ListTagResourcesRequestTag(key="team", value="red")]) == [
        (bob.user_id, "team", "red")
    ]
    take(ims, resource_id=[alice.user_id], tag_key=["team", "never"])
    take(ims, resource_principal_name=[bob.user_principal_name], all=True)
    assert read(ims) == [(alice.user_id, "cost", "7")]


def test_list_pages_by_token(ims: Client, alice: Any, bob: Any) -> None:
    for key in ("a", "b"):
        put(ims, resource_id=[alice.user_id, bob.user_id], key=key)
    seen: list[tuple[str, str]] = []
    token = None
    while True:
        body = ims.list_tag_resources(
            m.ListTagResourcesRequest(resource_type="user", page_size=3, next_token=token)
        ).body
        seen += [(one.resource_id, one.tag_key) for one in body.tag_resources.tag_resource]
        if not body.is_truncated:
            assert body.next_token is None
            break
        token = body.next_token
    assert seen == sorted((u.user_id, k) for u in (alice, bob) for k in "ab")


def test_unknown_name_has_no_tags(ims: Client, account: NewAccount, alice: Any) -> None:
    put(ims, resource_id=[alice.user_id])
    assert read(ims, resource_principal_name=[upn(ABSENT, account)]) == []


def test_ids_or_names_but_not_both(ims: Client, account: NewAccount, alice: Any) -> None:
    both = {
        "resource_id": [alice.user_id],
        "resource_principal_name": [alice.user_principal_name],
    }
    calls: list[Callable[..., Any]] = [
        lambda **who: put(ims, **who),
        lambda **who: take(ims, all=True, **who),
    ]
    for call in calls:
        with refused("MissingResourceId", 400):
            call()
        with refused("InvalidParameter.ResourceId", 400):
            call(**both)
        with refused("EntityNotExist.User", 404):
            call(resource_id=[alice.user_id, "2" * 18])
        with refused("EntityNotExist.User", 404):
            call(resource_principal_name=[upn(ABSENT, account)])
    with refused("InvalidParameter.ResourceId", 400):
        read(ims, **both)
    with refused("MissingTagKey", 400):
        take(ims, resource_id=[alice.user_id])
    assert read(ims) == []


def test_only_users_are_tagged_here(ims: Client) -> None:
    with refused("InvalidParameter.ResourceType", 400):
        ims.list_tag_resources(m.ListTagResourcesRequest(resource_type="role"))


def test_rules_and_quota_of_tags_are_kept(ims: Client, alice: Any, server: Server) -> None:
    who = {"resource_id": [alice.user_id]}
    put(ims, **who, key="k" * 128, value="v" * 128)
    for key, value in (("k" * 129, "v"), ("k", "v" * 129), ("aliyun", ""), ("a", "http://b")):
        with refused("InvalidParameter.Tag", 400):
            put(ims, **who, key=key, value=value)
    with quotas(server, {"ram.tags": 1}), refused("LimitExceeded.Tag", 409):
        put(ims, **who, key="second")


def test_each_user_is_judged_by_its_own_tags(
    ims: Client,
    admin: Clients,
    alice: Any,
    bob: Any,
    new_user: Callable[[str], Clients],
) -> None:
    put(ims, resource_id=[alice.user_id])
    tagger = new_user("tagger").ims
    document = policy(
        statement(
            "ram:TagResources",
            condition={"StringEquals": {"acs:ResourceTag/team": "red", "acs:RequestTag/cost": "7"}},
        )
    )
    admin.ram.create_policy(
        ram_models.CreatePolicyRequest(policy_name="red", policy_document=document)
    )
    admin.ram.attach_policy_to_user(
        ram_models.AttachPolicyToUserRequest(
            policy_type="Custom", policy_name="red", user_name="tagger"
        )
    )
    put(tagger, resource_id=[alice.user_id], key="cost", value="7")
    for who in ([bob.user_id], [alice.user_id, bob.user_id]):
        with refused("NoPermission", 403):
            put(tagger, resource_id=who, key="cost", value="7")
    with refused("NoPermission", 403):
        put(tagger, resource_id=[alice.user_id], key="cost", value="8")
