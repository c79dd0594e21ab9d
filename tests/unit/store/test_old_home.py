"""A home of the version before the inventory, upgraded on each database, is killed and sound.

The fixture is the home of a throwaway account, made at commit 2f5a8bb by API calls: users, groups
and memberships, policies and attachments, a role, an AccessKey, a sign-in profile, keys, an alias,
a secret, a network rule, a key pair, and tags.
"""

import signal
import tarfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from tests.docs.walkthrough import ROOT
from tests.unit.store.killed_job import carried_out

from juyong.api.registry import load_tables, resources
from juyong.app.home import open_home
from juyong.app.keys import open_keys
from juyong.app.keys.unlocking import by_settings
from juyong.app.platform import open_platform
from juyong.app.settings import Settings
from juyong.app.state.check import check
from juyong.app.state.state import State
from juyong.base.clock import Instant
from juyong.store.database import engine_of
from juyong.store.inventory import LinkRow, ResourceEventRow, ResourceRow
from juyong.store.inventory_reads import NOT_YET, Unknown, as_of, extent
from juyong.store.schema import alembic_config

FIXTURE = ROOT / "tests" / "fixtures" / "home-2f5a8bb.tar.xz"
REVISION = "0002"
ACCOUNT = "1534045994233637"
KEY = "445b97f1-eca7-4d6f-bfc5-76bb26c52764"


@pytest.fixture
def home(tmp_path: Path, url: str) -> Path:
    """The old home, its rows in the database under test."""
    with tarfile.open(FIXTURE) as archive:
        archive.extractall(tmp_path, filter="data")
    home = tmp_path / "home"
    if url.startswith("postgresql"):
        _copy(f"sqlite:///{home / 'juyong.db'}", url)
    return home


def _copy(source: str, target: str) -> None:
    load_tables()
    old, new = engine_of(source), engine_of(target)
    tables = sa.MetaData()
    with new.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, REVISION)
        tables.reflect(connection)
        for table in tables.tables.values():
            if table.name == "alembic_version":
                continue
            with old.connect() as rows:
                found = [dict(row) for row in rows.execute(sa.select(table)).mappings()]
            if found:
                connection.execute(table.insert(), found)
            if "seq" in table.c:
                serial = f"pg_get_serial_sequence('{table.name}', 'seq')"
                connection.exec_driver_sql(
                    f"SELECT setval({serial}, (SELECT max(seq) + 1 FROM {table.name}))"  # noqa: S608  # names of tables
                )
    old.dispose()
    new.dispose()


def _database(url: str) -> str:
    return "sqlite" if url.startswith("sqlite") else url


def _run(home: Path, url: str, most: int) -> int:
    names = ("juyong.services.resourcecenter.jobs", "note_baseline")
    return carried_out(home, _database(url), most, *names)


@pytest.mark.parametrize("kill_at", [2, 3])
def test_an_old_home_is_brought_into_the_inventory(home: Path, url: str, kill_at: int) -> None:
    assert _run(home, url, kill_at) == -signal.SIGKILL
    settings = Settings(database=_database(url))
    # Another worker takes the item when the lease of the killed one is over.
    later = Instant(1_900_000_000)
    running = open_platform(home, settings=settings, clock=lambda: later)
    store = running.store
    assert store.call(extent).known_from == NOT_YET
    with pytest.raises(Unknown):
        store.call(lambda tx: as_of(tx, ACCOUNT, later))
    running.close()
    engine = engine_of(url if url.startswith("postgresql") else f"sqlite:///{home / 'juyong.db'}")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE store_queue SET due_at = 0"))
    engine.dispose()
    assert _run(home, url, 10**6) == 0

    running = open_platform(home, settings=settings, clock=lambda: later)
    rows = running.store.call(lambda tx: tx.find(ResourceRow))
    assert {row.resource_type for row in rows} <= set(resources())
    assert {"admins", "readers"} <= {row.name for row in rows}
    events = running.store.call(lambda tx: tx.find(ResourceEventRow))
    baselines = [event.ref for event in events if event.change == "baseline"]
    assert sorted(baselines) == sorted(row.ref for row in rows)
    tags = {row.name: row.tags for row in rows if row.tags != "{}"}
    assert tags == {
        "alice": '{"team":"red"}',
        "deploy": '{"env":"prod"}',
        "keys": '{"env":"dev"}',
        "ops": '{"team":"red"}',
        "db": '{"env":"prod"}',
        KEY: '{"env":"prod"}',
    }
    names = {row.ref: row.name for row in rows}
    links = {
        (names[row.source], row.kind, names.get(row.link.target, row.to_id))
        for row in running.store.call(lambda tx: tx.find(LinkRow))
    }
    assert {
        ("alice", "member-of", "admins"),
        ("bob", "attached-to", "keys"),
        ("deploy", "attached-to", "keys"),
        ("db", "encrypted-by", KEY),
        ("alias/main", "attached-to", KEY),
    } <= links
    running.close()
    state = State(
        home=open_home(home),
        settings=settings,
        keys=open_keys(open_home(home), by_settings(settings)),
    )
    assert [each for each in check(state) if each.severity == "damage"] == []
