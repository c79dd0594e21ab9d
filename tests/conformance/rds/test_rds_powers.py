"""Accounts with an administrator's powers, held or through roles, are told from ordinary ones."""

import pytest
from tests.conformance.databases import ADMIN, ADMIN_PASSWORD, Database, logs_in, run

from juyong.base.secret import Secret
from juyong.services.rds import facade
from juyong.services.rds.targets import driver_of

OLD, NEW = "Old-passw0rd_here", "New-passw0rd_here"


def administer(database: Database, *statements: str) -> None:
    run(database, ADMIN, ADMIN_PASSWORD, *statements)


def is_protected(database: Database, name: str) -> bool:
    """Return what the driver lists; see that everything that changes an account agrees."""
    target, driver = database.target(), driver_of(database.engine)
    listed = next(a.protected for a in driver.accounts(target) if a.name == name)
    if not listed:
        facade.set_password(target, name, Secret(NEW))
        facade.set_password(target, name, Secret(OLD))
        return False
    bystander = f"{name[:10]}_by"
    facade.create_account(target, bystander, Secret(OLD))
    for refused in (
        lambda: facade.set_password(target, name, Secret(NEW)),
        lambda: facade.create_account(target, name, Secret(NEW)),
        lambda: facade.clone_privileges(target, name, bystander),
        lambda: facade.clone_privileges(target, bystander, name),
        lambda: driver.grant(target, name, "none", driver.privileges[0]),
        lambda: driver.revoke(target, name, "none"),
        lambda: driver.drop_account(target, name),
    ):
        with pytest.raises(facade.Protected):
            refused()
    assert logs_in(database, name, OLD)
    return True


@pytest.mark.parametrize(
    "role",
    [
        *("pg_execute_server_program", "pg_read_server_files", "pg_write_server_files"),
        *("pg_read_all_data", "pg_write_all_data"),
    ],
)
@pytest.mark.parametrize("through", [False, True])
def test_members_of_the_servers_own_powerful_roles(
    postgresql: Database, name: str, role: str, through: bool
) -> None:
    facade.create_account(postgresql.target(), name, Secret(OLD))
    assert not is_protected(postgresql, name)
    if through:
        administer(
            postgresql,
            f"CREATE ROLE {name}_between NOLOGIN",
            f"GRANT {role} TO {name}_between",
            f"GRANT {name}_between TO {name}",
        )
    else:
        administer(postgresql, f"GRANT {role} TO {name}")
    assert is_protected(postgresql, name)


@pytest.mark.parametrize("attribute", ["SUPERUSER", "CREATEROLE", "REPLICATION", "BYPASSRLS"])
@pytest.mark.parametrize("login", ["LOGIN", "NOLOGIN"])
def test_members_of_roles_with_powerful_attributes(
    postgresql: Database, name: str, attribute: str, login: str
) -> None:
    facade.create_account(postgresql.target(), name, Secret(OLD))
    administer(
        postgresql,
        f"CREATE ROLE {name}_dba {login} {attribute}",
        f"CREATE ROLE {name}_between NOLOGIN NOINHERIT",
        f"GRANT {name}_dba TO {name}_between",
    )
    assert not is_protected(postgresql, name)
    administer(postgresql, f"GRANT {name}_between TO {name}")
    assert is_protected(postgresql, name)


def test_a_member_of_the_administrator(postgresql: Database, name: str) -> None:
    facade.create_account(postgresql.target(), name, Secret(OLD))
    administer(postgresql, f"GRANT {ADMIN} TO {name}")
    assert is_protected(postgresql, name)


@pytest.mark.parametrize("attribute", ["SUPERUSER", "CREATEROLE", "REPLICATION", "BYPASSRLS"])
def test_a_role_with_a_powerful_attribute(postgresql: Database, name: str, attribute: str) -> None:
    facade.create_account(postgresql.target(), name, Secret(OLD))
    administer(postgresql, f"ALTER ROLE {name} {attribute}")
    assert is_protected(postgresql, name)


def test_ordinary_roles_of_postgresql(postgresql: Database, name: str) -> None:
    """Watching the server, making databases and being in an ordinary role is no power."""
    facade.create_account(postgresql.target(), name, Secret(OLD))
    administer(
        postgresql,
        f"ALTER ROLE {name} CREATEDB",
        f"CREATE ROLE {name}_team NOLOGIN",
        f"GRANT {name}_team, pg_monitor TO {name}",
    )
    assert not is_protected(postgresql, name)


@pytest.mark.parametrize(
    "granted",
    [
        *("SELECT ON *.*", "INSERT ON *.*", "UPDATE ON *.*", "EXECUTE ON *.*", "TRIGGER ON *.*"),
        *("CREATE USER ON *.*", "RELOAD ON *.*", "REPLICATION SLAVE ON *.*", "SUPER ON *.*"),
        *("BINLOG ADMIN ON *.*", "SET USER ON *.*", "FILE ON *.*"),
        *("SELECT ON mysql.*", "UPDATE ON mysql.*", "SELECT ON `m%`.*", "INSERT ON `mysq_`.*"),
        *("SELECT ON mysql.global_priv", "UPDATE ON mysql.global_priv"),
        *("SELECT (User) ON mysql.global_priv", "UPDATE (Priv) ON mysql.global_priv"),
        "EXECUTE ON PROCEDURE mysql.AddGeometryColumn",
    ],
)
@pytest.mark.parametrize("through", [False, True])
def test_grants_that_reach_beyond_databases_of_ones_own(
    mariadb: Database, name: str, granted: str, through: bool
) -> None:
    facade.create_account(mariadb.target(), name, Secret(OLD))
    if through:
        administer(
            mariadb,
            f"CREATE ROLE {name}_dba",
            f"CREATE ROLE {name}_between",
            f"GRANT {granted} TO {name}_dba",
            f"GRANT {name}_dba TO {name}_between",
        )
        assert not is_protected(mariadb, name)
        administer(mariadb, f"GRANT {name}_between TO {name}@'%'")
    else:
        assert not is_protected(mariadb, name)
        administer(mariadb, f"GRANT {granted} TO {name}@'%'")
    assert is_protected(mariadb, name)


def test_an_account_that_may_pass_its_privileges_on(mariadb: Database, name: str) -> None:
    facade.create_account(mariadb.target(), name, Secret(OLD))
    administer(mariadb, f"GRANT USAGE ON *.* TO {name}@'%' WITH GRANT OPTION")
    assert is_protected(mariadb, name)


def test_an_account_that_stands_in_for_another(mariadb: Database, name: str) -> None:
    facade.create_account(mariadb.target(), name, Secret(OLD))
    administer(
        mariadb,
        "INSERT INTO mysql.proxies_priv SET Host = '%', Proxied_host = 'localhost',"
        f" User = '{name}', Proxied_user = 'root', With_grant = 0",
        "FLUSH PRIVILEGES",
    )
    assert is_protected(mariadb, name)


@pytest.mark.parametrize("role_name", ["dba", "a `b", "x@y", "a'b"])
def test_a_role_is_not_taken_for_the_account_of_its_name(
    mariadb: Database, name: str, role_name: str
) -> None:
    role = f"{name}{role_name}".replace("`", "``")
    facade.create_account(mariadb.target(), name, Secret(OLD))
    administer(
        mariadb,
        f"CREATE ROLE `{role}`",
        f"GRANT `{role}` TO {name}@'%'",
        f"CREATE USER `{role}`@'%' IDENTIFIED BY '{OLD}'",
        f"GRANT CREATE USER ON *.* TO `{role}`@'%'",
    )
    assert not is_protected(mariadb, name)
    administer(
        mariadb,
        f"REVOKE CREATE USER ON *.* FROM `{role}`@'%'",
        f"GRANT CREATE USER ON *.* TO `{role}`",
    )
    assert is_protected(mariadb, name)


def test_ordinary_accounts_of_mariadb(mariadb: Database, name: str) -> None:
    """What only shows the server's state is no power, held or through a role."""
    facade.create_account(mariadb.target(), name, Secret(OLD))
    watching = "PROCESS, SHOW DATABASES, REPLICATION CLIENT, SLAVE MONITOR ON *.*"
    administer(
        mariadb,
        f"CREATE DATABASE {name}",
        f"CREATE ROLE {name}_team",
        f"GRANT {watching} TO {name}_team",
        f"GRANT ALL ON {name}.* TO {name}_team",
        f"GRANT {name}_team TO {name}@'%'",
        f"GRANT {watching} TO {name}@'%'",
        f"GRANT ALL ON {name}.* TO {name}@'%' WITH GRANT OPTION",
        rf"GRANT SELECT ON `my\_sql`.* TO {name}@'%'",
    )
    assert not is_protected(mariadb, name)


def test_what_is_made_and_granted_here_stays_ordinary(database: Database, name: str) -> None:
    target, driver, copy = database.target(), driver_of(database.engine), f"{name}_clone"
    charset = "UTF8" if database.engine == "PostgreSQL" else "utf8mb4"
    driver.create_database(target, name, charset)
    facade.create_account(target, name, Secret(OLD))
    facade.create_account(target, copy, Secret(OLD))
    for privilege in driver.privileges:
        driver.grant(target, name, name, privilege)
        assert not is_protected(database, name)
    facade.clone_privileges(target, name, copy)
    assert not is_protected(database, copy)
    driver.revoke(target, name, name)
    assert not is_protected(database, name)
