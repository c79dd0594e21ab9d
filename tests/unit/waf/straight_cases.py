"""Exchanges over one connection of a client, drawn at random: what is said, and what came of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from tests.unit.waf.proxied import MARKER, MarkerEngine

from juyong.waf import answering, client1, exchange, plane, record, straight
from juyong.waf.backends.link import Link
from juyong.waf.backends.pool import Backend
from juyong.waf.client1 import Client1
from juyong.waf.counters import Counters
from juyong.waf.log import Log
from juyong.waf.plane import Plane
from juyong.waf.site import Site

_REQUESTS = [
    *[b"GET /a?b=c HTTP/1.1\r\nHost: x\r\nUser-Agent: one\r\n\r\n"] * 20,
    b"GET / HTTP/1.1\r\nHost: x:80\r\nA:b\r\nConnection: keep-alive\r\nX-Real-IP: 1.1.1.1\r\n\r\n",
    b'GET /" HTTP/1.1\r\nHost: x\r\nReferer: \xff\r\n\r\n',
    b"GET / HTTP/1.1\r\nHost: x\r\nReferer: a\r\nReferer: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.0\r\n\r\n",
    b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    *[b"GET /?%b HTTP/1.1\r\nHost: x\r\n\r\n" % MARKER] * 4,
]
_ANSWERS = [
    *[b"HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 5\r\n\r\nhello"] * 30,
    b"HTTP/1.1 404 Not Found\r\nContent-Length:  0\r\nConnection: keep-alive\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na",
    b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi",
    b"",
]
_EVENTS = [
    *("full", "drained", "backend full", "backend drained", "later", "late", "gone", "shutdown"),
    *("backend gone", "rules", "rules", "another", "another"),
]


class Wire:
    """A transport that keeps what is written, and tells its protocol of its end."""

    def __init__(self) -> None:
        self.protocol: Any = None
        self.written = b""
        self.closing = False
        self.reads = True

    def get_extra_info(self, name: str) -> Any:
        """Return a name; there is no TLS."""
        names = {"peername": ("127.0.0.1", 40_000), "sockname": ("127.0.0.1", 8080)}
        return names.get(name)

    def write(self, data: bytes) -> None:
        """Take bytes."""
        self.written += data

    def is_closing(self) -> bool:
        """Tell whether the connection ends."""
        return self.closing

    def close(self) -> None:
        """End."""
        if not self.closing:
            self.closing = True
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    abort = close

    def can_write_eof(self) -> bool:
        """Tell that one side alone may end."""
        return True

    def write_eof(self) -> None:
        """End one side."""

    def pause_reading(self) -> None:
        """Read no more."""
        self.reads = False

    def resume_reading(self) -> None:
        """Read on."""
        self.reads = True

    def get_write_buffer_size(self) -> int:
        """Tell that all was taken."""
        return 0


@dataclass
class Fate:
    """What came of a case: bytes on all wires, the log, figures, and ends."""

    client: bytes = b""
    backends: list[bytes] = field(default_factory=list)
    ends: list[bool] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    figures: list[int] = field(default_factory=list)


class Case:
    """One connection and its backend; all that is drawn comes from a seed.

    straight: Whether requests may go straight through.
    """

    def __init__(self, seed: int, folder: Path, *, may: bool) -> None:
        self._draw = Random(seed)  # noqa: S311  # cases, no secrets
        self._folder, self._may = folder, may
        self._now_ms = 1_780_000_000_000
        self._wires: list[Wire] = []

    async def run(self, patch: pytest.MonkeyPatch) -> Fate:
        """Say all, and return what came of it."""
        self._settle_clock(patch)
        log = self._folder / f"log{self._may}"
        counters = Counters()
        lines = Log(log, most_bytes=1 << 20, kept=1, counters=counters)
        backends = ("http://127.0.0.1:1", "http://127.0.0.1:2")[: self._draw.choice([1, 1, 2])]
        self._plane = Plane(Site(backends=backends), None, log=lines, counters=counters)
        self._client, self._wire = Client1(self._plane), Wire()
        self._wire.protocol = self._client
        self._client.connection_made(self._wire)
        for backend in self._plane.backends.all:
            backend.idle(await backend.connect())
        for _ in range(self._draw.randrange(1, 12)):
            await self._ask()
        self._wire.close()
        await self._turns()
        await self._plane.stop(0)
        rows = [msgspec.json.decode(line) for line in log.read_bytes().splitlines()]
        log.unlink()
        ends = [self._wire.closing, *(each.closing for each in self._wires)]
        sent = [each.written for each in self._wires]
        return Fate(self._wire.written, sent, ends, rows, list(counters.figures))

    def _settle_clock(self, patch: pytest.MonkeyPatch) -> None:
        """Have the clock stand, all ids be one, and connections lead to wires."""
        for module in (answering, exchange, plane, record):
            if hasattr(module, "system_milliseconds"):
                patch.setattr(module, "system_milliseconds", lambda: self._now_ms)
        patch.setattr(straight, "system_nanoseconds", lambda: self._now_ms * 1_000_000 + 999)
        for each in (answering, record, straight):
            patch.setattr(each, "new_trace_id", lambda: "1f" * 16)
        if not self._may:
            patch.setattr(client1, "native_reader", lambda: None)

        async def connect(backend: Backend) -> Link:
            await asyncio.sleep(0)
            link, wire = Link(backend), Wire()
            wire.protocol = link
            link.connection_made(wire)
            backend.open += 1
            self._wires.append(wire)
            return link

        patch.setattr(Backend, "connect", connect)

    async def _turns(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def _ask(self) -> None:
        draw = self._draw
        self._say(draw.choice(_REQUESTS) * draw.choice([1, 1, 1, 2]), self._client, self._wire)
        await self._turns()
        self._now_ms += draw.randrange(3)
        if draw.random() < 0.15:
            self._happen(draw.choice(_EVENTS))
            await self._turns()
        for _ in range(2):
            waiting = [each for each in self._wires if self._asked(each)]
            for wire in waiting:
                said = draw.choice(_ANSWERS)
                self._say(said, wire.protocol, wire)
                if not said.endswith(b"hello") and draw.random() < 0.3:
                    wire.close()
                await self._turns()

    def _asked(self, wire: Wire) -> bool:
        """Tell whether a request is under way on a link."""
        link = wire.protocol
        return not wire.closing and (link.exchange is not None or link.straight is not None)

    def _say(self, data: bytes, to: Any, wire: Wire) -> None:
        """Say bytes in one piece or two."""
        at = self._draw.randrange(len(data)) if data and self._draw.random() < 0.2 else 0
        for piece in (data[:at], data[at:]):
            if piece and not wire.closing:
                to.data_received(piece)

    def _happen(self, event: str) -> None:
        client, links = self._client, [each.protocol for each in self._wires if not each.closing]
        wait = self._plane.site.times.response
        events: dict[str, Callable[[], object]] = {
            "full": client.pause_writing,
            "drained": client.resume_writing,
            "backend full": lambda: [each.pause_writing() for each in links],
            "backend drained": lambda: [each.resume_writing() for each in links],
            "backend gone": lambda: [each.transport.close() for each in links],
            "later": lambda: client.tick(self._plane.now + wait / 2),
            "late": lambda: client.tick(self._plane.now + wait),
            "gone": self._wire.close,
            "shutdown": client.shutdown,
            "another": lambda: self._say(_REQUESTS[0], client, self._wire),
            "rules": self._reload,
        }
        events[event]()

    def _reload(self) -> None:
        """Put rules in place, or away; requests under way keep what was there."""
        self._plane.engine = None if self._plane.engine else MarkerEngine()


def fate_of(seed: int, folder: Path, *, may: bool) -> Fate:
    """Return what comes of a case."""
    with pytest.MonkeyPatch.context() as patch:
        return asyncio.run(Case(seed, folder, may=may).run(patch))
