"""The bell: a commit that changes resources is heard, by one listener of all processes."""

import asyncio
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from tests.postgres import new_database

from juyong.base.clock import Instant
from juyong.base.ids import AccountId, new_request_id
from juyong.store.errors import Unavailable
from juyong.store.executor import Executor
from juyong.store.hearing import FileHearing, bell_path, hearing_of, ring
from juyong.store.inventory import Cause, Noted, Picture, Ref, write
from juyong.store.inventory_reads import Mark, newest, types_changed
from juyong.store.postgres_hearing import hearing_at
from juyong.store.transaction import Transaction

KIND = "ACS::RAM::Group"
LONG = 30.0


def change(tx: Transaction, kind: str = KIND) -> None:
    noted = Noted(
        change="created",
        ref=Ref(AccountId("1"), "global", kind, "g"),
        name="g",
        arn="",
        take=lambda _: Picture("{}", {}, ()),
    )
    write(tx, (noted,), Cause(new_request_id(), Instant(1)))


def refuse(tx: Transaction) -> None:
    change(tx)
    raise KeyError


def test_a_commit_is_heard(store: Executor) -> None:
    hearing = store.listen()
    assert hearing is not None
    with closing(hearing):
        assert not hearing.wait(0)
        store.call(change)
        assert hearing.wait(LONG)
        assert not hearing.wait(0)
        asyncio.run(store.run(change))
        assert hearing.wait(LONG)
        asyncio.run(store.redo(change))
        assert hearing.wait(LONG)
        store.ring()
        assert hearing.wait(LONG)


def test_what_changes_no_resource_is_not_heard(store: Executor) -> None:
    hearing = store.listen()
    assert hearing is not None
    with closing(hearing):
        store.call(newest)
        with pytest.raises(KeyError):
            store.call(refuse)
        assert not hearing.wait(0.05)


def test_one_listens_at_a_time(store: Executor) -> None:
    first = store.listen()
    assert first is not None
    assert store.listen() is None
    first.close()
    second = store.listen()
    assert second is not None
    second.close()
    first.knock()  # A late knock at the one that is gone harms nothing.


def test_a_knock_ends_the_wait(store: Executor) -> None:
    hearing = store.listen()
    assert hearing is not None
    with closing(hearing):
        hearing.knock()
        hearing.wait(LONG)


def test_marks_tell_which_types_changed(store: Executor) -> None:
    nothing = store.look(newest)
    assert nothing == Mark(0, "")
    store.call(change)
    first = store.look(newest)
    store.call(lambda tx: change(tx, "ACS::RAM::User"))
    assert store.look(lambda tx: types_changed(tx, nothing)) == {KIND, "ACS::RAM::User"}
    assert store.look(lambda tx: types_changed(tx, first)) == {"ACS::RAM::User"}
    last = store.look(newest)
    assert store.look(lambda tx: types_changed(tx, last)) == set()
    other = first._replace(request_id="of another past")
    assert store.look(lambda tx: types_changed(tx, other)) is None


@pytest.mark.postgres
def test_a_lost_connection_is_told_and_lets_another_listen(postgres_url: str) -> None:
    url = new_database(postgres_url, "lost")
    first = hearing_at(url)
    assert first is not None
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND datname = current_database()"
        )
    with pytest.raises(Unavailable):
        first.wait(LONG)
    first.close()
    first.knock()
    second = hearing_at(url)
    assert second is not None
    assert not second.wait(0.01)
    second.close()
    with pytest.raises(Unavailable):
        hearing_at(f"{url}-of-nowhere")


def test_a_deep_home_and_what_a_crash_left_are_no_trouble(tmp_path: Path) -> None:
    folder = tmp_path / ("deep" * 30)
    folder.mkdir()
    database = folder / "juyong.db"
    bell_path(database).touch()
    hearing = hearing_of(database)
    assert isinstance(hearing, FileHearing)
    for _ in range(1000):  # More than wait in a socket: none of them blocks.
        ring(database)
    assert hearing.wait(LONG)
    assert not hearing.wait(0)
    hearing.close()
    ring(database)


def test_a_folder_that_is_gone_is_told(store: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("juyong.store.sqlite_files.hearing_of", _gone)
    if hasattr(store, "merger"):
        with pytest.raises(Unavailable):
            store.listen()


def _gone(_database: Path) -> None:
    raise FileNotFoundError
