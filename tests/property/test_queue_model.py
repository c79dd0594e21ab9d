"""Whatever putters and workers do in whatever order, the queue is the model."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.model.queue import QueueModel

from juyong.api.registry import load_tables
from juyong.base.clock import Instant
from juyong.store import queue
from juyong.store.database import StoreSettings, open_database
from juyong.store.errors import LostLease
from juyong.store.queue import Claim, QueueRow
from juyong.store.seal import AesSealer

KEYS = st.sampled_from("abc")
SECONDS = st.integers(0, 12)
LEASE = 5


class QueueMachine(RuleBasedStateMachine):
    """A queue and its model; claims are kept for ever, so that late workers come back."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        url = f"sqlite:///{Path(self.folder.name) / 'q.db'}"
        self.store = open_database(
            StoreSettings(url=url, durable=False), AesSealer(b"k" * 32), load_tables
        )
        self.model = QueueModel()
        self.now = 1000
        self.claims: list[Claim] = []
        self.ids: dict[int, str] = {}

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def real(self, work: Any, *args: Any, **more: Any) -> Any:
        return self.store.call(lambda tx: work(tx, *args, **more))

    @rule(key=KEYS, later=SECONDS)
    def put(self, key: str, later: int) -> None:
        due = self.now + later
        made = self.real(queue.put, "k", key, now=Instant(self.now), due=Instant(due))
        assert made == self.model.put(key, due)

    @rule(key=KEYS)
    def hasten(self, key: str) -> None:
        self.real(queue.hasten, "k", key, Instant(self.now))
        self.model.hasten(key, self.now)

    @rule(key=KEYS)
    def withdraw(self, key: str) -> None:
        self.real(queue.withdraw, "k", key)
        self.model.withdraw(key)

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def claim(self) -> None:
        may = self.model.claimable(self.now)
        taken = self.real(queue.claim, "k", now=Instant(self.now), lease_seconds=LEASE)
        assert (taken is None) == (not may)
        if taken is not None:
            assert taken.key in may
            tries = self.model.claim(taken.key, taken, self.now, LEASE)
            assert taken.attempts == tries
            self.claims.append(taken)

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), how=st.sampled_from(["finish", "fail", "die", "off", "free", "extend"]))
    def worker(self, data: st.DataObject, how: str) -> None:
        taken = data.draw(st.sampled_from(self.claims))
        now = Instant(self.now)
        item = self.model.holds(taken, self.now)
        acts: dict[str, tuple[Any, dict[str, Any]]] = {
            "finish": (queue.finish, {"now": now}),
            "fail": (queue.fail, {"now": now, "error": "e", "seconds": 3}),
            "die": (queue.fail, {"now": now, "error": "e", "seconds": None}),
            "off": (queue.put_off, {"now": now, "seconds": 3}),
            "free": (queue.put_off, {"now": now, "seconds": 3, "counted": False}),
            "extend": (queue.extend, {"now": now, "seconds": 9}),
        }
        act, terms = acts[how]
        if item is None:
            with pytest.raises(LostLease):
                self.real(act, taken, **terms)
            return
        self.real(act, taken, **terms)
        if how == "finish":
            self.model.finish(item, self.now)
        elif how == "extend":
            item.due = max(item.due, self.now + 9)
        else:
            seconds = None if how == "die" else 3
            self.model.give_back(item, self.now, seconds, counted=how != "free")

    @invariant()
    def same(self) -> None:
        rows = self.store.call(lambda tx: tx.find(QueueRow, order=("key",)))
        assert [(r.key, r.due_at, r.attempts, bool(r.lease), r.again) for r in rows] == [
            (i.key, i.due, i.tries, i.holder is not None, i.put_again)
            for i in sorted(self.model.items, key=lambda i: i.key)
        ]
        assert [r.dead_at is not None for r in rows] == [
            i.dead for i in sorted(self.model.items, key=lambda i: i.key)
        ]

    @invariant()
    def an_id_for_each_piece_of_work(self) -> None:
        for item in self.model.items:
            row = self.store.call(lambda tx, key=item.key: tx.get(QueueRow, "k", key))
            assert self.ids.setdefault(item.number, row.item_id) == row.item_id
        assert len(set(self.ids.values())) == len(self.ids)

    @invariant()
    def oldest(self) -> None:
        due = [i.due for i in self.model.items if not i.dead and i.due <= self.now]
        found = self.real(queue.depths, Instant(self.now))
        assert [d.oldest_due for d in found] == ([min(due, default=None)] if found else [])


QueueMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestQueue = QueueMachine.TestCase
