"""GetSecretValue, BatchGetSecretValue, PutSecretValue, ListSecretVersionIds, version stages."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.kms.secret_calls import Secrets
from tests.conformance.kms.test_secrets import SERVER, allowed

from juyong.services.identity.facade import NewAccount
from juyong.services.kms.tables import default_instance_id

__all__ = ["allowed"]


def test_versions_come_and_their_stages_move(secrets: Secrets) -> None:
    secrets.create()
    assert secrets.stages() == {"v1": ["ACSCurrent"]}
    put = secrets.put(version="v2")
    assert (put.secret_name, put.version_id) == ("db", "v2")
    assert put.version_stages.version_stage == ["ACSCurrent"]
    assert secrets.stages() == {"v1": ["ACSPrevious"], "v2": ["ACSCurrent"]}
    secrets.put(version="v3")
    assert secrets.stages() == {"v1": [], "v2": ["ACSPrevious"], "v3": ["ACSCurrent"]}
    assert secrets.value().secret_data == "of-v3"
    assert secrets.value(version_stage="ACSPrevious").secret_data == "of-v2"
    first = secrets.value(version_id="v1")
    assert (first.secret_data, first.version_stages.version_stage) == ("hunter2-value", [])
    assert secrets.value(version_id="v3", version_stage="ACSCurrent").version_id == "v3"


@pytest.mark.parametrize(
    "wanted",
    [
        {"version_id": "v9"},
        {"version_stage": "Nothing"},
        {"version_id": "v1", "version_stage": "ACSCurrent"},
    ],
)
def test_what_is_not_there_is_not_read(secrets: Secrets, wanted: dict[str, str]) -> None:
    secrets.create()
    secrets.put(version="v2")
    with refused("Forbidden.ResourceNotFound", 404):
        secrets.value(**wanted)
    with refused("Forbidden.ResourceNotFound", 404):
        secrets.value("nothing")


def test_a_put_with_a_custom_stage_leaves_the_current_version(secrets: Secrets) -> None:
    secrets.create()
    secrets.put(version="v2", version_stages='["MyPendingLabel"]')
    assert secrets.stages() == {"v1": ["ACSCurrent"], "v2": ["MyPendingLabel"]}
    assert secrets.value(version_stage="MyPendingLabel").secret_data == "of-v2"


def test_the_same_version_again_is_no_error_and_takes_the_stages_given(secrets: Secrets) -> None:
    """As the Terraform provider does right after creating."""
    secrets.create()
    put = secrets.put(version="v1", data="hunter2-value", version_stages='["ACSCurrent","ACSNext"]')
    assert put.version_stages.version_stage == ["ACSCurrent", "ACSNext"]
    assert secrets.value().version_stages.version_stage == ["ACSCurrent", "ACSNext"]
    secrets.put(version="v2")
    again = secrets.put(version="v1", data="hunter2-value")
    assert again.version_stages.version_stage == ["ACSNext", "ACSPrevious"]
    assert secrets.value().version_id == "v2"


def test_a_version_is_written_once(secrets: Secrets) -> None:
    secrets.create()
    with refused("Rejected.ResourceExist", 409):
        secrets.put(version="v1", data="other")
    with refused("Rejected.ResourceExist", 409):
        secrets.put(version="v1", data="hunter2-value", secret_data_type="binary")
    assert secrets.value().secret_data == "hunter2-value"


@pytest.mark.parametrize("stages", ['["ACSPrevious"]', '["a b"]', '[""]', "{}", '["a",1]'])
def test_stages_must_be_ones_that_can_be_given(secrets: Secrets, stages: str) -> None:
    secrets.create()
    with refused("InvalidParameter", 400):
        secrets.put(version_stages=stages)


def test_a_value_has_its_limit_in_put_too(secrets: Secrets) -> None:
    secrets.create()
    secrets.put(data="x" * 30_720)
    with refused("InvalidParameter", 400):
        secrets.put(version="v3", data="x" * 30_721)


def test_the_oldest_version_without_a_stage_gives_way(secrets: Secrets) -> None:
    secrets.create()
    secrets.put(version="v2", version_stages='["Kept"]')
    for number in range(3, 12):
        secrets.put(version=f"v{number}")
    kept = secrets.stages()
    assert len(kept) == 10
    assert "v1" not in kept
    assert kept["v2"] == ["Kept"]
    with refused("Forbidden.ResourceNotFound", 404):
        secrets.value(version_id="v1")


def test_there_are_no_more_stages_and_versions_than_allowed(
    secrets: Secrets, server: Server
) -> None:
    secrets.create()
    secrets.put(version="v2")
    for number in range(6):
        secrets.move(f"Stage{number}", "v1")
    with refused("Rejected.LimitExceeded", 400):
        secrets.move("OneMore", "v1")
    with refused("Rejected.LimitExceeded", 400):
        secrets.put(version="v3", version_stages='["OneMore"]')
    with quotas(server, {"kms.secret-versions": 2}), refused("Rejected.LimitExceeded", 400):
        secrets.put(version="v3", version_stages='["Stage0"]')


def test_versions_are_listed_by_page(secrets: Secrets) -> None:
    secrets.create()
    for number in (2, 3, 4):
        secrets.put(version=f"v{number}")
    staged = secrets.versions()
    assert [v.version_id for v in staged.version_ids.version_id] == ["v4", "v3"]
    assert (staged.secret_name, staged.total_count) == ("db", 2)
    every = secrets.versions(include_deprecated="true", page_size=3, page_number=2)
    assert [v.version_id for v in every.version_ids.version_id] == ["v1"]
    assert (every.total_count, every.page_number, every.page_size) == (4, 2, 3)
    with refused("Forbidden.ResourceNotFound", 404):
        secrets.versions("nothing")


def test_a_stage_moves_from_where_it_sits(secrets: Secrets) -> None:
    secrets.create()
    secrets.put(version="v2", version_stages='["New"]')
    secrets.move("ACSCurrent", "v2", off="v1")
    assert secrets.stages() == {"v1": ["ACSPrevious"], "v2": ["ACSCurrent", "New"]}
    secrets.move("New", "v1", off="v2")
    secrets.move("New", "v1")
    secrets.move("New", None, off="v1")
    assert secrets.stages() == {"v1": ["ACSPrevious"], "v2": ["ACSCurrent"]}


@pytest.mark.parametrize(
    ("stage", "to", "off"),
    [
        ("New", None, None),
        ("ACSCurrent", None, "v1"),
        ("ACSCurrent", "v2", None),
        ("ACSCurrent", "v2", "v2"),
        ("New", "v1", None),
        ("New", None, "v1"),
        ("Nowhere", "v1", "v2"),
    ],
)
def test_a_stage_does_not_move_from_where_it_does_not_sit(
    secrets: Secrets, stage: str, to: str | None, off: str | None
) -> None:
    secrets.create()
    secrets.put(version="v2", version_stages='["New"]')
    with refused("Rejected.InvalidRequest", 400):
        secrets.move(stage, to, off)


def test_a_stage_moves_to_versions_that_are_there(secrets: Secrets) -> None:
    secrets.create()
    with refused("Forbidden.ResourceNotFound", 404):
        secrets.move("New", "v9")
    with refused("Forbidden.ResourceNotFound", 404):
        secrets.move("New", "v1", name="nothing")


def test_managed_secrets_get_their_versions_by_rotation_alone(secrets: Secrets) -> None:
    secrets.create("acs/ecs/web", **SERVER)
    with refused("Rejected.UnsupportedOperation", 400):
        secrets.put("acs/ecs/web")
    with refused("Rejected.UnsupportedOperation", 400):
        secrets.move("ACSCurrent", "v1", name="acs/ecs/web")
    assert secrets.value("acs/ecs/web", version_id="any").version_id == "v1"


def test_nothing_is_read_or_written_in_the_deletion_window(secrets: Secrets) -> None:
    secrets.create()
    secrets.delete()
    for attempt in (secrets.value, secrets.put, lambda: secrets.move("New", "v1")):
        with refused("Rejected.ResourceInDeleteWindow", 409):
            attempt()
    assert secrets.stages() == {"v1": ["ACSCurrent"]}
    with refused("Forbidden.ResourceNotFound", 404):
        secrets.put("nothing")


def test_a_dry_run_reads_nothing(secrets: Secrets) -> None:
    secrets.create()
    with refused("DryRunOperationError", 400):
        secrets.value(dry_run="true")


def test_attested_reading_is_refused(secrets: Secrets) -> None:
    secrets.create()
    with refused("UnsupportedOperation", 400):
        secrets.value(recipient="e30=")


# --- several at once ---


def test_a_batch_answers_what_it_can(secrets: Secrets) -> None:
    secrets.create("one", secret_data="1")
    secrets.put("one", data="2")
    secrets.create("acs/ecs/web", **SERVER)
    secrets.create("gone")
    secrets.delete("gone")
    found = secrets.batch(
        {"secret_name": "one"},
        {"secret_name": "one", "version_stage": "ACSPrevious"},
        {"secret_name": "one", "version_id": "v1"},
        {"secret_name": "nothing"},
        {"secret_name": "gone"},
        {"secret_name": "acs/ecs/web", "fetch_extended_config": "true"},
    )
    values = [(v.secret_name, v.version_id, v.secret_data) for v in found.secret_values[:3]]
    assert values == [("one", "v2", "2"), ("one", "v1", "1"), ("one", "v1", "1")]
    assert json.loads(found.secret_values[3].extended_config)["SecretSubType"] == "Password"
    errors = [(e.secret_name, e.code, e.http_status) for e in found.errors]
    assert errors == [
        ("nothing", "Forbidden.ResourceNotFound", 404),
        ("gone", "Rejected.ResourceInDeleteWindow", 409),
    ]
    assert all(e.message for e in found.errors)


def test_a_batch_has_its_bounds(secrets: Secrets) -> None:
    secrets.create("one")
    assert len(secrets.batch(*[{"secret_name": "one"}] * 20).secret_values) == 20
    with refused("InvalidParameter", 400):
        secrets.batch(*[{"secret_name": "one"}] * 21)


def test_each_secret_of_a_batch_is_judged_by_itself(
    secrets: Secrets, allowed: Callable[..., Clients], new_key: Callable[..., Any]
) -> None:
    secrets.create("mine")
    secrets.create("other")
    secrets.create("sealed", encryption_key_id=new_key().key_id)
    document = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "kms:GetSecretValue",
                "Resource": ["acs:kms:*:*:secret/mine", "acs:kms:*:*:secret/sealed"],
            }
        ],
    }
    user = Secrets(allowed("batcher", json.dumps(document)).kms)
    found = user.batch({"secret_name": "mine"}, {"secret_name": "other"}, {"secret_name": "sealed"})
    assert [v.secret_name for v in found.secret_values] == ["mine"]
    assert [(e.secret_name, e.code, e.http_status) for e in found.errors] == [
        ("other", "Forbidden.NoPermission", 403),
        ("sealed", "Forbidden.NoPermission", 403),
    ]
    with refused("Forbidden.NoPermission", 403):
        user.batch({"secret_name": "other"})


# --- across accounts ---


def test_another_account_reads_what_both_sides_allow(
    secrets: Secrets,
    account: NewAccount,
    server: Server,
    new_key: Callable[..., Any],
    as_key: Callable[..., Clients],
) -> None:
    other = server.new_account()
    theirs = Secrets(as_key(other.access_key_id, other.secret.reveal()).kms)
    policy = json.dumps(
        {
            "Version": "1",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["kms:GetSecretValue", "kms:DescribeSecret", "kms:Decrypt"],
                    "Resource": ["*"],
                    "Principal": {"RAM": [f"acs:ram::{other.account_id}:user/{other.user_name}"]},
                }
            ],
        }
    )
    instance = default_instance_id(account.account_id)
    made = {}
    for name, of_key in (("shared", {"policy": policy}), ("sealed", {})):
        key = new_key(dkmsinstance_id=instance, **of_key)
        made[name] = secrets.create(
            name, dkmsinstance_id=instance, encryption_key_id=key.key_id
        ).arn
        with refused("Forbidden.NoPermission", 403):
            theirs.value(made[name])
        secrets.set_policy(name, policy)
    shared = made["shared"]
    assert theirs.value(shared).secret_data == "hunter2-value"
    assert theirs.describe(shared).arn == shared
    assert theirs.batch({"secret_name": shared}).secret_values[0].secret_data == "hunter2-value"
    with refused("Forbidden.NoPermission", 403):
        theirs.value(made["sealed"])
    with refused("Forbidden.NoPermission", 403):
        theirs.versions(shared)
    with refused("Forbidden.ResourceNotFound", 404):
        theirs.value("shared")
