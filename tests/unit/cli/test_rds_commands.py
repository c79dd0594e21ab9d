"""`juyong rds`: what is registered works, what does not work is not registered."""

from pathlib import Path

import pytest
from tests import commands
from tests.commands import Done
from tests.conformance.databases import (
    ADMIN,
    ADMIN_PASSWORD,
    Database,
    mariadb_server,
    postgres_with_passwords,
)

from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.services.identity.facade import account_named
from juyong.services.rds import facade


@pytest.fixture(scope="module", params=[postgres_with_passwords, mariadb_server])
def database(request: pytest.FixtureRequest):
    with request.param() as running:
        yield running


@pytest.fixture
def home(tmp_path: Path) -> Path:
    open_platform(tmp_path / "home", settings=Settings()).store.close()
    return tmp_path / "home"


def juyong(home: Path, *arguments: str, given: str = "") -> Done:
    return commands.juyong(*arguments, "--home", home, given=given)


def options(database: Database, **changes: str) -> list[str]:
    said = {
        "--engine": database.engine,
        "--host": "127.0.0.1",
        "--port": str(database.port),
        "--user": ADMIN,
        **{f"--{key.replace('_', '-')}": value for key, value in changes.items()},
    }
    return [part for pair in said.items() for part in pair]


def target_of(home: Path, instance_id: str, region: str = "cn-hangzhou"):
    running = open_platform(home, settings=Settings())
    try:
        account = running.store.call(lambda tx: account_named(tx, "default"))
        return running.store.call(
            lambda tx: facade.find_instance(tx, account.account_id, region, instance_id)
        )
    finally:
        running.store.close()


def test_a_database_is_registered_listed_and_forgotten(home: Path, database: Database) -> None:
    done = juyong(
        home,
        *("rds", "register", *options(database, id="rm-1", region="cn-beijing")),
        "--password-stdin",
        given=f"{ADMIN_PASSWORD}\n",
    )
    assert done.status == 0, done.err
    assert f"instance rm-1: {database.engine}" in done.out
    listed = juyong(home, "rds", "list").out
    assert "rm-1" in listed
    assert f"{ADMIN}@127.0.0.1:{database.port}" in listed
    assert ADMIN_PASSWORD not in listed + done.out
    found = target_of(home, "rm-1", "cn-beijing")
    assert found is not None
    assert facade.server_version(found)
    assert target_of(home, "rm-1") is None
    assert juyong(home, "rds", "unregister", "rm-1").status == 0
    assert juyong(home, "rds", "list").out == ""
    assert target_of(home, "rm-1", "cn-beijing") is None


def test_the_password_comes_from_a_file(home: Path, database: Database, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{ADMIN_PASSWORD}\nanother line\n")
    done = juyong(home, "rds", "register", *options(database, password_file=str(file)))
    assert done.status == 0, done.err
    prefix = {"PostgreSQL": "pgm-", "MySQL": "rm-"}[database.engine]
    assert done.out.startswith(f"instance {prefix}")
    absent = juyong(home, "rds", "register", *options(database, password_file=f"{file}x"))
    assert absent.status == 3


@pytest.mark.parametrize(
    ("changes", "status", "why"),
    [
        ({"engine": "Oracle"}, 3, "an engine is one of"),
        ({"port": "0"}, 3, "a port from 1"),
        ({"region": "nowhere"}, 3, "is no region"),
        ({"id": "RM_1"}, 3, "an instance id has"),
        ({"account": "nobody"}, 1, "there is no account"),
        ({"user": "somebody"}, 1, "cannot log in to"),
        ({"port": "1"}, 1, "cannot log in to"),
    ],
)
def test_what_is_refused_is_not_registered(
    home: Path, database: Database, changes: dict[str, str], status: int, why: str
) -> None:
    done = juyong(
        home,
        *("rds", "register", *options(database, **changes)),
        "--password-stdin",
        given=f"{ADMIN_PASSWORD}\n",
    )
    assert (done.status, done.out) == (status, "")
    assert why in done.err
    assert ADMIN_PASSWORD not in done.err
    assert juyong(home, "rds", "list").out == ""


def test_tls_can_be_required(home: Path, database: Database) -> None:
    done = juyong(
        home,
        *("rds", "register", *options(database)),
        *("--require-tls", "--password-stdin"),
        given=f"{ADMIN_PASSWORD}\n",
    )
    assert done.status == 1
    assert done.err.startswith("juyong: ")


def test_an_id_is_registered_once(home: Path, database: Database) -> None:
    said = ("rds", "register", *options(database, id="rm-1"), "--password-stdin")
    assert juyong(home, *said, given=f"{ADMIN_PASSWORD}\n").status == 0
    again = juyong(home, *said, given=f"{ADMIN_PASSWORD}\n")
    assert (again.status, "already" in again.err) == (1, True)


def test_forgetting_what_is_not_there(home: Path) -> None:
    gone = juyong(home, "rds", "unregister", "rm-1")
    assert (gone.status, "there is no instance" in gone.err) == (1, True)
