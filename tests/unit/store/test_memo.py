"""What a transaction has read is read once, and never hides what was written since."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from tests.unit.store.conftest import THINGS, Thing

from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.epoch import EpochRow
from juyong.store.executor import Executor
from juyong.store.tally import TallyRow
from juyong.store.transaction import Transaction

ACCOUNT = AccountId("1000000000000001")


class Counting:
    """A connection that counts the SELECTs through it."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.selects = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, params: Any) -> Any:
        self.selects += sql.startswith("SELECT")
        return self._connection.execute(sql, params)


def counting(tx: Transaction) -> Counting:
    tx._connection = found = Counting(tx._connection)
    return found


def thing(key: str, **more: Any) -> Thing:
    given = {"name": key, **more}
    return Thing(thing_id=key, account_id=ACCOUNT, secret=Secret(f"s-{key}"), **given)


def names(tx: Transaction) -> list[str]:
    return [row.name for row in tx.find(Thing, order=("name",), account_id=ACCOUNT)]


def test_a_row_and_its_absence_are_read_once(store: Executor) -> None:
    def work(tx: Transaction) -> tuple[int, list[Any]]:
        tx.insert(thing("a"))
        counted = counting(tx)
        read = [tx.get(Thing, key) for key in ("a", "no", "a", "no", "a")]
        return counted.selects, [row and row.name for row in read]

    assert store.call(work) == (2, ["a", None, "a", None, "a"])


def test_a_search_is_done_once_and_its_list_is_the_callers_own(store: Executor) -> None:
    def work(tx: Transaction) -> tuple[int, list[str]]:
        for key in "ab":
            tx.insert(thing(key))
        counted = counting(tx)
        tx.find(Thing, order=("name",), account_id=ACCOUNT).clear()
        found = names(tx)
        return counted.selects, found

    assert store.call(work) == (1, ["a", "b"])


def test_searches_that_differ_in_anything_are_apart(store: Executor) -> None:
    def work(tx: Transaction) -> list[list[str]]:
        for key in "ab":
            tx.insert(thing(key, note="x" if key == "a" else None))
        searches: list[dict[str, Any]] = [
            {},
            {"limit": 1},
            {"note": None},
            {"note": "x"},
            {"name": "x"},
            {"after": ("name", "a")},
            {"active": False},
        ]
        return [
            [row.name for row in tx.find(Thing, order=("name",), **search)]
            for search in (*searches, *searches)
        ]

    found = store.call(work)
    assert found[:7] == [["a", "b"], ["a"], ["b"], ["a"], [], ["b"], []]
    assert found[7:] == found[:7]


def deleted_by_core() -> sa.Delete:
    return sa.delete(THINGS).where(THINGS.c.thing_id == "a")


def renamed_by_core() -> sa.Update:
    return sa.update(THINGS).where(THINGS.c.thing_id == "a").values(name="z")


def _update(tx: Transaction) -> None:
    tx.update(tx.get(Thing, "a"), name="z")


def _delete(tx: Transaction) -> None:
    tx.delete(tx.get(Thing, "a"))


def _insert(tx: Transaction) -> None:
    tx.insert(thing("c"))


@pytest.mark.parametrize(
    ("write", "left"),
    [
        (_update, ["b", "z"]),
        (_delete, ["b"]),
        (_insert, ["a", "b", "c"]),
        (lambda tx: tx.change(deleted_by_core), ["b"]),
        (lambda tx: tx.change(renamed_by_core), ["b", "z"]),
    ],
    ids=["update", "delete", "insert", "core delete", "core update"],
)
def test_what_was_written_is_seen_at_once(
    store: Executor, write: Callable[[Transaction], object], left: list[str]
) -> None:
    def work(tx: Transaction) -> tuple[list[str], list[str | None]]:
        for key in "ab":
            tx.insert(thing(key))
        before = [*names(tx), *(tx.get(Thing, key) for key in "abc")]
        assert len(before) == 5
        write(tx)
        rows = [tx.get(Thing, key) for key in "abc"]
        return names(tx), sorted(row.name for row in rows if row is not None)

    found, by_key = store.call(work)
    assert found == by_key == left


def test_an_undone_savepoint_hides_and_shows_nothing(store: Executor) -> None:
    def work(tx: Transaction) -> list[list[str]]:
        tx.insert(thing("a"))
        seen = [names(tx)]
        with pytest.raises(ZeroDivisionError), tx.savepoint():  # noqa: PT012
            tx.insert(thing("b"))
            seen.append(names(tx))
            tx.get(Thing, "b")
            1 / 0  # noqa: B018
        assert tx.get(Thing, "b") is None
        return [*seen, names(tx)]

    assert store.call(work) == [["a"], ["a", "b"], ["a"]]


def test_numbers_that_were_added_to_are_read_again(store: Executor) -> None:
    def work(tx: Transaction) -> list[int]:
        tx.insert(TallyRow(account_id=ACCOUNT, name="t", value=0))
        values = []
        for _ in range(3):
            row = tx.get(TallyRow, ACCOUNT, "t")
            assert row is not None
            values.append(row.value)
            tx.add_later(TallyRow, ACCOUNT, "t", column="value", more=1)
            tx.flush()
        return values

    assert store.call(work) == [0, 1, 2]


def test_an_epoch_that_was_touched_is_read_again(store: Executor) -> None:
    def work(tx: Transaction) -> bool:
        before = tx.get(EpochRow, ACCOUNT)
        tx.touch(ACCOUNT)
        return before is None and tx.get(EpochRow, ACCOUNT) is not None

    assert store.call(work)


def test_rows_added_at_the_end_are_read_after_it(store: Executor) -> None:
    def work(tx: Transaction) -> list[list[str]]:
        seen = [names(tx)]
        tx.insert_later(thing("a"))
        tx.flush()
        return [*seen, names(tx)]

    assert store.call(work) == [[], ["a"]]


def test_what_is_kept_has_a_bound(store: Executor) -> None:
    def work(tx: Transaction) -> tuple[int, int]:
        for at in range(40):
            tx.insert(thing(f"t{at:02}"))
        counted = counting(tx)
        assert len(names(tx)) == len(names(tx)) == 40
        for at in range(1000):
            tx.get(Thing, f"no-{at}")
        return counted.selects, len(tx._memo._tables["test_thing"])

    selects, held = store.call(work)
    assert selects == 1002
    assert held <= 256


def test_the_next_transaction_reads_anew(store: Executor) -> None:
    store.call(lambda tx: tx.insert(thing("a")))
    read = store.call(lambda tx: tx.get(Thing, "a"))
    assert read is not None
    store.call(lambda tx: tx.update(read, name="z"))
    assert store.call(names) == ["z"]
