"""The schema of a database: made at first start, migrated later, refused when newer than us.

A database at the newest revision, and an empty SQLite file, need no SQLAlchemy to be served.
"""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from juyong.store.ddl import creation
from juyong.store.errors import SchemaMismatch
from juyong.store.late import sa
from juyong.store.table import all_specs

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


def head() -> str:
    """Return the newest revision: migration files are named `<revision>_<slug>.py`, in order."""
    return max(p.name.split("_")[0] for p in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def revision_of(engine: "sa.Engine") -> str | None:
    """Return the revision a database is at, None for an empty one."""
    if not sa.inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def ensure(engine: "sa.Engine") -> None:
    """Bring a database to the newest revision; all tables must have been imported.

    An empty database gets the tables directly, since that starts faster; a test proves the result
    equal to running every migration.

    Raises:
        SchemaMismatch: a newer version of juyong wrote it.
    """
    found = revision_of(engine)
    if found == head():
        return
    if found is None:
        _create(engine)
        return
    if found > head():
        raise SchemaMismatch(
            f"the database is at revision {found}, this one knows up to {head()}: upgrade juyong"
        )
    migrate(engine)


def migrate(engine: "sa.Engine") -> None:
    """Run every outstanding migration in one transaction: a killed upgrade changes nothing."""
    from alembic import command  # noqa: PLC0415  # slow to import and rarely needed

    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            # The driver begins no transaction before statements that change tables.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def alembic_config() -> "Config":
    """Return the Alembic configuration of the shipped migrations."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def revision_in_sqlite(connection: sqlite3.Connection) -> str | None:
    """Return the revision a SQLite file is at, None for an empty one."""
    known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    if connection.execute(known).fetchone() is None:
        return None
    found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if found is None else str(found[0])


def create_in_sqlite(connection: sqlite3.Connection) -> None:
    """Make every declared table in an empty SQLite file, unless another process just did."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if revision_in_sqlite(connection) is None:
            for spec in all_specs():
                for statement in creation(spec):
                    connection.execute(statement)
            connection.execute(_VERSION_TABLE)
            connection.execute("INSERT INTO alembic_version (version_num) VALUES (?)", (head(),))
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


_VERSION_TABLE = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"


def _create(engine: "sa.Engine") -> None:
    from juyong.store.core import metadata  # noqa: PLC0415  # imports SQLAlchemy

    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # Two gateways that start at once on an empty database must not both create it.
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7108243)"))
        elif engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        if sa.inspect(connection).has_table("alembic_version"):
            return
        metadata().create_all(connection)
        connection.execute(sa.text(_VERSION_TABLE))
        connection.execute(
            sa.text("INSERT INTO alembic_version (version_num) VALUES (:head)"), {"head": head()}
        )
