"""The facade that rotates passwords, against real databases."""

import socket
import threading
import time
from dataclasses import replace

import pytest
from tests.conformance.databases import (
    ADMIN,
    ADMIN_PASSWORD,
    Database,
    logs_in,
    mariadb_server,
    postgres_with_passwords,
    run,
)
from tests.waiting import wait_until

from juyong.base.secret import Secret
from juyong.services.rds import facade
from juyong.services.rds.drivers.mysql import account, database_in_grant, quoted
from juyong.services.rds.targets import sealed_text, target_of

OLD, NEW = "Old-passw0rd_here", "New-passw0rd_here"


def test_a_password_is_replaced(database: Database, name: str) -> None:
    target = database.target()
    assert facade.create_account(target, name, Secret(OLD))
    assert logs_in(database, name, OLD)
    facade.set_password(target, name, Secret(NEW))
    assert logs_in(database, name, NEW)
    assert not logs_in(database, name, OLD)
    assert facade.can_log_in(target, name, Secret(NEW))
    assert not facade.can_log_in(target, name, Secret(OLD))


def test_creating_and_setting_can_be_repeated(database: Database, name: str) -> None:
    target = database.target()
    assert facade.create_account(target, name, Secret(OLD))
    assert not facade.create_account(target, name, Secret(NEW))
    assert logs_in(database, name, NEW)
    facade.set_password(target, name, Secret(NEW))
    assert logs_in(database, name, NEW)
    assert facade.has_account(target, name)


def test_an_absent_account_is_told_from_a_wrong_password(database: Database, name: str) -> None:
    target = database.target()
    assert not facade.has_account(target, name)
    assert not facade.can_log_in(target, name, Secret(OLD))
    with pytest.raises(facade.NoSuchAccount):
        facade.set_password(target, name, Secret(OLD))
    facade.create_account(target, name, Secret(OLD))
    for pair in ((name, f"{name}x"), (f"{name}x", name)):
        with pytest.raises(facade.NoSuchAccount):
            facade.clone_privileges(target, *pair)


def test_the_administrator_is_not_managed(database: Database, name: str) -> None:
    target = database.target()
    facade.create_account(target, name, Secret(OLD))
    with pytest.raises(facade.Protected):
        facade.set_password(target, ADMIN, Secret(NEW))
    with pytest.raises(facade.Protected):
        facade.create_account(target, ADMIN, Secret(NEW))
    with pytest.raises(facade.Protected):
        facade.clone_privileges(target, ADMIN, name)
    with pytest.raises(facade.Protected):
        facade.clone_privileges(target, name, ADMIN)
    assert logs_in(database, ADMIN, ADMIN_PASSWORD)


def test_another_administrator_is_not_managed(database: Database, name: str) -> None:
    powers = {
        "PostgreSQL": (f"CREATE ROLE {name} LOGIN SUPERUSER PASSWORD '{OLD}'",),
        "MySQL": (
            f"CREATE USER {name}@'%' IDENTIFIED BY '{OLD}'",
            f"GRANT CREATE USER ON *.* TO {name}@'%'",
        ),
    }
    run(database, ADMIN, ADMIN_PASSWORD, *powers[database.engine])
    with pytest.raises(facade.Protected):
        facade.set_password(database.target(), name, Secret(NEW))
    assert logs_in(database, name, OLD)


def test_a_powerless_administrator_is_refused(database: Database, name: str) -> None:
    facade.create_account(database.target(), name, Secret(OLD))
    powerless = database.target(name, OLD)
    with pytest.raises(facade.Refused):
        facade.create_account(powerless, f"{name}x", Secret(OLD))


def test_a_database_that_is_down_is_unreachable(database: Database, name: str) -> None:
    target = database.target()
    facade.create_account(target, name, Secret(OLD))
    database.stop()
    try:
        for action in (
            lambda: facade.set_password(target, name, Secret(NEW)),
            lambda: facade.create_account(target, f"{name}x", Secret(NEW)),
            lambda: facade.clone_privileges(target, name, name),
            lambda: facade.can_log_in(target, name, Secret(OLD)),
            lambda: facade.has_account(target, name),
            lambda: facade.server_version(target),
        ):
            with pytest.raises(facade.Unreachable) as caught:
                action()
            assert ADMIN_PASSWORD not in str(caught.value)
    finally:
        database.start()
    assert logs_in(database, name, OLD)
    assert not logs_in(database, name, NEW)


def test_a_wrong_administrator_password_is_unreachable(database: Database, name: str) -> None:
    locked_out = database.target(ADMIN, "Not-the-passw0rd")
    with pytest.raises(facade.Unreachable) as caught:
        facade.set_password(locked_out, name, Secret(NEW))
    assert "Not-the-passw0rd" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_a_server_that_never_speaks_is_given_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from juyong.services.rds.drivers import mysql, postgres

    for driver in (mysql, postgres):
        assert driver._CONNECT_SECONDS == 5
        monkeypatch.setattr(driver, "_CONNECT_SECONDS", 1)
    monkeypatch.setattr(mysql, "_WAIT_SECONDS", 1)  # once it is connected
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = replace(database.target(), port=silent.getsockname()[1])
        started = time.monotonic()
        with pytest.raises(facade.Unreachable):
            facade.server_version(mute)
        assert time.monotonic() - started < 5


def test_a_server_that_freezes_is_given_up(
    database: Database, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both drivers stop waiting for an answer that never comes."""
    from juyong.services.rds.drivers import mysql, postgres

    monkeypatch.setattr(postgres, "_WHOLE_SECONDS", 1.0)
    monkeypatch.setattr(mysql, "_WAIT_SECONDS", 1)
    with Freezing(database.port) as port:
        started = time.monotonic()
        with pytest.raises(facade.Unreachable):
            facade.set_password(replace(database.target(), port=port), name, Secret(NEW))
        assert time.monotonic() - started < 10


class Freezing:
    """Forward to a server until a statement is sent, then say nothing any more."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []

    def __enter__(self) -> int:
        threading.Thread(target=self._serve, daemon=True).start()
        return int(self._listener.getsockname()[1])

    def _serve(self) -> None:
        client, _ = self._listener.accept()
        upstream = socket.create_connection(("127.0.0.1", self._port))
        self._open += [client, upstream]
        frozen = threading.Event()

        def back() -> None:
            while data := upstream.recv(65536):
                if frozen.is_set():
                    return
                client.sendall(data)

        threading.Thread(target=back, daemon=True).start()
        while data := client.recv(65536):
            if b"mysql.user" in data or b"pg_catalog.pg_roles" in data or b"USER_PRIV" in data:
                frozen.set()
            upstream.sendall(data)

    def __exit__(self, *_exc: object) -> None:
        for one in (self._listener, *self._open):
            one.close()


def test_a_copy_on_postgresql_does_what_its_source_may(postgresql: Database, name: str) -> None:
    target, copy = postgresql.target(), f"{name}_clone"
    facade.create_account(target, name, Secret(OLD))
    facade.create_account(target, copy, Secret(NEW))
    run(
        postgresql,
        ADMIN,
        ADMIN_PASSWORD,
        f"CREATE DATABASE {name} OWNER {name}",
        f'ALTER ROLE {name} SET search_path TO app, "$user", public',
        f"ALTER ROLE {name} IN DATABASE {name} SET work_mem TO '8MB'",
    )
    run(postgresql, name, OLD, "CREATE SCHEMA app", "CREATE TABLE app.t (x int)", name=name)
    facade.clone_privileges(target, name, copy)
    facade.clone_privileges(target, name, copy)
    run(postgresql, copy, NEW, "INSERT INTO t VALUES (1)", "CREATE TABLE app.u ()", name=name)
    assert run(postgresql, copy, NEW, "SHOW work_mem", name=name) == [("8MB",)]
    assert run(postgresql, copy, NEW, "SHOW search_path") == [('app, "$user", public',)]
    run(postgresql, name, OLD, "ALTER TABLE app.u ADD y int", name=name)


def test_a_copy_on_mariadb_does_what_its_source_may(mariadb: Database, name: str) -> None:
    target, copy = mariadb.target(), f"{name}_clone"
    facade.create_account(target, name, Secret(OLD))
    facade.create_account(target, copy, Secret(NEW))
    run(
        mariadb,
        ADMIN,
        ADMIN_PASSWORD,
        f"CREATE DATABASE {name}",
        f"CREATE DATABASE {name}2",
        f"CREATE TABLE {name}2.t (a int, b int)",
        f"CREATE ROLE {name}_role",
        f"GRANT CREATE, DROP, INSERT, SELECT ON {name}.* TO {name}@'%'",
        f"GRANT SELECT (a), UPDATE (b) ON {name}2.t TO {name}@'%'",
        f"GRANT {name}_role TO {name}@'%'",
        f"GRANT SHOW DATABASES ON *.* TO {name}@'%'",
    )
    facade.clone_privileges(target, name, copy)
    facade.clone_privileges(target, name, copy)
    run(mariadb, copy, NEW, "CREATE TABLE t (x int)", "INSERT INTO t VALUES (1)", name=name)
    assert run(mariadb, copy, NEW, "SELECT a FROM t", name=f"{name}2") == []
    run(mariadb, copy, NEW, f"SET ROLE {name}_role")

    def grants(who: str) -> set[str]:
        rows = run(mariadb, ADMIN, ADMIN_PASSWORD, f"SHOW GRANTS FOR {who}@'%'")
        return {row[0].split(" IDENTIFIED")[0].replace(f"`{who}`@", "`x`@") for row in rows}

    assert grants(copy) == grants(name)
    assert logs_in(mariadb, copy, NEW)


def test_a_copy_must_come_over_tls_when_its_source_must(mariadb: Database, name: str) -> None:
    target, copy = mariadb.target(), f"{name}_clone"
    facade.create_account(target, name, Secret(OLD))
    facade.create_account(target, copy, Secret(NEW))
    run(mariadb, ADMIN, ADMIN_PASSWORD, f"ALTER USER {name}@'%' REQUIRE SSL")
    facade.clone_privileges(target, name, copy)
    rows = run(mariadb, ADMIN, ADMIN_PASSWORD, f"SHOW CREATE USER {copy}@'%'")
    assert "REQUIRE SSL" in rows[0][0]


def test_an_account_with_another_plugin_keeps_it(mariadb: Database, name: str) -> None:
    run(
        mariadb,
        ADMIN,
        ADMIN_PASSWORD,
        f"CREATE USER {name}@'%' IDENTIFIED VIA unix_socket",
    )
    with pytest.raises(facade.Refused, match="unix_socket"):
        facade.set_password(mariadb.target(), name, Secret(NEW))


def test_no_password_reaches_the_statement_log(database: Database, name: str) -> None:
    target = database.target()
    facade.create_account(target, name, Secret(OLD))
    facade.set_password(target, name, Secret(NEW))
    logged = database.logged()
    assert name.encode() in logged
    assert OLD.encode() not in logged.split(name.encode(), 1)[1]
    assert NEW.encode() not in logged.split(name.encode(), 1)[1]


def test_a_server_that_trusts_everybody_is_refused(postgresql: Database, name: str) -> None:
    """Any password would seem right there."""
    target = postgresql.target()
    facade.create_account(target, name, Secret(OLD))
    rules = postgresql.folder / "data" / "pg_hba.conf"
    kept = rules.read_text()
    rules.write_text("host all all 127.0.0.1/32 trust\n")
    try:
        run(postgresql, ADMIN, ADMIN_PASSWORD, "SELECT pg_reload_conf()")
        wait_until(lambda: logs_in(postgresql, name, "anything-at-all"))
        with pytest.raises(facade.Unreachable):
            facade.can_log_in(target, name, Secret(OLD))
    finally:
        rules.write_text(kept)
        run(postgresql, ADMIN, ADMIN_PASSWORD, "SELECT pg_reload_conf()")
        wait_until(lambda: not logs_in(postgresql, name, "anything-at-all"))
    assert facade.can_log_in(target, name, Secret(OLD))


def test_a_server_without_tls_is_refused_when_tls_is_required(database: Database) -> None:
    with pytest.raises(facade.Unreachable):
        facade.server_version(replace(database.target(), tls="require"))


@pytest.mark.parametrize("serving", [postgres_with_passwords, mariadb_server])
def test_tls_is_used_where_the_server_offers_it(serving, name: str) -> None:
    with serving(encrypted=True) as database:
        required = replace(database.target(), tls="require")
        assert facade.create_account(required, name, Secret(OLD))
        if database.engine == "MySQL":
            run(database, ADMIN, ADMIN_PASSWORD, f"ALTER USER {name}@'%' REQUIRE SSL")
            assert facade.can_log_in(database.target(), name, Secret(OLD))
            return
        logging = ("ALTER SYSTEM SET log_connections = on", "SELECT pg_reload_conf()")
        run(database, ADMIN, ADMIN_PASSWORD, *logging)
        shown = "SHOW log_connections"
        wait_until(lambda: run(database, ADMIN, ADMIN_PASSWORD, shown) == [("on",)])
        assert facade.can_log_in(database.target(), name, Secret(OLD))
        noted = f"user={name} database=postgres application_name=juyong SSL enabled"
        wait_until(lambda: noted.encode() in database.logged())


def test_a_target_survives_its_sealed_text_and_shows_no_password(database: Database) -> None:
    target = database.target()
    assert target_of(sealed_text(target)) == target
    assert ADMIN_PASSWORD not in repr(target)
    assert ADMIN_PASSWORD not in repr(sealed_text(target))


@pytest.mark.parametrize(
    "bad", ["", "a`b", "a'b", "a\\b", "ä", "a" * 65, "a b", "a\x00", "-a", "a;"]
)
def test_names_that_mysql_cannot_be_given_are_refused(bad: str) -> None:
    with pytest.raises(facade.Refused):
        quoted(bad)


def test_names_are_quoted() -> None:
    assert quoted("a_b-c.d$") == "`a_b-c.d$`"
    assert account("app") == "`app`@`%`"
    assert database_in_grant("a_b") == r"`a\_b`"
