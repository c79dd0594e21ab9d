"""DeleteSecret and RestoreSecret, secret policies, and random passwords."""

import json
import string
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_kms20160120 import models
from alibabacloud_kms20160120.client import Client as KmsClient
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, refused
from tests.conformance.kms.secret_calls import Secrets

from juyong.base.clock import iso
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.secrets.tables import SecretRow, SecretVersionRow, StageRow
from juyong.services.kms.tables import default_instance_id

DAY = 86_400


def rows(server: Server, account: NewAccount) -> list[Any]:
    """Return everything that is kept of an account's secrets."""

    def read(tx: Any) -> list[Any]:
        secrets = tx.find(SecretRow, account_id=account.account_id)
        versions = tx.find(SecretVersionRow, account_id=account.account_id)
        ids = {s.secret_id for s in secrets} | {v.secret_id for v in versions}
        return [*secrets, *versions, *(r for i in ids for r in tx.find(StageRow, secret_id=i))]

    return server.running.store.call(read)  # type: ignore[no-any-return]


@pytest.mark.parametrize(("window", "days"), [(None, 30), ("7", 7), ("30", 30)])
def test_a_deleted_secret_waits_and_can_be_restored(
    secrets: Secrets, server: Server, window: str | None, days: int
) -> None:
    secrets.create()
    before = server.clock()
    gone = secrets.delete(recovery_window_in_days=window)
    after = server.clock()
    assert iso(before + days * DAY) <= gone.planned_delete_time <= iso(after + days * DAY)
    assert secrets.describe().planned_delete_time == gone.planned_delete_time
    (listed,) = secrets.listed().secret_list.secret
    assert listed.planned_delete_time == gone.planned_delete_time
    with refused("Rejected.ResourceInDeleteWindow", 409):
        secrets.delete()
    assert secrets.restore().secret_name == "db"
    assert secrets.value().secret_data == "hunter2-value"
    with refused("Rejected.ResourceInUse", 409):
        secrets.restore()


@pytest.mark.parametrize(
    "request_",
    [
        {"recovery_window_in_days": "6"},
        {"recovery_window_in_days": "31"},
        {"recovery_window_in_days": "7", "force_delete_without_recovery": "true"},
    ],
)
def test_windows_that_there_are_not(secrets: Secrets, request_: dict[str, str]) -> None:
    secrets.create()
    with refused("InvalidParameter", 400):
        secrets.delete(**request_)
    secrets.delete(recovery_window_in_days="7", force_delete_without_recovery="false")


def test_force_erases_at_once_also_within_a_window(
    secrets: Secrets, server: Server, account: NewAccount
) -> None:
    for scheduled in (False, True):
        secrets.create(tags='[{"TagKey":"old"}]')
        secrets.put()
        if scheduled:
            secrets.delete()
        secrets.delete(force_delete_without_recovery="true")
        assert rows(server, account) == []
        with refused("Forbidden.ResourceNotFound", 404):
            secrets.describe()
        with refused("Forbidden.ResourceNotFound", 404):
            secrets.restore()
    secrets.create(secret_data="another")
    assert secrets.value().secret_data == "another"
    assert secrets.describe(fetch_tags="true").tags.tag == []


def test_a_secret_is_gone_when_its_window_is_over(
    secrets: Secrets, server: Server, account: NewAccount
) -> None:
    secrets.create("old")
    secrets.create("older")
    secrets.delete("old", recovery_window_in_days="7")
    secrets.delete("older", recovery_window_in_days="7")

    def past(tx: Any) -> None:
        for row in tx.find(SecretRow, account_id=account.account_id):
            tx.update(row, delete_at=server.clock())

    server.running.store.call(past)
    for attempt in (secrets.describe, secrets.restore, secrets.value, secrets.delete):
        with refused("Forbidden.ResourceNotFound", 404):
            attempt("old")
    assert secrets.listed().total_count == 0
    secrets.create("old", secret_data="anew")
    assert secrets.value("old").secret_data == "anew"


# --- policies ---


@pytest.fixture
def shared(secrets: Secrets, new_key: Callable[..., Any], account: NewAccount) -> Secrets:
    """An instance's secret `shared` beside a plain one `db`."""
    instance = default_instance_id(account.account_id)
    key = new_key(dkmsinstance_id=instance)
    secrets.create("shared", dkmsinstance_id=instance, encryption_key_id=key.key_id)
    secrets.create()
    return secrets


def statement(effect: str, principal: str, *actions: str) -> str:
    one = {
        "Effect": effect,
        "Action": list(actions),
        "Resource": ["*"],
        "Principal": {"RAM": [principal]},
    }
    return json.dumps({"Version": "1", "Statement": [one]})


def test_a_secret_has_a_policy_from_the_start(shared: Secrets, account: NewAccount) -> None:
    (first,) = json.loads(shared.policy("shared"))["Statement"]
    assert first["Sid"] == "kms default secret policy"
    assert first["Principal"] == {"RAM": [f"acs:ram::{account.account_id}:*"]}


def test_a_policy_lets_a_user_read_and_keeps_one_from_it(
    shared: Secrets, account: NewAccount, new_user: Callable[[str], Clients]
) -> None:
    user = Secrets(new_user("guest").kms)
    guest = f"acs:ram::{account.account_id}:user/guest"
    with refused("Forbidden.NoPermission", 403):
        user.describe("shared")
    policy = statement("Allow", guest, "kms:DescribeSecret")
    shared.set_policy("shared", policy)
    assert json.loads(shared.policy("shared")) == json.loads(policy)
    assert user.describe("shared").secret_name == "shared"
    administrator = f"acs:ram::{account.account_id}:user/{account.user_name}"
    shared.set_policy("shared", statement("Deny", administrator, "kms:GetSecretValue"))
    with refused("Forbidden.NoPermission", 403):
        shared.value("shared")


def test_only_secrets_of_an_instance_carry_one(shared: Secrets) -> None:
    policy = statement("Allow", "acs:ram::1234567890123456:user/x", "kms:GetSecretValue")
    with refused("Forbidden.KeyPolicyUnSupported", 400):
        shared.set_policy("db", policy)
    with refused("Forbidden.KeyPolicyUnSupported", 400):
        shared.policy("db")
    for attempt in (lambda: shared.set_policy("none", policy), lambda: shared.policy("none")):
        with refused("Forbidden.ResourceNotFound", 404):
            attempt()


@pytest.mark.parametrize("policy", ["{}", "x", statement("Allow", "acs:ram::1:user/x", "oss:Get*")])
def test_a_policy_must_be_one(shared: Secrets, policy: str) -> None:
    with refused("InvalidParameter", 400):
        shared.set_policy("shared", policy)


def test_a_policy_is_not_set_in_the_deletion_window(shared: Secrets) -> None:
    shared.delete("shared")
    policy = statement("Allow", "acs:ram::1234567890123456:user/x", "kms:GetSecretValue")
    with refused("Rejected.ResourceInDeleteWindow", 409):
        shared.set_policy("shared", policy)


# --- random passwords ---


def password(kms: KmsClient, **request: Any) -> str:
    answer: Any = kms.get_random_password(models.GetRandomPasswordRequest(**request))
    return str(answer.body.random_password)


def test_a_password_has_every_type_and_the_length_asked_for(kms: KmsClient) -> None:
    drawn = {password(kms) for _ in range(5)}
    assert len(drawn) == 5
    for text in drawn | {password(kms, password_length="8")}:
        assert len(text) in (8, 32)
        for letters in (
            string.ascii_lowercase,
            string.ascii_uppercase,
            string.digits,
            string.punctuation,
        ):
            assert set(text) & set(letters)
    assert len(password(kms, password_length="128")) == 128


def test_types_and_characters_are_left_out(kms: KmsClient) -> None:
    digits = password(
        kms,
        exclude_lowercase="true",
        exclude_uppercase="true",
        exclude_punctuation="true",
        exclude_characters="01234567",
        password_length="128",
    )
    assert set(digits) == {"8", "9"}
    assert not set(password(kms, exclude_numbers="true", password_length="128")) & set("0123456789")
    letters = password(kms, require_each_included_type="false")
    assert len(letters) == 32


@pytest.mark.parametrize(
    "request_",
    [
        {"password_length": "7"},
        {"password_length": "129"},
        {
            "exclude_lowercase": "true",
            "exclude_uppercase": "true",
            "exclude_punctuation": "true",
            "exclude_characters": "0123456789",
        },
    ],
)
def test_passwords_that_cannot_be_drawn(kms: KmsClient, request_: dict[str, str]) -> None:
    with refused("InvalidParameter", 400):
        password(kms, **request_)


def test_a_password_needs_no_permission(new_user: Callable[[str], Clients]) -> None:
    assert len(password(new_user("nobody").kms)) == 32
