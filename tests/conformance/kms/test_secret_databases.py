"""Passwords of real databases are rotated, and nobody who reads the secret fails to log in."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_kms20160120.client import Client as KmsClient
from tests.conformance.conftest import Clients
from tests.conformance.databases import ADMIN, ADMIN_PASSWORD, Database, logs_in, run
from tests.conformance.harness import Server, refused, serving, stored_bytes
from tests.conformance.kms.secret_calls import Secrets
from tests.conformance.kms.test_secret_rotation import rounds
from tests.conformance.kms.test_secrets import allowed, allowing
from tests.conformance.rds.conftest import (
    Register,
    database,
    instance,
    mariadb,
    name,
    postgresql,
    register,
)
from tests.waiting import wait_until

from juyong.app.settings import Settings
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.services.kms.secrets.rotation.machine import LEASE_SECONDS
from juyong.services.rds import facade as rds

__all__ = ["allowed", "database", "instance", "mariadb", "name", "postgresql", "register"]
FIRST, SECOND = "First-passw0rd_here", "Second-passw0rd_here"
SCHEMES = ("SingleUser", "DoubleUsers", "Cloned")


@dataclass
class Subject:
    """A secret `db` of accounts of one database."""

    secrets: Secrets
    database: Database
    instance: str
    name: str

    def create(self, scheme: str) -> None:
        made = [{"AccountName": self.name, "AccountPassword": FIRST}]
        if scheme == "DoubleUsers":
            made.append({"AccountName": f"{self.name}_2", "AccountPassword": SECOND})
        for account in made:
            password = Secret(account["AccountPassword"])
            rds.create_account(self.database.target(), account["AccountName"], password)
        self.secrets.create(
            secret_type="Rds",
            secret_data=json.dumps({"Accounts": made}),
            extended_config={
                "SecretSubType": "SingleUser" if scheme == "SingleUser" else "DoubleUsers",
                "DBInstanceId": self.instance,
            },
        )

    def account(self, stage: str = "ACSCurrent") -> tuple[str, str]:
        found = json.loads(self.secrets.value(version_stage=stage).secret_data)
        return found["AccountName"], found["AccountPassword"]

    def opens(self, stage: str = "ACSCurrent") -> bool:
        return logs_in(self.database, *self.account(stage))


@pytest.fixture
def subject(secrets: Secrets, database: Database, instance: str, name: str) -> Subject:
    """A secret to be, on each engine."""
    return Subject(secrets, database, instance, name)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_passwords_are_rotated_in_a_running_database(
    subject: Subject, server: Server, scheme: str
) -> None:
    subject.create(scheme)
    assert subject.opens()
    seen = {subject.account()[1]}
    for number in range(3):
        subject.secrets.rotate(version=f"r{number}")
        rounds(server)
        assert subject.secrets.value().version_id == f"r{number}"
        assert subject.opens()
        assert subject.opens("ACSPrevious") is (scheme != "SingleUser")
        seen.add(subject.account()[1])
    assert len(seen) == 4
    assert not logs_in(subject.database, subject.name, FIRST)
    logged = subject.database.logged()
    assert not [password for password in seen - {FIRST} if password.encode() in logged]


@pytest.mark.parametrize("scheme", ["DoubleUsers", "Cloned"])
def test_no_log_in_fails_between(subject: Subject, server: Server, scheme: str) -> None:
    subject.create(scheme)
    stop = threading.Event()
    outcomes: list[list[bool]] = [[], []]

    def log_in_all_the_time(outcomes: list[bool]) -> None:
        while not stop.is_set():
            outcomes.append(subject.opens())

    def have_begun_anew() -> bool:
        return all(len(now) >= len(then) + 2 for now, then in zip(outcomes, before, strict=True))

    readers = [threading.Thread(target=log_in_all_the_time, args=(each,)) for each in outcomes]
    for reader in readers:
        reader.start()
    for number in range(4):
        subject.secrets.rotate(version=f"r{number}")
        rounds(server)
        # A password is good until the rotation after the next.
        before = [each.copy() for each in outcomes]
        wait_until(have_begun_anew)
    stop.set()
    for reader in readers:
        reader.join()
    assert len(outcomes[0]) + len(outcomes[1]) > 8
    assert all(outcomes[0])
    assert all(outcomes[1])


def test_the_clone_can_do_what_the_account_can(
    secrets: Secrets, server: Server, postgresql: Database, register: Register, name: str
) -> None:
    subject = Subject(secrets, postgresql, register(postgresql.target()), name)
    subject.create("Cloned")
    things = f"{name}_things"
    administer = (postgresql, ADMIN, ADMIN_PASSWORD)
    run(*administer, f"CREATE TABLE {things} (n int)", f"GRANT ALL ON {things} TO {name}")
    secrets.rotate()
    rounds(server)
    clone, password = subject.account()
    assert clone == f"{name}_clone"
    run(postgresql, clone, password, f"TRUNCATE {things}")


def test_a_database_that_is_away_is_tried_again(
    secrets: Secrets, server: Server, mariadb: Database, register: Register, name: str
) -> None:
    subject = Subject(secrets, mariadb, register(mariadb.target()), name)
    subject.create("SingleUser")
    secrets.rotate()
    mariadb.stop()
    try:
        rounds(server)
    finally:
        mariadb.start()
    assert secrets.value().version_id == "v1"
    assert subject.opens()
    try:
        server.clock.offset = 30
        rounds(server)
    finally:
        server.clock.offset = 0
    assert secrets.value().version_id == "r1"
    assert subject.opens()


@pytest.mark.parametrize(
    ("data", "config", "answer"),
    [
        ({"Accounts": []}, {}, (400, "InvalidParameter")),
        ({"AccountName": "a", "AccountPassword": "b"}, {}, (400, "InvalidParameter")),
        ({"Accounts": [{"AccountName": "a"}]}, {}, (400, "InvalidParameter")),
        (
            {"Accounts": [{"AccountName": n, "AccountPassword": "p"} for n in "ab"]},
            {},
            (400, "InvalidParameter"),
        ),
        (
            {"Accounts": [{"AccountName": "a", "AccountPassword": "p"}] * 2},
            {"SecretSubType": "DoubleUsers"},
            (400, "InvalidParameter"),
        ),
        (
            {"Accounts": [{"AccountName": "a", "AccountPassword": "p"}]},
            {"DBInstanceId": "rm-nothing"},
            (404, "Forbidden.ResourceNotFound"),
        ),
    ],
)
def test_a_databases_secret_must_be_one(
    subject: Subject, data: Any, config: Any, answer: tuple[int, str]
) -> None:
    whole = {"SecretSubType": "SingleUser", "DBInstanceId": subject.instance, **config}
    status, code = answer
    with refused(code, status):
        subject.secrets.create(
            secret_type="Rds", secret_data=json.dumps(data), extended_config=whole
        )


@pytest.mark.parametrize(
    ("sub_type", "actions", "is_allowed"),
    [
        ("SingleUser", [], False),
        ("SingleUser", ["rds:ResetAccountPassword"], True),
        ("DoubleUsers", ["rds:ResetAccountPassword"], False),
        ("DoubleUsers", ["rds:ResetAccountPassword", "rds:CreateAccount"], True),
    ],
)
def test_a_secret_is_no_way_to_anothers_password(
    allowed: Callable[..., Clients],
    subject: Subject,
    sub_type: str,
    actions: list[str],
    is_allowed: bool,
) -> None:
    user = Secrets(allowed("creator", allowing("kms:CreateSecret", *actions)).kms)
    request = {
        "secret_type": "Rds",
        "secret_data": '{"Accounts":[{"AccountName":"payroll","AccountPassword":"guess"}]}',
        "extended_config": {"SecretSubType": sub_type, "DBInstanceId": subject.instance},
    }
    if is_allowed:
        user.create(**request)
    else:
        with refused("Forbidden.NoPermission", 403):
            user.create(**request)


# --- a worker that is killed ---

WORKER = """
import sys
from pathlib import Path
from juyong.api.bench import Bench
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.base.clock import system_clock
from juyong.services.kms.secrets.jobs import rotate, work
from juyong.worker.figures import Figures
from juyong.worker.items import carry_out, take

running = open_platform(Path(sys.argv[1]), settings=Settings())
bench = Bench(
    call=running.store.call, clock=system_clock, platform=running.pipeline.platform
)
print("ready", flush=True)
work(bench)
while (taken := take(rotate, bench)) is not None:
    carry_out(rotate, bench, taken, Figures())
print("done", flush=True)
"""


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "home", Settings()) as running:
        yield running


@pytest.mark.parametrize("after", [0.0, 0.01, 0.03, 0.06, 0.1, 0.15])
def test_a_worker_killed_in_the_middle_loses_no_password(
    alone: Server, postgresql: Database, name: str, after: float
) -> None:
    made = alone.new_account()
    config = alone.config(made.access_key_id, made.secret.reveal())
    secrets = Secrets(KmsClient(config))
    alone.running.store.call(
        lambda tx: rds.add_instance(
            tx,
            AccountId(made.account_id),
            "rm-1",
            region="cn-hangzhou",
            target=postgresql.target(),
            engine_version="1.0",
            description="",
            now=alone.clock(),
        )
    )
    subject = Subject(secrets, postgresql, "rm-1", name)
    subject.create("DoubleUsers")
    secrets.rotate()
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, alone.running.home.path],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"
    time.sleep(after)
    worker.kill()
    worker.wait()
    worker.stdout.close()
    assert subject.opens()
    alone.clock.offset = LEASE_SECONDS
    rounds(alone)
    assert secrets.value().version_id == "r1"
    assert subject.opens()
    assert subject.opens("ACSPrevious")
    home = alone.running.home.path
    written = stored_bytes(home)
    assert b"Secret:RotateSecret:Success" in written
    for stage in ("ACSCurrent", "ACSPrevious"):
        assert subject.account(stage)[1].encode() not in written
