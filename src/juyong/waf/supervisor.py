"""The process that holds a site's sockets, and the workers that serve them.

The sockets stay open in the supervisor: connections that wait in the kernel outlive a worker that
is killed, and another worker takes them.
"""

import asyncio
import mmap
import os
import signal
import socket
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from functools import partial

import msgspec

from juyong.base import own_process
from juyong.base.chance import backoff
from juyong.base.log import log
from juyong.waf import counters, shared_store
from juyong.waf.messages import Asked, Told
from juyong.waf.site import Site

_BACKLOG = 2_048
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0
_WELL_SECONDS = 10.0
_READY_SECONDS = 60.0
_LOOK_SECONDS = 5.0
_GRACE_SECONDS = 12.0


class NotServed(Exception):
    """A site cannot be served; the text says why."""


class _Hand:
    """A worker's process and the socket to the process."""

    def __init__(self, child: own_process.Child, control: socket.socket) -> None:
        self.child, self.control = child, control
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None
        self.asking = asyncio.Lock()

    async def ask(self, asked: Asked) -> Told:
        """Send a message, and return the answer; one at a time.

        Raises:
            NotServed: the worker ended.
        """
        async with self.asking:
            if self.reader is None or self.writer is None:
                self.reader, self.writer = await asyncio.open_unix_connection(sock=self.control)
            try:
                self.writer.write(msgspec.json.encode(asked) + b"\n")
                await self.writer.drain()
                line = await self.reader.readline()
            except ConnectionError:
                line = b""
            if not line:
                raise NotServed("a worker ended while it was asked")
            return msgspec.json.decode(line, type=Told)


class Supervisor:
    """Holds a site: its sockets, its workers, their figures and what they have stored.

    Args:
        site: The settings.
        listeners: Bound and listening.

    stored: The descriptor of the collections that outlive a request; see shared_store.py.
    """

    def __init__(self, site: Site, listeners: Sequence[socket.socket]) -> None:
        self.site = site
        self._listeners = list(listeners)
        self._file = os.memfd_create("juyong-waf", os.MFD_CLOEXEC)
        os.ftruncate(self._file, counters.size_of(site.workers))
        self.memory = mmap.mmap(self._file, 0)
        self.stored = shared_store.new_file()
        self._hands: dict[int, _Hand] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    @property
    def workers(self) -> list[int]:
        """The process ids of the workers."""
        return [each.child.pid for _, each in sorted(self._hands.items())]

    def figures(self) -> dict[str, int]:
        """Return the sums over all workers."""
        return counters.sums(self.memory, self.site.workers)

    async def start(self) -> None:
        """Start every worker.

        Raises:
            NotServed: a worker refuses the site.
        """
        try:
            await asyncio.gather(*map(self._begin, range(self.site.workers)))
        except BaseException:
            await self.stop()
            raise
        self._tasks = [
            asyncio.get_running_loop().create_task(self._keep(row))
            for row in range(self.site.workers)
        ]

    async def _begin(self, row: int) -> None:
        errors = os.dup(2)
        listening = [each.fileno() for each in self._listeners]
        ours, theirs = socket.socketpair()
        passed = (theirs.fileno(), self._file, self.stored, errors, *listening)
        arguments = (theirs.fileno(), self._file, self.stored, row, errors, *listening)
        try:
            child = own_process.started(
                own_process.python_command("juyong.waf.start", *arguments), passed=passed
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(errors)
        ours.setblocking(False)  # noqa: FBT003
        hand = self._hands[row] = _Hand(child, ours)
        async with asyncio.timeout(_READY_SECONDS):
            told = await hand.ask(Asked(site=self.site))
        if told.refused:
            raise NotServed(told.refused)

    async def _keep(self, row: int) -> None:
        """Replace a worker whenever it ends."""
        loop = asyncio.get_running_loop()
        failures = 0
        while not self._stopping.is_set():
            began = loop.time()
            hand = self._hands[row]
            status = await loop.run_in_executor(None, hand.child.wait)
            if self._stopping.is_set():
                return
            _drop(hand)
            failures = 1 if loop.time() - began > _WELL_SECONDS else failures + 1
            log().error("waf worker ended", row=row, status=status)
            if failures > 1:
                await asyncio.sleep(backoff(failures - 1, _FIRST_PAUSE, _LONGEST_PAUSE))
            try:
                await self._begin(row)
            except (NotServed, OSError) as failure:
                log().error("waf worker not replaced", row=row, cause=str(failure))

    async def apply(self, site: Site) -> str:
        """Have every worker serve by other rules; return why one does not, or an empty text.

        The first worker tries the rules: where it refuses, all go on by the old ones.
        """
        for row in sorted(self._hands):
            try:
                told = await self._hands[row].ask(Asked(site=site))
            except NotServed:
                # A new worker takes the place, and is asked for the newest site.
                continue
            if told.refused:
                return told.refused
            self.site = site
        return ""

    async def keep_from(self, own_ports: Collection[int]) -> None:
        """Tell every worker the ports that no backend may have; see guard.py."""
        ports = tuple(sorted(own_ports))
        if ports == self.site.own_ports:
            return
        self.site = msgspec.structs.replace(self.site, own_ports=ports)
        for hand in list(self._hands.values()):
            with suppress(NotServed):  # a new worker is asked for the newest site
                await hand.ask(Asked(own_ports=ports))

    async def stop(self) -> None:
        """Have the workers finish their requests, then end them."""
        self._stopping.set()
        for hand in self._hands.values():
            if hand.writer is not None:
                hand.writer.close()
            else:
                hand.control.close()
        loop = asyncio.get_running_loop()
        ends = [
            loop.run_in_executor(None, partial(own_process.end, hand.child, _GRACE_SECONDS))
            for hand in self._hands.values()
        ]
        await asyncio.gather(*ends)
        for task in self._tasks:
            task.cancel()
        for each in self._listeners:
            each.close()
        self.memory.close()
        os.close(self._file)
        os.close(self.stored)


def _drop(hand: _Hand) -> None:
    """Forget a worker that ended, with all that it started."""
    own_process.end(hand.child)
    if hand.writer is not None:
        hand.writer.close()
    else:
        hand.control.close()


def listening(host: str, port: int) -> list[socket.socket]:
    """Bind every address of a host to a port; 0 picks a free one.

    Raises:
        NotServed: the host does not resolve, or the port is taken.
    """
    made: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, address in dict.fromkeys(found):
            sock = socket.socket(family, socket.SOCK_STREAM)
            made.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((address[0], port, *address[2:]))
            sock.listen(_BACKLOG)
            port = port or int(sock.getsockname()[1])
    except OSError as failure:
        for sock in made:
            sock.close()
        raise NotServed(
            f"cannot listen on {host}, port {port}: {failure.strerror}; another one: --port"
        ) from None
    return made


async def supervise(
    site: Site,
    listeners: Sequence[socket.socket],
    *,
    ready: Callable[["Supervisor"], None],
    newest: Callable[[], Site],
    own_ports: Callable[[], Collection[int]],
) -> None:
    """Serve a site until SIGINT or SIGTERM.

    Args:
        site: The settings.
        listeners: Bound and listening.
        ready: Called once every worker accepts.
        newest: Returns the settings after SIGHUP.
        own_ports: Returns the ports that juyong listens on now; asked every few seconds.

    Raises:
        NotServed: a worker refuses the site.
    """
    loop = asyncio.get_running_loop()
    stop, again = asyncio.Event(), asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    loop.add_signal_handler(signal.SIGHUP, again.set)
    supervisor = Supervisor(site, listeners)
    await supervisor.start()
    ready(supervisor)
    try:
        while not stop.is_set():
            await _either(stop, again)
            if again.is_set():
                again.clear()
                await _reload(supervisor, newest)
            await supervisor.keep_from(own_ports())
    finally:
        await supervisor.stop()


async def _reload(supervisor: Supervisor, newest: Callable[[], Site]) -> None:
    try:
        refused = await supervisor.apply(newest())
    except (OSError, ValueError) as failure:
        refused = str(failure)
    if refused:
        log().error("waf goes on by the old rules", cause=refused)
        print(f"juyong: the old rules stay: {refused}", file=sys.stderr, flush=True)  # noqa: T201
    else:
        log().info("waf serves by new rules")


async def _either(*events: asyncio.Event) -> None:
    """Wait for an event, or until it is time to look around."""
    tasks = [asyncio.get_running_loop().create_task(each.wait()) for each in events]
    await asyncio.wait(tasks, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
