"""Fail the Nth statement, for every N, once and for good: a call happens whole or not at all."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import fields

from juyong.api.registry import load_tables
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.base.ids import AccountId, RequestId
from juyong.store.database import StoreSettings, open_database
from juyong.store.errors import NotUndone, Unavailable
from juyong.store.intake import intake_path
from juyong.store.inventory import ResourceEventRow
from juyong.store.nonces import NonceRow, use_nonce
from juyong.store.seal import AesSealer
from juyong.store.sqlite import SqliteConnection
from juyong.store.sqlite_executor import SqliteExecutor
from juyong.store.table import UNASSIGNED
from juyong.store.tally import one_more, tally
from juyong.store.transaction import Transaction

_CALLS = 4
_REFUSED = 2
"""The call among them that ends in an error of its own."""
_MOST_STATEMENTS = 60
_FAULTS = (
    sqlite3.OperationalError("disk I/O error"),
    sqlite3.DatabaseError("database disk image is malformed"),
    OverflowError("Python int too large to convert to SQLite INTEGER"),
)


class Faulty:
    """A connection whose statements fail from the Nth on: that one only, or all of them."""

    def __init__(self, sound: SqliteConnection, at: int, fault: Exception, *, once: bool) -> None:
        self._sound, self._left, self._fault, self._once = sound, at, fault, once
        self.raw = sound.raw
        self.duplicate = sound.duplicate
        self.error_ends_transaction = sound.error_ends_transaction
        self.struck = False

    @property
    def in_transaction(self) -> bool:
        """Tell what the sound connection tells."""
        return self._sound.in_transaction

    def execute(self, sql: str, params: Mapping[str, Any] = {}) -> Any:
        """Run a statement, or fail."""
        self._count(binding=bool(params))
        return self._sound.execute(sql, params)

    def await_turn(self) -> None:
        """Wait as the sound connection does."""
        self._sound.await_turn()

    def execute_many(self, sql: str, params: Sequence[Mapping[str, Any]]) -> int:
        """Run a statement for several sets of values, or fail."""
        self._count(binding=True)
        return self._sound.execute_many(sql, params)

    def _count(self, *, binding: bool) -> None:
        if not binding and not isinstance(self._fault, sqlite3.Error):
            return  # Only values can be too large.
        self._left -= 1
        if self._left == 0 or (self._left < 0 and not self._once):
            self.struck = True
            raise self._fault


class Refused(Exception):
    """What one of the calls ends with by itself."""


def _work(tx: Transaction, number: int) -> int:
    assert use_nonce(tx, "key", str(number), Instant(0))
    tx.insert_later(
        ResourceEventRow(
            account_id=AccountId("1"),
            region="",
            resource_type="t",
            resource_id=str(number),
            name="",
            change="created",
            snapshot="{}",
            request_id=RequestId(str(number)),
            at=Instant(0),
        )
    )
    assert one_more(tx, ResourceEventRow, AccountId("1"), "faults", most=1000)
    with tx.savepoint():
        tx.count(NonceRow)
    if number == _REFUSED:
        raise Refused
    return number


async def _together(store: SqliteExecutor) -> list[Any]:
    calls = (store.run(lambda tx, n=number: _work(tx, n)) for number in range(_CALLS))
    async with asyncio.timeout(5):
        return await asyncio.gather(*calls, return_exceptions=True)


def _counted(tx: Transaction) -> int:
    return tally(tx, ResourceEventRow, AccountId("1"), "faults")


def _kept(store: SqliteExecutor) -> tuple[set[int], set[int]]:
    nonces = store.call(lambda tx: tx.find(NonceRow))
    events = store.call(lambda tx: tx.find(ResourceEventRow))
    return {int(row.nonce) for row in nonces}, {int(row.resource_id) for row in events}


def _one(folder: Path, at: int, fault: Exception, *, once: bool) -> bool:
    """Strike one statement of one batch; False when the batch has fewer."""
    url = f"sqlite:///{folder / 'faults.db'}"
    store = open_database(StoreSettings(url=url, durable=False), AesSealer(bytes(32)), load_tables)
    assert isinstance(store, SqliteExecutor)
    try:
        store.call(
            lambda tx: [tx.delete(r) for t in (NonceRow, ResourceEventRow) for r in tx.find(t)]
        )
        before = store.call(_counted)
        sound = store.writes.connection = store._files.writer()
        faulty = Faulty(sound, at, fault, once=once)
        store.writes.connection = faulty  # type: ignore[assignment]
        answers = asyncio.run(_together(store))
        # One that could not be rolled back was closed, and another one is opened.
        if store.writes.connection is not None:
            store.writes.connection = sound
        done = {answer for answer in answers if isinstance(answer, int)}
        failures = Unavailable | NotUndone | Refused | type(fault)
        assert all(isinstance(a, int | failures) for a in answers), answers
        assert _kept(store) == (done, done), "what was answered and what is there differ"
        assert store.call(_counted) == before + len(done)
        if not faulty.struck:
            assert done == set(range(_CALLS)) - {_REFUSED}
        # The store works on, without a new start.
        assert asyncio.run(_together_again(store)) == [100, 101]
        return faulty.struck
    finally:
        store.close()


async def _together_again(store: SqliteExecutor) -> list[int]:
    async with asyncio.timeout(5):
        return await asyncio.gather(
            *(store.run(lambda tx, n=number: _work(tx, n)) for number in (100, 101))
        )


@pytest.mark.parametrize("once", [True, False], ids=["once", "for good"])
@pytest.mark.parametrize("fault", _FAULTS, ids=lambda fault: type(fault).__name__)
def test_every_call_is_whole_whichever_statement_fails(tmp_path, fault, once):
    struck = 0
    for at in range(1, _MOST_STATEMENTS):
        if not _one(tmp_path, at, fault, once=once):
            break
        struck += 1
    assert 5 <= struck < _MOST_STATEMENTS - 1


def _event(number: int) -> EventRow:
    values = dict.fromkeys((field.name for field in fields(EventRow)), "")
    numbers = {"at": Instant(0), "sensitive": False, "seq": UNASSIGNED}
    return EventRow(**{**values, **numbers, "account_id": "1", "event_id": str(number)})  # type: ignore[arg-type]


def _reading(tx: Transaction, number: int) -> int:
    assert use_nonce(tx, "key", str(number), Instant(0))
    tx.insert_later(_event(number))
    tx.get(NonceRow, "key", str(number))
    if number == _REFUSED:
        raise Refused
    return number


async def _read_together(store: SqliteExecutor, first: int) -> list[Any]:
    numbers = range(first, first + _CALLS)
    calls = (store.read(lambda tx, n=number: _reading(tx, n)) for number in numbers)
    async with asyncio.timeout(5):
        return await asyncio.gather(*calls, return_exceptions=True)


def _left(database: Path) -> tuple[set[int], set[int]]:
    with closing(sqlite3.connect(intake_path(database))) as raw:
        nonces = {int(row[0]) for row in raw.execute("SELECT nonce FROM nonce")}
    with closing(sqlite3.connect(database)) as raw:
        found = [int(row[0]) for row in raw.execute("SELECT event_id FROM actiontrail_event")]
    assert len(found) == len(set(found))
    return nonces, set(found)


def _one_of_reads(database: Path, at: int, fault: Exception, *, once: bool, log: bool) -> bool:
    """Strike one statement of a batch of reads; False when the batch has fewer."""
    url = f"sqlite:///{database}"
    store = open_database(StoreSettings(url=url, durable=False), AesSealer(bytes(32)), load_tables)
    assert isinstance(store, SqliteExecutor)
    try:
        store.reads.connection = reader = store._files.reader()
        store.reads.log = way = store._files.log(wait=False)
        sound = way.connection if log else reader
        faulty: Any = Faulty(sound, at, fault, once=once)
        if log:
            way.connection = faulty
        else:
            store.reads.connection = faulty
        answers = asyncio.run(_read_together(store, 0))
        store.reads.connection = reader
        if store.reads.log is not None:
            way.connection = sound if log else way.connection
        done = {answer for answer in answers if isinstance(answer, int)}
        assert all(isinstance(a, int | Unavailable | Refused | type(fault)) for a in answers), (
            answers
        )
        store.settle()
        assert _left(database) == (done, done), "what was answered and what is there differ"
        if not faulty.struck:
            assert done == set(range(_CALLS)) - {_REFUSED}
        # The store works on, without a new start.
        assert asyncio.run(_read_together(store, 100)) == [100, 101, 102, 103]
        return faulty.struck
    finally:
        store.close()


@pytest.mark.parametrize("once", [True, False], ids=["once", "for good"])
@pytest.mark.parametrize("fault", _FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("log", [False, True], ids=["reader", "log"])
def test_every_read_is_whole_whichever_statement_fails(tmp_path, fault, once, log):
    struck = 0
    for at in range(1, _MOST_STATEMENTS):
        if not _one_of_reads(tmp_path / f"{at}.db", at, fault, once=once, log=log):
            break
        struck += 1
    assert 1 <= struck < _MOST_STATEMENTS - 1
