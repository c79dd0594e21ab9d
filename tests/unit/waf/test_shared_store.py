"""Stored collections that several processes share: exact, bounded, and whole after a kill."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.waf.stored_process import RECORD
from tests.waiting import wait_until

from juyong.engines.inspect.errors import Unjudged
from juyong.engines.inspect.stored import (
    MOST_MEMBERS,
    MOST_RECORD_BYTES,
    MemoryStore,
    RecordKey,
    Store,
    changed,
    number,
)
from juyong.waf.shared_store import AREA_BYTES, SharedStore, Table, new_file

FOREVER = 10**9


@contextmanager
def file() -> Iterator[int]:
    made = new_file()
    try:
        yield made
    finally:
        os.close(made)


@pytest.fixture
def table() -> Iterator[Table]:
    with file() as made:
        yield Table(made)


class Ledger:
    """A third opinion: all changes in a list, gone through from the first at each question."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._changes: list[tuple[RecordKey, bytes, str, bytes, float]] = []

    def change(
        self, record: RecordKey, name: bytes, kind: str, value: bytes, now: float
    ) -> bytes | None:
        self._changes.append((record, name, kind, value, now))
        return dict(self.members(record, now)).get(name)

    def members(self, record: RecordKey, now: float) -> list[tuple[bytes, bytes]]:
        values: dict[bytes, bytes] = {}
        ends: dict[bytes, float] = {}
        last = now
        mine = [each for each in self._changes if each[0] == record]
        for _, name, kind, value, at in [*mine, (record, b"", "!", b"", now)]:
            if at >= last + self._seconds:
                values, ends = {}, {}
            for each in [each for each, end in ends.items() if end <= at]:
                del values[each], ends[each]
            last = at
            if kind == "!":
                values.pop(name, None)
                ends.pop(name, None)
            elif kind == "expire":
                if name in values:
                    ends[name] = at + number(value)
            else:
                values[name] = changed(values.get(name), kind, value)
        return list(values.items())


RECORDS = st.sampled_from([("IP", b"a"), ("IP", b"b"), ("GLOBAL", b"a")])
NAMES = st.sampled_from([b"n", b"m"])
KINDS = st.sampled_from(["=", "+", "-", "!", "expire"])
VALUES = st.sampled_from([b"1", b"3", b"-2", b"x", b"0", b""])
CHANGES = st.lists(st.tuples(RECORDS, NAMES, KINDS, VALUES, st.floats(0, 4, width=16)), max_size=30)


@given(CHANGES)
def test_three_stores_tell_the_same(
    changes: list[tuple[RecordKey, bytes, str, bytes, float]],
) -> None:
    with file() as made:
        stores: list[Store] = [MemoryStore(5), SharedStore(Table(made), 5), Ledger(5)]
        now = 0.0
        for record, name, kind, value, later in changes:
            now += later
            told = [store.change(record, name, kind, value, now) for store in stores]
            assert told[0] == told[1] == told[2]
            for asked in (("IP", b"a"), ("IP", b"b"), ("GLOBAL", b"a"), ("GLOBAL", b"b")):
                memory, shared, ledger = (list(store.members(asked, now)) for store in stores)
                assert memory == shared == ledger


def bounds(store: Store) -> list[str]:
    """Return what a store refuses at its bounds; on the near side of each the store takes all."""
    refused = []
    many, large = ("IP", b"many"), ("IP", b"large")

    def tried(record: RecordKey, name: bytes, kind: str, value: bytes) -> None:
        try:
            store.change(record, name, kind, value, 1)
        except Unjudged as end:
            refused.append(f"{end.status} {end.reason}")

    for each in range(MOST_MEMBERS):
        store.change(many, b"%d" % each, "=", b"1", 1)
    tried(many, b"more", "=", b"1")
    tried(many, b"0", "=", b"2")
    tried(many, b"1", "!", b"")
    tried(many, b"more", "=", b"1")
    room = MOST_RECORD_BYTES - 17
    tried(large, b"a", "=", b"x" * room)
    tried(large, b"a", "=", b"x" * (room + 1))
    tried(large, b"b", "=", b"")
    tried(large, b"a", "=", b"x" * (room - 18))
    tried(large, b"b", "=", b"y")
    tried(large, b"b", "=", b"yy")
    assert len(list(store.members(many, 1))) == MOST_MEMBERS
    assert list(store.members(large, 1)) == [(b"a", b"x" * (room - 18)), (b"b", b"y")]
    return refused


def test_both_stores_have_the_same_bounds(table: Table) -> None:
    refused = bounds(MemoryStore())
    assert [each[:3] for each in refused] == ["403"] * 4
    assert bounds(SharedStore(table)) == refused


def test_a_full_set_gives_up_what_was_changed_longest_ago(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "place", lambda record: (7, record[1].rjust(16, b"-")))
    store = SharedStore(table, FOREVER)
    total = 2_000
    for each in range(total):
        store.change(("IP", b"%d" % each), b"n", "+", b"1", each)
        store.change(("IP", b"0"), b"n", "+", b"1", each)
    kept = [bool(store.members(("IP", b"%d" % each), total)) for each in range(total)]
    assert store.members(("IP", b"0"), total) == [(b"n", b"%d" % (total + 1))]
    newest = kept[1:]
    assert newest == sorted(newest)
    assert 100 < sum(newest) < AREA_BYTES // 30
    # A large record takes the place of many small ones, and is whole.
    store.change(("IP", b"large"), b"n", "=", b"x" * (MOST_RECORD_BYTES - 17), total)
    assert store.members(("IP", b"large"), total) == [(b"n", b"x" * (MOST_RECORD_BYTES - 17))]


class Dying(Table):
    """A process that is killed after some bytes of a write; beyond them all, before the switch."""

    dies_after = 0

    def write(self, at: int, content: bytes) -> None:
        begins = self._area(at, self._numbers[self._number_at(at)] + 1)
        whole = len(content).to_bytes(4, "little") + content
        part = whole[: self.dies_after]
        self._memory[begins : begins + len(part)] = part
        raise SystemExit


def test_a_change_is_whole_or_not_at_all() -> None:
    with file() as made:
        store, dying = SharedStore(Table(made)), Dying(made)
        for each in range(60):
            for _ in range(2):
                store.change(RECORD, b"n", "+", b"1", 1)
                dying.dies_after = each
                with pytest.raises(SystemExit):
                    SharedStore(dying).change(RECORD, b"other", "=", b"y" * 40, 1)
                store.change(("IP", b"%d" % each), b"n", "=", b"1", 1)
        assert store.members(RECORD, 1) == [(b"n", b"120")]


@contextmanager
def process(made: int, work: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.unit.waf.stored_process", str(made), work]
    child: subprocess.Popen[bytes] = subprocess.Popen(
        command, stdout=subprocess.PIPE, pass_fds=(made,)
    )
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


def said(child: subprocess.Popen[bytes]) -> bytes:
    assert child.stdout is not None
    return child.stdout.read()


def count_of(made: int) -> int:
    found: dict[bytes, bytes] = dict(SharedStore(Table(made)).members(RECORD, 1_000))
    return int(found.get(b"n", b"0"))


def test_counts_of_four_processes_are_exact_though_they_are_killed() -> None:
    with file() as made:
        told = killed = 0
        with process(made, "count") as last:
            for round_ in range(3):
                with process(made, "count") as one, process(made, "count") as other:
                    for each in (one, other):
                        assert each.stdout is not None
                        assert each.stdout.read(50) == b"." * 50
                        told += 50
                    for each in (one, other):
                        os.kill(each.pid, signal.SIGKILL)
                        told += len(said(each))
                        killed += 1
                assert count_of(made) >= told, round_
            os.kill(last.pid, signal.SIGKILL)
            told += len(said(last))
        # Each of the killed may have counted once more than it could tell.
        assert told <= count_of(made) <= told + killed + 1
        assert told > 300


def test_a_process_that_stands_still_is_not_waited_for() -> None:
    with file() as made:
        store: Any = SharedStore(Table(made))
        with process(made, "hold") as child:
            assert child.stdout is not None
            assert child.stdout.read(1) == b"."
            os.kill(child.pid, signal.SIGSTOP)
            with pytest.raises(Unjudged) as refused:
                store.change(RECORD, b"n", "+", b"1", 1)
            assert refused.value.status == 503
            # Other sets are free.
            store.change(("IP", b"free"), b"n", "+", b"1", 1)
            child.kill()
            child.wait()
            wait_until(lambda: child.poll() is not None)
        store.change(RECORD, b"n", "+", b"1", 1)
        assert store.members(RECORD, 1) == [(b"n", b"1")]


def test_keys_are_not_kept_and_fall_into_sets_by_chance() -> None:
    with file() as made, file() as other:
        one, two = Table(made), Table(other)
        SharedStore(one).change(("SESSION", b"secret-session"), b"n", "=", b"1", 1)
        assert b"secret-session" not in os.pread(made, os.fstat(made).st_size, 0)
        places = [("IP", b"%d" % each) for each in range(50)]
        assert [one.place(each) for each in places] != [two.place(each) for each in places]
        assert one.place(("IP", b"a")) != one.place(("USER", b"a"))
