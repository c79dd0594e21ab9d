"""CreateSecret, DescribeSecret, ListSecrets and UpdateSecret."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_ram20150501 import models as ram_models
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.kms.secret_calls import Secrets, change_key

from juyong.services.identity.facade import NewAccount
from juyong.services.kms.keys.tables import AliasRow, KeyRow
from juyong.services.kms.secrets.create import SERVICE_KEY
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.tables import default_instance_id

OPEN = {
    "Version": "1",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["kms:*"],
            "Resource": ["*"],
            "Principal": {"RAM": ["acs:ram::1234567890123456:user/x"]},
        }
    ],
}


def allowing(*actions: str, resource: str = "*") -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "1", "Statement": [statement]})


@pytest.fixture
def allowed(admin: Clients, new_user: Callable[[str], Clients]) -> Callable[..., Clients]:
    """Make a user who may do what a policy document says."""

    def make(name: str, document: str) -> Clients:
        found = new_user(name)
        admin.ram.create_policy(
            ram_models.CreatePolicyRequest(policy_name=name, policy_document=document)
        )
        admin.ram.attach_policy_to_user(
            ram_models.AttachPolicyToUserRequest(
                policy_type="Custom", policy_name=name, user_name=name
            )
        )
        return found

    return make


def test_a_generic_secret_is_made_and_described(secrets: Secrets, account: NewAccount) -> None:
    made = secrets.create("team/db.main", description="the main one", tags='[{"TagKey":"a"}]')
    arn = f"acs:kms:cn-hangzhou:{account.account_id}:secret/team/db.main"
    assert (made.secret_name, made.version_id, made.arn) == ("team/db.main", "v1", arn)
    assert (made.secret_type, made.automatic_rotation) == ("Generic", None)
    shown = secrets.describe("team/db.main", fetch_tags="true")
    assert (shown.arn, shown.secret_type, shown.description) == (arn, "Generic", "the main one")
    assert (shown.encryption_key_id, shown.planned_delete_time) == (None, None)
    assert shown.automatic_rotation is None
    assert [(t.tag_key, t.tag_value) for t in shown.tags.tag] == [("a", "")]
    assert secrets.describe("team/db.main").tags is None


def test_a_secret_without_a_key_is_sealed_by_the_service_key(
    secrets: Secrets, server: Server, account: NewAccount
) -> None:
    secrets.create("one")
    secrets.create("two")

    def keys(tx: Any) -> list[KeyRow]:
        return list(tx.find(KeyRow, account_id=account.account_id))

    (key,) = server.running.store.call(keys)
    assert (key.owner_service, key.creator) == ("SecretsManager", "SecretsManager")
    alias = server.running.store.call(
        lambda tx: tx.get(AliasRow, account.account_id, "cn-hangzhou", SERVICE_KEY.alias)
    )
    assert alias.key_id == key.key_id


def test_an_alias_of_the_service_on_another_key_is_put_right(
    secrets: Secrets, server: Server, account: NewAccount, new_key: Callable[..., Any]
) -> None:
    """As an older version let it be moved."""
    theirs = new_key().key_id

    def alias(tx: Any) -> Any:
        return tx.get(AliasRow, account.account_id, "cn-hangzhou", SERVICE_KEY.alias)

    def key_of_secret(tx: Any, name: str) -> Any:
        secret = tx.find_one(SecretRow, account_id=account.account_id, name=name)
        return tx.get(KeyRow, secret.key_id)

    secrets.create("before")
    server.running.store.call(lambda tx: tx.update(alias(tx), key_id=theirs))
    secrets.create("after")
    secrets.create("again")
    made = server.running.store.call(lambda tx: key_of_secret(tx, "after"))
    assert made.owner_service == "SecretsManager"
    assert server.running.store.call(alias).key_id == made.key_id
    assert server.running.store.call(lambda tx: key_of_secret(tx, "again")) == made
    assert {secrets.value(name).secret_data for name in ("before", "after")} == {"hunter2-value"}


def test_the_service_key_is_not_the_accounts_to_take_away(
    secrets: Secrets, server: Server, account: NewAccount
) -> None:
    secrets.create()
    alias = server.running.store.call(
        lambda tx: tx.get(AliasRow, account.account_id, "cn-hangzhou", SERVICE_KEY.alias)
    )
    for attempt in (
        lambda: secrets.client.disable_key(models.DisableKeyRequest(key_id=alias.key_id)),
        lambda: secrets.client.schedule_key_deletion(
            models.ScheduleKeyDeletionRequest(key_id=alias.key_id, pending_window_in_days=7)
        ),
    ):
        with refused("Rejected.UnsupportedOperation", 400):
            attempt()
    assert secrets.value().secret_data == "hunter2-value"


def test_a_secret_is_sealed_by_a_key_of_ones_own(
    secrets: Secrets, new_key: Callable[..., Any]
) -> None:
    key = new_key(key_spec="Aliyun_AES_256")
    secrets.create("own", encryption_key_id=key.key_id)
    assert secrets.describe("own").encryption_key_id == key.key_id
    assert secrets.value("own").secret_data == "hunter2-value"


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"secret_data": "x" * 30_721}, 400, "InvalidParameter"),
        ({"secret_data_type": "json"}, 400, "InvalidParameter"),
        ({"version_id": "v" * 65}, 400, "InvalidParameter"),
        ({"secret_type": "Secret"}, 400, "InvalidParameter"),
        ({"secret_type": "Redis"}, 400, "UnsupportedOperation"),
        ({"secret_type": "PolarDB"}, 400, "UnsupportedOperation"),
        ({"secret_type": "Rds"}, 400, "InvalidParameter"),
        ({"extended_config": {"SecretSubType": "SingleUser"}}, 400, "InvalidParameter"),
        ({"enable_automatic_rotation": True}, 400, "UnsupportedOperation"),
        ({"policy": json.dumps(OPEN)}, 400, "Forbidden.KeyPolicyUnSupported"),
        ({"tags": "[]x"}, 400, "InvalidParameter"),
        ({"tags": '[{"TagKey":"a"},{"TagKey":"a"}]'}, 400, "Duplicate.TagKey"),
        ({"tags": '[{"TagKey":"acs:a"}]'}, 400, "InvalidParameter.TagKey"),
        (
            {"tags": json.dumps([{"TagKey": "a", "TagValue": "v" * 129}])},
            400,
            "InvalidParameter.TagValue",
        ),
        ({"dkmsinstance_id": "kst-nobody"}, 403, "Forbidden.DKMSInstanceNotFound"),
        (
            {"encryption_key_id": "6c2b3ad7-0b8e-4d7e-8c55-8f3f7a3f0000"},
            404,
            "Forbidden.KeyNotFound",
        ),
        ({"encryption_key_id": "alias/nothing"}, 404, "Forbidden.AliasNotFound"),
        ({"name": "acs/mine"}, 400, "InvalidParameter"),
        ({"name": "$Auto"}, 400, "InvalidParameter"),
        ({"name": "a b"}, 400, "InvalidParameter"),
        ({"name": "n" * 193}, 400, "InvalidParameter"),
    ],
)
def test_what_cannot_be_made(
    secrets: Secrets, request_: dict[str, Any], status: int, code: str
) -> None:
    with refused(code, status):
        secrets.create(**{"name": "db", **request_})


def test_the_longest_of_everything_is_taken(secrets: Secrets) -> None:
    name, value = "n" * 192, "é" * 15_360
    secrets.create(name, secret_data=value, version_id="v" * 64, secret_data_type="binary")
    found = secrets.value(name)
    assert (found.secret_data, found.secret_data_type) == (value, "binary")
    assert found.version_id == "v" * 64


def test_binary_values_are_not_looked_into(secrets: Secrets) -> None:
    secrets.create(secret_data="no base64 at all!", secret_data_type="binary")
    assert secrets.value().secret_data == "no base64 at all!"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "Disabled"}, "Rejected.Disabled"),
        ({"state": "PendingDeletion"}, "Rejected.PendingDeletion"),
        ({"state": "PendingImport"}, "Rejected.PendingImport"),
    ],
)
def test_a_key_that_cannot_be_used_seals_nothing_and_opens_nothing(
    secrets: Secrets,
    new_key: Callable[..., Any],
    server: Server,
    changes: dict[str, Any],
    code: str,
) -> None:
    key = new_key()
    secrets.create("before", encryption_key_id=key.key_id)
    change_key(server, key.key_id, **changes)
    with refused(code, 409):
        secrets.create("after", encryption_key_id=key.key_id)
    with refused(code, 409):
        secrets.value("before")
    with refused(code, 409):
        secrets.put("before")
    change_key(server, key.key_id, state="Enabled")
    assert secrets.value("before").secret_data == "hunter2-value"


def test_a_key_that_is_gone_takes_its_secrets_along(
    secrets: Secrets, new_key: Callable[..., Any], server: Server
) -> None:
    key = new_key()
    secrets.create("orphan", encryption_key_id=key.key_id)
    change_key(server, key.key_id, delete_at=server.clock() - 1)
    with refused("Forbidden.KeyNotFound", 404):
        secrets.value("orphan")
    with refused("Forbidden.KeyNotFound", 404):
        secrets.put("orphan")


@pytest.mark.parametrize("spec", ["RSA_2048", "HMAC_SHA_256"])
def test_a_key_that_is_not_symmetric_seals_nothing(
    secrets: Secrets, new_key: Callable[..., Any], spec: str
) -> None:
    with refused("UnsupportedOperation", 400):
        secrets.create(encryption_key_id=new_key(key_spec=spec).key_id)


def test_a_secret_of_an_instance_needs_a_key_of_it(
    secrets: Secrets, new_key: Callable[..., Any], account: NewAccount
) -> None:
    instance = default_instance_id(account.account_id)
    with refused("InvalidParameter", 400):
        secrets.create(dkmsinstance_id=instance)
    with refused("UnsupportedOperation", 400):
        secrets.create(dkmsinstance_id=instance, encryption_key_id=new_key().key_id)
    key = new_key(dkmsinstance_id=instance)
    with refused("UnsupportedOperation", 400):
        secrets.create(encryption_key_id=key.key_id)
    made = secrets.create(dkmsinstance_id=instance, encryption_key_id=key.key_id)
    assert made.dkmsinstance_id == instance


def test_names_are_taken_once(secrets: Secrets) -> None:
    secrets.create()
    with refused("Rejected.ResourceExist", 409):
        secrets.create(secret_data="other")
    with refused("Rejected.ResourceExist", 409):
        secrets.create()
    secrets.delete()
    with refused("Rejected.ResourceInDeleteWindow", 409):
        secrets.create()


def test_the_quota(secrets: Secrets, server: Server) -> None:
    secrets.create("one")
    with quotas(server, {"kms.secrets": 1}), refused("Rejected.LimitExceeded", 400):
        secrets.create("two")


def test_own_keys_need_the_keys_permission_too(
    secrets: Secrets, allowed: Callable[..., Clients], new_key: Callable[..., Any]
) -> None:
    key = new_key()
    secrets.create("own", encryption_key_id=key.key_id)
    secrets.create("plain")
    user = Secrets(allowed("reader", allowing("kms:*Secret*")).kms)
    assert user.value("plain").secret_data == "hunter2-value"
    for attempt in (
        lambda: user.value("own"),
        lambda: user.put("own"),
        lambda: user.create("mine", encryption_key_id=key.key_id),
    ):
        with refused("Forbidden.NoPermission", 403):
            attempt()
    both = Secrets(
        allowed("both", allowing("kms:*Secret*", "kms:Decrypt", "kms:GenerateDataKey")).kms
    )
    assert both.value("own").secret_data == "hunter2-value"
    both.put("own")
    both.create("mine", encryption_key_id=key.key_id)


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize(
    "condition", [{"kms:tag/class": "low"}, {"kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}]
)
def test_conditions_on_own_keys_are_heard(
    secrets: Secrets,
    allowed: Callable[..., Clients],
    new_key: Callable[..., Any],
    effect: str,
    condition: dict[str, str],
) -> None:
    made = {
        name: new_key(tags=json.dumps([{"TagKey": "class", "TagValue": name}])).key_id
        for name in ("top", "low")
    }
    for name, key_id in made.items():
        secrets.create(name, encryption_key_id=key_id)
    about_keys = ["kms:Decrypt", "kms:GenerateDataKey"]
    statements = [
        {"Effect": "Allow", "Action": "kms:*Secret*", "Resource": "*"},
        {
            "Effect": effect,
            "Action": about_keys,
            "Resource": "*",
            "Condition": {"StringEquals": condition},
        },
    ]
    if effect == "Deny":
        statements.append({"Effect": "Allow", "Action": about_keys, "Resource": "*"})
    document = json.dumps({"Version": "1", "Statement": statements})
    user = Secrets(allowed("conditioned", document).kms)
    hit = {"low"} if "kms:tag/class" in condition else {"top", "low"}
    for name, key_id in made.items():
        for attempt in (
            partial(user.value, name),
            partial(user.put, name),
            partial(user.create, f"of-{name}", encryption_key_id=key_id),
        ):
            if (name in hit) is (effect == "Allow"):
                attempt()
            else:
                with refused("Forbidden.NoPermission", 403):
                    attempt()


def test_a_batch_hears_conditions_on_own_keys(
    secrets: Secrets, allowed: Callable[..., Clients], new_key: Callable[..., Any]
) -> None:
    tags = json.dumps([{"TagKey": "class", "TagValue": "top"}])
    secrets.create("top", encryption_key_id=new_key(tags=tags).key_id)
    secrets.create("low", encryption_key_id=new_key().key_id)
    statements = [
        {"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {"StringEquals": {"kms:tag/class": "top"}},
        },
    ]
    document = json.dumps({"Version": "1", "Statement": statements})
    found = Secrets(allowed("batcher", document).kms).batch(
        {"secret_name": "top"}, {"secret_name": "low"}
    )
    assert [v.secret_name for v in found.secret_values] == ["low"]
    assert [(e.secret_name, e.code) for e in found.errors] == [("top", "Forbidden.NoPermission")]


def test_secrets_are_listed_by_page_and_filter(secrets: Secrets) -> None:
    for name in ("a/one", "a/two", "b/three"):
        secrets.create(name, description=f"about {name}", tags='[{"TagKey":"%s"}]' % name[0])  # noqa: UP031
    page = secrets.listed(page_size=2)
    assert (page.total_count, page.page_number, page.page_size) == (3, 1, 2)
    assert [s.secret_name for s in page.secret_list.secret] == ["a/one", "a/two"]
    assert page.secret_list.secret[0].tags is None
    page = secrets.listed(page_size=2, page_number=2, fetch_tags="true")
    (third,) = page.secret_list.secret
    assert (third.secret_name, third.secret_type) == ("b/three", "Generic")
    assert [t.tag_key for t in third.tags.tag] == ["b"]

    def names(*filters: dict[str, Any]) -> list[str]:
        found = secrets.listed(filters=json.dumps(filters)).secret_list.secret
        return [s.secret_name for s in found]

    assert names({"Key": "SecretName", "Values": ["a/"]}) == ["a/one", "a/two"]
    assert names({"Key": "SecretName", "Values": ["a/t", "b"]}) == ["a/two", "b/three"]
    assert names({"Key": "Description", "Values": ["about a/o"]}) == ["a/one"]
    assert names({"Key": "TagKey", "Values": ["b"]}) == ["b/three"]
    assert names({"Key": "TagKey", "Values": ["a"]}, {"Key": "TagValue", "Values": ["x"]}) == []
    assert names({"Key": "SecretType", "Values": ["Rds"]}) == []
    assert len(names({"Key": "Creator", "Values": []})) == 3
    for bad in ("{}", '[{"Key":"Nothing","Values":["x"]}]'):
        with refused("InvalidParameter", 400):
            secrets.listed(filters=bad)


def test_a_secret_is_described_anew(secrets: Secrets) -> None:
    secrets.create(description="before")
    assert secrets.update(description="after").secret_name == "db"
    assert secrets.describe().description == "after"
    config = models.UpdateSecretRequestExtendedConfig(custom_data={"a": "b"})
    with refused("Rejected.UnsupportedOperation", 400):
        secrets.update(extended_config=config)


@pytest.mark.parametrize(
    "pairs", [{str(n): "v" for n in range(11)}, {"a": {"b": "c"}}, '{"a":1}', "a"]
)
def test_custom_data_are_up_to_ten_pairs(secrets: Secrets, pairs: dict[str, Any]) -> None:
    secrets.create("acs/ecs/web", **SERVER)
    config = models.UpdateSecretRequestExtendedConfig(custom_data=pairs)
    with refused("InvalidParameter", 400):
        secrets.update("acs/ecs/web", extended_config=config)


SERVER = {
    "secret_type": "ECS",
    "secret_data": json.dumps({"UserName": "root", "Password": "hunter2-server"}),
    "extended_config": {
        "SecretSubType": "Password",
        "RegionId": "cn-hangzhou",
        "InstanceId": "i-1",
        "CustomData": {"k": "v"},
    },
}


def test_a_servers_password_and_key_are_kept(secrets: Secrets) -> None:
    made = secrets.create("acs/ecs/web", **SERVER)
    config = {**SERVER["extended_config"]}  # type: ignore[dict-item]
    assert json.loads(made.extended_config) == config
    assert made.automatic_rotation == "Disabled"
    found = secrets.value("acs/ecs/web", fetch_extended_config=True)
    assert json.loads(found.secret_data) == {"UserName": "root", "Password": "hunter2-server"}
    assert json.loads(found.extended_config) == config
    assert secrets.value("acs/ecs/web").extended_config is None
    update = models.UpdateSecretRequestExtendedConfig(custom_data={"a": "b"})
    secrets.update("acs/ecs/web", extended_config=update)
    assert json.loads(secrets.describe("acs/ecs/web").extended_config)["CustomData"] == {"a": "b"}
    keys = {"UserName": "root", "PublicKey": "ssh-ed25519 AAAA", "PrivateKey": "hunter2-key"}
    secrets.create(
        "acs/ecs/ssh",
        secret_type="ECS",
        secret_data=json.dumps(keys),
        extended_config={**config, "SecretSubType": "SSHKey"},
    )
    assert json.loads(secrets.value("acs/ecs/ssh").secret_data) == keys


@pytest.mark.parametrize(
    "change",
    [
        {"secret_name": "web"},
        {"secret_data": "hunter2"},
        {"secret_data": '{"UserName":"root"}'},
        {"secret_data": '{"UserName":"","Password":"p"}'},
        {"secret_data": '{"UserName":"root","Password":"p","More":"m"}'},
        {"secret_data_type": "binary"},
        {"extended_config": {"SecretSubType": "Password"}},
        {"extended_config": {"SecretSubType": "Other", "RegionId": "r", "InstanceId": "i"}},
        {
            "extended_config": {
                "SecretSubType": "Password",
                "RegionId": "r",
                "InstanceId": "i",
                "CustomData": {str(n): "v" for n in range(11)},
            }
        },
    ],
)
def test_a_servers_secret_must_be_one(secrets: Secrets, change: dict[str, Any]) -> None:
    request = {**SERVER, **change}
    with refused("InvalidParameter", 400):
        secrets.create(request.pop("secret_name", "acs/ecs/web"), **request)


def test_missing_things_are_missed(secrets: Secrets) -> None:
    for attempt in (secrets.describe, secrets.update):
        with refused("Forbidden.ResourceNotFound", 404):
            attempt("nothing")
    secrets.create()
    secrets.delete()
    with refused("Rejected.ResourceInDeleteWindow", 409):
        secrets.update(description="x")
    assert secrets.describe().planned_delete_time is not None
