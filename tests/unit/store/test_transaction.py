"""Typed rows: reads, optimistic writes, savepoints, sealed columns — the same on both databases."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa
from tests.unit.store.conftest import THINGS, Thing

from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.database import engine_of
from juyong.store.errors import Duplicate, Stale, Tampered
from juyong.store.executor import Executor
from juyong.store.tally import TallyRow, count_more, one_more, tally
from juyong.store.transaction import Transaction

ACCOUNT = AccountId("1000000000000001")


def thing(key: str, name: str | None = None, **more: Any) -> Thing:
    return Thing(
        thing_id=key, account_id=ACCOUNT, name=name or key, secret=Secret(f"s-{key}"), **more
    )


def test_row_comes_back_as_it_was_stored(store: Executor) -> None:
    row = thing("a", note="n", active=False)
    store.call(lambda tx: tx.insert(row))
    found = store.call(lambda tx: tx.get(Thing, "a"))
    assert found == row
    assert found is not None
    assert found.secret.reveal() == "s-a"


def test_missing_row_is_none(store: Executor) -> None:
    assert store.call(lambda tx: tx.get(Thing, "no")) is None


def test_unique_keys_raise_duplicate_and_leave_the_transaction_usable(store: Executor) -> None:
    def work(tx: Transaction) -> int:
        tx.insert(thing("a"))
        for clash in (thing("a", "other"), thing("b", "a")):
            with pytest.raises(Duplicate):
                tx.insert(clash)
        tx.insert(thing("c"))
        return tx.count(Thing)

    assert store.call(work) == 2


def test_update_raises_the_version_and_a_stale_row_is_neither_updated_nor_deleted(
    store: Executor,
) -> None:
    store.call(lambda tx: tx.insert(thing("a")))
    read = store.call(lambda tx: tx.get(Thing, "a"))
    assert read is not None
    new = store.call(lambda tx: tx.update(read, name="b"))
    assert (new.name, new.version) == ("b", 1)
    with pytest.raises(Stale):
        store.call(lambda tx: tx.update(read, name="c"))
    with pytest.raises(Stale):
        store.call(lambda tx: tx.delete(read))
    assert store.call(lambda tx: tx.get(Thing, "a")) == new
    store.call(lambda tx: tx.delete(new))
    with pytest.raises(Stale):
        store.call(lambda tx: tx.delete(new))


def test_find_filters_null_orders_and_pages(store: Executor) -> None:
    def work(tx: Transaction) -> tuple[list[str], list[str], int]:
        for key in "cab":
            tx.insert(thing(key, note="x" if key == "b" else None))
        nulls = [t.name for t in tx.find(Thing, order=("name",), note=None)]
        page = [t.name for t in tx.find(Thing, order=("name",), after=("name", "a"), limit=1)]
        return nulls, page, tx.count(Thing, note="x")

    assert store.call(work) == (["a", "c"], ["b"], 1)


def test_savepoint_undoes_the_block_alone(store: Executor) -> None:
    def work(tx: Transaction) -> list[str]:
        tx.insert(thing("a"))
        with pytest.raises(ZeroDivisionError), tx.savepoint():  # noqa: PT012
            tx.insert(thing("b"))
            tx.insert_later(thing("c"))
            1 / 0  # noqa: B018
        return [t.name for t in tx.find(Thing)]

    assert store.call(work) == ["a"]
    assert store.call(lambda tx: tx.count(Thing)) == 1


def test_work_that_raises_leaves_nothing(store: Executor) -> None:
    def work(tx: Transaction) -> None:
        tx.insert(thing("a"))
        tx.insert_later(thing("b"))
        raise KeyError

    with pytest.raises(KeyError):
        store.call(work)
    assert store.call(lambda tx: tx.count(Thing)) == 0


def test_calls_of_one_turn_commit_together_and_fail_alone(store: Executor) -> None:
    def good(key: str) -> Any:
        return lambda tx: tx.insert(thing(key))

    def bad(tx: Transaction) -> None:
        tx.insert(thing("bad"))
        raise KeyError

    async def main() -> list[Any]:
        return await asyncio.gather(
            *(store.run(w) for w in (good("a"), bad, good("b"))), return_exceptions=True
        )

    outcomes = asyncio.run(main())
    assert [type(o) for o in outcomes] == [type(None), KeyError, type(None)]
    assert store.call(lambda tx: [t.name for t in tx.find(Thing, order=("name",))]) == ["a", "b"]


def test_secret_is_sealed_in_the_database(store: Executor, url: str) -> None:
    store.call(lambda tx: tx.insert(thing("a")))
    engine = engine_of(url)
    with engine.connect() as connection:
        raw = bytes(connection.execute(sa.select(THINGS.c.secret)).scalar_one())
    engine.dispose()
    assert b"s-a" not in raw


@pytest.mark.parametrize("change", ["byte", "swap", "truncate", "version"])
def test_tampered_secret_is_noticed(store: Executor, url: str, change: str) -> None:
    store.call(lambda tx: [tx.insert(thing(key)) for key in "ab"])
    engine = engine_of(url)
    with engine.begin() as connection:
        sealed = {
            k: bytes(v)
            for k, v in connection.execute(sa.select(THINGS.c.thing_id, THINGS.c.secret))
        }
        new = {
            "byte": sealed["a"][:-1] + bytes([sealed["a"][-1] ^ 1]),
            "swap": sealed["b"],
            "truncate": sealed["a"][:5],
            "version": b"\x02" + sealed["a"][1:],
        }[change]
        connection.execute(sa.update(THINGS).where(THINGS.c.thing_id == "a").values(secret=new))
    engine.dispose()
    with pytest.raises(Tampered):
        store.call(lambda tx: tx.get(Thing, "a"))
    assert store.call(lambda tx: tx.get(Thing, "b")) is not None


def test_epoch_changes_when_a_deciding_row_changes_and_never_returns(store: Executor) -> None:
    seen = {store.call(lambda tx: tx.epoch(ACCOUNT))}
    store.call(lambda tx: tx.insert(thing("a")))
    assert store.call(lambda tx: tx.epoch(ACCOUNT)) in seen, "adding a user takes nothing away"
    for step in range(5):
        row = store.call(lambda tx: tx.get(Thing, "a"))
        assert row is not None
        store.call(lambda tx, row=row, step=step: tx.update(row, note=str(step)))
        epoch = store.call(lambda tx: tx.epoch(ACCOUNT))
        assert epoch not in seen
        seen.add(epoch)


def test_epoch_of_an_undone_change_is_not_kept(store: Executor) -> None:
    store.call(lambda tx: tx.insert(thing("a")))

    def work(tx: Transaction) -> tuple[int, int, int]:
        before = tx.epoch(ACCOUNT)
        inside = 0
        with pytest.raises(ZeroDivisionError), tx.savepoint():  # noqa: PT012
            row = tx.get(Thing, "a")
            assert row is not None
            tx.update(row, note="x")
            inside = tx.epoch(ACCOUNT)
            1 / 0  # noqa: B018
        return before, inside, tx.epoch(ACCOUNT)

    before, inside, after = store.call(work)
    assert before == after
    assert inside != before


def test_counts_are_exact_within_a_transaction_and_stored_at_its_end(store: Executor) -> None:
    def count(tx: Transaction) -> int:
        return tally(tx, Thing, ACCOUNT, "things")

    def work(tx: Transaction) -> list[object]:
        seen: list[object] = [count(tx)]
        seen += [one_more(tx, Thing, ACCOUNT, "things", most=3) for _ in range(3)]
        with suppress(LookupError), tx.savepoint():
            count_more(tx, Thing, ACCOUNT, "things", -2)
            seen.append(count(tx))
            raise LookupError
        return [*seen, count(tx)]

    for each in "ab":
        store.call(lambda tx, each=each: tx.insert(thing(each)))
    assert store.call(work) == [2, True, False, False, 1, 3]
    assert store.call(count) == 3
    stored = store.call(lambda tx: tx.get(TallyRow, ACCOUNT, "things"))
    assert stored is not None
    assert stored.value == 3


def test_a_number_of_no_row_cannot_be_added_to(store: Executor) -> None:
    with pytest.raises(Stale):
        store.call(lambda tx: tx.add_later(TallyRow, ACCOUNT, "no", column="value", more=1))


def test_rows_written_are_counted(store: Executor) -> None:
    def work(tx: Transaction) -> list[int]:
        counts = [tx.written]

        def note(_: object) -> None:
            counts.append(tx.written)

        # A table that decides moves the account's epoch too: a row more at the first change.
        note(tx.insert(thing("a")))
        note(tx.insert_later(thing("b")))
        tx.flush()
        note(tx.get(Thing, "a"))
        note(tx.update(thing("b"), name="other"))
        note(tx.insert(TallyRow(account_id=ACCOUNT, name="n", value=1)))
        note(tx.add_later(TallyRow, ACCOUNT, "n", column="value", more=2))
        note(tx.change(_RENAMED))
        note(tx.delete(thing("a", "x")))
        with pytest.raises(Duplicate):
            tx.insert(TallyRow(account_id=ACCOUNT, name="n", value=1))
        note(None)
        return counts

    assert store.call(work) == [0, 1, 2, 2, 4, 5, 6, 8, 10, 10]


_RENAMED = sa.update(THINGS).values(note="n")


FAILS = [
    set(),
    {"outer"},
    {"first"},
    {"second"},
    {"first", "second"},
    {"inmost"},
    {"inmost", "outer"},
]


@pytest.mark.parametrize("fails", FAILS, ids=lambda fails: "-".join(sorted(fails)) or "none")
@pytest.mark.parametrize("early", [True, False], ids=["outer writes first", "inner writes first"])
def test_savepoints_within_savepoints_undo_their_own(
    store: Executor, fails: set[str], early: bool
) -> None:
    """They are begun when something is written, and may share one; what is undone is the same."""

    class Failed(Exception):
        pass

    def block(tx: Transaction, name: str, *inner: Any, late: bool) -> set[str]:
        kept: set[str] = set()
        try:
            with tx.savepoint():
                if not late:
                    tx.insert(thing(name))
                for each in inner:
                    kept |= each()
                if late:
                    tx.insert(thing(name))
                assert tx.claim(name)
                if name in fails:
                    raise Failed  # noqa: TRY301  # as an operation does
                kept.add(name)
        except Failed:
            assert name in fails
            return set()
        return kept

    def work(tx: Transaction) -> set[str]:
        return block(
            tx,
            "outer",
            lambda: block(tx, "first", lambda: block(tx, "inmost", late=early), late=not early),
            lambda: block(tx, "second", late=early),
            late=not early,
        )

    kept = store.call(work)
    assert {row.thing_id for row in store.call(lambda tx: tx.find(Thing))} == kept


def test_a_claim_in_an_undone_savepoint_is_given_back(store: Executor) -> None:
    def work(tx: Transaction) -> list[bool]:
        found = [tx.claim("a")]
        with suppress(LookupError), tx.savepoint():
            found.append(tx.claim("b"))
            raise LookupError
        return [*found, tx.claim("a"), tx.claim("b")]

    assert store.call(work) == [True, True, False, True]
