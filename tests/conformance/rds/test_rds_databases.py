"""Databases and privileges in them, through the official SDK against real servers."""

import pytest
from alibabacloud_rds20140815 import models as m
from alibabacloud_rds20140815.client import Client
from tests.conformance.databases import ADMIN, Database, logs_in, run
from tests.conformance.harness import refused
from tests.conformance.rds.test_rds_accounts import OLD, create, describe

CHARSETS = {"PostgreSQL": "UTF8", "MySQL": "utf8mb4"}


def make(rds: Client, database: Database, instance: str, name: str, **more) -> None:
    more.setdefault("character_set_name", CHARSETS[database.engine])
    rds.create_database(m.CreateDatabaseRequest(dbinstance_id=instance, dbname=name, **more))


def listed(rds: Client, instance: str, **more):
    return rds.describe_databases(
        m.DescribeDatabasesRequest(dbinstance_id=instance, **more)
    ).body.databases.database


def drop(rds: Client, instance: str, name: str) -> None:
    rds.delete_database(m.DeleteDatabaseRequest(dbinstance_id=instance, dbname=name))


def grant(rds: Client, instance: str, name: str, databases: str, privileges: str) -> None:
    rds.grant_account_privilege(
        m.GrantAccountPrivilegeRequest(
            dbinstance_id=instance,
            account_name=name,
            dbname=databases,
            account_privilege=privileges,
        )
    )


def revoke(rds: Client, instance: str, name: str, databases: str) -> None:
    rds.revoke_account_privilege(
        m.RevokeAccountPrivilegeRequest(dbinstance_id=instance, account_name=name, dbname=databases)
    )


def may(database: Database, user: str, *statements: str, name: str) -> bool:
    import psycopg
    import pymysql

    try:
        run(database, user, OLD, *statements, name=name)
    except (psycopg.Error, pymysql.MySQLError):
        return False
    return True


def test_a_database_comes_and_goes(
    rds: Client, database: Database, instance: str, name: str
) -> None:
    make(rds, database, instance, name, dbdescription="for-tests")
    create(rds, instance, name)
    found = listed(rds, instance, dbname=name)
    assert [d.dbname for d in found] == [name]
    assert found[0].dbdescription == "for-tests"
    assert found[0].dbstatus == "Running"
    assert found[0].engine == database.engine
    assert found[0].character_set_name == CHARSETS[database.engine]
    assert found[0].accounts.account_privilege_info is not None
    drop(rds, instance, name)
    assert listed(rds, instance, dbname=name) == []
    assert not logs_in(database, name, OLD, name)


def test_a_database_with_locales(rds: Client, postgresql: Database, register, name: str) -> None:
    instance = register(postgresql.target())
    make(rds, postgresql, instance, name, character_set_name="UTF8,C,C.utf8")
    found = listed(rds, instance, dbname=name)[0]
    assert (found.collate, found.ctype) == ("C", "C.utf8")
    with refused("SqlExecuteFailedOrTimeout", 400):
        make(rds, postgresql, instance, f"{name}2", character_set_name="UTF8,C")


def test_a_character_set_that_no_engine_has(
    rds: Client, database: Database, instance: str, name: str
) -> None:
    with refused("SqlExecuteFailedOrTimeout", 400):
        make(rds, database, instance, name, character_set_name="klingon")
    with refused("InvalidCharacterSetName.Format", 400):
        make(rds, database, instance, name, character_set_name="utf8' --")
    assert listed(rds, instance, dbname=name) == []


def test_the_engines_own_databases_are_not_shown(
    rds: Client, database: Database, instance: str
) -> None:
    names = {d.dbname for d in listed(rds, instance)}
    assert not names & {"postgres", "template0", "mysql", "information_schema", "sys"}
    own = {"PostgreSQL": "postgres", "MySQL": "mysql"}[database.engine]
    with refused("InvalidDBName.NotFound", 404):
        drop(rds, instance, own)
    with refused("InvalidDBName.Forbid", 400):
        make(rds, database, instance, own)
    assert listed(rds, instance, dbstatus="Creating") == []


@pytest.mark.parametrize("bad", ["a", "1a", "A1", "a_", "a`b", 'a"b', "a" * 65, "a b"])
def test_database_names_that_are_refused(
    rds: Client, database: Database, instance: str, bad: str
) -> None:
    with refused("InvalidDBName.Format", 400):
        make(rds, database, instance, bad)


def test_a_database_is_made_once(rds: Client, database: Database, instance: str, name: str) -> None:
    make(rds, database, instance, name)
    with refused("InvalidDBName.Duplicate", 400):
        make(rds, database, instance, name)


def test_a_database_in_use_stays(rds: Client, postgresql: Database, register, name: str) -> None:
    import psycopg

    instance = register(postgresql.target())
    make(rds, postgresql, instance, name)
    create(rds, instance, name)
    with (
        psycopg.connect(
            host="127.0.0.1", port=postgresql.port, user=name, password=OLD, dbname=name
        ),
        refused("OperationDenied.DBStatus", 403),
    ):
        drop(rds, instance, name)
    drop(rds, instance, name)


@pytest.mark.parametrize(
    ("privilege", "reads", "writes", "makes"),
    [
        ("ReadWrite", True, True, True),
        ("ReadOnly", True, False, False),
        ("DMLOnly", True, True, False),
        ("DDLOnly", False, False, True),
    ],
)
def test_privileges_of_mysql(  # noqa: PLR0917
    rds: Client,
    mariadb: Database,
    register,
    name: str,
    privilege: str,
    reads: bool,
    writes: bool,
    makes: bool,
) -> None:
    instance = register(mariadb.target())
    make(rds, mariadb, instance, name)
    make(rds, mariadb, instance, name.replace("_", "x"))
    create(rds, instance, name)
    grant(rds, instance, name, name, "ReadWrite")
    assert may(mariadb, name, "CREATE TABLE t (x int)", name=name)
    grant(rds, instance, name, name, privilege)
    assert may(mariadb, name, "SELECT * FROM t", name=name) is reads
    assert may(mariadb, name, "INSERT INTO t VALUES (1)", name=name) is writes
    assert may(mariadb, name, "CREATE TABLE u (x int)", name=name) is makes
    # `_` in a grant would stand for any letter.
    assert not logs_in(mariadb, name, OLD, name.replace("_", "x"))
    held = describe(rds, instance, name)[0].database_privileges.database_privilege
    assert [(p.dbname, p.account_privilege) for p in held] == [(name, privilege)]
    shown = listed(rds, instance, dbname=name)[0].accounts.account_privilege_info
    assert [(a.account, a.account_privilege) for a in shown] == [(name, privilege)]
    revoke(rds, instance, name, name)
    revoke(rds, instance, name, name)
    assert not logs_in(mariadb, name, OLD, name)


def test_privileges_in_several_databases(
    rds: Client, mariadb: Database, register, name: str
) -> None:
    instance = register(mariadb.target())
    for one in (name, f"{name}2"):
        make(rds, mariadb, instance, one)
    create(rds, instance, name)
    grant(rds, instance, name, f"{name},{name}2", "ReadWrite,ReadOnly")
    assert may(mariadb, name, "CREATE TABLE t (x int)", name=name)
    assert not may(mariadb, name, "CREATE TABLE t (x int)", name=f"{name}2")
    revoke(rds, instance, name, f"{name},{name}2")
    assert describe(rds, instance, name)[0].database_privileges.database_privilege == []


def test_the_owner_of_a_postgresql_database(
    rds: Client, postgresql: Database, register, name: str
) -> None:
    instance = register(postgresql.target())
    make(rds, postgresql, instance, name)
    create(rds, instance, name)
    assert not may(postgresql, name, "CREATE SCHEMA s", name=name)
    grant(rds, instance, name, name, "DBOwner")
    assert may(postgresql, name, "CREATE SCHEMA s", name=name)
    held = describe(rds, instance, name)[0].database_privileges.database_privilege
    assert [(p.dbname, p.account_privilege) for p in held] == [(name, "DBOwner")]
    revoke(rds, instance, name, name)
    revoke(rds, instance, name, name)
    assert not may(postgresql, name, "CREATE SCHEMA s2", name=name)


def test_grants_that_are_refused(rds: Client, database: Database, instance: str, name: str) -> None:
    make(rds, database, instance, name)
    good = {"PostgreSQL": "DBOwner", "MySQL": "ReadOnly"}[database.engine]
    bad = {"PostgreSQL": "ReadOnly", "MySQL": "DBOwner"}[database.engine]
    with refused("InvalidAccountName.NotFound", 404):
        grant(rds, instance, name, name, good)
    with refused("InvalidAccountName.NotFound", 404):
        revoke(rds, instance, name, name)
    create(rds, instance, name)
    with refused("InvalidDBName.NotFound", 404):
        grant(rds, instance, name, f"{name}x", good)
    with refused("InvalidDBName.NotFound", 404):
        revoke(rds, instance, name, f"{name}x")
    with refused("InvalidAccountPrivilege.Malformed", 400):
        grant(rds, instance, name, name, bad)
    with refused("InvalidDBNameOrAccountPrivilege", 400):
        grant(rds, instance, name, name, f"{good},{good}")
    for call in (
        lambda: grant(rds, instance, ADMIN, name, good),
        lambda: revoke(rds, instance, ADMIN, name),
    ):
        with refused("IncorrectAccountType", 403):
            call()


def test_parameters_that_are_not_honoured_are_refused(
    rds: Client, database: Database, instance: str, name: str
) -> None:
    for more in (
        {"account_name": name},
        {"account_privilege": "ReadOnly"},
        {"collation_name": "utf8mb4_bin"},
    ):
        with refused("UnsupportedOperation", 400):
            make(rds, database, instance, name, **more)
