"""Accounts through the official SDK: what the API says is so in the real database."""

import pytest
from alibabacloud_rds20140815 import models as m
from alibabacloud_rds20140815.client import Client
from tests.conformance.databases import ADMIN, ADMIN_PASSWORD, Database, logs_in, run
from tests.conformance.harness import Server, refused, serving, stored_bytes

from juyong.app.settings import Settings
from juyong.services.identity.facade import NewAccount
from juyong.services.rds.facade import Target, add_instance

OLD, NEW = "Old-passw0rd_here", "New-passw0rd_here"


def create(rds: Client, instance: str, name: str, password: str = OLD, **more) -> None:
    rds.create_account(
        m.CreateAccountRequest(
            dbinstance_id=instance, account_name=name, account_password=password, **more
        )
    )


def reset(rds: Client, instance: str, name: str, password: str = NEW) -> None:
    rds.reset_account_password(
        m.ResetAccountPasswordRequest(
            dbinstance_id=instance, account_name=name, account_password=password
        )
    )


def describe(rds: Client, instance: str, name: str | None = None):
    return rds.describe_accounts(
        m.DescribeAccountsRequest(dbinstance_id=instance, account_name=name, page_size=200)
    ).body.accounts.dbinstance_account


def delete(rds: Client, instance: str, name: str) -> None:
    rds.delete_account(m.DeleteAccountRequest(dbinstance_id=instance, account_name=name))


def test_an_account_logs_in_with_the_password_it_has(
    rds: Client, database: Database, instance: str, name: str
) -> None:
    create(rds, instance, name)
    assert logs_in(database, name, OLD)
    reset(rds, instance, name)
    assert not logs_in(database, name, OLD)
    assert logs_in(database, name, NEW)
    delete(rds, instance, name)
    assert not logs_in(database, name, NEW)
    assert describe(rds, instance, name) == []


def test_accounts_are_listed_as_the_database_has_them(
    rds: Client, database: Database, instance: str, name: str
) -> None:
    create(rds, instance, name, account_description="for-tests")
    statement = {
        "PostgreSQL": f"CREATE ROLE {name}_2 LOGIN",
        "MySQL": f"CREATE USER {name}_2@'%'",
    }[database.engine]
    run(database, ADMIN, ADMIN_PASSWORD, statement)
    held = {who: describe(rds, instance, who)[0] for who in (name, f"{name}_2", ADMIN)}
    assert held[name].account_description == "for-tests"
    assert held[name].account_status == "Available"
    assert held[name].dbinstance_id == instance
    assert held[name].account_type == "Normal"
    assert held[f"{name}_2"].account_description == ""
    assert held[ADMIN].account_type == "Super"
    assert held[name].database_privileges.database_privilege == []


def test_a_description_is_changed(rds: Client, instance: str, name: str) -> None:
    create(rds, instance, name)
    for text in ("first", "second"):
        rds.modify_account_description(
            m.ModifyAccountDescriptionRequest(
                dbinstance_id=instance, account_name=name, account_description=text
            )
        )
        assert describe(rds, instance, name)[0].account_description == text


def test_pages_of_accounts(rds: Client, instance: str, name: str) -> None:
    for index in range(31):
        create(rds, instance, f"{name}_{index:02}")
    first, second = (
        rds.describe_accounts(
            m.DescribeAccountsRequest(dbinstance_id=instance, page_number=page, page_size=30)
        ).body
        for page in (1, 2)
    )
    assert len(first.accounts.dbinstance_account) == 30
    assert first.total_record_count >= 31
    names = [a.account_name for b in (first, second) for a in b.accounts.dbinstance_account]
    assert names == sorted(set(names))


def test_a_name_is_free_until_it_is_taken(rds: Client, instance: str, name: str) -> None:
    asked = m.CheckAccountNameAvailableRequest(dbinstance_id=instance, account_name=name)
    rds.check_account_name_available(asked)
    create(rds, instance, name)
    with refused("InvalidAccountName.Duplicate", 400):
        rds.check_account_name_available(asked)
    with refused("InvalidAccountName.Duplicate", 400):
        create(rds, instance, name, NEW)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("a", "InvalidAccountName.Format"),
        ("1a", "InvalidAccountName.Format"),
        ("a_", "InvalidAccountName.Format"),
        ("a-b", "InvalidAccountName.Format"),
        ("a" * 64, "InvalidAccountName.Format"),
        ('a"; DROP ROLE x; --', "InvalidAccountName.Format"),
        ("root", "InvalidAccountName.Forbid"),
        ("pg_x", "InvalidAccountName.Forbid"),
    ],
)
def test_names_that_are_refused(rds: Client, instance: str, bad: str, code: str) -> None:
    with refused(code, 400):
        create(rds, instance, bad)
    with refused(code, 400):
        rds.check_account_name_available(
            m.CheckAccountNameAvailableRequest(dbinstance_id=instance, account_name=bad)
        )


def test_each_engine_has_its_own_names(
    rds: Client, database: Database, instance: str, name: str
) -> None:
    upper, long = f"{name}A", f"{name}{'x' * (33 - len(name))}"
    taken, refusing = (long, upper) if database.engine == "PostgreSQL" else (upper, long)
    create(rds, instance, taken)
    assert logs_in(database, taken, OLD)
    with refused("InvalidAccountName.Format", 400):
        create(rds, instance, refusing)


@pytest.mark.parametrize(
    "bad",
    [
        "Sh0rt-1",
        "Aa1" + "x" * 30,
        "onlyletters",
        "lower1234",
        "UPPER1234",
        "Upperlower",
        "12345678!",
        "Sp ace-1234",
        "Quote'1234",
        "Ünicode-1234",
    ],
)
def test_passwords_that_are_refused(rds: Client, instance: str, name: str, bad: str) -> None:
    with refused("InvalidAccountPassword.Format", 400):
        create(rds, instance, name, bad)
    with refused("InvalidAccountPassword.Format", 400):
        reset(rds, instance, name, bad)


@pytest.mark.parametrize(
    "good", ["Lower123", "lower12!", "UPPER12=", "Upper-lo", "Aa1" + "x" * 29, "!@#$%^&*()_+-=aA"]
)
def test_passwords_that_are_taken(
    rds: Client, database: Database, instance: str, name: str, good: str
) -> None:
    create(rds, instance, name, good)
    assert logs_in(database, name, good)


@pytest.mark.parametrize("bad", ["a", "1a", "http://a", "a b", "a" * 257])
def test_descriptions_that_are_refused(rds: Client, instance: str, name: str, bad: str) -> None:
    with refused("InvalidAccountDescription.Format", 400):
        create(rds, instance, name, account_description=bad)


def test_only_normal_accounts_are_made(
    rds: Client, database: Database, instance: str, name: str
) -> None:
    with refused("InvalidAccountType.Format", 400):
        create(rds, instance, name, account_type="Super")
    with refused("UnsupportedOperation", 400):
        create(rds, instance, name, check_policy=True)
    assert not logs_in(database, name, OLD)


def test_an_account_that_is_absent(rds: Client, instance: str, name: str) -> None:
    for call in (
        lambda: reset(rds, instance, name),
        lambda: delete(rds, instance, name),
        lambda: rds.modify_account_description(
            m.ModifyAccountDescriptionRequest(
                dbinstance_id=instance, account_name=name, account_description="none"
            )
        ),
    ):
        with refused("InvalidAccountName.NotFound", 404):
            call()


def test_the_administrator_is_left_alone(rds: Client, database: Database, instance: str) -> None:
    for call in (
        lambda: reset(rds, instance, ADMIN),
        lambda: delete(rds, instance, ADMIN),
    ):
        with refused("IncorrectAccountType", 403):
            call()
    assert logs_in(database, ADMIN, ADMIN_PASSWORD)


def test_an_owner_is_not_deleted(rds: Client, postgresql: Database, register, name: str) -> None:
    instance = register(postgresql.target())
    create(rds, instance, name)
    run(postgresql, ADMIN, ADMIN_PASSWORD, f"CREATE DATABASE {name} OWNER {name}")
    with refused("Account.DelError", 400):
        delete(rds, instance, name)
    assert logs_in(postgresql, name, OLD)


def test_all_survives_a_restart(
    tmp_path, database: Database, account: NewAccount, name: str
) -> None:
    home = tmp_path / "home"
    with serving(home, Settings()) as server:
        made = server.new_account("kept")
        rds = Client(server.config(made.access_key_id, made.secret.reveal()))
        _register(server, made, database.target())
        create(rds, "rm-kept", name, account_description="kept")
    with serving(home, Settings()) as server:
        rds = Client(server.config(made.access_key_id, made.secret.reveal()))
        assert describe(rds, "rm-kept", name)[0].account_description == "kept"
        reset(rds, "rm-kept", name)
    assert logs_in(database, name, NEW)


def _register(server: Server, made: NewAccount, target: Target) -> None:
    server.running.store.call(
        lambda tx: add_instance(
            tx,
            made.account_id,
            "rm-kept",
            region="cn-hangzhou",
            target=target,
            engine_version="1",
            description="",
            now=server.clock(),
        )
    )


def test_passwords_are_kept_and_written_nowhere(
    tmp_path, capfd, database: Database, name: str
) -> None:
    home = tmp_path / "home"
    with serving(home, Settings()) as server:
        made = server.new_account("quiet")
        rds = Client(server.config(made.access_key_id, made.secret.reveal()))
        _register(server, made, database.target())
        create(rds, "rm-kept", name)
        reset(rds, "rm-kept", name)
        describe(rds, "rm-kept")
        with refused("InvalidAccountName.NotFound", 404):
            reset(rds, "rm-kept", f"{name}x")
        with refused("IncorrectAccountType", 403):
            reset(rds, "rm-kept", ADMIN)
        with refused("InvalidAccountPassword.Format", 400):
            reset(rds, "rm-kept", name, f"{NEW} with spaces")
    written = stored_bytes(home)
    said = capfd.readouterr()
    everything = written + said.out.encode() + said.err.encode()
    assert b"ResetAccountPassword" in everything
    for secret in (OLD, NEW, ADMIN_PASSWORD):
        assert secret.encode() not in everything
    assert b"127.0.0.1" in written
    assert f'"port":{database.port}'.encode() not in everything
