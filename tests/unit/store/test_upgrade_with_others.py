"""An older SQLite file is migrated only when no process of the older version has it open."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest
from alembic import command
from tests.unit.store.conftest import sealer

from juyong.api.registry import load_tables
from juyong.store import database, schema
from juyong.store.database import StoreSettings, engine_of, open_database
from juyong.store.errors import Unavailable

OLDER = "0008"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of an older version."""
    path = tmp_path / "juyong.db"
    engine = engine_of(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = schema.alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, OLDER)
    engine.dispose()
    return path


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a start that waits for another server look again soon."""
    monkeypatch.setattr(database, "_LOOK_SECONDS", 0.01)


@pytest.fixture
def other(path: Path) -> Iterator[sqlite3.Connection]:
    """The connection of a server of the older version, which is idle."""
    with closing(sqlite3.connect(path, check_same_thread=False)) as raw:
        raw.execute("SELECT count(*) FROM alembic_version").fetchone()
        yield raw


def start(path: Path) -> None:
    open_database(StoreSettings(url=f"sqlite:///{path}"), sealer(), load_tables).close()


def revision(path: Path) -> str | None:
    with closing(sqlite3.connect(path)) as raw:
        return schema.revision_in_sqlite(raw)


def test_a_file_that_an_older_server_has_open_is_left_alone(
    path: Path, other: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.1)
    with pytest.raises(Unavailable, match="stop the server of that version"):
        start(path)
    assert revision(path) == OLDER
    other.close()
    start(path)
    assert revision(path) == schema.head()


def test_the_start_waits_for_a_server_that_is_stopping(
    path: Path, other: sqlite3.Connection
) -> None:
    Timer(0.1, other.close).start()
    start(path)
    assert revision(path) == schema.head()


def test_a_file_that_another_start_migrates_is_opened(
    path: Path, other: sqlite3.Connection
) -> None:
    engine = engine_of(f"sqlite:///{path}")
    Timer(0.1, schema.migrate, [engine]).start()
    start(path)
    assert revision(path) == schema.head()
    assert other.execute("SELECT 1").fetchone() == (1,)
