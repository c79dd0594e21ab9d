"""What the database of a home says, read beside the servers and without their code."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tests.crash.homes import Home
from tests.crash.writer import Holdings

_FORGOTTEN_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the audit record."""

    request_id: str
    name: str
    code: str


class Database(Protocol):
    """One moment of a home's database.

    events: A table expression of all events, merged or not.
    """

    events: str

    def execute(self, query: str, params: tuple[str, ...] = ()) -> Any:
        """Run a query whose parameters stand as `?`; returns the driver's cursor."""

    def damage(self) -> list[str]:
        """Say what is broken; empty when nothing is."""

    def unmerged(self) -> int:
        """Count the events that wait for the merge."""


class _Sqlite:
    """A SQLite file and its intake log."""

    events = (
        "(SELECT * FROM main.actiontrail_event"
        " UNION ALL SELECT * FROM intake.actiontrail_event WHERE seq >"
        " coalesce((SELECT seq FROM store_intake WHERE log = (SELECT id FROM intake.log)), 0))"
    )

    def __init__(self, raw: sqlite3.Connection, home: Path) -> None:
        raw.execute("ATTACH ? AS intake", (f"file:{home / 'juyong-intake.db'}?mode=ro",))
        self.execute = raw.execute

    def damage(self) -> list[str]:
        found = [row[0] for row in self.execute("PRAGMA integrity_check")]
        found += [f"foreign key {row}" for row in self.execute("PRAGMA foreign_key_check")]
        return [each for each in found if each != "ok"]

    def unmerged(self) -> int:
        (count,) = self.execute("SELECT count(*) FROM intake.actiontrail_event").fetchone()
        return int(count)


class _Postgres:
    """A PostgreSQL database, in which what reads leave is at once where it belongs."""

    events = "actiontrail_event"

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def execute(self, query: str, params: tuple[str, ...] = ()) -> Any:
        return self._raw.execute(query.replace("%", "%%").replace("?", "%s"), params)

    def damage(self) -> list[str]:
        """The server was not killed, so its files are whole: look for forgotten transactions."""
        query = (
            "SELECT application_name FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND xact_start < now() - make_interval(secs => %s)"
        )
        found = self._raw.execute(query, (_FORGOTTEN_SECONDS,))
        return [f"a transaction that {name} does not end" for (name,) in found]

    def unmerged(self) -> int:
        return 0


@contextmanager
def reading(home: Home) -> Iterator[Database]:
    """Look at one moment of the database of a home."""
    if not home.url:
        file = f"file:{home.path / 'juyong.db'}?mode=ro"
        with closing(sqlite3.connect(file, uri=True)) as raw:
            yield _Sqlite(raw, home.path)
        return
    import psycopg

    with psycopg.connect(home.url) as raw:
        raw.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        raw.read_only = True
        yield _Postgres(raw)


def events_by_agent(database: Database) -> dict[str, list[Event]]:
    """Return the events of each caller, merged or not, told apart by the user agent."""
    found: dict[str, list[Event]] = {}
    columns = "event_id, event_name, error_code, body"
    query = f"SELECT {columns} FROM {database.events} AS events ORDER BY seq"  # noqa: S608
    for request_id, name, code, body in database.execute(query):
        agent = json.loads(body)["userAgent"]
        found.setdefault(agent, []).append(Event(request_id, name, code))
    return found


def snapshot_requests(database: Database) -> set[str]:
    """Return the calls that left a state of a resource."""
    return {row[0] for row in database.execute("SELECT request_id FROM store_resource_event")}


def holdings_of(database: Database, writer: str) -> Holdings:
    """Return what is stored under a writer's names."""
    mine = f"{writer}-%"
    query = "SELECT user_name, display_name FROM ram_user WHERE user_name LIKE ?"
    users = dict(list(database.execute(query, (mine,))))
    groups = database.execute("SELECT group_name FROM ram_group WHERE group_name LIKE ?", (mine,))
    policies = database.execute(
        "SELECT policy_name FROM ram_policy JOIN ram_policy_version USING (account_id, policy_name)"
        " WHERE policy_name LIKE ? AND default_version = number",
        (mine,),
    )
    members = database.execute(
        "SELECT user_name, group_name FROM ram_membership JOIN ram_user USING (user_id)"
        " JOIN ram_group USING (group_id) WHERE user_name LIKE ?",
        (mine,),
    )
    return Holdings(
        users=users,
        groups={row[0] for row in groups},
        members={(user, group) for user, group in members},
        policies={row[0] for row in policies},
    )
