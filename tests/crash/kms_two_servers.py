"""Two workers on one store when dates come: each date gives each key and secret one new version."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.conformance.databases import (
    ADMIN,
    ADMIN_PASSWORD,
    Database,
    postgres_with_passwords,
)
from tests.crash.calls import KMS, Client
from tests.crash.housekeeper import Housekeeper
from tests.crash.kms_rounds import ENVIRONMENT
from tests.crash.kms_writer import LEVELS
from tests.crash.managed_secrets import make_database_secrets, make_ram_secret
from tests.crash.rounds import verify_with_check
from tests.crash.server import ServerProcess

_KEYS = 4
_DATES = 6
"""Fewer than the versions a secret keeps."""


@contextmanager
def postgres_home(folder: Path) -> Iterator[tuple[Database, Path, dict[str, str]]]:
    """Run a PostgreSQL server that holds the platform's store, and accounts to rotate."""
    with postgres_with_passwords() as database:
        url = f"postgresql://{ADMIN}:{ADMIN_PASSWORD}@127.0.0.1:{database.port}/postgres"
        # A home of its own: another's knows the audit log of another database.
        home = folder / f"home-on-postgres-{database.port}"
        yield database, home, {**ENVIRONMENT, "JUYONG_DATABASE": url}


def once_for_each_date(folder: Path, dates: int = _DATES) -> str:
    """Let dates come, and two workers find them at the same moment."""
    with postgres_home(folder) as (database, home, environment):
        with (
            ServerProcess(home, environment) as server,
            Housekeeper(home, environment) as one,
            Housekeeper(home, environment) as other,
        ):
            admin = server.client()
            keys = [_new_key(admin, number) for number in range(_KEYS)]
            secrets = [make_ram_secret(server), *make_database_secrets(server, database)]
            before = {s.name: len(s.versions(admin)) for s in secrets}
            for date in range(1, dates + 1):
                one.done("due")
                _race(one, other)
                for key in keys:
                    assert _versions(admin, key) == date + 1, f"{key}: date {date}"
                for secret in secrets:
                    made = len(secret.versions(admin)) - before[secret.name]
                    assert made == date, f"{secret.name}: {made} versions at date {date}"
                    assert secret.held(server), f"{secret.name} opens nothing"
        verify_with_check(home, environment)
    return f"{len(keys)} keys and {len(secrets)} secrets, one version each at each of {dates} dates"


def _new_key(admin: Client, number: int) -> str:
    params = {"EnableAutomaticRotation": "true", "RotationInterval": "7d"}
    made = admin.done(
        "CreateKey", version=KMS, ProtectionLevel=LEVELS[number % len(LEVELS)], **params
    )
    return str(made.members["KeyMetadata"]["KeyId"])


def _versions(admin: Client, key_id: str) -> int:
    listed = admin.patient("ListKeyVersions", KeyId=key_id, PageSize="100").members
    return int(listed["TotalCount"])


def _race(one: Housekeeper, other: Housekeeper) -> None:
    wrong: list[str] = []
    start = threading.Barrier(2)

    def work(keeper: Housekeeper) -> None:
        start.wait()
        failed = keeper.tell("round")
        if failed:
            wrong.append(failed)

    racers = [threading.Thread(target=work, args=(each,)) for each in (one, other)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert not wrong, wrong


CASES: Mapping[str, Callable[[Path], str]] = {"two workers on one store": once_for_each_date}
