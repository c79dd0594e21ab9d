"""The worker of a server: the ledger every few seconds, sweeps by the minute, jobs when due.

The ledger has a thread of its own, and so have sweeps and each errand to a server outside, so that
nothing holds them up. Jobs have a few threads. All of it is harmless to repeat: servers on one
database each have a worker, and of several that find the same thing to do the database lets one do
it.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from juyong.api.bench import Bench
from juyong.api.context import Platform
from juyong.api.job import Job, Periodic, PerItem
from juyong.base.chance import spread
from juyong.base.clock import Clock
from juyong.store.chunks import CHUNK_ROWS
from juyong.store.executor import Executor
from juyong.store.queue import Claim, depths, next_due
from juyong.worker.bell import Bell
from juyong.worker.errands import Errand
from juyong.worker.figures import Figures
from juyong.worker.guard import Guard, Report
from juyong.worker.hooks import Hooks, Sweep
from juyong.worker.items import carry_out, take
from juyong.worker.sequencing import CALM_SECONDS, Anchor, Sequencing
from juyong.worker.threads import on_thread
from juyong.worker.turns import THREADS, Turns

T = TypeVar("T")
PERIOD_SECONDS = 60.0
LEDGER_SECONDS = 5.0
"""Between rounds of the ledger; with the wait for a calm moment, ten seconds at most."""
SWEEP_CHUNKS = 200
"""Chunks that one sweep deletes in a round: 100,000 rows."""
_FIRST_SECONDS = 5.0
_BACKLOG_SECONDS = 1.0
_JITTER = 0.25
_GRACE_SECONDS = 2.0
_MOST_TOLD = 1000
"""Problems that are remembered as told."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a thread of a job ended; see Turns.ended."""

    due: float | None
    more: bool


@dataclass(slots=True)
class Worker:
    """Forgets expired nonces, runs the services' sweeps and jobs, sequences settled events.

    platform: Given to the jobs; its key `ledger` signs checkpoints.
    report: Hears of each failure, on any thread.
    anchor: Where the newest checkpoint of the ledger goes, if anywhere.
    errands: To servers outside, such as a witness.
    bell: Heard between rounds.
    """

    store: Executor
    platform: Platform
    clock: Clock
    report: Report
    anchor: Anchor | None = None
    errands: Sequence[Errand] = ()
    bell: Bell = field(default_factory=Bell)
    period_seconds: float = PERIOD_SECONDS
    ledger_seconds: float = LEDGER_SECONDS
    figures: Figures = field(default_factory=Figures)
    hooks: Hooks = field(default_factory=Hooks)
    threads: int = THREADS
    _guard: Guard = field(init=False)
    _turns: Turns = field(init=False)
    _running: dict["asyncio.Task[_Ended]", Job] = field(init=False, default_factory=dict)
    _under_way: set["asyncio.Task[Any]"] = field(init=False, default_factory=set)
    _one_import: threading.Lock = field(init=False, default_factory=threading.Lock)
    _one_claim: threading.Lock = field(init=False, default_factory=threading.Lock)
    _told: set[tuple[str, str]] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        """Make what depends on the other fields."""
        self._guard = Guard(self.clock, self.report, self.figures, self.period_seconds / 2)
        self._turns = Turns(self.threads)

    # --- the task ---

    async def run(self) -> None:
        """Work until cancelled; the first rounds come early, for work that a killed server left."""
        self._turns, self._running = Turns(self.threads), {}
        all_of_it = [
            asyncio.ensure_future(each)
            for each in (self._sequence_on(), self._tidy_by_the_minute(), self._do_jobs())
        ]
        all_of_it += [asyncio.ensure_future(self._run_on(errand)) for errand in self.errands]
        try:
            ended, _ = await asyncio.wait(all_of_it, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                task.result()
        finally:
            for task in all_of_it:
                task.cancel()
            await self._let_end()

    async def _let_end(self) -> None:
        """Wait a moment for work under way; work that ends in time leaves no lease behind."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=_GRACE_SECONDS)
        for task in list(self._under_way):
            task.cancel()

    async def round(self) -> None:
        """Do everything once, also work that was put off or is not due yet."""
        await on_thread("ledger", partial(self._sequence, everything=True))
        for errand in self.errands:
            await on_thread(errand.name, partial(self._errand, errand, everything=True))
        await on_thread("house", partial(self._tidy, everything=True))
        await self._look(everything=True)
        self._start()
        while self._running:
            await self._some_end()
            self._start()

    async def _tidy_by_the_minute(self) -> None:
        pause = min(_FIRST_SECONDS, self.period_seconds)
        while True:
            # Servers that were started together spread out.
            await asyncio.sleep(pause * spread(1 - _JITTER, 1 + _JITTER))
            # After a cancellation, `_let_end` waits for the thread.
            await asyncio.shield(self._thread("house", self._tidy))
            pause = self.period_seconds

    async def _sequence_on(self) -> None:
        pause = min(_FIRST_SECONDS, self.ledger_seconds)
        while True:
            await asyncio.sleep(pause * spread(1 - _JITTER, 1 + _JITTER))
            backlog = await asyncio.shield(self._thread("ledger", self._sequence))
            pause = min(_BACKLOG_SECONDS, self.ledger_seconds) if backlog else self.ledger_seconds

    async def _run_on(self, errand: Errand) -> None:
        while True:
            await asyncio.sleep(errand.seconds * spread(1 - _JITTER, 1 + _JITTER))
            await asyncio.shield(self._thread(errand.name, partial(self._errand, errand)))

    async def _do_jobs(self) -> None:
        pause = min(_FIRST_SECONDS, self.period_seconds)
        while True:
            heard = self.bell.wait(pause * spread(1 - _JITTER, 1 + _JITTER))
            await self._until(asyncio.ensure_future(heard))
            await self._look()
            pause = self.period_seconds

    async def _until(self, heard: "asyncio.Future[None]") -> None:
        """Keep the threads of jobs busy until the bell rings or a job is due."""
        try:
            while not heard.done():
                self._start()
                due = self._turns.next_due()
                left = None if due is None else due - self.clock()
                if left is not None and left <= 0:
                    return
                await self._some_end(heard, seconds=left)
            heard.result()
        finally:
            heard.cancel()

    # --- the ledger, on its thread ---

    def _sequence(self, *, everything: bool = False) -> bool:
        """Sequence settled events; True when some are left."""
        if not (everything or self._guard.may_run("ledger")):
            return False
        sequencing = Sequencing(
            store=self.store,
            keys=self.platform.keys,
            clock=self.clock,
            anchor=self.anchor,
            # A loss stays, and each round finds it again.
            tell=partial(self._tell_once, "ledger"),
        )

        def work() -> bool:
            if not everything:
                self.store.wait_for_calm(CALM_SECONDS)
            return sequencing.round()

        return bool(self._guard.run("ledger", work))

    def _errand(self, errand: Errand, *, everything: bool = False) -> None:
        """Run an errand; a server that is away or refuses is asked less and less often."""
        if everything or self._guard.may_run(errand.name):
            self._guard.run(errand.name, partial(_done, errand.round))

    # --- sweeps, on their thread ---

    def _tidy(self, *, everything: bool = False) -> bool:
        """Run the sweeps."""
        self._guard.run("hooks", self._load, put_off=False)
        for name, sweep in list(self.hooks.sweeps.items()):
            if everything or self._guard.may_run(name):
                self._guard.run(name, partial(self._sweep, name, sweep))
        return True

    def _sweep(self, name: str, sweep: Sweep) -> bool:
        bench = self._bench(name, CHUNK_ROWS)
        for _ in range(SWEEP_CHUNKS):
            now = self.clock()
            if bench.transact(lambda tx, now=now: sweep(tx, now, CHUNK_ROWS)) < CHUNK_ROWS:  # type: ignore[misc]
                break
        return True

    # --- jobs, each on a thread ---

    async def _look(self, *, everything: bool = False) -> None:
        """Find all jobs, and let each that may have something to do have a turn."""
        await on_thread("hooks", partial(self._guard.run, "hooks", self._load, put_off=False))
        self._turns.look(self.hooks.jobs, self.clock(), everything=everything)

    def _load(self) -> bool:
        """Import modules that are not imported yet, and report items without a job."""
        with self._one_import:
            failed = {} if self.hooks.complete else self.hooks.load()
            for name, failure in failed.items():
                self.figures.count("failures", name)
                self._tell_once(name, repr(failure))
            if self.hooks.complete:
                self._guard.run("queue", self._tell_of_unknown, put_off=False)
        return True

    def _tell_of_unknown(self) -> bool:
        """Report items that this version has no job for; they are kept."""
        now = self.clock()
        kinds = {depth.kind for depth in self.store.call(lambda tx: depths(tx, now))}
        for kind in sorted(kinds - self.hooks.jobs.keys()):
            self._tell_once("queue", f"items of the unknown job `{kind}` are waiting")
        return True

    def _tell_once(self, name: str, cause: str) -> None:
        """Report the problems that every look finds again."""
        if len(self._told) >= _MOST_TOLD:
            self._told.clear()
        if (name, cause) not in self._told:
            self._told.add((name, cause))
            self._guard.tell(name, cause)

    def _start(self) -> None:
        """Fill the free threads."""
        while (job := self._turns.next()) is not None:
            self._running[self._thread(job.name, partial(self._run, job))] = job

    def _thread(self, name: str, work: Callable[[], T]) -> "asyncio.Task[T]":
        """Begin work on a thread."""
        task = asyncio.ensure_future(on_thread(name, work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def _some_end(self, *also: "asyncio.Future[None]", seconds: float | None = None) -> None:
        """Wait until a job or something else has ended, or some seconds are over."""
        waiting: set[asyncio.Future[Any]] = {*self._running, *also}
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in [task for task in self._running if task.done()]:
            job, ended = self._running.pop(task), task.result()
            self._turns.ended(job, due=ended.due, more=ended.more)

    def _run(self, job: Job) -> _Ended:
        """Run a job once, or on one item; raises nothing."""
        bench = self._bench(job.name, job.rows)
        if isinstance(job, Periodic):
            self._guard.run(job.name, partial(_done, partial(job.run, bench)))
            due = max(self.clock() + job.every, self._guard.not_before(job.name))
            return _Ended(due=due, more=False)
        taken = self._guard.run("queue", lambda: self._take(job, bench), put_off=False)
        if not isinstance(taken, Claim):
            return _Ended(due=taken or None, more=False)
        work = partial(carry_out, job, bench, taken, self.figures)
        self._guard.run(job.name, partial(_done, work), put_off=False)
        return _Ended(due=None, more=True)

    def _take(self, job: PerItem, bench: Bench) -> Claim | float:
        """Claim an item; if there is none, return when the next can be claimed, 0 for never."""
        # Threads of one process need not find out from the database that they want the same item.
        with self._one_claim:
            taken = take(job, bench)
        if taken is not None:
            return taken
        return bench.transact(lambda tx: next_due(tx, job.name)) or 0.0

    def _bench(self, name: str, rows: int) -> Bench:
        return Bench(
            call=self.store.call,
            clock=self.clock,
            platform=self.platform,
            job=name,
            rows=rows,
            over_budget=self._over_budget,
            passed_over=self._passed_over,
        )

    def _over_budget(self, name: str, rows: int) -> None:
        self.figures.over_budget(name, rows)
        self._guard.tell(name, f"one transaction wrote {rows} rows")

    def _passed_over(self, name: str, cause: str) -> None:
        self.figures.count("passed_over", name)
        self._tell_once(name, cause)


def _done(work: Callable[[], None]) -> bool:
    work()
    return True
