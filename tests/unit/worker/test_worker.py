"""Rounds of housekeeping, and a worker that nothing ends."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from tests.over_budget import take_noted
from tests.unit.app.state.conftest import NOW, write_event
from tests.unit.worker.bench import Bench, Given, Latch
from tests.unit.worker.conftest import KEY

from juyong.api.bench import Bench as JobBench
from juyong.api.job import job
from juyong.app.keys import KeyRing
from juyong.audit.ledger.stored import log_of
from juyong.audit.ledger.tables import LogRow
from juyong.base.clock import Instant
from juyong.engines.ledger import Key, open_checkpoint
from juyong.services.identity.facade import NewAccount
from juyong.store.errors import Unavailable
from juyong.store.nonces import NonceRow, forget_nonces, use_nonce
from juyong.store.queue import Claim
from juyong.store.transaction import Transaction
from juyong.worker import sequencing, worker
from juyong.worker.bell import Bell

OFTEN = 0.005
"""Seconds between the rounds of a worker that a test waits for."""
FAILURES = [
    KeyError("missing"),
    sqlite3.ProgrammingError("wrong number of bindings"),
    Unavailable("full"),
    RuntimeError("out of order"),
    StopIteration(),
    SystemExit(3),
    KeyboardInterrupt(),
    asyncio.CancelledError(),
]
any_failure = pytest.mark.parametrize("failure", FAILURES, ids=lambda f: type(f).__name__)


class Fails:
    """Raises the first times it is called."""

    def __init__(self, failure: BaseException, times: int = 1) -> None:
        self.failure, self.times, self.calls = failure, times, 0

    def __call__(self, *_: Any) -> int:
        self.calls += 1
        if self.calls <= self.times:
            raise self.failure
        return 0


def nonce(name: str, until: int) -> Callable[[Transaction], bool]:
    return lambda tx: use_nonce(tx, "k", name, Instant(until))


# --- seals and sweeps ---


def test_round_forgets_nonces_whose_time_is_over(bench: Bench) -> None:
    for name, until in (("old", NOW - 1), ("edge", NOW), ("young", NOW + 1)):
        bench.store.call(nonce(name, until))
    bench.round(sweeps={"nonces": forget_nonces})
    kept = {row.nonce for row in bench.store.call(lambda tx: tx.find(NonceRow))}
    assert kept == {"edge", "young"}
    assert bench.heard == []


def test_a_sweep_commits_in_chunks_until_nothing_is_left(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "CHUNK_ROWS", 10)
    for number in range(35):
        bench.store.call(nonce(f"n{number}", NOW - 1))
    chunks: list[int] = []

    def counting(tx: Transaction, now: Instant, most: int) -> int:
        chunks.append(forget_nonces(tx, now, most))
        return chunks[-1]

    bench.round(sweeps={"nonces": counting})
    assert chunks == [10, 10, 10, 5]
    assert bench.figures.counted("over_budget", "nonces") == 0


def test_a_sweep_without_end_is_cut_off_for_this_round(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "SWEEP_CHUNKS", 3)
    calls: list[int] = []

    def endless(_tx: Transaction, _now: Instant, most: int) -> int:
        calls.append(most)
        return most

    bench.round(sweeps={"endless": endless})
    assert len(calls) == 3


# --- the ledger ---


def head(bench: Bench) -> LogRow | None:
    return bench.store.call(log_of)


def write(bench: Bench, owner: NewAccount, count: int = 1) -> None:
    for number in range(count):
        bench.store.call(lambda tx, n=number: write_event(tx, owner, KEY, f"Call{n}", NOW))


def test_rounds_sequence_events_and_remember_the_checkpoint(
    bench: Bench, owner: NewAccount
) -> None:
    bench.round()
    assert bench.head is None
    write(bench, owner)
    bench.round()
    row = head(bench)
    assert row is not None
    assert (row.size, row.last_seq) == (1, 1)
    assert bench.head == row.checkpoint.encode()
    opened = open_checkpoint(bench.head, row.origin, [Key.parse(bench.key)])
    assert (opened.checkpoint.size, opened.checkpoint.origin) == (1, row.origin)


def test_a_checkpoint_is_not_forgotten_when_the_log_lost_it(
    bench: Bench, owner: NewAccount
) -> None:
    write(bench, owner)
    bench.round()
    before = bench.head
    bench.store.call(lambda tx: [tx.delete(row) for row in tx.find(LogRow)])
    write(bench, owner)
    bench.round()
    assert bench.head == before
    assert bench.heard == [("ledger", sequencing.LOST)]
    working = bench.worker()
    for _ in range(2):
        asyncio.run(working.round())
    assert len(bench.heard) == 2, "a worker tells it once"
    row = head(bench)
    assert row is not None
    assert row.size == 2, "sequencing goes on"


def test_a_checkpoint_that_nobody_signed_is_not_taken_for_one(
    bench: Bench, owner: NewAccount
) -> None:
    write(bench, owner)
    bench.round()
    forged = bench.head = (bench.head or b"").replace(b"\n1\n", b"\n0\n")
    write(bench, owner)
    bench.round()
    assert bench.head == forged
    assert bench.heard == [("ledger", sequencing.LOST)]


def test_a_round_takes_a_bounded_number_of_steps_and_the_next_goes_on(
    bench: Bench, owner: NewAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("juyong.audit.ledger.sequencing.STEP_EVENTS", 4)
    monkeypatch.setattr(sequencing, "STEPS_A_ROUND", 2)
    write(bench, owner, 20)
    sizes = []
    for _ in range(4):
        bench.round()
        row = head(bench)
        assert row is not None
        sizes.append(row.size)
    assert sizes == [8, 16, 20, 20]


def test_two_workers_at_once_do_the_work_once(bench: Bench, owner: NewAccount) -> None:
    write(bench, owner, 3)

    async def both() -> None:
        await asyncio.gather(bench.worker().round(), bench.worker().round())

    asyncio.run(both())
    asyncio.run(both())
    row = head(bench)
    assert row is not None
    assert row.size == 3
    assert bench.heard == []


def test_nothing_is_signed_that_does_not_follow(bench: Bench, owner: NewAccount) -> None:
    """Who writes the database must not have a tree of their own signed."""
    write(bench, owner)
    bench.round()
    row = head(bench)
    assert row is not None
    bench.store.call(lambda tx: tx.update(row, edge=b"x" * 32))
    write(bench, owner)
    bench.round()
    assert bench.head == row.checkpoint.encode()
    ((name, cause),) = bench.heard
    assert name == "ledger"
    assert "LogDamaged" in cause


def test_a_full_disk_leaves_the_checkpoint_for_the_next_round(
    bench: Bench, owner: NewAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(bench, owner)
    with monkeypatch.context() as patched:
        patched.setattr(bench, "remember", Fails(OSError(28, "no space left")))
        bench.round()
    assert bench.head is None
    bench.round()
    assert bench.head is not None
    assert [name for name, _ in bench.heard] == ["ledger"]


def test_a_sealed_platform_signs_nothing(bench: Bench, owner: NewAccount) -> None:
    write(bench, owner)
    working = bench.worker()
    working.platform = msgspec.structs.replace(working.platform, keys=KeyRing(b"m" * 32))
    working.platform.keys.forget()  # type: ignore[attr-defined]
    asyncio.run(working.round())
    assert head(bench) is None
    assert [name for name, _ in bench.heard] == ["ledger"]


# --- whatever is raised ---


@any_failure
def test_a_sweep_that_raises_is_told_once_and_tried_again(
    bench: Bench, failure: BaseException
) -> None:
    broken, good = Fails(failure), Fails(failure, times=0)
    working = bench.worker(sweeps={"broken": broken, "good": good}, period_seconds=OFTEN)
    # Its back-off is over when the clock says so.
    bench.while_working(working, lambda: good.calls >= 3)
    assert broken.calls == 1
    bench.now += 600
    bench.while_working(working, lambda: broken.calls >= 2)
    assert bench.heard == [("broken", repr(failure))]
    assert bench.figures.counted("failures", "broken") == 1


@any_failure
def test_a_job_that_raises_is_told_once_and_tried_again(
    bench: Bench, failure: BaseException
) -> None:
    broken, good = Fails(failure), Fails(failure, times=0)
    working = bench.worker(
        job("broken", every=1)(broken), job("good", every=1)(good), period_seconds=OFTEN
    )
    bench.while_working(working, lambda: good.calls >= 1)
    for calls in (1, 2, 3):
        bench.while_working(working, lambda calls=calls: broken.calls >= calls)
        bench.now += 600
    assert bench.heard == [("broken", repr(failure))]
    assert bench.figures.counted("failures", "broken") == 1


@any_failure
def test_sequencing_that_raises_is_told_once_and_tried_again(
    bench: Bench, owner: NewAccount, failure: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(bench, owner)
    broken, step = Fails(failure), sequencing.next_step

    def next_step(*args: Any, **more: Any) -> Any:
        broken()
        return step(*args, **more)

    monkeypatch.setattr(sequencing, "next_step", next_step)
    working = bench.worker(period_seconds=OFTEN, ledger_seconds=OFTEN)
    bench.while_working(working, lambda: broken.calls == 1 and bench.heard != [])
    bench.now += 600
    bench.while_working(working, lambda: bench.head is not None)
    assert bench.heard == [("ledger", repr(failure))]


@any_failure
def test_an_item_whose_job_raises_is_told_and_tried_again(
    bench: Bench, failure: BaseException
) -> None:
    broken = Fails(failure)
    working = bench.worker(
        job("k", lease_seconds=60, attempts=5, at_once=1)(broken), period_seconds=OFTEN
    )
    bench.put("k")
    bench.while_working(working, lambda: broken.calls == 1 and bench.heard != [])
    bench.now += 600
    bench.while_working(working, lambda: bench.row("k") is None)
    assert broken.calls == 2
    assert bench.heard == [("k", repr(failure))]


def test_hooks_that_cannot_be_imported_are_told_and_tried_again(bench: Bench) -> None:
    ran = threading.Event()

    class Broken(Given):
        loads = 0

        def load(self) -> dict[str, BaseException]:
            self.loads += 1
            if self.loads == 1:
                raise SystemExit("nothing can be imported")
            if self.loads < 5:
                return {"some.jobs": SyntaxError("bad")}
            self.complete = True
            self.jobs = {"late": job("late", every=1)(lambda _: ran.set())}
            return {}

    bench.while_working(bench.worker(hooks=Broken(), period_seconds=OFTEN), ran.is_set)
    assert bench.heard == [
        ("hooks", "SystemExit('nothing can be imported')"),
        ("some.jobs", "SyntaxError('bad')"),
    ]


def test_imports_and_all_work_are_on_threads_other_than_the_loops(bench: Bench) -> None:
    threads: dict[str, bool] = {}

    def note(name: str) -> None:
        threads[name] = threading.current_thread() is threading.main_thread()

    class Noting(Given):
        def load(self) -> dict[str, BaseException]:
            note("load")
            return super().load()

    def sweep(tx: Transaction, _now: Instant, _most: int) -> int:
        note("sweep")
        return 0

    hooks = Noting(job("clock", every=1)(lambda _: note("job")), sweep=sweep)
    bench.round(hooks=hooks)
    bench.while_working(bench.worker(hooks=hooks, period_seconds=OFTEN), lambda: len(threads) == 3)
    assert threads == {"load": False, "sweep": False, "job": False}


def test_a_report_that_raises_ends_nothing(bench: Bench) -> None:
    good = Fails(KeyError(), times=0)
    working = bench.worker(
        sweeps={"broken": Fails(KeyError(), times=9), "good": good}, period_seconds=OFTEN
    )
    working._guard = replace(working._guard, report=Fails(OSError("log is full"), times=9))
    bench.while_working(working, lambda: good.calls >= 3)
    assert bench.figures.counted("failures", "report") == 1


# --- jobs ---


def test_a_job_gets_transactions_the_time_and_the_platform(bench: Bench) -> None:
    @job("some.job", every=60)
    def work(given: JobBench) -> None:
        given.transact(nonce("made by a job", given.clock() + 1))
        assert given.platform.keys["audit"] == KEY

    bench.round(work)
    assert bench.heard == []
    assert bench.store.call(lambda tx: tx.count(NonceRow)) == 1


def test_a_job_by_the_clock_waits_for_its_time(bench: Bench) -> None:
    often, seldom = Fails(KeyError(), 0), Fails(KeyError(), 0)
    working = bench.worker(
        job("often", every=10)(often), job("seldom", every=10_000)(seldom), period_seconds=OFTEN
    )

    def time_passes() -> bool:
        bench.now += 5
        return often.calls >= 5

    bench.while_working(working, time_passes)
    assert seldom.calls == 1
    assert bench.now - NOW >= 40


def test_the_ledger_and_sweeps_go_on_while_every_job_is_stuck(
    bench: Bench, owner: NewAccount
) -> None:
    bench.store.call(lambda tx: write_event(tx, owner, KEY, "Call", NOW))
    latch, swept = Latch(), Fails(KeyError(), 0)

    @job("slow", lease_seconds=600, attempts=None, at_once=9)
    def slow(_bench: JobBench, _claim: Claim) -> None:
        latch.pass_through()

    for number in range(100):
        bench.put("slow", f"i{number}")
    clock = job("clock", every=1)(lambda _: latch.pass_through())
    working = bench.worker(
        slow, clock, sweeps={"swept": swept}, period_seconds=OFTEN, ledger_seconds=OFTEN
    )

    def goes_on() -> bool:
        return latch.waiting == 4 and swept.calls > 2 and bench.head is not None

    try:
        bench.while_working(working, goes_on)
    finally:
        latch.open()
    assert bench.heard == []


def test_work_by_the_clock_does_not_wait_behind_items(bench: Bench) -> None:
    latch, ran = Latch(), threading.Event()

    @job("slow", lease_seconds=600, attempts=None, at_once=99)
    def slow(_bench: JobBench, _claim: Claim) -> None:
        latch.pass_through()

    for number in range(100):
        bench.put("slow", f"i{number}")

    @job("clock", every=1)
    def clock(_bench: JobBench) -> None:
        if latch.waiting == worker.THREADS - 1:
            ran.set()

    def settled() -> bool:
        bench.now += 1
        return ran.is_set()

    try:
        bench.while_working(bench.worker(slow, clock, period_seconds=OFTEN), settled)
    finally:
        latch.open()


def test_an_item_is_begun_at_a_ring(bench: Bench) -> None:
    done: list[str] = []

    @job("k", lease_seconds=60, attempts=1)
    def work(_bench: JobBench, claim: Claim) -> None:
        done.append(claim.key)

    bell = Bell(moment_seconds=0.01, least_seconds=0.05)
    working = bench.worker(work, bell=bell)

    asked = 0

    def rung() -> bool:
        nonlocal asked
        if len(done) == asked < 3:
            bench.put("k", f"i{asked}")
            bell.ring()
            asked += 1
        return len(done) == 3

    bench.while_working(working, rung)
    assert done == ["i0", "i1", "i2"]


def test_an_item_is_begun_at_a_ring_while_all_work_by_the_clock_is_slow(bench: Bench) -> None:
    latch, done = Latch(), threading.Event()

    def slow(_bench: JobBench) -> None:
        latch.pass_through()

    @job("k", lease_seconds=60, attempts=1)
    def work(_bench: JobBench, _claim: Claim) -> None:
        done.set()

    bell = Bell(moment_seconds=0.01, least_seconds=0.05)
    slow_ones = [job(f"slow-{number}", every=1)(slow) for number in range(worker.THREADS + 2)]
    working = bench.worker(*slow_ones, work, bell=bell)
    bell.ring()

    def begun() -> bool:
        if latch.waiting == worker.THREADS - 1 and bench.row("k") is None and not done.is_set():
            bench.put("k")
            bell.ring()
        return done.is_set()

    try:
        bench.while_working(working, begun)
    finally:
        latch.open()


def test_rings_are_heard_with_a_pause_between_them() -> None:
    bell = Bell(moment_seconds=0.01, least_seconds=0.03)

    async def heard() -> None:
        for _ in range(4):
            bell.ring()
            await bell.wait(60)

    began = time.monotonic()
    asyncio.run(heard())
    assert time.monotonic() - began >= 3 * 0.03


def test_a_ring_before_the_worker_listens_is_heard() -> None:
    bell = Bell(moment_seconds=0.01)
    bell.ring()
    asyncio.run(asyncio.wait_for(bell.wait(60), 1))
    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(bell.wait(60), 0.1))


def test_what_ends_in_a_moment_is_finished_when_the_worker_stops(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_GRACE_SECONDS", 20.0)
    latch = Latch()

    @job("k", lease_seconds=60, attempts=1)
    def work(_bench: JobBench, _claim: Claim) -> None:
        latch.pass_through()

    bench.put("k")
    threading.Timer(0.3, latch.open).start()
    bench.while_working(bench.worker(work, period_seconds=OFTEN), lambda: latch.waiting == 1)
    assert bench.row("k") is None


def test_items_of_an_unknown_job_are_told_once_and_kept(bench: Bench) -> None:
    bench.put("from.a-newer-version")
    working = bench.worker()
    for _ in range(2):
        asyncio.run(working.round())
    assert bench.heard == [("queue", "items of the unknown job `from.a-newer-version` are waiting")]
    row = bench.row("from.a-newer-version")
    assert row is not None
    assert row.attempts == 0


def test_a_transaction_over_budget_is_committed_counted_and_told(bench: Bench) -> None:
    @job("greedy", every=60, rows=3)
    def greedy(given: JobBench) -> None:
        given.transact(lambda tx: [nonce(f"n{n}", NOW + 9)(tx) for n in range(3)])
        given.transact(lambda tx: [nonce(f"m{n}", NOW + 9)(tx) for n in range(4)])

    bench.round(greedy)
    assert bench.figures.counted("over_budget", "greedy") == 1
    assert bench.heard == [("greedy", "one transaction wrote 4 rows")]
    assert bench.store.call(lambda tx: tx.count(NonceRow)) == 7
    # A test that does not mean it fails here (see tests/over_budget.py).
    assert take_noted() == ["greedy: 4 rows in one transaction, 3 allowed"]


def test_work_that_is_passed_over_is_counted_and_told_once(bench: Bench) -> None:
    causes: list[tuple[str, Exception]] = [
        ("the list `a`", Unavailable("a secret")),
        ("the list `b`", KeyError()),
    ]

    @job("lists", every=60)
    def lists(given: JobBench) -> None:
        for what, failure in causes:
            given.pass_over(what, failure)

    working = bench.worker(lists)
    for _ in range(2):
        asyncio.run(working.round())
    told = [("lists", "the list `a`: Unavailable"), ("lists", "the list `b`: KeyError")]
    assert bench.heard == told
    assert bench.figures.counted("passed_over", "lists") == 4
    assert bench.figures.counted("failures", "lists") == 0
    causes[:] = [(f"the list `{number}`", KeyError()) for number in range(1000)]
    asyncio.run(working.round())
    causes[:] = [("the list `a`", Unavailable("a secret"))]
    asyncio.run(working.round())
    assert bench.heard[-1] == told[0]


def test_a_test_over_budget_fails(tmp_path: Any) -> None:
    test = tmp_path / "test_greedy.py"
    test.write_text(
        "from tests.over_budget import within_budget\n"
        "from juyong.api.bench import Bench\n"
        "class Tx:\n    written = 0\n"
        "def write(tx):\n    tx.written += 2\n"
        "def test_greedy():\n"
        "    bench = Bench(call=lambda work: work(Tx()), clock=None, platform=None, rows=ROWS)\n"
        "    bench.transact(write)\n"
    )
    text = test.read_text()
    for rows, status in ((2, 0), (1, 1)):
        test.write_text(text.replace("ROWS", str(rows)))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", str(test)],
            cwd=tmp_path,
            env={"PYTHONPATH": ":".join(p for p in sys.path if p), "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr


def test_the_services_jobs_and_sweeps_are_found_without_sqlalchemy() -> None:
    program = (
        "import sys\n"
        "from juyong.worker.hooks import Hooks\n"
        "hooks = Hooks()\n"
        "assert hooks.load() == {}\n"
        "print(*sorted(hooks.jobs), *sorted(hooks.sweeps))\n"
        "assert 'sqlalchemy' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) >= {
        *("fc.run", "kms.keys", "kms.rotate-secret", "kms.secrets"),
        *("identity.signin.sweeps", "identity.users.sweeps", "kms.keys.sweeps"),
        *("actiontrail.expire", "inventory.history", "store.nonces", "sts.sweeps"),
    }
