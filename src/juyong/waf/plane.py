"""The state that the connections of one worker share."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from juyong.base.clock import system_milliseconds
from juyong.engines.inspect.verdict import Engine, Report
from juyong.waf.backends.pool import Backends
from juyong.waf.bodies import INLINE_BYTES
from juyong.waf.counters import Counters, Figure
from juyong.waf.log import Log
from juyong.waf.peers import Peers
from juyong.waf.plain_line import line_of
from juyong.waf.record import Record
from juyong.waf.shares import Shares, holder_of
from juyong.waf.site import Site

T = TypeVar("T")
_THREADS = 2
_FAREWELL_SECONDS = 0.02
# PERF: a plain number is a faster place than a member of an enumeration.
_REQUESTS, _BYTES_IN, _BYTES_OUT = map(int, (Figure.REQUESTS, Figure.BYTES_IN, Figure.BYTES_OUT))


class Connection(Protocol):
    """A connection of a client."""

    def tick(self, now: float) -> None:
        """Look at the deadlines, once a second; now: On the loop's clock."""

    def shutdown(self) -> None:
        """Close after the request under way."""

    def leave(self) -> None:
        """End at once."""


class Plane:
    """Site, rules, backends, log and figures of one worker.

    PERF: the time is read once a second. No deadline here needs more, and no request sets a timer.

    engine: The rules; None passes all. A reload puts another engine here, and requests under way
        keep the old one.
    in_memory: Bytes of bodies that wait for a verdict in memory; on_disk: Likewise on the disk.
    streams: Of HTTP/2. waiting: Bytes in them that the other end has not taken.
    own_ports: Ports of this machine that no backend may have.
    at_once: Bytes of a body that are judged whole, and without a thread.
    """

    def __init__(
        self,
        site: Site,
        engine: Engine | None,
        *,
        log: Log | None = None,
        counters: Counters | None = None,
    ) -> None:
        self.site, self.engine = site, engine
        self.peers = Peers(site)
        self.own_ports = site.own_ports
        self.backends = Backends(site)
        self.log = log
        self.counters = counters or Counters()
        self.connections: set[Connection] = set()
        # From requests that went straight through in this turn: lines of the log, bytes of answers.
        self._lines: list[bytes] = []
        self._sent = 0
        self.in_memory = Shares(site.held_bytes, site.held_bytes_of_client)
        self.on_disk = Shares(site.spooled_bytes, site.spooled_bytes_of_client)
        self.streams = Shares(site.streams, site.streams_of_client)
        self.waiting = Shares(site.waiting_bytes, site.waiting_bytes_of_client)
        self.of_peer: dict[str, int] = {}
        self.at_once = min(INLINE_BYTES, site.limits.response_body)
        self.now = asyncio.get_running_loop().time()
        self._tasks: set[asyncio.Task[None]] = set()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="judge")
        self._long = ThreadPoolExecutor(1, thread_name_prefix="judge-long")
        self._tick: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look at deadlines."""
        loop = asyncio.get_running_loop()
        self.now = loop.time()
        self._tick = loop.call_later(self.site.times.look, self._ticked)

    def _ticked(self) -> None:
        self.start()
        self.backends.tick(self.now)
        for each in tuple(self.connections):
            each.tick(self.now)
        if self.log is not None:
            self.log.tick()

    async def stop(self, grace_seconds: float) -> None:
        """Let requests under way finish, then end what is left."""
        for each in tuple(self.connections):
            each.shutdown()
        loop = asyncio.get_running_loop()
        ends = loop.time() + grace_seconds
        # The set gives no notice when the last connection leaves.
        while self.connections and loop.time() < ends:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        for each in tuple(self.connections):
            each.leave()
        # Each of them then writes its line of the log.
        await asyncio.sleep(_FAREWELL_SECONDS if self.connections else 0)
        if self._tick is not None:
            self._tick.cancel()
        for task in self._tasks:
            task.cancel()
        self.backends.close()
        for threads in (self._threads, self._long):
            threads.shutdown(wait=False, cancel_futures=True)
        self._tell_passed()
        if self.log is not None:
            self.log.close()

    def task(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Run work in a task that is kept until its end."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @property
    def held(self) -> int:
        """Bytes of bodies that wait for a verdict in memory."""
        return self.in_memory.size

    @property
    def spooled(self) -> int:
        """Bytes of bodies that wait for a verdict on the disk."""
        return self.on_disk.size

    def holder_of(self, client: str) -> str:
        """Return the holder that a client counts as; empty for a proxy that many come through."""
        return "" if self.peers.trusts(client) else holder_of(client)

    def on_thread(
        self, work: Callable[[], T], then: Callable[[T], None], *, long: bool = False
    ) -> None:
        """Run work that raises nothing on a thread, then go on here with what work returned.

        long: Whether the work may take more than a twentieth of a second. SECURITY: one such work
            runs at a time, so that it neither holds up short ones nor piles up memory.
        """
        threads = self._long if long else self._threads
        future = asyncio.get_running_loop().run_in_executor(threads, work)
        future.add_done_callback(lambda done: None if done.cancelled() else then(done.result()))

    def passed(self, sent: int, line: bytes) -> None:
        """Count a request that went straight through, and write its line of the log.

        PERF: what `finished` comes to for the record of such a request, for all of a turn at once.
        sent: Bytes of the answer's body.
        """
        if not self._lines:
            asyncio.get_running_loop().call_soon(self._turn_ends)
        self._lines.append(line)
        self._sent += sent

    def _turn_ends(self) -> None:
        self._tell_passed()
        if self.log is not None:
            self.log.flush()

    def _tell_passed(self) -> None:
        lines, sent = self._lines, self._sent
        self._lines, self._sent = [], 0
        figures = self.counters.figures
        figures[_REQUESTS] += len(lines)
        figures[_BYTES_OUT] += sent
        if self.log is not None and lines:
            self.log.write(b"".join(lines))

    def finished(self, record: Record, report: Report | None, *, ended: int | None = None) -> None:
        """Count a request, and write its line of the log; ended: In milliseconds, if not now."""
        if self._lines:
            # Lines stand in the order in which requests ended.
            self._tell_passed()
        counters = self.counters
        figures = counters.figures
        figures[_REQUESTS] += 1
        figures[_BYTES_IN] += record.received
        figures[_BYTES_OUT] += record.sent
        if record.verdict is not None:
            # The rule 0 with a status of the server's is an engine that failed.
            failed = record.verdict.rule == 0 and record.verdict.status >= 500  # noqa: PLR2004
            counters.add(Figure.ENGINE_FAILURES if failed else Figure.BLOCKED)
        elif record.refused:
            counters.add(Figure.REFUSED)
        elif report is not None and report.verdict is not None:
            counters.add(Figure.MONITORED)
        if record.backend_fault:
            counters.add(Figure.BACKEND_FAILURES)
        if self.log is not None:
            ended = system_milliseconds() if ended is None else ended
            self.log.write(line_of(record, report, ended=ended))
