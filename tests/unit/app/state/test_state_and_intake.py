"""Backup, restore, reset and check, while events of reads wait in the intake log."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.unit.gateway.platforms import Caller, caller_of, events, platform, rows, serve

from juyong.api.registry import load_tables
from juyong.app.home import Home
from juyong.app.platform import Running
from juyong.app.settings import Settings
from juyong.app.state import State, backup, check, reset, restore, state_at, state_of
from juyong.base.clock import Instant
from juyong.store import merging, schema
from juyong.store.database import StoreSettings, open_database
from juyong.store.intake import intake_path
from juyong.store.seal import AesSealer
from juyong.store.sqlite_executor import SqliteExecutor

LATER = Instant(1_900_000_000)


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(merging, "_AFTER_SECONDS", 3600)
    with platform(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def caller(running: Running) -> Caller:
    return caller_of(running)


@pytest.fixture
def state(running: Running) -> State:
    """As a command sees it, which shares nothing with the server but the files."""
    return state_at(Home(running.home.path), Settings())


def read(running: Running, caller: Caller, count: int = 3) -> list[str]:
    async def story() -> list[str]:
        made = [await serve(running, caller.request("ListGroups")) for _ in range(count)]
        assert {reply.status for reply in made} == {200}
        return [reply.request_id for reply in made]

    return asyncio.run(story())


def in_database(running: Running) -> list[str]:
    return [row[0] for row in rows(running.home.database, "SELECT event_id FROM actiontrail_event")]


def test_a_backup_holds_the_event_of_every_call_answered_before(
    running: Running, caller: Caller, state: State, tmp_path: Path
) -> None:
    made = read(running, caller)
    assert not set(made) & set(in_database(running))
    backup(state, tmp_path / "a.jyb")
    after = read(running, caller)
    restore(state, tmp_path / "a.jyb")
    counted = Counter(asyncio.run(events(running, caller)))
    assert all(counted[each] == 1 for each in made)
    assert not any(counted[each] for each in after)
    more = read(running, caller)
    running.store.settle()
    assert Counter(in_database(running)).most_common(1)[0][1] == 1
    assert set(made + more) <= set(in_database(running))
    assert check(state, now=LATER) == []


def test_a_reset_takes_what_waits_with_it(running: Running, caller: Caller, state: State) -> None:
    read(running, caller)
    reset(state)
    running.store.settle()
    assert in_database(running) == []
    assert check(state, now=LATER) == []


@pytest.mark.parametrize("serves", [True, False], ids=["server", "command"])
def test_a_check_merges_and_proves_what_waits(
    running: Running, caller: Caller, state: State, serves: bool
) -> None:
    made = read(running, caller)
    assert check(state_of(running) if serves else state, now=LATER) == []
    assert set(made) <= set(in_database(running))


def test_an_event_that_was_changed_while_it_waited_is_found(
    running: Running, caller: Caller, state: State
) -> None:
    read(running, caller)
    with closing(sqlite3.connect(intake_path(running.home.database))) as raw, raw:
        raw.execute("UPDATE actiontrail_event SET body = replace(body, 'ListGroups', 'ListRoles')")
    assert {finding.code for finding in check(state, now=LATER)} == {"audit-event-changed"}


def test_a_log_that_is_damaged_or_gone_is_found(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with platform(home) as running:
        read(running, caller_of(running))
        running.store.settle()
        log = intake_path(running.home.database)
    state = state_at(Home(home), Settings())
    assert check(state, now=LATER) == []
    content = log.read_bytes()
    log.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    assert {finding.code for finding in check(state, now=LATER)} == {"intake-log-damaged"}
    for left in home.glob(f"{log.name}*"):
        left.unlink()
    assert {finding.code for finding in check(state, now=LATER)} == {"intake-log-missing"}
    with platform(home) as running:
        assert read(running, Caller(caller_of(running, "b").account))


def test_what_waits_is_merged_before_a_migration(
    running: Running, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of an older schema must not meet newer tables."""
    made = read(running, caller)
    database = running.home.database
    seen: list[set[str]] = []
    # The fixture's server stands for what a killed one left, and has the file open.
    monkeypatch.setattr("juyong.store.database._is_alone", lambda _path: True)
    monkeypatch.setattr(schema, "head", lambda: "9999")
    monkeypatch.setattr(schema, "migrate", lambda _engine: seen.append(set(in_database(running))))
    settings = StoreSettings(url=f"sqlite:///{database}", durable=False)
    open_database(settings, AesSealer(bytes(32)), load_tables).close()
    assert set(made) <= seen[0]


def test_a_log_takes_the_columns_of_a_newer_schema(running: Running, caller: Caller) -> None:
    from juyong.store.intake import renew_table
    from juyong.store.log_sql import log_table

    read(running, caller)
    running.store.settle()
    database = running.home.database
    with closing(sqlite3.connect(intake_path(database))) as raw, raw:
        raw.execute("ALTER TABLE actiontrail_event DROP COLUMN sensitive")
        (before,) = raw.execute("SELECT seq FROM sqlite_sequence").fetchone()
    renew_table(database)
    with closing(sqlite3.connect(intake_path(database))) as raw:
        assert "sensitive" in log_table(raw, "main").columns
        assert raw.execute("SELECT seq FROM sqlite_sequence").fetchone() == (before,)
    store = running.store
    assert isinstance(store, SqliteExecutor)
    made = read(running, caller)
    assert set(made) <= set(asyncio.run(events(running, caller)))
