"""The gate on PostgreSQL: a unit that conflicted runs alone, and a frozen one is ended."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.unit.store.test_conflict import thing

from juyong.store import contention, postgres
from juyong.store.database import StoreSettings, open_database
from juyong.store.errors import Conflict, Unavailable
from juyong.store.executor import Executor
from juyong.store.transaction import Transaction

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("url", ["postgres"], indirect=True),
]
_ROUNDS, _THREADS = 10, 6


def _change(tx: Transaction) -> None:
    """Change a row that every other unit of work changes too."""
    row = tx.get(type(thing("a")), "a")
    assert row is not None
    tx.update(row, note=f"{int(row.note or 0) + 1}")


def test_units_that_meet_are_done_after_few_tries(url: str, store: Executor) -> None:
    """Two executors, as of two servers, on one row: no change is lost."""
    from tests.unit.store.conftest import sealer

    store.call(lambda tx: tx.insert(thing("a")))
    other = open_database(StoreSettings(url=url), sealer(), lambda: None)
    tries: list[int] = []

    def work(executor: Executor) -> None:
        for _ in range(_ROUNDS):
            runs = 0

            def unit(tx: Transaction) -> None:
                nonlocal runs
                runs += 1
                _change(tx)

            executor.call(unit)
            tries.append(runs)

    with ThreadPoolExecutor(_THREADS) as threads:
        for done in [threads.submit(work, (store, other)[n % 2]) for n in range(_THREADS)]:
            done.result()
    other.close()
    row = store.call(lambda tx: tx.get(type(thing("a")), "a"))
    assert row is not None
    assert row.note == str(_ROUNDS * _THREADS)
    assert max(tries) <= 5


def test_a_unit_that_runs_alone_waits_for_one_that_began(store: Executor) -> None:
    began, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def first(tx: Transaction) -> None:
        tx.insert(thing("a"))
        began.set()
        assert go_on.wait(4)
        order.append("first")

    def second(tx: Transaction) -> bool:
        order.append("second")
        if len(order) == 1:
            go_on.set()
            raise Conflict("test_thing")
        return tx.get(type(thing("a")), "a") is not None

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(store.call, first)
        assert began.wait(4)
        assert store.call(second), "it sees what the other one committed while it waited"
        one.result()
    assert order == ["second", "first", "second"]


def test_a_frozen_unit_is_ended_and_run_again(
    store: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_IDLE_MS", 300)
    frozen, thawed = threading.Event(), threading.Event()
    runs: list[str] = []

    def freezes(tx: Transaction) -> None:
        runs.append("frozen")
        tx.insert(thing("a"))
        frozen.set()
        assert thawed.wait(8)

    def meets(_tx: Transaction) -> None:
        runs.append("meets")
        if runs.count("meets") == 1:
            raise Conflict("test_thing")

    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(store.call, freezes)
        assert frozen.wait(4)
        store.call(meets)
        thawed.set()
        one.result()
    assert runs == ["frozen", "meets", "meets", "frozen"]
    assert store.call(lambda tx: tx.get(type(thing("a")), "a")) is not None


def test_a_gate_that_stays_shut_is_not_waited_for_longer_than_a_unit_may_take(
    url: str, store: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    monkeypatch.setattr(contention, "PATIENCE", 0.3)
    with psycopg.connect(url) as raw:
        raw.execute("LOCK TABLE alembic_version IN EXCLUSIVE MODE")
        began = time.monotonic()
        with pytest.raises(Unavailable):
            store.call(lambda tx: tx.insert(thing("a")))
        assert time.monotonic() - began < 5
    assert store.call(lambda tx: tx.get(type(thing("a")), "a")) is None
