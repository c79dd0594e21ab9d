"""Tags of keys, secrets and instances: the single and the several, their refusals and conditions."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, in_region, quotas, refused
from tests.conformance.kms.conftest import Inside
from tests.conformance.kms.secret_calls import Secrets

from juyong.services.identity.facade import NewAccount
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.tables import default_instance_id
from juyong.store.tags import TagRow

NOBODY = "6c2b3ad7-0b8e-4d7e-8c55-8f3f7a3f0000"


def as_json(**tags: str) -> str:
    return json.dumps([{"TagKey": k, "TagValue": v} for k, v in tags.items()])


def tag(kms: KmsClient, text: str, **named: str) -> Any:
    return kms.tag_resource(models.TagResourceRequest(tags=text, **named))


def untag(kms: KmsClient, *keys: str, **named: str) -> Any:
    return kms.untag_resource(models.UntagResourceRequest(tag_keys=json.dumps(keys), **named))


def key_tags(kms: KmsClient, key_id: str) -> dict[str, str]:
    answer: Any = kms.list_resource_tags(models.ListResourceTagsRequest(key_id=key_id))
    assert {t.key_id for t in answer.body.tags.tag} <= {key_id}
    return {t.tag_key: t.tag_value for t in answer.body.tags.tag}


def pairs(kind: Any, tags: dict[str, str]) -> list[Any]:
    return [kind(key=k, value=v) for k, v in tags.items()]


def tag_all(kms: KmsClient, sort: str, ids: list[str], **tags: str) -> Any:
    return kms.tag_resources(
        models.TagResourcesRequest(
            region_id="cn-hangzhou",
            resource_type=sort,
            resource_id=ids,
            tag=pairs(models.TagResourcesRequestTag, tags),
        )
    )


def untag_all(kms: KmsClient, sort: str, ids: list[str], **request: Any) -> Any:
    return kms.untag_resources(
        models.UntagResourcesRequest(
            region_id="cn-hangzhou", resource_type=sort, resource_id=ids, **request
        )
    )


def listed(kms: KmsClient, sort: str, **request: Any) -> Any:
    given = {"region_id": "cn-hangzhou", **request}
    answer: Any = kms.list_tag_resources(
        models.ListTagResourcesRequest(resource_type=sort, **given)
    )
    return answer.body


def held(kms: KmsClient, sort: str, **request: Any) -> list[tuple[str, str, str]]:
    rows = listed(kms, sort, **request).tag_resources.tag_resource
    assert {row.resource_type for row in rows} <= {sort}
    return [(row.resource_id, row.tag_key, row.tag_value) for row in rows]


def test_tags_of_a_key(kms: KmsClient, new_key: Callable[..., Any]) -> None:
    key = new_key()
    tag(kms, as_json(team="red", env="test"), key_id=key.key_id)
    tag(kms, as_json(team="blue", empty=""), key_id=key.arn)
    assert key_tags(kms, key.key_id) == {"team": "blue", "env": "test", "empty": ""}
    untag(kms, "team", "absent", key_id=key.key_id)
    untag(kms, "team", key_id=key.key_id)
    assert key_tags(kms, key.key_id) == {"env": "test", "empty": ""}


def test_tags_of_a_secret(kms: KmsClient, secrets: Secrets) -> None:
    secrets.create("a/b")
    tag(kms, as_json(team="red", env="test"), secret_name="a/b")
    untag(kms, "env", secret_name="a/b")
    (only,) = secrets.describe("a/b", fetch_tags="true").tags.tag
    assert (only.tag_key, only.tag_value) == ("team", "red")


def test_one_thing_is_tagged(kms: KmsClient, new_key: Callable[..., Any], secrets: Secrets) -> None:
    key_id = new_key().key_id
    secrets.create()
    for act in (lambda **n: tag(kms, as_json(a="b"), **n), lambda **n: untag(kms, "a", **n)):
        with refused("MissingParameter", 400):
            act()
        with refused("InvalidParameter", 400):
            act(key_id=key_id, secret_name="db")
        with refused("UnsupportedOperation", 400):
            act(certificate_id="c")
        with refused("Forbidden.KeyNotFound", 404):
            act(key_id=NOBODY)
        with refused("Forbidden.ResourceNotFound", 404):
            act(secret_name="other")
        with refused("Unsupported.Alias", 400):
            act(key_id="alias/a")
    with refused("Forbidden.KeyNotFound", 404):
        key_tags(kms, NOBODY)
    with refused("Unsupported.Alias", 400):
        key_tags(kms, "alias/a")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (as_json(**{f"k{n}": "" for n in range(11)}), "InvalidParameter"),
        ("[]", "InvalidParameter"),
        ("nothing", "InvalidParameter"),
        ('[{"TagKey":"a"},{"TagKey":"a"}]', "Duplicate.TagKey"),
        (as_json(**{"acs:a": ""}), "InvalidParameter.TagKey"),
        (as_json(aliyun=""), "InvalidParameter.TagKey"),
        (as_json(**{"k" * 129: ""}), "InvalidParameter.TagKey"),
        (as_json(k="v" * 129), "InvalidParameter.TagValue"),
    ],
)
def test_refused_tags(kms: KmsClient, new_key: Callable[..., Any], text: str, code: str) -> None:
    key_id = new_key().key_id
    with refused(code, 400):
        tag(kms, text, key_id=key_id)
    assert key_tags(kms, key_id) == {}


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([("a", "1"), ("a", "2")], "Duplicate.TagKey"),
        ([("acs:a", "")], "InvalidParameter.TagKey"),
        ([("a", "v" * 129)], "InvalidParameter.TagValue"),
        ([(f"k{n}", "") for n in range(21)], "InvalidParameter"),
    ],
)
def test_refused_tags_of_several(
    kms: KmsClient, new_key: Callable[..., Any], tags: list[tuple[str, str]], code: str
) -> None:
    request = models.TagResourcesRequest(
        region_id="cn-hangzhou",
        resource_type="key",
        resource_id=[new_key().key_id],
        tag=[models.TagResourcesRequestTag(key=k, value=v) for k, v in tags],
    )
    with refused(code, 400):
        kms.tag_resources(request)


def test_twenty_tags_are_the_most(
    server: Server, kms: KmsClient, new_key: Callable[..., Any]
) -> None:
    key_id = new_key().key_id
    tag_all(kms, "key", [key_id], **{f"k{n}": "v" for n in range(20)})
    tag(kms, as_json(k0="w"), key_id=key_id)
    with refused("Rejected.LimitExceeded", 400):
        tag(kms, as_json(more=""), key_id=key_id)
    with refused("Rejected.LimitExceeded", 400):
        tag_all(kms, "key", [key_id], more="")
    assert len(key_tags(kms, key_id)) == 20
    with quotas(server, {"kms.tags": 21}):
        tag(kms, as_json(more=""), key_id=key_id)


def test_keys_do_not_differ_in_case_alone(kms: KmsClient, new_key: Callable[..., Any]) -> None:
    key_id = new_key(tags=as_json(team="red")).key_id
    for ask in (
        lambda: tag(kms, as_json(Team="blue"), key_id=key_id),
        lambda: tag_all(kms, "key", [key_id], Team="blue"),
        lambda: new_key(tags=as_json(team="red", Team="blue")),
    ):
        with refused("InvalidParameter.TagKey", 400):
            ask()
    assert key_tags(kms, key_id) == {"team": "red"}


def test_what_waits_to_be_deleted_keeps_its_tags(
    kms: KmsClient, new_key: Callable[..., Any], secrets: Secrets
) -> None:
    key_id = new_key(tags=as_json(a="b")).key_id
    secrets.create()
    kms.schedule_key_deletion(
        models.ScheduleKeyDeletionRequest(key_id=key_id, pending_window_in_days=7)
    )
    secrets.delete()
    for name, sort, code in (
        ({"key_id": key_id}, "key", "Rejected.PendingDeletion"),
        ({"secret_name": "db"}, "secret", "Rejected.ResourceInDeleteWindow"),
    ):
        ids = list(name.values())
        with refused(code, 409):
            tag(kms, as_json(c="d"), **name)
        with refused(code, 409):
            untag(kms, "a", **name)
        with refused(code, 409):
            tag_all(kms, sort, ids, c="d")
        with refused(code, 409):
            untag_all(kms, sort, ids, all=True)
    assert key_tags(kms, key_id) == {"a": "b"}


def test_tags_of_several(
    kms: KmsClient, account: NewAccount, new_key: Callable[..., Any], secrets: Secrets
) -> None:
    one, other = sorted(new_key().key_id for _ in range(2))
    secrets.create("s")
    instance = default_instance_id(account.account_id)
    tag_all(kms, "key", [one, other, one], a="1", b="2")
    tag_all(kms, "secret", ["s"], a="1")
    tag_all(kms, "instance", [instance], a="9")
    assert held(kms, "secret") == [("s", "a", "1")]
    assert held(kms, "instance") == [(instance, "a", "9")]
    untag_all(kms, "key", [one], tag_key=["a", "absent"])
    assert held(kms, "key") == [(one, "b", "2"), (other, "a", "1"), (other, "b", "2")]
    assert held(kms, "key", resource_id=[one, NOBODY]) == [(one, "b", "2")]
    for wanted, ids in (
        ({"a": "1"}, {other}),
        ({"a": ""}, {other}),
        ({"a": "2"}, set()),
        ({"b": "2"}, {one, other}),
        ({"b": "2", "a": "1"}, {other}),
    ):
        chosen = pairs(models.ListTagResourcesRequestTag, wanted)
        assert {row[0] for row in held(kms, "key", tag=chosen)} == ids
    untag_all(kms, "key", [one, other], all=True)
    untag_all(kms, "instance", [instance], all=True)
    assert held(kms, "key") == held(kms, "instance") == []
    assert held(kms, "secret") == [("s", "a", "1")]


def test_tags_are_put_on_all_or_none(kms: KmsClient, new_key: Callable[..., Any]) -> None:
    key_id = new_key(tags=as_json(a="b")).key_id
    for sort, ids in (
        ("key", [key_id, NOBODY]),
        ("key", [key_id, "alias/a"]),
        ("secret", ["nothing"]),
        ("instance", ["kst-other"]),
    ):
        with refused("InvalidResourceId.NotFound", 404):
            tag_all(kms, sort, ids, c="d")
        with refused("InvalidResourceId.NotFound", 404):
            untag_all(kms, sort, ids, all=True)
    assert key_tags(kms, key_id) == {"a": "b"}


def test_requests_about_several_have_bounds(kms: KmsClient, new_key: Callable[..., Any]) -> None:
    key_id = new_key().key_id
    with refused("MissingParameter", 400):
        untag_all(kms, "key", [key_id])
    for ids in (["k"] * 51,):
        with refused("InvalidParameter", 400):
            tag_all(kms, "key", ids, a="b")
        with refused("InvalidParameter", 400):
            untag_all(kms, "key", ids, all=True)
        with refused("InvalidParameter", 400):
            listed(kms, "key", resource_id=ids)
    with refused("InvalidParameter", 400):
        listed(kms, "certificate")


def test_the_region_is_the_one_called(kms: KmsClient, new_key: Callable[..., Any]) -> None:
    key_id = new_key(tags=as_json(a="b")).key_id
    assert held(in_region(kms, KMS, "cn-shanghai"), "key", region_id="cn-shanghai") == []
    for ask in (
        lambda: listed(kms, "key", region_id="cn-shanghai"),
        lambda: listed(kms, "key", region_id="Nowhere"),
        lambda: kms.tag_resources(
            models.TagResourcesRequest(
                region_id="Nowhere",
                resource_type="key",
                resource_id=[key_id],
                tag=[models.TagResourcesRequestTag(key="a", value="b")],
            )
        ),
        lambda: kms.untag_resources(
            models.UntagResourcesRequest(
                region_id="Nowhere", resource_type="key", resource_id=[key_id], all=True
            )
        ),
    ):
        with refused("InvalidParameter", 400):
            ask()


def test_pages_of_tags_have_200_rows(kms: KmsClient, inside: Inside) -> None:
    def fill(ctx: Any) -> None:
        for n in range(401):
            ctx.tx.insert(
                TagRow(
                    account_id=ctx.account_id,
                    region=ctx.region,
                    resource_type="ACS::KMS::Secret",
                    resource_id=f"s{n // 20:02}",
                    tag_key=f"k{n:03}",
                    tag_value="",
                )
            )

    inside(fill)
    pages, token = [], None
    while True:
        body = listed(kms, "secret", next_token=token)
        pages.append([(r.resource_id, r.tag_key) for r in body.tag_resources.tag_resource])
        token = body.next_token
        if token is None:
            break
    assert [len(page) for page in pages] == [200, 200, 1]
    rows = [row for page in pages for row in page]
    assert rows == sorted(set(rows))
    for bad in ("nothing", "AAAA"):
        with refused("InvalidParameter", 400):
            listed(kms, "secret", next_token=bad)


def allow(ram: RamClient, user: str, *actions: str, **condition: Any) -> None:
    statement = {
        "Effect": "Allow",
        "Action": actions,
        "Resource": "*",
        "Condition": {"StringEquals": condition},
    }
    document = json.dumps({"Version": "1", "Statement": [statement]})
    name = f"tags-{user}"
    ram.create_policy(ram_models.CreatePolicyRequest(policy_name=name, policy_document=document))
    ram.attach_policy_to_user(
        ram_models.AttachPolicyToUserRequest(policy_name=name, policy_type="Custom", user_name=user)
    )


def test_each_resource_is_judged_by_its_own_tags(
    kms: KmsClient,
    ram: RamClient,
    new_key: Callable[..., Any],
    new_user: Callable[[str], Clients],
) -> None:
    mine, other = new_key(tags=as_json(team="red")), new_key(tags=as_json(team="blue"))
    user = new_user("red").kms
    actions = ("TagResource", "UntagResource", "ListResourceTags", "TagResources")
    more = ("UntagResources", "ListTagResources")
    names = [f"kms:{action}" for action in (*actions, *more)]
    allow(ram, "red", *names, **{"acs:ResourceTag/team": "red"})
    tag(user, as_json(a="b"), key_id=mine.key_id)
    tag_all(user, "key", [mine.key_id], c="d")
    untag(user, "a", key_id=mine.key_id)
    assert key_tags(user, mine.key_id) == {"team": "red", "c": "d"}
    assert len(held(user, "key", resource_id=[mine.key_id])) == 2
    both = [mine.key_id, other.key_id]
    for ask in (
        lambda: tag(user, as_json(a="b"), key_id=other.key_id),
        lambda: untag(user, "team", key_id=other.key_id),
        lambda: key_tags(user, other.key_id),
        lambda: tag_all(user, "key", both, c="d"),
        lambda: untag_all(user, "key", both, all=True),
        lambda: listed(user, "key", resource_id=both),
        lambda: listed(user, "key"),
    ):
        with refused("Forbidden.NoPermission", 403):
            ask()


def test_the_tags_of_a_request_are_conditions(
    ram: RamClient, new_key: Callable[..., Any], new_user: Callable[[str], Clients]
) -> None:
    key_id = new_key().key_id
    user = new_user("red").kms
    allow(ram, "red", "kms:TagResource", "kms:TagResources", **{"acs:RequestTag/team": "red"})
    tag(user, as_json(team="red"), key_id=key_id)
    tag_all(user, "key", [key_id], team="red")
    with refused("Forbidden.NoPermission", 403):
        tag(user, as_json(team="blue"), key_id=key_id)
    with refused("Forbidden.NoPermission", 403):
        tag_all(user, "key", [key_id], team="blue")


def test_the_policy_of_each_key_is_heard(
    kms: KmsClient,
    account: NewAccount,
    new_key: Callable[..., Any],
    new_user: Callable[[str], Clients],
) -> None:
    instance = default_instance_id(account.account_id)
    user = new_user("friend").kms
    statement = {
        "Effect": "Allow",
        "Action": ["kms:TagResource", "kms:TagResources"],
        "Principal": {"RAM": [f"acs:ram::{account.account_id}:user/friend"]},
        "Resource": ["*"],
    }
    policy = json.dumps({"Version": "1", "Statement": [statement]})
    opened = [new_key(dkmsinstance_id=instance, policy=policy).key_id for _ in range(2)]
    closed = new_key(dkmsinstance_id=instance).key_id
    tag(user, as_json(a="b"), key_id=opened[0])
    tag_all(user, "key", opened, c="d")
    for ids in ([opened[0], closed], [closed, opened[0]]):
        with refused("Forbidden.NoPermission", 403):
            tag_all(user, "key", ids, c="d")
