"""Settled events become leaves once each and in order, whatever is killed, raced or interleaved."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from tests.unit.app.state.conftest import NOW
from tests.unit.audit.ledger.conftest import Record

from juyong.app.platform import open_platform
from juyong.app.state import check
from juyong.audit.ledger import sequencing
from juyong.audit.ledger.leaves import all_events
from juyong.audit.ledger.sequencing import next_step, take
from juyong.audit.ledger.signing import LogSigner
from juyong.audit.ledger.stored import LogDamaged, entries_of, log_of, width_of
from juyong.audit.ledger.tables import LogRow
from juyong.audit.tables import EventRow
from juyong.base.clock import Instant
from juyong.store.errors import Stale
from juyong.store.sqlite import SqliteConnection
from juyong.store.sqlite_executor import SqliteExecutor
from juyong.store.transaction import Transaction


def leaves(tx: Transaction) -> list[bytes]:
    row = log_of(tx)
    if row is None:
        return []
    bundles = range(-(-row.size // 256))
    return [each for n in bundles for each in entries_of(tx, n, width_of(row.size, n))]


def made_of_events(tx: Transaction) -> list[bytes]:
    return [event.leaf() for event in all_events(tx, 0, 1 << 60)]


def is_whole(record: Record) -> bool:
    """Tell whether each event is one leaf, in order, and all of it is proven."""
    store = record.running.store
    assert store.look(leaves) == store.look(made_of_events)
    report = record.verify()
    assert report.trouble is None, report.trouble
    return report.unsigned == 0


def test_without_events_there_is_no_log(record: Record) -> None:
    assert record.sequence() == []
    assert record.running.store.look(log_of) is None
    assert record.verify().size == 0


@pytest.mark.parametrize("step", [1, 7, 256, 300])
def test_events_become_leaves_in_their_order_in_steps_of_any_size(
    record: Record, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    monkeypatch.setattr(sequencing, "STEP_EVENTS", step)
    sizes = [3, 255, 2, 300] if step > 7 else [3, 5]
    for count in sizes:
        record.write(count)
        assert record.sequence() == []
        assert is_whole(record)
    row = record.running.store.look(log_of)
    assert row is not None
    assert row.size == sum(sizes)
    again = row
    record.sequence()
    assert record.running.store.look(log_of) == again, "no new checkpoint without new leaves"


def test_a_step_that_another_server_took_is_stale(record: Record) -> None:
    record.write(3)
    store, signer = record.running.store, LogSigner(record.state.keys["ledger"])
    for _ in range(2):
        steps = [store.look(lambda tx: next_step(tx, 1 << 60, signer)) for _ in range(2)]
        first, second = steps
        assert first is not None
        assert second is not None
        store.call(partial(take, step=first))
        with pytest.raises(Stale):
            store.call(partial(take, step=second))
        record.write(2)
    record.sequence()
    assert is_whole(record)


def test_a_head_that_nobody_signed_is_not_gone_on_from(record: Record) -> None:
    record.write(3)
    record.sequence()
    record.write(1)
    signer = LogSigner(record.state.keys["ledger"])
    row = record.running.store.look(log_of)
    assert row is not None
    for changes in (
        {"size": 2},
        {"edge": b"\0" * len(row.edge)},
        {"edge": b""},
        {"origin": "juyong/other"},
        {"checkpoint": "nothing"},
        {"checkpoint": row.checkpoint.replace("\n3\n", "\n2\n"), "size": 2},
    ):
        record.state.transact(lambda tx, c=changes: _put(tx, row, c))
        with pytest.raises(LogDamaged):
            record.running.store.look(lambda tx: next_step(tx, 1 << 60, signer))
        assert record.verify().trouble is not None
    record.state.transact(lambda tx: _put(tx, row, {}))
    record.sequence()
    assert is_whole(record)


def _put(tx: Transaction, row: LogRow, changes: dict[str, Any]) -> None:
    from msgspec.structs import replace

    tx.put_later(replace(row, **changes))


def test_a_tile_or_bundle_cut_off_is_not_appended_to(record: Record) -> None:
    signer = LogSigner(record.state.keys["ledger"])
    for table, column in (("audit_tile", "hashes"), ("audit_bundle", "entries")):
        record.write(3)
        record.sequence()
        ((whole,),) = record.rows(f"SELECT {column} FROM {table}")  # noqa: S608
        record.write(1)
        assert record.tamper(f"DELETE FROM {table}") == 1  # noqa: S608
        with pytest.raises(LogDamaged):
            record.running.store.look(lambda tx: next_step(tx, 1 << 60, signer))
        keys = "level, number" if table == "audit_tile" else "number, first_seq, last_seq"
        values = "0, 0" if table == "audit_tile" else "0, 1, 7"
        record.tamper(
            f"INSERT INTO {table} ({keys}, {column}) VALUES ({values}, :whole)",  # noqa: S608
            whole=whole,
        )


class Killed(BaseException):
    """Stands for the end of the process: nothing after it runs."""


class Mortal:
    """A connection whose process ends before the Nth statement."""

    def __init__(self, sound: SqliteConnection, left: list[int]) -> None:
        self._sound, self._left = sound, left
        self.raw = sound.raw
        self.duplicate, self.error_ends_transaction = sound.duplicate, False

    @property
    def in_transaction(self) -> bool:
        return self.raw.in_transaction

    def execute(self, sql: str, params: Any = ()) -> Any:
        self._dies()
        return self._sound.execute(sql, params)

    def execute_many(self, sql: str, params: Sequence[Any]) -> int:
        self._dies()
        return self._sound.execute_many(sql, params)

    def await_turn(self) -> None:
        """SQLite has one writer."""

    def _dies(self) -> None:
        self._left[0] -= 1
        if self._left[0] < 0:
            self.raw.close()  # The kernel closes files; it commits nothing.
            raise Killed


def killed_before_each_statement(record: Record, act: Callable[[], object]) -> Iterator[bool]:
    """Do an act, whose process ends before its first statement, its second …, until it is done.

    Yields whether the process ended, after each time.
    """
    store = record.running.store
    if not isinstance(store, SqliteExecutor):
        pytest.skip("PostgreSQL's transactions are its own; the rounds of tests/crash kill there")
    at, died = 0, True
    while died:
        left = [at]
        real = store._files.waiting_writer
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(store, "_own", None)
            patched.setattr(store._files, "waiting_writer", lambda: Mortal(real(), left))  # noqa: B023
            try:
                act()
                died = False
            except (Killed, sqlite3.ProgrammingError):
                pass
            finally:
                store._own = None
                if store._turn._taken:
                    store._turn.give_back()
        yield died
        at += 1


def test_killed_before_any_statement_it_loses_and_doubles_nothing(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequencing, "STEP_EVENTS", 2)

    deaths = 0
    record.write(3)
    for at, died in enumerate(killed_before_each_statement(record, record.sequence)):
        deaths += died
        report = record.verify()
        assert report.trouble is None, f"killed before statement {at}: {report.trouble}"
        record.sequence()
        assert is_whole(record), f"killed before statement {at}"
        record.write(3)
    assert deaths >= 8, "a step has fewer statements than it was thought to have"


def test_servers_that_race_make_one_leaf_of_each_event(record: Record) -> None:
    """Writers write, two servers sequence, on the database that they share."""
    other = open_platform(
        record.running.home.path, settings=record.running.settings, clock=lambda: NOW
    )
    second = Record.__new__(Record)
    second.__dict__.update(record.__dict__)
    second.running = other
    stop = threading.Event()
    heard: list[str] = []

    def work(mine: Record) -> None:
        while not stop.is_set():
            heard.extend(mine.sequence())

    with ThreadPoolExecutor(4) as threads:
        sequencers = [threads.submit(work, each) for each in (record, second)]
        writers = [
            threads.submit(lambda: [record.write(1 + n % 5) for n in range(25)]) for _ in range(2)
        ]
        for writer in writers:
            writer.result()
        stop.set()
        for each in sequencers:
            each.result()
    record.sequence()
    other.close()
    assert heard == []
    assert is_whole(record)


def test_a_number_is_settled_once_no_earlier_one_can_be_committed(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL numbers are given before the commit, and commits overtake one another."""
    record.write(2)
    store = record.running.store
    before = store.settled(EventRow)
    assert before is not None
    if isinstance(store, SqliteExecutor):
        record.write(1)
        assert store.settled(EventRow) == before + 1
        return
    import psycopg

    monkeypatch.setattr("juyong.store.postgres._SETTLED_SECONDS", 0.1)
    insert = (
        "INSERT INTO actiontrail_event (account_id, event_id, at, event_name, service_name,"
        " event_rw, event_type, user_name, principal_id, role_name, access_key_id, region,"
        " source_ip, resource_types, resource_names, error_code, sensitive, body, mac, evidence)"
        " SELECT account_id, 'slow', at, event_name, service_name, event_rw, event_type, user_name,"
        " principal_id, role_name, access_key_id, region, source_ip, resource_types,"
        " resource_names, error_code, sensitive, body, mac, evidence"
        " FROM actiontrail_event LIMIT 1 RETURNING seq"
    )
    with psycopg.connect(record.state.url) as slow:
        (row,) = slow.execute(insert).fetchall()
        record.write(1)  # It has a higher number, and is committed first.
        assert store.settled(EventRow) is None
        record.sequence()
        head = store.look(log_of)
        assert head is None or head.last_seq < row[0]
        slow.commit()
    assert store.settled(EventRow) == row[0] + 1
    record.sequence()
    assert is_whole(record)


def test_check_and_sequencing_agree(record: Record) -> None:
    record.write(5)
    assert check(record.state, now=Instant(NOW)) == []
    assert is_whole(record)
