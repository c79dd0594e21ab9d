"""Caches that calls on several threads share."""

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from juyong.base.ids import AccountId
from juyong.gateway.throttle import Throttle
from juyong.store import statements
from juyong.store.epoch_cache import EpochCache
from juyong.store.row_sql import Query
from juyong.store.statements import Statements
from juyong.store.table import spec_of
from juyong.store.tally import TallyRow


class Epochs:
    """Stands for a transaction of which only the epoch is asked."""

    def epoch(self, _account_id: AccountId) -> int:
        return 1


@pytest.fixture(autouse=True)
def many_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def on_threads(work: Callable[[int], Any]) -> None:
    failures: list[BaseException] = []

    def run(which: int) -> None:
        try:
            for number in range(2000):
                work(which * 2000 + number)
        except BaseException as failure:  # noqa: BLE001  # shown by the assertion below
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(which,)) for which in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_epoch_cache_keeps_its_bound_and_its_values() -> None:
    cache: EpochCache[int] = EpochCache(8)
    tx: Any = Epochs()

    def work(number: int) -> None:
        key = number % 37
        assert cache.put(tx, key, AccountId("1"), key) == key
        assert cache.get(tx, key) in (key, None)

    on_threads(work)
    assert len(cache._entries) <= 8


def test_throttle_counts_every_call() -> None:
    throttle = Throttle(clock=lambda: 0.0)
    allowed: list[int] = []

    def work(number: int) -> None:
        if throttle.allows("key", 1000):
            allowed.append(number)

    on_threads(work)
    assert len(allowed) == 1000


def test_statements_are_kept_within_their_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_KEPT", 8)
    texts, spec = Statements("sqlite"), spec_of(TallyRow)

    def work(number: int) -> None:
        equal = tuple(f"c{each}" for each in range(number % 23))
        assert texts.find(spec, Query(equal=equal)).count("?") == len(equal)

    on_threads(work)
    assert len(texts._found) <= 8 + 4
