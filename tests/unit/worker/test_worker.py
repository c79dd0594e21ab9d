"""Rounds of housekeeping."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.unit.app.state.conftest import NOW, write_event
from tests.unit.worker.conftest import KEY, platform_with

from juyong.api.bench import Bench as JobBench
from juyong.base.clock import Instant
from juyong.services.actiontrail.facade import SealHead
from juyong.services.actiontrail.seals import GRACE_SECONDS
from juyong.services.actiontrail.tables import SealRow
from juyong.services.ram.facade import NewAccount
from juyong.store.errors import Unavailable
from juyong.store.executor import Executor
from juyong.store.nonces import NonceRow, use_nonce
from juyong.store.transaction import Transaction
from juyong.worker import hooks, worker
from juyong.worker.bell import Bell
from juyong.worker.worker import Worker


@dataclass
class Bench:
    """A worker with a clock to turn and ears for its complaints."""

    store: Executor
    now: int = NOW
    head: SealHead | None = None
    heard: list[tuple[str, str]] = field(default_factory=list)

    def worker(self, **more: Any) -> Worker:
        return Worker(
            self.store,
            platform_with(KEY),
            lambda: Instant(self.now),
            lambda name, cause: self.heard.append((name, cause)),
            anchor=self,
            **more,
        )

    def remembered(self) -> SealHead | None:
        return self.head

    def remember(self, head: SealHead | None) -> None:
        self.head = head

    def round(self) -> None:
        asyncio.run(self.worker().round())


@pytest.fixture
def bench(store: Executor) -> Bench:
    return Bench(store)


def test_round_forgets_nonces_whose_time_is_over(bench: Bench) -> None:
    for name, until in (("old", NOW - 1), ("edge", NOW), ("young", NOW + 1)):
        bench.store.call(lambda tx, n=name, u=until: use_nonce(tx, "k", n, Instant(u)))
    bench.round()
    kept = {row.nonce for row in bench.store.call(lambda tx: tx.find(NonceRow))}
    assert kept == {"edge", "young"}
    assert bench.heard == []


def test_rounds_seal_events_and_remember_the_head(bench: Bench, owner: NewAccount) -> None:
    bench.store.call(lambda tx: write_event(tx, owner, KEY, "Call", NOW))
    bench.round()
    assert bench.head is None
    bench.now += GRACE_SECONDS
    bench.round()
    (row,) = bench.store.call(lambda tx: tx.find(SealRow))
    assert bench.head == SealHead(1, row.mac)


def test_head_is_not_forgotten_when_the_log_lost_it(bench: Bench, owner: NewAccount) -> None:
    test_rounds_seal_events_and_remember_the_head(bench, owner)
    before = bench.head
    bench.store.call(lambda tx: [tx.delete(row) for row in tx.find(SealRow)])
    bench.store.call(lambda tx: write_event(tx, owner, KEY, "Call", NOW))
    bench.now += GRACE_SECONDS
    bench.round()
    assert bench.head == before
    assert [name for name, _ in bench.heard] == ["seals"]


def test_two_workers_at_once_do_the_work_once(bench: Bench, owner: NewAccount) -> None:
    bench.store.call(lambda tx: write_event(tx, owner, KEY, "Call", NOW))

    async def both() -> None:
        await asyncio.gather(bench.worker().round(), bench.worker().round())

    asyncio.run(both())
    bench.now += GRACE_SECONDS
    asyncio.run(both())
    assert len(bench.store.call(lambda tx: tx.find(SealRow))) == 1
    assert bench.heard == []


def test_job_that_fails_is_reported_and_stops_no_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def broken(_tx: Transaction, _now: Instant) -> int:
        raise Unavailable("full")

    def good(_tx: Transaction, now: Instant) -> int:
        ran.append(f"at {now}")
        return 0

    monkeypatch.setattr(worker, "sweeps", lambda: {"broken": broken, "good": good})
    bench.round()
    assert ran == [f"at {NOW}"]
    assert [name for name, _ in bench.heard] == ["broken"]


def test_worker_goes_on_until_it_is_cancelled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = 0
    enough = asyncio.Event()

    def count(_tx: Transaction, _now: Instant) -> int:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            enough.set()
        return 0

    monkeypatch.setattr(worker, "sweeps", lambda: {"count": count})

    async def briefly() -> None:
        task = asyncio.create_task(bench.worker(period_seconds=0.01).run())
        await asyncio.wait_for(enough.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(briefly())
    assert rounds >= 3


def test_a_ring_brings_a_round_before_its_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[Instant] = []

    def count(_tx: Transaction, now: Instant) -> int:
        rounds.append(now)
        return 0

    monkeypatch.setattr(worker, "sweeps", lambda: {"count": count})
    bell = Bell(moment_seconds=0.01, least_seconds=0.3)

    async def rung(times: int, seconds: float) -> int:
        before = len(rounds)
        task = asyncio.create_task(bench.worker(bell=bell).run())
        for _ in range(times):
            await asyncio.to_thread(bell.ring)
            await asyncio.sleep(seconds / times)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return len(rounds) - before

    assert asyncio.run(rung(1, 0.2)) == 1
    # However often callers ring, the worker takes its time.
    assert 1 <= asyncio.run(rung(20, 1.0)) <= 4


def test_a_ring_before_the_worker_listens_is_heard() -> None:
    bell = Bell(moment_seconds=0.01)
    bell.ring()
    asyncio.run(asyncio.wait_for(bell.wait(60), 1))
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(bell.wait(60), 0.1))


def test_services_offer_their_checks_by_a_module_of_that_name() -> None:
    modules = {check.__module__ for check in hooks.checks()}
    assert {"juyong.services.actiontrail.checks", "juyong.services.ram.checks"} <= modules
    assert all(callable(sweep) for sweep in hooks.sweeps().values())


def test_a_job_gets_transactions_the_time_and_the_platform(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def job(given: JobBench) -> None:
        given.transact(lambda tx: use_nonce(tx, "k", "made by a job", Instant(given.clock() + 1)))
        assert given.platform.keys["audit"] == KEY

    monkeypatch.setattr(worker, "jobs", lambda: {"some.jobs": job})
    bench.round()
    assert bench.heard == []
    assert bench.store.call(lambda tx: tx.count(NonceRow)) == 1


def test_a_job_that_fails_is_reported_and_stops_no_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def bad(_given: JobBench) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(
        worker, "jobs", lambda: {"a.jobs": bad, "b.jobs": lambda _given: ran.append("b")}
    )
    bench.round()
    assert ran == ["b"]
    assert bench.heard == [("a.jobs", "RuntimeError('out of order')")]
