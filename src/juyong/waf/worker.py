"""One worker of a site: a process that accepts, judges and passes on.

Run by the supervisor as a program of its own, which begins in start.py. The worker reads messages
from its control socket, one JSON document a line, and ends when that socket does.
"""

import asyncio
import ctypes
import gc
import mmap
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from juyong.waf.backends.guard import Guarded
from juyong.waf.backends.probing import Prober
from juyong.waf.counters import Counters, Figure
from juyong.waf.doors import Door
from juyong.waf.log import Log
from juyong.waf.messages import Asked, Told
from juyong.waf.plane import Plane
from juyong.waf.shared_store import Table
from juyong.waf.site import Site
from juyong.waf.tls import BadCertificate, Contexts

if TYPE_CHECKING:
    from juyong.waf.rules import Compiled

_GRACE_SECONDS = 10.0
_COLLECT_AFTER = 20_000
_MOST_MESSAGE = 4 * 1024 * 1024


class Worker:
    """Serves a site on sockets that listen already.

    Args:
        listeners: Bound and listening.
        counters: The figures of this worker.
        stored: The collections that outlive a request, which all workers share.
    """

    def __init__(
        self, listeners: Sequence[socket.socket], counters: Counters, stored: Table
    ) -> None:
        self._listeners, self._counters, self._stored = listeners, counters, stored
        self._plane: Plane | None = None
        self._doors: list[Door] = []
        self._prober: Prober | None = None

    async def apply(self, site: Site) -> Told:
        """Serve a site, or serve it by other rules and certificates; requests under way go on."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(None, _compiled, site, self._stored)
            contexts = Contexts(site) if site.certificates else None
            if self._plane is None:
                await self._begin(site, contexts)
        except (BadCertificate, Guarded, OSError, ValueError) as failure:
            return Told(refused=str(failure))
        plane = self._plane
        assert plane is not None  # noqa: S101
        plane.engine = None if found is None else found.engine
        plane.own_ports = site.own_ports
        for door in self._doors:
            door.contexts = contexts
            door.open()
        self._counters.add(Figure.RELOADS)
        leave_the_heap_alone()
        loop.run_in_executor(None, _finish, found)
        return Told()

    async def _begin(self, site: Site, contexts: Contexts | None) -> None:
        lines = None
        if site.log:
            lines = Log(
                Path(site.log),
                most_bytes=site.log_bytes,
                kept=site.logs_kept,
                counters=self._counters,
            )
        plane = Plane(site, None, log=lines, counters=self._counters)
        self._prober = Prober(plane)
        await self._prober.first()
        plane.start()
        self._plane = plane
        self._doors = [Door(plane, each, contexts) for each in self._listeners]

    def keep_from(self, own_ports: tuple[int, ...]) -> None:
        """Note the ports that no backend may have; the next look at the backends judges by them."""
        if self._plane is not None:
            self._plane.own_ports = own_ports

    async def stop(self) -> None:
        """Accept no more, and let requests under way finish."""
        for door in self._doors:
            door.close()
        for door in self._doors:
            await door.settled()
        if self._prober is not None:
            self._prober.stop()
        if self._plane is not None:
            await self._plane.stop(_GRACE_SECONDS)


def leave_the_heap_alone() -> None:
    """Keep the garbage collector off compiled rules, which live as long as the worker.

    PERF: a start, during which the collector is off, leaves next to no garbage.
    """
    if gc.isenabled():
        gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    gc.enable()


def _finish(found: "Compiled | None") -> None:
    """Make what waits, and return freed memory to the system where the C library can.

    Compiling leaves megabytes.
    """
    if found is not None:
        found.prepare()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _compiled(site: Site, stored: Table) -> "Compiled | None":
    """Compile the rules of a site; imports the engine late, since a bare proxy needs none."""
    if site.rules is None:
        return None
    from juyong.waf.rules import compiled  # noqa: PLC0415

    plans = Path(site.plans) if site.plans else None
    return compiled(
        site.rules, detect_only=site.detect_only, limits=site.limits, plans=plans, stored=stored
    )


async def serve(control: socket.socket, worker: Worker) -> None:
    """Do as the messages say until the control socket ends."""
    reader, writer = await asyncio.open_unix_connection(sock=control, limit=_MOST_MESSAGE)
    loop = asyncio.get_running_loop()
    # The supervisor tells when to stop; a terminal's signals reach the whole group of processes.
    for name in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        loop.add_signal_handler(name, lambda: None)
    while line := await _next_line(reader):
        asked = msgspec.json.decode(line, type=Asked)
        if asked.site is None:
            worker.keep_from(asked.own_ports)
            told = Told()
        else:
            told = await worker.apply(asked.site)
        writer.write(msgspec.json.encode(told) + b"\n")
    await worker.stop()
    writer.close()


async def _next_line(reader: asyncio.StreamReader) -> bytes:
    """Return the next message; empty where the supervisor has closed, or is gone half way."""
    try:
        return await reader.readline()
    except ConnectionError:
        return b""


def main() -> None:
    """Run a worker.

    Arguments are the control socket, the figures, the stored collections, the row of the figures,
    the log, and listening sockets: all but the row are descriptors.
    """
    control, memory, stored, row, errors, *listening = map(int, sys.argv[1:])
    os.dup2(errors, 2)
    counters = Counters(mmap.mmap(memory, 0), row)
    counters.figures[Figure.OPEN] = 0
    listeners = [socket.socket(fileno=each) for each in listening]
    with asyncio.Runner(loop_factory=_loop) as runner:
        worker = Worker(listeners, counters, Table(stored))
        runner.run(serve(socket.socket(fileno=control), worker))


def _loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415  # absent on some platforms
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
