"""What every operation that asks the database refuses, and that nothing is changed then."""

import sys
from dataclasses import replace

import pytest
from alibabacloud_rds20140815 import models as m
from alibabacloud_rds20140815.client import Client
from tests.conformance.databases import ADMIN, ADMIN_PASSWORD, Database, logs_in, run
from tests.conformance.harness import Server, refused
from tests.conformance.rds.calls import OPERATIONS, PASSWORD, on_server

from juyong.base.secret import Secret
from juyong.services.rds import facade

KINDS = {"PostgreSQL": ("UTF8", "DBOwner"), "MySQL": ("utf8mb4", "ReadOnly")}
OLD = "Old-passw0rd_here"


def call(rds: Client, database: Database, operation: str, instance: str, name: str) -> None:
    method, request = on_server(instance, name, *KINDS[database.engine])[operation]
    getattr(rds, method)(request)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_instance_that_is_not_registered(
    rds: Client, database: Database, name: str, operation: str
) -> None:
    with refused("InvalidDBInstanceId.NotFound", 404):
        call(rds, database, operation, "rm-nowhere", name)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_instance_of_another_account(
    server: Server, database: Database, instance: str, name: str, operation: str
) -> None:
    other = server.new_account()
    rds = Client(server.config(other.access_key_id, other.secret.reveal()))
    with refused("InvalidDBInstanceId.NotFound", 404):
        call(rds, database, operation, instance, name)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_database_that_is_not_there(
    rds: Client, mariadb: Database, register, name: str, operation: str
) -> None:
    instance = register(replace(mariadb.target(), port=1))
    with refused("Database.ConnectError", 400):
        call(rds, mariadb, operation, instance, name)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_driver_that_is_not_installed(  # noqa: PLR0917
    rds: Client,
    database: Database,
    instance: str,
    name: str,
    operation: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = {"PostgreSQL": "postgres", "MySQL": "mysql"}[database.engine]
    package = {"PostgreSQL": "psycopg", "MySQL": "pymysql"}[database.engine]
    monkeypatch.delitem(sys.modules, f"juyong.services.rds.drivers.{module}", raising=False)
    for loaded in [n for n in sys.modules if n.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setattr(sys, "meta_path", [_Hiding(package), *sys.meta_path])
    with refused("ServiceUnavailable", 503) as caught:
        call(rds, database, operation, instance, name)
    assert f"juyong[{module}]" in caught.value.message


class _Hiding:
    """Finds one package absent."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, name: str, *_path: object) -> None:
        if name.split(".", maxsplit=1)[0] == self._package:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.mark.parametrize("operation", sorted({*OPERATIONS} - {"DescribeDatabases"}))
def test_an_administrator_without_the_power(
    rds: Client, mariadb: Database, register, name: str, operation: str
) -> None:
    facade.create_account(mariadb.target(), name, Secret(OLD))
    if operation != "CreateDatabase":
        visible = (f"CREATE DATABASE {name}", f"GRANT SELECT ON {name}.* TO {name}@'%'")
        run(mariadb, ADMIN, ADMIN_PASSWORD, *visible)
    instance = register(mariadb.target(name, OLD))
    with refused("SqlExecuteFailedOrTimeout", 400):
        call(rds, mariadb, operation, instance, name)


def test_a_reset_while_the_database_is_down_changes_nothing(
    rds: Client, database: Database, instance: str, name: str
) -> None:
    facade.create_account(database.target(), name, Secret(OLD))
    database.stop()
    try:
        with refused("Database.ConnectError", 400):
            call(rds, database, "ResetAccountPassword", instance, name)
        with refused("Database.ConnectError", 400):
            call(rds, database, "CreateAccount", instance, f"{name}x")
        stopped = rds.describe_dbinstance_attribute(
            m.DescribeDBInstanceAttributeRequest(dbinstance_id=instance)
        ).body.items.dbinstance_attribute[0]
        assert (stopped.dbinstance_status, stopped.engine_version) == ("Stopped", "1.0")
    finally:
        database.start()
    assert logs_in(database, name, OLD)
    assert not logs_in(database, name, PASSWORD)
    assert not logs_in(database, f"{name}x", PASSWORD)
    call(rds, database, "ResetAccountPassword", instance, name)
    assert logs_in(database, name, PASSWORD)


def test_a_call_that_is_not_allowed_reaches_no_database(
    rds_as, database: Database, instance: str, name: str
) -> None:
    facade.create_account(database.target(), name, Secret(OLD))
    rds = rds_as(
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"rds:Describe*","Resource":"*"}]}'
    )
    call(rds, database, "DescribeAccounts", instance, name)
    with refused("Forbidden.RAM", 403):
        call(rds, database, "ResetAccountPassword", instance, name)
    assert logs_in(database, name, OLD)
