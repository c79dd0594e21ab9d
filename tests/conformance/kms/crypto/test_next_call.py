"""What an administrator changes holds from the very next call on, also through another process."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram
from alibabacloud_sts20150401 import models as sts
from tests.conformance.conftest import Clients, clients, served
from tests.conformance.harness import Server, refused
from tests.conformance.kms.crypto.calls import Kms
from tests.crash.server import ServerProcess
from tests.postgres import DATABASES

from juyong.services.identity.facade import NewAccount
from juyong.services.kms.tables import default_instance_id

DENIED = ("Forbidden.NoPermission", 403)
USE = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:GetSecretValue"]


@pytest.fixture(scope="session", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with a home of its own: tests that read a SQLite file would end its locks."""
    with served(request.param, tmp_path_factory.mktemp(f"shared-{request.param}")) as running:
        yield running


@pytest.fixture(scope="module")
def other_process(server: Server) -> Iterator[int]:
    """The port of a second server process on the same store."""
    running = server.running
    environment = {"JUYONG_HSM_MODULE": "none"}
    if running.settings.database:
        environment["JUYONG_DATABASE"] = running.settings.database
    with ServerProcess(running.home.path, environment) as process:
        yield process.port


@pytest.fixture(params=["this process", "another process"])
def boss(
    request: pytest.FixtureRequest, server: Server, account: NewAccount, admin: Clients
) -> Clients:
    """The administrator, who changes things through the same server process or another."""
    if request.param == "this process":
        return admin
    port = request.getfixturevalue("other_process")
    there = replace(server, port=port)
    return clients(there, account.access_key_id, account.secret.reveal())


def statements(*given: dict[str, Any]) -> str:
    common = {"Effect": "Allow", "Resource": "*", "Action": USE}
    return json.dumps({"Version": "1", "Statement": [{**common, **each} for each in given]})


@dataclass
class Uses:
    """A caller who uses one key and one secret in every way that is quick."""

    kms: Kms
    key_id: str
    blob: str

    def ways(self) -> list[Callable[[], Any]]:
        kms, key_id = self.kms, self.key_id
        return [
            lambda: kms.encrypt(key_id),
            lambda: kms("GenerateDataKey", key_id=key_id),
            lambda: kms.decrypt(self.blob),
        ]

    def succeed(self) -> None:
        for _ in range(2):
            for way in self.ways():
                way()

    def fail(self, code: str, status: int) -> None:
        for way in self.ways():
            with refused(code, status):
                way()


@pytest.fixture
def key_id(keys: Kms, account: NewAccount) -> str:
    made = keys.new_key(dkmsinstance_id=default_instance_id(account.account_id))
    return str(made.key_id)


@pytest.fixture
def uses(
    keys: Kms, key_id: str, admin: Clients, new_user: Callable[[str], Clients]
) -> Callable[..., Uses]:
    """Make a user with a policy named for it, who uses the key."""

    def make(*given: dict[str, Any]) -> Uses:
        admin.ram.create_policy(
            ram.CreatePolicyRequest(policy_name="uses", policy_document=statements(*given))
        )
        user = new_user("user")
        attach(admin, "user")
        return Uses(Kms(user.kms), key_id, keys.encrypt(key_id))

    return make


def attach(who: Clients, user: str) -> None:
    who.ram.attach_policy_to_user(
        ram.AttachPolicyToUserRequest(policy_type="Custom", policy_name="uses", user_name=user)
    )


def detach(who: Clients, user: str) -> None:
    who.ram.detach_policy_from_user(
        ram.DetachPolicyFromUserRequest(policy_type="Custom", policy_name="uses", user_name=user)
    )


def test_a_detached_policy(boss: Clients, uses: Callable[..., Uses]) -> None:
    user = uses({})
    for _ in range(2):
        user.succeed()
        detach(boss, "user")
        user.fail(*DENIED)
        attach(boss, "user")
    user.succeed()


def test_a_policy_that_gets_a_condition(boss: Clients, uses: Callable[..., Uses]) -> None:
    user = uses({})
    user.succeed()
    boss.ram.create_policy_version(
        ram.CreatePolicyVersionRequest(
            policy_name="uses",
            policy_document=statements(
                {}, {"Effect": "Deny", "Condition": {"StringEquals": {"kms:tag/stop": "yes"}}}
            ),
            set_as_default=True,
        )
    )
    user.succeed()
    Kms(boss.kms)("TagResource", key_id=user.key_id, tags='[{"TagKey":"stop","TagValue":"yes"}]')
    user.fail(*DENIED)


@pytest.mark.parametrize("name", ["kms:tag/stop", "acs:ResourceTag/stop"])
def test_a_tag(boss: Clients, uses: Callable[..., Uses], name: str) -> None:
    kms = Kms(boss.kms)
    user = uses({}, {"Effect": "Deny", "Condition": {"StringEquals": {name: "yes"}}})
    for _ in range(2):
        user.succeed()
        kms("TagResource", key_id=user.key_id, tags='[{"TagKey":"stop","TagValue":"yes"}]')
        user.fail(*DENIED)
        kms("TagResource", key_id=user.key_id, tags='[{"TagKey":"stop","TagValue":"no"}]')
        user.succeed()
        kms("UntagResource", key_id=user.key_id, tag_keys='["stop"]')


def test_a_disabled_key(boss: Clients, uses: Callable[..., Uses]) -> None:
    user = uses({})
    for _ in range(2):
        user.succeed()
        Kms(boss.kms)("DisableKey", key_id=user.key_id)
        user.fail("Rejected.Disabled", 409)
        Kms(boss.kms)("EnableKey", key_id=user.key_id)
    user.succeed()


def test_a_key_policy(boss: Clients, uses: Callable[..., Uses], account: NewAccount) -> None:
    user = uses({})
    allow = {
        "Effect": "Allow",
        "Principal": {"RAM": [f"acs:ram::{account.account_id}:*"]},
        "Action": ["kms:*"],
        "Resource": ["*"],
    }
    names = [f"acs:ram::{account.account_id}:user/user"]
    deny = {**allow, "Effect": "Deny", "Principal": {"RAM": names}, "Action": USE}
    for _ in range(2):
        for given, holds in (([allow], True), ([allow, deny], False)):
            policy = json.dumps({"Version": "1", "Statement": given})
            Kms(boss.kms)("SetKeyPolicy", key_id=user.key_id, policy=policy)
            if holds:
                user.succeed()
            else:
                user.fail(*DENIED)


def test_a_session_and_its_role(
    boss: Clients,
    keys: Kms,
    key_id: str,
    account: NewAccount,
    as_key: Callable[..., Clients],
) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    trust["Principal"] = {"RAM": [f"acs:ram::{account.account_id}:root"]}  # type: ignore[assignment]
    boss.ram.create_role(
        ram.CreateRoleRequest(
            role_name="r",
            assume_role_policy_document=json.dumps({"Version": "1", "Statement": [trust]}),
        )
    )
    boss.ram.create_policy(
        ram.CreatePolicyRequest(policy_name="uses", policy_document=statements({}))
    )
    attached = {"policy_type": "Custom", "policy_name": "uses", "role_name": "r"}
    boss.ram.attach_policy_to_role(ram.AttachPolicyToRoleRequest(**attached))

    def session(policy: str | None) -> Uses:
        answer = boss.sts.assume_role(
            sts.AssumeRoleRequest(
                role_arn=f"acs:ram::{account.account_id}:role/r",
                role_session_name="session",
                policy=policy,
            )
        )
        made = answer.body.credentials
        caller = as_key(made.access_key_id, made.access_key_secret, made.security_token)
        return Uses(Kms(caller.kms), key_id, keys.encrypt(key_id))

    whole, narrowed = session(None), session(statements({"Action": "kms:DescribeKey"}))
    for _ in range(2):
        whole.succeed()
        narrowed.fail(*DENIED)
    boss.ram.detach_policy_from_role(ram.DetachPolicyFromRoleRequest(**attached))
    whole.fail(*DENIED)


def test_an_alias_that_moves(boss: Clients, keys: Kms) -> None:
    first, second = keys.new_key().key_id, keys.new_key().key_id
    keys("CreateAlias", key_id=first, alias_name="alias/moves")
    for wanted in (second, first):
        keys.encrypt("alias/moves")
        Kms(boss.kms)("UpdateAlias", key_id=wanted, alias_name="alias/moves")
        assert keys("Encrypt", key_id="alias/moves", plaintext="eA==").key_id == wanted


def test_a_secret_that_changes(boss: Clients, keys: Kms, uses: Callable[..., Uses]) -> None:
    user = uses({})
    keys("CreateSecret", secret_name="changes", version_id="0", secret_data="value 0")
    for at in range(1, 3):
        assert user.kms("GetSecretValue", secret_name="changes").secret_data == f"value {at - 1}"
        Kms(boss.kms)(
            "PutSecretValue", secret_name="changes", version_id=str(at), secret_data=f"value {at}"
        )
        assert user.kms("GetSecretValue", secret_name="changes").secret_data == f"value {at}"
    detach(boss, "user")
    with refused(*DENIED):
        user.kms("GetSecretValue", secret_name="changes")
