"""The schema: shortcut and migrations agree, newer databases are refused."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from tests.unit.store.conftest import sealer

from juyong.api.registry import load_tables
from juyong.store import schema
from juyong.store.core import metadata
from juyong.store.database import StoreSettings, engine_of, open_database
from juyong.store.errors import SchemaMismatch


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    made = engine_of(url)
    yield made
    made.dispose()


def shape(engine: sa.Engine) -> dict[str, object]:
    inspector = sa.inspect(engine)
    return {
        name: (
            sorted((c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(name)),
            sorted((i["name"], i["column_names"]) for i in inspector.get_indexes(name)),
            sorted((u["name"], u["column_names"]) for u in inspector.get_unique_constraints(name)),
            inspector.get_pk_constraint(name)["constrained_columns"],
        )
        for name in sorted(inspector.get_table_names())
        if name != "alembic_version"
    }


def test_migrations_and_tables_agree(engine: sa.Engine) -> None:
    load_tables()
    schema.migrate(engine)
    migrated = shape(engine)
    with engine.begin() as connection:
        for name in migrated:
            connection.execute(sa.text(f'DROP TABLE "{name}"'))
        metadata().create_all(connection)
    assert len(migrated) >= 20
    assert shape(engine) == migrated


def test_first_start_creates_and_stamps(url: str, engine: sa.Engine) -> None:
    open_database(StoreSettings(url=url), sealer(), load_tables).close()
    assert schema.revision_of(engine) == schema.head()


def test_newer_database_is_refused(url: str, engine: sa.Engine) -> None:
    open_database(StoreSettings(url=url), sealer(), load_tables).close()
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaMismatch, match="upgrade juyong"):
        open_database(StoreSettings(url=url), sealer(), load_tables)
