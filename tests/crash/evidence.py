"""What the database and its intake log say, read beside the server and without its code."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.crash.writer import Holdings


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the audit record."""

    request_id: str
    name: str
    code: str


@contextmanager
def reading(home: Path) -> Iterator[sqlite3.Connection]:
    """Open the database of a home for reading only."""
    with closing(sqlite3.connect(f"file:{home / 'juyong.db'}?mode=ro", uri=True)) as database:
        database.execute("ATTACH ? AS intake", (f"file:{home / 'juyong-intake.db'}?mode=ro",))
        yield database


def integrity(database: sqlite3.Connection) -> str:
    """Return "ok", or what is broken."""
    found = [row[0] for row in database.execute("PRAGMA integrity_check")]
    found += [f"foreign key {row}" for row in database.execute("PRAGMA foreign_key_check")]
    return "; ".join(found)


def events_by_agent(database: sqlite3.Connection) -> dict[str, list[Event]]:
    """Return the events of each caller, merged or not, told apart by the user agent."""
    found: dict[str, list[Event]] = {}
    columns = "event_id, event_name, error_code, body"
    query = (
        f"SELECT seq, {columns} FROM main.actiontrail_event"  # noqa: S608
        f" UNION ALL SELECT seq, {columns} FROM intake.actiontrail_event WHERE seq >"
        " coalesce((SELECT seq FROM store_intake WHERE log = (SELECT id FROM intake.log)), 0)"
        " ORDER BY seq"
    )
    for _, request_id, name, code, body in database.execute(query):
        agent = json.loads(body)["userAgent"]
        found.setdefault(agent, []).append(Event(request_id, name, code))
    return found


def snapshot_requests(database: sqlite3.Connection) -> set[str]:
    """Return the calls that left a state of a resource."""
    return {row[0] for row in database.execute("SELECT request_id FROM store_resource_event")}


def holdings_of(database: sqlite3.Connection, writer: str) -> Holdings:
    """Return what is stored under a writer's names."""
    mine = f"{writer}-%"
    query = "SELECT user_name, display_name FROM ram_user WHERE user_name LIKE ?"
    users = dict(database.execute(query, (mine,)))
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
