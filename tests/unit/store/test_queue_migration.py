"""A home of the version before has its rotations and asynchronous calls in the queue."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic import command
from tests.unit.store.conftest import sealer

from juyong.api.registry import load_tables
from juyong.store import schema
from juyong.store.database import StoreSettings, engine_of, open_database
from juyong.store.executor import Executor
from juyong.store.queue import QueueRow, claim
from juyong.store.schema import alembic_config

ROTATION = (
    "INSERT INTO kms_secret_rotation (secret_id, account_id, version_id, step, automatic,"
    " request_id, started_at, attempt, due_at, holder, error, version)"
    " VALUES ('s1', '1', 'r1', 'set', false, 'R1', 100, 2, 220, 'worker', 'Failed', 4)"
)
CALL = (
    "INSERT INTO fc_invocation (request_id, account_id, region, service_name, function_name,"
    " event, attempts, due_at, created_at, version)"
    " VALUES ('I1', '1', 'cn-hangzhou', '', 'f', :event, 1, 300, 90, 1)"
)


@pytest.fixture
def old(url: str) -> Iterator[str]:
    """A database as the version before left it."""
    load_tables()
    engine = engine_of(url)
    with engine.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.execute(sa.text(ROTATION))
        connection.execute(sa.text(CALL), {"event": b"sealed"})
    engine.dispose()
    return url


def opened(url: str) -> Executor:
    return open_database(StoreSettings(url=url), sealer(), load_tables)


def expect(store: Executor) -> None:
    rows = store.call(lambda tx: tx.find(QueueRow, order=("kind",)))
    assert [(r.kind, r.key, r.item_id, r.due_at, r.attempts, r.lease) for r in rows] == [
        ("fc.run", "I1", "I1", 300, 1, ""),
        ("kms.rotate-secret", "s1", "R1", 220, 2, ""),
    ]


def test_work_under_way_becomes_items(old: str) -> None:
    store = opened(old)
    expect(store)
    # The lease of the worker that had the rotation is still waited for.
    kind = "kms.rotate-secret"
    assert store.call(lambda tx: claim(tx, kind, now=219, lease_seconds=9)) is None  # type: ignore[arg-type]
    taken = store.call(lambda tx: claim(tx, kind, now=220, lease_seconds=9))  # type: ignore[arg-type]
    assert taken is not None
    assert taken.attempts == 3
    store.close()


KILLED = """
import os, signal, sys
import sqlalchemy as sa
from juyong.api.registry import load_tables
from juyong.store import schema
from juyong.store.database import engine_of

def die(_conn, _cursor, statement, *_):
    if "kms_secret_rotation" in statement and statement.split()[0] in ("DROP", "ALTER"):
        os.kill(os.getpid(), signal.SIGKILL)

load_tables()
engine = engine_of(sys.argv[1])
sa.event.listen(engine, "after_cursor_execute", die)
schema.migrate(engine)
"""


def test_an_upgrade_that_is_killed_changes_nothing_and_is_repeated(old: str) -> None:
    died = subprocess.run([sys.executable, "-c", KILLED, old], check=False)
    assert died.returncode == -signal.SIGKILL
    engine = engine_of(old)
    assert schema.revision_of(engine) == "0002"
    assert "store_queue" not in sa.inspect(engine).get_table_names()
    engine.dispose()
    store = opened(old)
    expect(store)
    store.close()
