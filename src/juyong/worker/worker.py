"""The worker: a round of housekeeping every minute, or when a call asks for one, in each server.

Every job is one transaction and harmless to repeat, so several servers on one database may each run
their rounds; of two simultaneous ones the database lets one do the work.
"""

import asyncio
import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from juyong.api.bench import Bench
from juyong.api.context import Platform
from juyong.base.chance import spread
from juyong.base.clock import Clock, Instant
from juyong.services.actiontrail.facade import Sealed, SealHead, holds, seal_events
from juyong.store.errors import StoreError
from juyong.store.executor import Executor
from juyong.store.nonces import forget_nonces
from juyong.store.transaction import Transaction
from juyong.worker.bell import Bell
from juyong.worker.hooks import Sweep, Work, jobs, sweeps

PERIOD_SECONDS = 60.0
_FIRST_SECONDS = 5.0
_JITTER = 0.25
Report = Callable[[str, str], None]
"""Hears of a job that failed: its name, and why."""


class Anchor(Protocol):
    """Remembers the head of the audit chain where the database's writers cannot reach it."""

    def remembered(self) -> SealHead | None:
        """Return the head remembered, if any."""
        ...

    def remember(self, head: SealHead | None) -> None:
        """Remember a newer head."""
        ...


@dataclass(frozen=True, slots=True)
class Worker:
    """Forgets expired nonces, runs the services' sweeps and jobs, seals settled events.

    platform: Given to the jobs; its key `audit` seals events.
    anchor: Where the head of the audit chain goes, if anywhere.
    bell: Heard between rounds.
    """

    store: Executor
    platform: Platform
    clock: Clock
    report: Report
    anchor: Anchor | None = None
    bell: Bell = field(default_factory=Bell)
    period_seconds: float = PERIOD_SECONDS

    async def run(self) -> None:
        """Work until cancelled; the first round comes early, for what a killed server left."""
        pause = min(_FIRST_SECONDS, self.period_seconds)
        while True:
            # Servers that were started together spread out.
            await self.bell.wait(pause * spread(1 - _JITTER, 1 + _JITTER))
            await self.round()
            pause = self.period_seconds

    async def round(self) -> None:
        """Do everything once; a job the store refuses is reported and does not stop the others."""
        # Statements beyond whole rows need it, and calls need not wait for its import.
        await asyncio.to_thread(importlib.import_module, "juyong.store.core")
        for name, sweep in {"store.nonces": forget_nonces, **sweeps()}.items():
            await self._sweep(name, sweep)
        for name, work in jobs().items():
            await self._job(name, work)
        try:
            while await self._seal():
                pass
        except (StoreError, OSError) as failure:
            self.report("seals", repr(failure))

    async def _sweep(self, name: str, job: Sweep) -> None:
        now = self.clock()
        try:
            await self.store.run(lambda tx: job(tx, now))
        except StoreError as failure:
            self.report(name, repr(failure))

    async def _job(self, name: str, work: Work) -> None:
        bench = Bench(call=self.store.call, clock=self.clock, platform=self.platform)
        try:
            await asyncio.to_thread(work, bench)
        except Exception as failure:  # noqa: BLE001  # one job's failure must not stop the others
            self.report(name, repr(failure))

    async def _seal(self) -> bool:
        """Seal some events and remember the head outside; True when more are waiting.

        A chain that lost what was remembered is left for a person to see: remembering its new
        head would hide the loss.
        """
        now, anchor = self.clock(), self.anchor
        known = await asyncio.to_thread(anchor.remembered) if anchor else None
        # What was answered before is sealed before: a block covers the reads of its time as well.
        await asyncio.to_thread(self.store.settle)
        sealed, whole = await self.store.run(lambda tx: self._seal_once(tx, now, known))
        if not whole:
            self.report("seals", "the audit log no longer holds its newest known block")
        elif anchor is not None and sealed.head is not None:
            await asyncio.to_thread(anchor.remember, sealed.head)
        return sealed.more

    def _seal_once(
        self, tx: Transaction, now: Instant, known: SealHead | None
    ) -> tuple[Sealed, bool]:
        whole = known is None or holds(tx, known)
        return seal_events(tx, self.platform.keys["audit"], now), whole
