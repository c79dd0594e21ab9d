"""Two transactions that add the same row at once: the later one runs again."""

import threading
from contextlib import suppress

import pytest
from tests.unit.store.conftest import Thing

from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.errors import Conflict, Duplicate
from juyong.store.executor import Executor
from juyong.store.tally import TallyRow
from juyong.store.transaction import Transaction


def thing(name: str) -> Thing:
    return Thing(thing_id=name, account_id=AccountId("1"), name=name, secret=Secret("x"))


def test_the_later_of_two_first_uses_sees_what_the_earlier_one_made(store: Executor) -> None:
    both = threading.Barrier(2, timeout=0.3)
    runs: list[str] = []

    def first_use(tx: Transaction) -> str:
        known = tx.get(Thing, "a")
        runs.append("known" if known else "new")
        if known is not None:
            return "found"
        # On SQLite the other one waits for this transaction's end.
        with suppress(threading.BrokenBarrierError):
            both.wait()
        try:
            tx.insert(thing("a"))
        except Duplicate as clash:
            raise Conflict("test_thing") from clash
        return "made"

    results: list[str] = []
    threads = [
        threading.Thread(target=lambda: results.append(store.call(first_use))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["found", "made"]


def test_two_that_number_rows_by_a_tally_at_once_number_them_apart(store: Executor) -> None:
    both = threading.Barrier(2, timeout=0.3)
    tally = (TallyRow, AccountId("1"), "things")
    store.call(lambda tx: tx.insert(TallyRow(account_id=tally[1], name=tally[2], value=0)))

    def add(tx: Transaction) -> None:
        held = tx.get(*tally)
        assert held is not None
        # On SQLite the other one waits for this transaction's end.
        with suppress(threading.BrokenBarrierError):
            both.wait()
        tx.insert_later(thing(str(held.value)))
        tx.add_later(*tally, column="value", more=1)

    threads = [threading.Thread(target=store.call, args=(add,)) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert store.call(lambda tx: sorted(row.name for row in tx.find(Thing))) == ["0", "1"]


@pytest.mark.postgres
@pytest.mark.parametrize("url", ["postgres"], indirect=True)
def test_a_conflict_that_only_the_unit_of_work_sees_is_run_again(store: Executor) -> None:
    runs = 0

    def work(_tx: Transaction) -> int:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise Conflict("test_thing")
        return runs

    assert store.call(work) == 2
