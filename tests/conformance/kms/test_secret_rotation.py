"""RotateSecret and UpdateSecretRotationPolicy, and the AccessKeys of RAM users being rotated."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from tests.conformance.conftest import Clients
from tests.conformance.harness import Server, quotas, refused
from tests.conformance.kms.secret_calls import Secrets
from tests.conformance.kms.test_secrets import SERVER
from tests.jobs import work_off

from juyong.api.bench import Bench
from juyong.audit.tables import EventRow
from juyong.base.clock import iso
from juyong.services.identity.facade import NewAccount
from juyong.services.kms.secrets import jobs
from juyong.services.kms.secrets.rotation.role import ROLE_NAME
from juyong.services.kms.secrets.tables import SecretRow

TRUST = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": ["kms.aliyuncs.com"]},
            }
        ],
    }
)
KEYS = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "ram:ListAccessKeys",
                    "ram:CreateAccessKey",
                    "ram:DeleteAccessKey",
                    "ram:UpdateAccessKey",
                ],
                "Resource": "*",
            }
        ],
    }
)
NAME = "acs/ram/user/robot"
CONFIG = {"SecretSubType": "RamUserAccessKey", "UserName": "robot"}


def rounds(server: Server) -> None:
    """Do once what a worker does for secrets every minute."""
    bench = Bench(
        call=server.running.store.call,
        clock=server.clock,
        platform=server.running.pipeline.platform,
    )
    jobs.work(bench)
    work_off(jobs.rotate, bench)


def new_role(ram: RamClient, trust: str = TRUST, policy: str | None = KEYS) -> None:
    ram.create_role(
        ram_models.CreateRoleRequest(role_name=ROLE_NAME, assume_role_policy_document=trust)
    )
    if policy is None:
        return
    ram.create_policy(
        ram_models.CreatePolicyRequest(policy_name="RotateKeys", policy_document=policy)
    )
    ram.attach_policy_to_role(
        ram_models.AttachPolicyToRoleRequest(
            policy_type="Custom", policy_name="RotateKeys", role_name=ROLE_NAME
        )
    )


def new_key(ram: RamClient) -> dict[str, str]:
    made: Any = ram.create_access_key(ram_models.CreateAccessKeyRequest(user_name="robot"))
    key = made.body.access_key
    return {"AccessKeyId": key.access_key_id, "AccessKeySecret": key.access_key_secret}


def key_ids(ram: RamClient) -> set[str]:
    found: Any = ram.list_access_keys(ram_models.ListAccessKeysRequest(user_name="robot"))
    return {k.access_key_id for k in found.body.access_keys.access_key}


@pytest.fixture
def robot(ram: RamClient) -> dict[str, str]:
    """A user `robot` with one AccessKey."""
    ram.create_user(ram_models.CreateUserRequest(user_name="robot"))
    return new_key(ram)


def ram_secret(secrets: Secrets, *keys: dict[str, str], name: str = "$Auto", **more: Any) -> Any:
    data = more.pop("secret_data", None) or json.dumps({"AccessKeys": list(keys)})
    config = more.pop("extended_config", CONFIG)
    return secrets.create(
        name, secret_type="RAMCredentials", secret_data=data, extended_config=config, **more
    )


def current(secrets: Secrets, stage: str = "ACSCurrent") -> dict[str, str]:
    found: dict[str, str] = json.loads(secrets.value(NAME, version_stage=stage).secret_data)
    return found


def test_access_keys_are_rotated_and_each_current_one_works(
    secrets: Secrets,
    ram: RamClient,
    robot: dict[str, str],
    server: Server,
    as_key: Callable[..., Clients],
) -> None:
    new_role(ram)
    made = ram_secret(secrets, robot)
    assert (made.secret_name, made.automatic_rotation) == (NAME, "Disabled")
    first = current(secrets)
    assert first["AccessKeyId"] == robot["AccessKeyId"]
    assert first["GenerateTimestamp"].endswith("Z")
    seen = [first]
    for number in range(1, 4):
        answer = secrets.rotate(NAME, f"r{number}")
        assert (answer.secret_name, answer.version_id) == (NAME, f"r{number}")
        assert answer.arn == made.arn
        rounds(server)
        now = current(secrets)
        assert current(secrets, "ACSPrevious") == seen[-1]
        assert key_ids(ram) == {now["AccessKeyId"], seen[-1]["AccessKeyId"]}
        used = as_key(now["AccessKeyId"], now["AccessKeySecret"])
        identity: Any = used.sts.get_caller_identity()
        assert identity.body.arn.endswith("user/robot")
        seen.append(now)
    assert len({key["AccessKeyId"] for key in seen}) == 4


def test_a_second_access_key_is_the_previous_version(
    secrets: Secrets, ram: RamClient, robot: dict[str, str], server: Server
) -> None:
    new_role(ram)
    other = new_key(ram)
    ram_secret(secrets, robot, other, name=NAME)
    assert current(secrets)["AccessKeyId"] == robot["AccessKeyId"]
    assert current(secrets, "ACSPrevious")["AccessKeyId"] == other["AccessKeyId"]
    secrets.rotate(NAME)
    rounds(server)
    assert key_ids(ram) == {robot["AccessKeyId"], current(secrets)["AccessKeyId"]}


def test_keys_that_are_not_the_secrets_are_never_deleted(
    secrets: Secrets,
    ram: RamClient,
    robot: dict[str, str],
    server: Server,
    account: NewAccount,
) -> None:
    new_role(ram)
    ram_secret(secrets, robot, enable_automatic_rotation=True, rotation_interval="7d")
    other = new_key(ram)
    secrets.rotate(NAME)
    for minutes in (0, 1, 3, 7, 15):
        server.clock.offset = minutes * 60
        rounds(server)
    server.clock.offset = 0
    assert key_ids(ram) == {robot["AccessKeyId"], other["AccessKeyId"]}
    assert secrets.describe(NAME).automatic_rotation == "Invalid"
    assert secrets.describe(NAME).next_rotation_date is None
    (event,) = server.running.store.call(
        lambda tx: tx.find(
            EventRow,
            account_id=account.account_id,
            event_name="Secret:RotateSecret:Failure",
        )
    )
    body = json.loads(event.body)
    assert body["eventType"] == "AliyunServiceEvent"
    extra = body["additionalEventData"]
    assert (extra["secretName"], extra["secretSubType"]) == (NAME, "RamUserAccessKey")
    assert extra["rotationStatus"] == "Failure"
    assert "not the secret's" in json.loads(extra["failureInfo"])["errorMessage"]
    ram.delete_access_key(
        ram_models.DeleteAccessKeyRequest(
            user_name="robot", user_access_key_id=other["AccessKeyId"]
        )
    )
    secrets.rotate(NAME, "again")
    rounds(server)
    assert secrets.describe(NAME).automatic_rotation == "Enabled"


@pytest.mark.parametrize(
    ("trust", "policy"),
    [
        (None, None),
        (TRUST.replace("kms.", "ecs."), KEYS),
        (TRUST, None),
        (TRUST, KEYS.replace('"Allow"', '"Deny"')),
        (TRUST, KEYS.replace("ram:DeleteAccessKey", "ram:GetUser")),
    ],
)
def test_the_service_needs_its_role(
    secrets: Secrets, ram: RamClient, robot: dict[str, str], trust: str | None, policy: str | None
) -> None:
    if trust is not None:
        new_role(ram, trust, policy)
    with refused("Forbidden.RamRoleNotFound", 403):
        ram_secret(secrets, robot)


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"name": "robot"}, (400, "InvalidParameter")),
        ({"secret_data": "{}"}, (400, "InvalidParameter")),
        ({"secret_data": '{"AccessKeys":[]}'}, (400, "InvalidParameter")),
        (
            {"secret_data": '{"AccessKeys":[{"AccessKeyId":"a","AccessKeySecret":"b"}]}'},
            (400, "InvalidParameter"),
        ),
        ({"extended_config": {"SecretSubType": "RamUserAccessKey"}}, (400, "InvalidParameter")),
        (
            {"extended_config": {**CONFIG, "UserName": "nobody"}},
            (404, "Forbidden.ResourceNotFound"),
        ),
        ({"enable_automatic_rotation": True}, (400, "MissingParameter")),
        (
            {"enable_automatic_rotation": True, "rotation_interval": "5h"},
            (400, "InvalidParameter"),
        ),
    ],
)
def test_a_ram_secret_must_be_one(
    secrets: Secrets,
    ram: RamClient,
    robot: dict[str, str],
    change: dict[str, Any],
    answer: tuple[int, str],
) -> None:
    new_role(ram)
    status, code = answer
    with refused(code, status):
        ram_secret(secrets, robot, **change)


def test_access_keys_must_be_the_users_and_open(
    secrets: Secrets, ram: RamClient, robot: dict[str, str]
) -> None:
    new_role(ram)
    wrong = {**robot, "AccessKeySecret": "x" * 30}
    other = new_key(ram)
    for keys in ([wrong, other], [robot], [robot, robot], [other]):
        with refused("InvalidParameter", 400):
            ram_secret(secrets, *keys)


def test_a_rotation_is_asked_for_once(
    secrets: Secrets, ram: RamClient, robot: dict[str, str], server: Server
) -> None:
    new_role(ram)
    ram_secret(secrets, robot)
    secrets.rotate(NAME, "r1")
    secrets.rotate(NAME, "r1")
    with refused("Rejected.ResourceInUse", 409):
        secrets.rotate(NAME, "r2")
    rounds(server)
    secrets.rotate(NAME, "r1")
    secrets.rotate(NAME, "v1")
    rounds(server)
    assert secrets.value(NAME).version_id == "r1"
    with quotas(server, {"kms.rotations-an-hour": 1}), refused("Rejected.LimitExceeded", 400):
        secrets.rotate(NAME, "r2")
    with quotas(server, {"kms.rotations-an-hour": 2}):
        secrets.rotate(NAME, "r2")


def test_what_nothing_rotates(secrets: Secrets) -> None:
    secrets.create("plain")
    secrets.create("acs/ecs/web", **SERVER)
    for name in ("plain", "acs/ecs/web"):
        with refused("Rejected.UnsupportedOperation", 400):
            secrets.rotate(name)
        with refused("Rejected.UnsupportedOperation", 400):
            secrets.rotation(name, enable_automatic_rotation=True, rotation_interval="7d")
    with refused("UnsupportedOperation", 400):
        secrets.create(
            "acs/ecs/db", **SERVER, enable_automatic_rotation=True, rotation_interval="7d"
        )
    for attempt in (
        lambda: secrets.rotate("nothing"),
        lambda: secrets.rotation("nothing", enable_automatic_rotation=False),
    ):
        with refused("Forbidden.ResourceNotFound", 404):
            attempt()


def test_a_rotation_policy_is_set_and_taken_back(
    secrets: Secrets, ram: RamClient, robot: dict[str, str], server: Server
) -> None:
    new_role(ram)
    ram_secret(secrets, robot)
    before = secrets.describe(NAME)
    assert (before.automatic_rotation, before.rotation_interval) == ("Disabled", None)
    answer = secrets.rotation(NAME, enable_automatic_rotation=True, rotation_interval="168h")
    assert answer.secret_name == NAME
    shown = secrets.describe(NAME)
    assert (shown.automatic_rotation, shown.rotation_interval) == ("Enabled", "604800s")
    assert shown.next_rotation_date > shown.create_time
    assert secrets.value(NAME).next_rotation_date == shown.next_rotation_date
    for interval, code in (
        (None, "MissingParameter"),
        ("5h", "InvalidParameter"),
        ("366d", "InvalidParameter"),
        ("soon", "InvalidParameter"),
    ):
        with refused(code, 400):
            secrets.rotation(NAME, enable_automatic_rotation=True, rotation_interval=interval)
    secrets.rotation(NAME, enable_automatic_rotation=False)
    shown = secrets.describe(NAME)
    assert (shown.automatic_rotation, shown.next_rotation_date) == ("Disabled", None)


def test_rotation_comes_by_itself_and_counts_from_the_last(
    secrets: Secrets, ram: RamClient, robot: dict[str, str], server: Server
) -> None:
    new_role(ram)
    ram_secret(secrets, robot, enable_automatic_rotation=True, rotation_interval="6h")
    rounds(server)
    assert secrets.value(NAME).version_id == "v1"
    try:
        server.clock.offset = 6 * 3600
        before = server.clock()
        rounds(server)
        rounds(server)
    finally:
        server.clock.offset = 0
    assert secrets.value(NAME).version_id != "v1"
    shown = secrets.describe(NAME)
    assert shown.last_rotation_date >= iso(before)
    assert shown.next_rotation_date > shown.last_rotation_date


def test_a_secret_that_waits_to_be_deleted_is_not_rotated(
    secrets: Secrets, ram: RamClient, robot: dict[str, str], server: Server
) -> None:
    new_role(ram)
    ram_secret(secrets, robot)
    secrets.rotate(NAME)
    secrets.delete(NAME)
    for attempt in (
        lambda: secrets.rotate(NAME),
        lambda: secrets.rotation(NAME, enable_automatic_rotation=False),
    ):
        with refused("Rejected.ResourceInDeleteWindow", 409):
            attempt()
    rounds(server)
    secrets.restore(NAME)
    assert secrets.value(NAME).version_id == "v1"
    rounds(server)
    assert secrets.value(NAME).version_id == "r1"


def test_the_worker_erases_what_is_over(
    secrets: Secrets, server: Server, account: NewAccount
) -> None:
    secrets.create()
    secrets.delete(recovery_window_in_days="7")
    try:
        server.clock.offset = 7 * 86_400 + 1
        rounds(server)
    finally:
        server.clock.offset = 0
    left = server.running.store.call(lambda tx: tx.find(SecretRow, account_id=account.account_id))
    assert left == []
    (event,) = server.running.store.call(
        lambda tx: tx.find(
            EventRow,
            account_id=account.account_id,
            event_name="DeleteSecret",
            event_type="AliyunServiceEvent",
        )
    )
    assert "db" in event.resource_names


def test_a_function_must_be_the_callers_to_invoke(
    secrets: Secrets, new_user: Callable[[str], Clients], ram: RamClient, account: NewAccount
) -> None:
    function = f"acs:fc:cn-hangzhou:{account.account_id}:functions/turn"
    config = {"SecretSubType": "Custom", "RotationFunction": function}
    made = secrets.create(
        "own", extended_config=config, enable_automatic_rotation=True, rotation_interval="1d"
    )
    assert made.automatic_rotation == "Enabled"
    assert json.loads(made.extended_config) == {**config, "CustomData": {}}
    user = Secrets(new_user("creator").kms)
    for actions, allowed in ((["kms:CreateSecret"], False), (["kms:*", "fc:InvokeFunction"], True)):
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        name = f"p{len(actions)}"
        ram.create_policy(
            ram_models.CreatePolicyRequest(
                policy_name=name,
                policy_document=json.dumps({"Version": "1", "Statement": [statement]}),
            )
        )
        ram.attach_policy_to_user(
            ram_models.AttachPolicyToUserRequest(
                policy_type="Custom", policy_name=name, user_name="creator"
            )
        )
        if allowed:
            user.create("theirs", extended_config=config)
        else:
            with refused("Forbidden.NoPermission", 403):
                user.create("theirs", extended_config=config)
    for bad in ("acs:fc::1:x", "https://x", function + " "):
        with refused("InvalidParameter", 400):
            secrets.create("bad", extended_config={**config, "RotationFunction": bad})
