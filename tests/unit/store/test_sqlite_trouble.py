"""What goes wrong while connections are opened or closed ends calls, and never leaves them waiting."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from juyong.api.registry import load_tables
from juyong.base.ids import AccountId
from juyong.store.database import StoreSettings, open_database
from juyong.store.errors import Unavailable
from juyong.store.seal import AesSealer
from juyong.store.sqlite_executor import SqliteExecutor
from juyong.store.tally import TallyRow
from juyong.store.transaction import Transaction

SECONDS = 20


@pytest.fixture
def store(tmp_path: Path) -> SqliteExecutor:
    settings = StoreSettings(url=f"sqlite:///{tmp_path / 'a.db'}")
    opened = open_database(settings, AesSealer(bytes(32)), load_tables)
    assert isinstance(opened, SqliteExecutor)
    return opened


def write(tx: Transaction) -> None:
    tx.insert(TallyRow(account_id=AccountId("1"), name="n", value=1))


def count(tx: Transaction) -> int:
    return tx.count(TallyRow)


def broken(*_: Any, **__: Any) -> Any:
    raise LookupError("not there")


@pytest.mark.parametrize("way", ["run", "read"])
def test_a_connection_that_cannot_be_made_ends_the_call_and_not_the_next(
    store: SqliteExecutor, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    async def story() -> None:
        with monkeypatch.context() as patched:
            patched.setattr(type(store.writes._files), "writer", broken)
            patched.setattr(type(store.writes._files), "reader", broken)
            with pytest.raises(LookupError):
                await asyncio.wait_for(getattr(store, way)(count), SECONDS)
        await asyncio.wait_for(store.run(write), SECONDS)
        assert await asyncio.wait_for(store.read(count), SECONDS) == 1

    asyncio.run(story())
    store.close()


def test_a_store_is_closed_under_no_thread_that_uses_it(store: SqliteExecutor) -> None:
    begun, go = threading.Event(), threading.Event()
    outcome: list[object] = []

    def slow(tx: Transaction) -> None:
        begun.set()
        assert go.wait(SECONDS)
        write(tx)

    def work() -> None:
        outcome.append(store.call(slow))
        with pytest.raises(Unavailable):
            store.call(count)

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(SECONDS)
    closing = threading.Thread(target=store.close)
    closing.start()
    go.set()
    closing.join(SECONDS)
    thread.join(SECONDS)
    assert outcome == [None]
    assert store._own is None
