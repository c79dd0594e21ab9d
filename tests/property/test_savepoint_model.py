"""Whatever blocks within blocks write, an undone block leaves what was there before it."""

import copy
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.postgres import DATABASES, new_database, postgres_server

from juyong.api.registry import load_tables
from juyong.base.clock import Instant
from juyong.base.ids import AccountId, UserId
from juyong.services.identity.users.tables import UserRow
from juyong.store.database import StoreSettings, open_database
from juyong.store.errors import Duplicate
from juyong.store.executor import Executor
from juyong.store.seal import AesSealer
from juyong.store.tally import TallyRow
from juyong.store.transaction import Transaction

ACCOUNT = AccountId("1000000000000001")
KEYS = st.sampled_from("abc")
State = tuple[dict[str, tuple[str, str]], dict[str, int]]
"""Key to name and comment of users, which have unique names; name to count of tallies."""

_writes = st.one_of(
    st.tuples(st.sampled_from(["add", "rename"]), KEYS, KEYS),
    st.tuples(st.sampled_from(["remove", "count", "add tally", "drop tally"]), KEYS, st.just("")),
)
_blocks = st.recursive(
    _writes,
    lambda inner: st.tuples(
        st.sampled_from(["block", "undone block"]), st.lists(inner, max_size=4), st.just("")
    ),
    max_leaves=16,
)
_units = st.lists(_blocks, max_size=8)


class Undo(Exception):
    """Ends a block that is to be undone."""


@pytest.fixture(scope="module", params=DATABASES)
def store(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with _url(request.param) as url:
        opened = open_database(
            StoreSettings(url=url, durable=False), AesSealer(b"k" * 32), load_tables
        )
        yield opened
        opened.close()


@contextmanager
def _url(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{Path(folder) / 's.db'}"
    else:
        with postgres_server() as base:
            yield new_database(base, "savepoints")


@settings(max_examples=60, deadline=None)
@given(units=_units)
def test_an_undone_block_leaves_what_was_there_before_it(store: Executor, units: list[Any]) -> None:
    state: State = ({}, {})

    def work(tx: Transaction) -> None:
        for row_type in (UserRow, TallyRow):
            for row in tx.find(row_type):
                tx.delete(row)
        for unit in units:
            with tx.savepoint():
                _run(tx, state, unit)
            assert _held(tx) == state

    store.call(work)
    assert store.call(_held) == state


def _run(tx: Transaction, state: State, step: Any) -> None:
    what, *args = step
    if what == "block":
        with tx.savepoint():
            for each in args[0]:
                _run(tx, state, each)
    elif what == "undone block":
        before = copy.deepcopy(state)
        try:
            with tx.savepoint():
                for each in args[0]:
                    _run(tx, state, each)
                raise Undo  # noqa: TRY301  # as an operation does
        except Undo:
            for now, then in zip(state, before, strict=True):
                now.clear()
                now.update(then)
    else:
        _write(tx, state, what, *args)


def _write(tx: Transaction, state: State, what: str, key: str, name: str) -> None:
    users, counts = state
    if what in ("count", "add tally", "drop tally"):
        _write_tally(tx, counts, what, key)
    elif what == "add":
        row = UserRow(
            user_id=UserId(key),
            account_id=ACCOUNT,
            user_name=name,
            created_at=Instant(0),
            updated_at=Instant(0),
        )
        if key in users or any(name == each[0] for each in users.values()):
            with pytest.raises(Duplicate):
                tx.insert(row)
        else:
            tx.insert(row)
            users[key] = name, ""
    elif (found := tx.get(UserRow, UserId(key))) is None:
        assert key not in users
    elif what == "remove":
        tx.delete(found)
        del users[key]
    elif any(name == each[0] for other, each in users.items() if other != key):
        with pytest.raises(Duplicate):
            tx.update(found, user_name=name)
    else:
        tx.update(found, user_name=name, comments=f"was {found.user_name}")
        users[key] = name, f"was {found.user_name}"


def _write_tally(tx: Transaction, counts: dict[str, int], what: str, key: str) -> None:
    held = tx.get(TallyRow, ACCOUNT, key)
    waits = tx.added(TallyRow, ACCOUNT, key, column="value")
    assert (None if held is None else held.value + waits) == counts.get(key)
    if what == "add tally" and held is None:
        tx.insert(TallyRow(account_id=ACCOUNT, name=key, value=0))
        counts[key] = 0
    elif what == "drop tally" and held is not None and not waits:
        tx.delete(held)
        del counts[key]
    elif what == "count" and held is not None:
        tx.add_later(TallyRow, ACCOUNT, key, column="value", more=1)
        counts[key] += 1


def _held(tx: Transaction) -> State:
    users = {row.user_id: (row.user_name, row.comments) for row in tx.find(UserRow)}
    tallies = {
        row.name: row.value + tx.added(TallyRow, ACCOUNT, row.name, column="value")
        for row in tx.find(TallyRow)
    }
    return dict(users), tallies
