"""A worker with a clock to turn, hooks to choose and ears for its complaints."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests import waiting
from tests.unit.app.state.conftest import NOW
from tests.unit.worker.conftest import KEY, platform_with

from juyong.api.bench import Bench as JobBench
from juyong.api.job import Job
from juyong.audit.seals import SealHead
from juyong.base.clock import Instant
from juyong.store import queue
from juyong.store.executor import Executor
from juyong.store.queue import QueueRow
from juyong.worker.figures import Figures
from juyong.worker.hooks import Hooks, Sweep
from juyong.worker.worker import Worker

PATIENCE = 20.0


class Given(Hooks):
    """Hooks that a test chooses."""

    def __init__(self, *jobs: Job, **sweeps: Sweep) -> None:
        super().__init__()
        self.jobs = {job.name: job for job in jobs}
        self.sweeps = dict(sweeps)

    def load(self) -> dict[str, BaseException]:
        self.complete = True
        return {}


@dataclass
class Bench:
    store: Executor
    now: int = NOW
    head: bytes | None = None
    key: str = ""
    heard: list[tuple[str, str]] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)

    def clock(self) -> Instant:
        return Instant(self.now)

    def worker(self, *jobs: Job, **more: Any) -> Worker:
        more.setdefault("hooks", Given(*jobs, **more.pop("sweeps", {})))
        return Worker(
            self.store,
            platform_with(KEY),
            self.clock,
            lambda name, cause: self.heard.append((name, cause)),
            anchor=self,
            figures=self.figures,
            **more,
        )

    def remembered(self) -> bytes | None:
        return self.head

    def remember(self, note: bytes, key: str) -> None:
        self.head, self.key = note, key

    def seal_head(self) -> SealHead | None:
        return None

    def round(self, *jobs: Job, **more: Any) -> None:
        asyncio.run(self.worker(*jobs, **more).round())

    def while_working(self, worker: Worker, until: Callable[[], bool]) -> None:
        """Let a worker run until something is so."""

        async def run() -> None:
            task = asyncio.create_task(worker.run())

            def happened() -> bool:
                assert not task.done(), task
                return until()

            try:
                await waiting.until(happened, PATIENCE)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

        asyncio.run(run())

    def put(self, kind: str, key: str = "a", **more: Any) -> None:
        self.store.call(lambda tx: queue.put(tx, kind, key, now=self.clock(), **more))

    def row(self, kind: str, key: str = "a") -> QueueRow | None:
        return self.store.call(lambda tx: tx.get(QueueRow, kind, key))

    def job_bench(self) -> JobBench:
        return JobBench(call=self.store.call, clock=self.clock, platform=platform_with(KEY))


class Latch:
    """Jobs stop here until a test opens it."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._lock = threading.Lock()
        self.waiting = 0

    def pass_through(self) -> None:
        with self._lock:
            self.waiting += 1
        assert self._open.wait(PATIENCE)

    def open(self) -> None:
        self._open.set()
