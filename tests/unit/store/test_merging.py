"""What reads leave in the intake log reaches the database once and in order, whatever happens."""

import asyncio
import json
import shutil
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.unit.app.state.conftest import NOW, write_event

from juyong.api.registry import load_tables
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.services.identity.facade import NewAccount, create_account
from juyong.store import merging
from juyong.store.database import StoreSettings, open_database
from juyong.store.errors import Unavailable
from juyong.store.intake import intake_path
from juyong.store.nonces import forget_nonces, use_nonce
from juyong.store.seal import AesSealer
from juyong.store.sqlite import SqliteConnection
from juyong.store.sqlite_executor import SqliteExecutor
from juyong.store.transaction import Transaction

KEY = b"k" * 32


class Killed(BaseException):
    """Stands for the end of the process: nothing after it runs."""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "a.db"


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is merged unless a test says so, and then in several steps."""
    monkeypatch.setattr(merging, "_AFTER_SECONDS", 3600)
    monkeypatch.setattr(merging, "_ROWS", 2)


def opened(database: Path) -> SqliteExecutor:
    settings = StoreSettings(url=f"sqlite:///{database}", durable=False)
    made = open_database(settings, AesSealer(KEY), load_tables)
    assert isinstance(made, SqliteExecutor)
    return made


def leave(store: SqliteExecutor, owner: NewAccount, *names: str) -> None:
    """Make one read for each name, which leaves an event of that name."""

    async def story() -> None:
        for name in names:
            await store.read(lambda tx, name=name: write_event(tx, owner, KEY, name, NOW))

    asyncio.run(story())


def merged(store: SqliteExecutor) -> list[str]:
    rows = store.call(lambda tx: tx.find(EventRow, order=("seq",)))
    assert [row.seq for row in rows] == sorted({row.seq for row in rows})
    assert all(row.seq < 1 << 52 for row in rows)
    return [row.event_name for row in rows]


def together(store: SqliteExecutor) -> list[str]:
    def work(tx: Transaction) -> list[str]:
        return [row.event_name for row in tx.find(EventRow, order=("seq",))]

    return asyncio.run(store.read(work))


def account(store: SqliteExecutor) -> NewAccount:
    return store.call(lambda tx: create_account(tx, "a", NOW))


class Mortal:
    """A connection whose process ends before the Nth statement of all."""

    def __init__(self, sound: SqliteConnection, left: list[int]) -> None:
        self._sound, self._left = sound, left
        self.raw = sound.raw

    def execute(self, sql: str, params: Sequence[Any] = ()) -> Any:
        self._left[0] -= 1
        if self._left[0] < 0:
            raise Killed
        return self._sound.execute(sql, params)


def killed_before(store: SqliteExecutor, statement: int) -> bool:
    """Merge until the process ends before a statement; False if it ended before that."""
    left = [statement]
    main, log = store._files.merging()
    store.merger._connections = (Mortal(main, left), Mortal(log, left))  # type: ignore[assignment]
    try:
        store.merger.settle()
    except Killed:
        return True
    finally:
        # The kernel closes files; it commits nothing.
        main.raw.close()
        log.raw.close()
        store.merger._connections = None
    return False


def test_killed_before_any_statement_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    names = ["a", "b", "c", "d", "e"]
    at = 0
    while True:
        database = tmp_path / f"{at}.db"
        store = opened(database)
        owner = account(store)
        leave(store, owner, *names)
        died = killed_before(store, at)
        assert store._turn.wait(0), f"killed before statement {at}, and the turn is kept"
        store._turn.give_back()
        store.close()
        store = opened(database)
        assert together(store) == names, f"killed before statement {at}"
        leave(store, owner, "f")
        assert together(store) == [*names, "f"]
        store.settle()
        assert merged(store) == together(store) == [*names, "f"], f"killed before statement {at}"
        store.close()
        if not died:
            break
        at += 1
    assert at > 12, "the merge has fewer statements than it was thought to have"


def test_the_log_keeps_what_the_disk_did_not_take(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(database)
    owner = account(store)
    leave(store, owner, "a", "b", "c")

    def refuse() -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(store._files, "sync", refuse)
        with pytest.raises(Unavailable):
            store.settle()
    with sqlite3.connect(intake_path(database)) as log:
        assert log.execute("SELECT count(*) FROM actiontrail_event").fetchone() == (3,)
    log.close()
    store.settle()
    assert merged(store) == together(store) == ["a", "b", "c"]
    store.close()


def test_several_processes_merge_one_log(database: Path) -> None:
    stores = [opened(database) for _ in range(3)]
    owner = account(stores[0])
    names = [f"e{number}" for number in range(60)]
    for number, name in enumerate(names):
        leave(stores[number % 3], owner, name)
    threads = [threading.Thread(target=store.settle) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert merged(stores[0]) == names
    for store in stores:
        store.close()


def test_every_state_of_a_merge_is_seen_once(database: Path) -> None:
    """Readers look on while steps are done; nobody sees an event twice, or misses one."""
    store, reader = opened(database), opened(database)
    owner = account(store)
    names = [f"e{number}" for number in range(40)]
    leave(store, owner, *names)
    wrong: list[list[str]] = []
    done = threading.Event()

    def look() -> None:
        async def story() -> None:
            def work(tx: Transaction) -> list[str]:
                return [row.event_name for row in tx.find(EventRow, order=("seq",))]

            while not done.is_set():
                found = await reader.read(work)
                if found != names:
                    wrong.append(found)

        asyncio.run(story())

    thread = threading.Thread(target=look)
    thread.start()
    store.settle()
    done.set()
    thread.join()
    assert wrong == []
    store.close()
    reader.close()


def test_the_log_lets_go_of_what_was_merged(database: Path) -> None:
    store = opened(database)
    leave(store, account(store), "a", "b", "c")
    store.settle()
    with sqlite3.connect(intake_path(database)) as raw:
        assert raw.execute("SELECT count(*) FROM actiontrail_event").fetchone() == (0,)
    raw.close()
    store.close()


def test_a_log_put_back_from_an_older_copy_goes_on_behind_what_was_merged(
    database: Path, tmp_path: Path
) -> None:
    store = opened(database)
    owner = account(store)
    leave(store, owner, "a")
    store.close()
    shutil.copy(intake_path(database), tmp_path / "copy")
    store = opened(database)
    leave(store, owner, "b", "c")
    store.settle()
    store.close()
    shutil.copy(tmp_path / "copy", intake_path(database))
    store = opened(database)
    leave(store, owner, "d")
    assert together(store) == ["a", "b", "c", "d"]
    store.settle()
    assert merged(store) == ["a", "b", "c", "d"]
    store.close()


def test_a_log_that_is_gone_is_made_anew(database: Path) -> None:
    store = opened(database)
    owner = account(store)
    leave(store, owner, "a")
    store.settle()
    store.close()
    for left in database.parent.glob(f"{intake_path(database).name}*"):
        left.unlink()
    store = opened(database)
    assert together(store) == ["a"]
    leave(store, owner, "b")
    store.settle()
    assert merged(store) == ["a", "b"]
    store.close()


def test_an_older_database_takes_what_it_has_not(database: Path, tmp_path: Path) -> None:
    """A file copied by hand is not what backup does; still nothing comes twice."""
    store = opened(database)
    owner = account(store)
    leave(store, owner, "a")
    store.settle()
    store.close()
    shutil.copy(database, tmp_path / "copy")
    store = opened(database)
    leave(store, owner, "b")
    store.settle()
    leave(store, owner, "c")
    store.close()
    for left in (database.with_name("a.db-wal"), database.with_name("a.db-shm")):
        left.unlink(missing_ok=True)
    shutil.copy(tmp_path / "copy", database)
    store = opened(database)
    assert together(store) == ["a", "c"]
    store.settle()
    assert merged(store) == ["a", "c"]
    store.close()


def test_writes_and_reads_keep_their_order(database: Path) -> None:
    store = opened(database)
    owner = account(store)
    leave(store, owner, "a")
    store.call(lambda tx: write_event(tx, owner, KEY, "written", NOW))
    leave(store, owner, "b")
    assert together(store) == ["written", "a", "b"]
    store.settle()
    assert together(store) == ["written", "a", "b"]
    store.close()


def test_expired_nonces_are_forgotten_in_steps(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "_NONCES", 3)
    monkeypatch.setattr(merging, "_AFTER_SECONDS", 0)
    store = opened(database)

    async def use(nonce: str, until: int) -> bool:
        return await store.read(lambda tx: use_nonce(tx, "k", nonce, Instant(until)))

    async def story() -> None:
        for number in range(10):
            assert await use(f"old{number}", 100)
        for number in range(2):
            assert await use(f"new{number}", 300)

    asyncio.run(story())
    store.call(lambda tx: forget_nonces(tx, Instant(200), 100))
    deadline = threading.Event()
    for _ in range(500):
        if store.merger._forget_before is None:
            break
        deadline.wait(0.01)
    raw = sqlite3.connect(intake_path(database))
    kept = {row[0] for row in raw.execute("SELECT nonce FROM nonce")}
    raw.close()
    assert kept == {"new0", "new1"}
    store.close()


def test_only_rows_that_reads_may_leave_are_left(database: Path) -> None:
    from juyong.store.errors import MustWrite

    store = opened(database)
    owner = account(store)
    attempts: list[Callable[[Transaction], Any]] = [
        lambda tx: create_account(tx, "b", NOW),
        lambda tx: tx.touch(owner.account_id),
        lambda tx: forget_nonces(tx, NOW, 100),
    ]
    for attempt in attempts:
        with pytest.raises(MustWrite):
            asyncio.run(store.read(attempt))
    store.close()


def test_the_reading_connection_itself_refuses_to_write(database: Path) -> None:
    store = opened(database)
    account(store)
    connection = store._files.reader()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM store_epoch")
    connection.raw.close()
    store.close()


def test_events_of_both_files_are_found_through_indexes(database: Path) -> None:
    from juyong.audit import use
    from juyong.services.actiontrail import search, usage
    from juyong.store.statements import Statements

    store = opened(database)
    connection = store._files.reader()
    statements = Statements("sqlite")
    shapes = [
        search._Shape(frozenset(keys), forward, continued)
        for keys in ((), ("EventName",), ("EventAccessKeyId",), ("ResourceName",))
        for forward in (True, False)
        for continued in (True, False)
    ]
    made = [
        *(made(shape) for made in (search._page, search._edge) for shape in shapes),
        *(usage._newest, usage.BY_EVENT.statement, usage.BY_RESOURCE.statement),
        *(use._newest_event, search._by_id),
    ]
    for statement in made:
        sql = statements.of(statement)
        names = {part.split()[0].strip(",()") for part in sql.text.split(":")[1:]}
        params = {**dict.fromkeys(names, 1), **sql.params}
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql.text}", params)]
        ours = [line for line in plan if "main.actiontrail_event" in line]
        assert ours, plan
        assert all("USING" in line and "INDEX" in line for line in ours), json.dumps(plan, indent=1)
        assert not any("CO-ROUTINE actiontrail_event" in line for line in plan), plan
    for statement in (use._of_key, use._of_account):
        sql = statements.of(statement)
        params = {"after": 1, "access_key_id": 1, "account_id": 1, **sql.params}
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql.text}", params)]
        for file in ("main", "intake"):
            found = f"SEARCH {file}.actiontrail_event USING INTEGER PRIMARY KEY (rowid>?)"
            assert found in plan, "what is summed up is read again"
    connection.raw.close()
    store.close()


class Moments:
    """Stands for the event that stops a merger: each wait is a moment with so many commits."""

    def __init__(self, merger: merging.Merger, commits: Sequence[int]) -> None:
        self._merger, self._commits = merger, list(commits)
        self.now = 0.0

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self._merger._noted += self._commits.pop(0)


@pytest.mark.parametrize(
    ("commits", "seconds"),
    [([0], 0.1), ([7], 0.1), ([8, 50, 2, 50], 0.3), ([8] * 100, 3.0)],
    ids=["idle", "few calls", "a burst that ends", "a load that never ends"],
)
def test_a_merge_waits_for_a_calm_moment_within_a_bound(
    database: Path, monkeypatch: pytest.MonkeyPatch, commits: list[int], seconds: float
) -> None:
    store = opened(database)
    moments = Moments(store.merger, commits)
    monkeypatch.setattr(store.merger, "_stopping", moments)
    monkeypatch.setattr("time.monotonic", lambda: moments.now)
    store.merger.wait_for_calm(merging._AT_MOST_SECONDS)
    monkeypatch.undo()
    store.close()
    assert moments.now == pytest.approx(seconds, abs=0.11)


@pytest.mark.parametrize(
    ("calls_commit", "waits"), [(False, 0), (True, 3)], ids=["no calls", "calls after each step"]
)
def test_a_merge_that_began_lets_calls_go_first(
    database: Path, monkeypatch: pytest.MonkeyPatch, calls_commit: bool, waits: int
) -> None:
    store = opened(database)
    leave(store, account(store), "a", "b", "c", "d", "e")
    waited: list[float] = []

    def committed(_: object) -> None:
        store.merger._noted += calls_commit

    monkeypatch.setattr(store.merger, "wait_for_calm", waited.append)
    monkeypatch.setattr(type(store.merger._files), "sync", committed)
    store.merger._round(float("inf"))
    assert len(waited) == waits
    assert merged(store) == ["a", "b", "c", "d", "e"]
    store.close()
