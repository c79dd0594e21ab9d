"""Key policies, tags as conditions, and callers of other accounts."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, refused
from tests.conformance.kms.secret_calls import Secrets

from juyong.base.ids import AccountId
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.tables import default_instance_id

EVERYTHING = ["kms:*"]


def document(*principals: str, actions: list[str] | None = None, effect: str = "Allow") -> str:
    statement = {
        "Effect": effect,
        "Principal": {"RAM": list(principals)},
        "Action": actions or EVERYTHING,
        "Resource": ["*"],
    }
    return json.dumps({"Version": "1", "Statement": [statement]})


@pytest.fixture
def instance_key(new_key: Callable[..., Any], account: NewAccount) -> Any:
    return new_key(dkmsinstance_id=default_instance_id(account.account_id))


def set_policy(kms: KmsClient, key_id: str, text: str) -> None:
    kms.set_key_policy(models.SetKeyPolicyRequest(key_id=key_id, policy=text))


def get_policy(kms: KmsClient, key_id: str) -> str:
    answer: Any = kms.get_key_policy(
        models.GetKeyPolicyRequest(key_id=key_id, policy_name="default")
    )
    return str(answer.body.policy)


def describe(kms: KmsClient, key_id: str) -> Any:
    answer: Any = kms.describe_key(models.DescribeKeyRequest(key_id=key_id))
    return answer.body.key_metadata


def grant(ram: RamClient, user: str, statement: dict[str, Any]) -> None:
    text = json.dumps({"Version": "1", "Statement": [statement]})
    ram.create_policy(ram_models.CreatePolicyRequest(policy_name="p", policy_document=text))
    ram.attach_policy_to_user(
        ram_models.AttachPolicyToUserRequest(policy_name="p", policy_type="Custom", user_name=user)
    )


def test_default_policy_leaves_the_key_to_ram(
    kms: KmsClient,
    instance_key: Any,
    account: NewAccount,
    new_user: Callable[[str], Clients],
) -> None:
    policy = json.loads(get_policy(kms, instance_key.key_id))
    (statement,) = policy["Statement"]
    assert statement["Sid"] == "kms default key policy"
    assert statement["Principal"] == {"RAM": [f"acs:ram::{account.account_id}:*"]}
    user = new_user("u").kms
    with refused("Forbidden.NoPermission", 403):
        describe(user, instance_key.key_id)
    set_policy(kms, instance_key.key_id, json.dumps(policy))
    with refused("Forbidden.NoPermission", 403):
        describe(user, instance_key.key_id)


@pytest.mark.parametrize("region", ["", "*"])
@pytest.mark.parametrize(
    "written", [lambda who: {"RAM": [who]}, lambda who: {"RAM": who}, lambda who: [who], str]
)
def test_whole_account_is_left_to_ram_however_it_is_spelled(
    instance_key: Any,
    secrets: Secrets,
    new_user: Callable[[str], Clients],
    written: Callable[[str], Any],
    region: str,
) -> None:
    owner = instance_key.arn.split(":")[3]
    policy = json.loads(document("nobody"))
    policy["Statement"][0]["Principal"] = written(f"acs:ram:{region}:{owner}:*")
    text = json.dumps(policy)
    set_policy(secrets.client, instance_key.key_id, text)
    instance = default_instance_id(AccountId(owner))
    secrets.create(dkmsinstance_id=instance, encryption_key_id=instance_key.key_id)
    secrets.set_policy("db", text)
    user = new_user("u").kms
    with refused("Forbidden.NoPermission", 403):
        describe(user, instance_key.key_id)
    with refused("Forbidden.NoPermission", 403):
        Secrets(user).describe()


def test_policy_lets_a_user_in_whom_ram_does_not(
    kms: KmsClient,
    instance_key: Any,
    account: NewAccount,
    new_user: Callable[[str], Clients],
) -> None:
    user = new_user("u").kms
    text = document(f"acs:ram::{account.account_id}:user/u", f"acs:ram::{account.account_id}:*")
    set_policy(kms, instance_key.key_id, text)
    assert get_policy(kms, instance_key.key_id) == text
    assert describe(user, instance_key.key_id).key_id == instance_key.key_id
    with refused("Forbidden.NoPermission", 403):
        describe(new_user("v").kms, instance_key.key_id)


def test_deny_of_a_policy_beats_ram(
    kms: KmsClient,
    instance_key: Any,
    account: NewAccount,
    ram: RamClient,
    new_user: Callable[[str], Clients],
) -> None:
    user = new_user("u").kms
    grant(ram, "u", {"Effect": "Allow", "Action": "kms:*", "Resource": "*"})
    assert describe(user, instance_key.key_id)
    set_policy(
        kms,
        instance_key.key_id,
        document(
            f"acs:ram::{account.account_id}:user/u", actions=["kms:DescribeKey"], effect="Deny"
        ),
    )
    with refused("Forbidden.NoPermission", 403):
        describe(user, instance_key.key_id)


def test_other_account_needs_both_sides(
    server: Server,
    kms: KmsClient,
    instance_key: Any,
    as_key: Callable[..., Clients],
) -> None:
    other = server.new_account()
    owner = as_key(other.access_key_id, other.secret.reveal())
    owner.ram.create_user(ram_models.CreateUserRequest(user_name="guest"))
    made: Any = owner.ram.create_access_key(ram_models.CreateAccessKeyRequest(user_name="guest"))
    key = made.body.access_key
    guest = as_key(key.access_key_id, key.access_key_secret).kms
    set_policy(kms, instance_key.key_id, document(f"acs:ram::{other.account_id}:user/guest"))
    with refused("Forbidden.NoPermission", 403):
        describe(guest, instance_key.arn)
    grant(owner.ram, "guest", {"Effect": "Allow", "Action": "kms:*", "Resource": "*"})
    assert describe(guest, instance_key.arn).key_id == instance_key.key_id
    with refused("Forbidden.KeyNotFound", 404):
        describe(guest, instance_key.key_id)
    with refused("Forbidden.KeyNotFound", 404):
        guest.create_alias(
            models.CreateAliasRequest(key_id=instance_key.arn, alias_name="alias/theirs")
        )


@pytest.mark.parametrize(
    "text",
    [
        "nothing",
        "{}",
        document("acs:ram::1:user/u", actions=["*"]),
        document("acs:ram::1:user/u", actions=["oss:GetObject"]),
        document("nobody"),
        document("acs:ram::1:user/u").replace('"Effect"', '"Sid": "' + "s" * 129 + '", "Effect"'),
        document(*["acs:ram::1:user/" + "u" * 60] * 500),
    ],
)
def test_refused_policies(kms: KmsClient, instance_key: Any, text: str) -> None:
    with refused("InvalidParameter", 400):
        set_policy(kms, instance_key.key_id, text)


def test_default_keys_have_no_policy(kms: KmsClient, new_key: Callable[..., Any]) -> None:
    key_id = new_key().key_id
    with refused("Forbidden.KeyPolicyUnSupported", 400):
        get_policy(kms, key_id)
    with refused("Forbidden.KeyPolicyUnSupported", 400):
        set_policy(kms, key_id, document("acs:ram::1:user/u"))


def test_policy_at_creation(
    new_key: Callable[..., Any], account: NewAccount, kms: KmsClient
) -> None:
    text = document(f"acs:ram::{account.account_id}:user/u")
    made = new_key(dkmsinstance_id=default_instance_id(account.account_id), policy=text)
    assert get_policy(kms, made.key_id) == text
    with refused("InvalidParameter", 400):
        new_key(dkmsinstance_id=default_instance_id(account.account_id), policy="{}")


@pytest.mark.parametrize("condition", ["kms:tag/team", "acs:ResourceTag/team"])
def test_tags_decide(
    new_key: Callable[..., Any], ram: RamClient, new_user: Callable[[str], Clients], condition: str
) -> None:
    red, blue = (
        new_key(tags=json.dumps([{"TagKey": "team", "TagValue": team}])) for team in ("red", "blue")
    )
    user = new_user("u").kms
    statement = {
        "Effect": "Allow",
        "Action": "kms:DescribeKey",
        "Resource": "acs:kms:cn-hangzhou:*:key/*",
        "Condition": {"StringEquals": {condition: "red"}},
    }
    grant(ram, "u", statement)
    assert describe(user, red.key_id).key_id == red.key_id
    with refused("Forbidden.NoPermission", 403):
        describe(user, blue.key_id)


def test_request_tags_decide(ram: RamClient, new_user: Callable[[str], Clients]) -> None:
    user = new_user("u").kms
    statement = {
        "Effect": "Allow",
        "Action": "kms:CreateKey",
        "Resource": "acs:kms:cn-hangzhou:*:key",
        "Condition": {"StringEquals": {"acs:RequestTag/team": "red"}},
    }
    grant(ram, "u", statement)
    user.create_key(models.CreateKeyRequest(tags='[{"TagKey":"team","TagValue":"red"}]'))
    for tags in (None, '[{"TagKey":"team","TagValue":"blue"}]', "damaged"):
        with refused("Forbidden.NoPermission", 403):
            user.create_key(models.CreateKeyRequest(tags=tags))


def test_alias_calls_are_judged_by_the_key(
    kms: KmsClient, new_key: Callable[..., Any], ram: RamClient, new_user: Callable[[str], Clients]
) -> None:
    made = new_key()
    kms.create_alias(models.CreateAliasRequest(key_id=made.key_id, alias_name="alias/a"))
    user = new_user("u").kms
    grant(ram, "u", {"Effect": "Allow", "Action": "kms:*", "Resource": made.arn})
    assert describe(user, "alias/a").key_id == made.key_id
    # Deleting the alias needs both the alias and the key.
    with refused("Forbidden.NoPermission", 403):
        user.delete_alias(models.DeleteAliasRequest(alias_name="alias/a"))


def update_alias(kms: KmsClient, name: str, key_id: str) -> None:
    kms.update_alias(models.UpdateAliasRequest(alias_name=name, key_id=key_id))


@pytest.mark.parametrize("anyone", ["*", ["*"]])
def test_bare_star_is_everybody_and_is_kept(
    kms: KmsClient, instance_key: Any, new_user: Callable[[str], Clients], anyone: Any
) -> None:
    policy = json.loads(document("nobody"))
    policy["Statement"][0]["Principal"] = anyone
    set_policy(kms, instance_key.key_id, json.dumps(policy))
    assert describe(new_user("u").kms, instance_key.key_id).key_id == instance_key.key_id


def test_policy_of_a_key_decides_about_no_alias(
    kms: KmsClient,
    new_key: Callable[..., Any],
    new_user: Callable[[str], Clients],
    account: NewAccount,
) -> None:
    text = document(f"acs:ram::{account.account_id}:user/u")
    theirs = new_key(dkmsinstance_id=default_instance_id(account.account_id), policy=text).key_id
    for name, key_id in (("alias/payments", new_key().key_id), ("alias/theirs", theirs)):
        kms.create_alias(models.CreateAliasRequest(key_id=key_id, alias_name=name))
    user = new_user("u").kms
    assert describe(user, "alias/theirs").key_id == theirs
    for act in (
        lambda: user.create_alias(models.CreateAliasRequest(key_id=theirs, alias_name="alias/n")),
        lambda: update_alias(user, "alias/payments", theirs),
        lambda: update_alias(user, "alias/theirs", theirs),
        lambda: user.delete_alias(models.DeleteAliasRequest(alias_name="alias/theirs")),
    ):
        with refused("Forbidden.NoPermission", 403):
            act()


def test_policy_of_a_key_and_ram_for_its_alias(
    new_key: Callable[..., Any],
    ram: RamClient,
    new_user: Callable[[str], Clients],
    account: NewAccount,
) -> None:
    text = document(f"acs:ram::{account.account_id}:user/u")
    key_id = new_key(dkmsinstance_id=default_instance_id(account.account_id), policy=text).key_id
    user = new_user("u").kms
    grant(ram, "u", {"Effect": "Allow", "Action": "kms:*", "Resource": "acs:kms:*:*:alias/*"})
    user.create_alias(models.CreateAliasRequest(key_id=key_id, alias_name="alias/a"))
    update_alias(user, "alias/a", key_id)
    user.delete_alias(models.DeleteAliasRequest(alias_name="alias/a"))


def test_alias_is_taken_from_a_key_only_by_who_may(
    kms: KmsClient, new_key: Callable[..., Any], ram: RamClient, new_user: Callable[[str], Clients]
) -> None:
    top = new_key(tags=json.dumps([{"TagKey": "class", "TagValue": "top"}])).key_id
    mine, other = new_key(), new_key()
    for name, key_id in (("alias/top", top), ("alias/mine", mine.key_id)):
        kms.create_alias(models.CreateAliasRequest(key_id=key_id, alias_name=name))
    user = new_user("u").kms
    text = json.dumps(
        {
            "Version": "1",
            "Statement": [
                {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
                {
                    "Effect": "Deny",
                    "Action": "kms:*",
                    "Resource": "*",
                    "Condition": {"StringEquals": {"kms:tag/class": "top"}},
                },
            ],
        }
    )
    ram.create_policy(ram_models.CreatePolicyRequest(policy_name="p", policy_document=text))
    ram.attach_policy_to_user(
        ram_models.AttachPolicyToUserRequest(policy_name="p", policy_type="Custom", user_name="u")
    )
    with refused("Forbidden.NoPermission", 403):
        update_alias(user, "alias/top", mine.key_id)
    update_alias(user, "alias/mine", other.key_id)
    assert describe(kms, "alias/top").key_id == top
    assert describe(kms, "alias/mine").key_id == other.key_id


def test_policy_of_the_key_an_alias_is_taken_from_denies(
    kms: KmsClient,
    new_key: Callable[..., Any],
    ram: RamClient,
    new_user: Callable[[str], Clients],
    account: NewAccount,
) -> None:
    text = document(f"acs:ram::{account.account_id}:user/u", effect="Deny")
    held = new_key(dkmsinstance_id=default_instance_id(account.account_id), policy=text).key_id
    kms.create_alias(models.CreateAliasRequest(key_id=held, alias_name="alias/a"))
    user = new_user("u").kms
    grant(ram, "u", {"Effect": "Allow", "Action": "kms:*", "Resource": "*"})
    with refused("Forbidden.NoPermission", 403):
        update_alias(user, "alias/a", new_key().key_id)
