"""Room at the end of a write-ahead log: SQLite writes into the room, and takes zeros for no frame."""

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from juyong.store.log_room import make_room

ROOM = 2 << 20


def opened(path: Path) -> sqlite3.Connection:
    raw = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    return raw


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def as_after_a_kill(path: Path) -> list[int]:
    """Return the rows that a new process finds in copies of the files."""
    folder = path.parent / "killed"
    folder.mkdir(exist_ok=True)
    for each in (path, log_of(path)):
        shutil.copyfile(each, folder / each.name)
    with closing(sqlite3.connect(folder / path.name)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [row for (row,) in raw.execute("SELECT id FROM t ORDER BY id")]


def insert(raw: sqlite3.Connection, ids: range) -> None:
    for each in ids:
        raw.execute("INSERT INTO t VALUES (?, zeroblob(3000))", (each,))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with closing(opened(tmp_path / "some.db")) as raw:
        raw.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)")
    return tmp_path / "some.db"


def test_an_empty_log_gets_room(path: Path) -> None:
    with closing(opened(path)) as raw:
        raw.execute("SELECT 1 FROM t").fetchall()
        make_room(log_of(path), ROOM)
        assert as_after_a_kill(path) == []
        insert(raw, range(5))
        assert log_of(path).stat().st_size == ROOM
        assert as_after_a_kill(path) == [*range(5)]


def test_commits_before_and_after_are_found(path: Path) -> None:
    with closing(opened(path)) as raw:
        insert(raw, range(20))
        make_room(log_of(path), ROOM)
        assert as_after_a_kill(path) == [*range(20)]
        insert(raw, range(20, 700))
        assert log_of(path).stat().st_size > ROOM
        assert as_after_a_kill(path) == [*range(700)]
        raw.execute("PRAGMA wal_checkpoint(PASSIVE)")
        insert(raw, range(700, 710))
        assert as_after_a_kill(path) == [*range(710)]


def test_what_is_committed_meanwhile_stays(path: Path) -> None:
    """The log grows from both sides at once, beyond the room."""
    done = threading.Event()

    def room() -> None:
        size = ROOM
        while not done.is_set():
            make_room(log_of(path), size)
            size += 1 << 20

    with closing(opened(path)) as raw:
        raw.execute("PRAGMA wal_autocheckpoint=0")
        insert(raw, range(1))
        maker = threading.Thread(target=room)
        maker.start()
        try:
            insert(raw, range(1, 2000))
        finally:
            done.set()
            maker.join()
        assert as_after_a_kill(path) == [*range(2000)]


def test_a_disk_that_is_nearly_full_is_left_alone(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int

    def usage(_path: Any) -> Usage:
        return Usage(free=ROOM)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    with closing(opened(path)) as raw:
        insert(raw, range(1))
        before = log_of(path).stat().st_size
        make_room(log_of(path), ROOM)
        assert log_of(path).stat().st_size == before
