"""A proxy in this process, before a backend that records what reaches the backend."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h11
import msgspec
import uvloop

from juyong.engines.inspect.bodies.multipart import FormReader
from juyong.engines.inspect.bodies.parsed import Parsed
from juyong.engines.inspect.bodies.read import form_reader
from juyong.engines.inspect.http import Request, Response
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.rules import Phase
from juyong.engines.inspect.verdict import Engine, Hit, Report, Verdict
from juyong.waf.counters import Counters, Figure
from juyong.waf.doors import Door
from juyong.waf.log import Log
from juyong.waf.plane import Plane
from juyong.waf.site import Site, Times
from juyong.waf.tls import Contexts

MARKER = b"attack"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Marked:
    """An inspection that blocks what holds the marker."""

    def __init__(self, engine: "MarkerEngine", request: Request) -> None:
        self._engine, self._request = engine, request
        self.reads_request_body = engine.reads
        self.reads_response_body = engine.reads_answers
        self._hits: tuple[Hit, ...] = ()
        engine.requests.append(request)
        engine.bodies.append(b"")

    def request_head(self) -> Verdict | None:
        if b"explode" in self._request.target:
            raise RuntimeError("secret text of the request")
        lines = [value for _, value in self._request.headers]
        return self._judge(b" ".join([self._request.target, *lines]), Phase.REQUEST_HEAD)

    def request_body(self, body: bytes, *, cut: bool = False) -> Verdict | None:
        self._engine.bodies[-1] = body
        self._engine.cuts.append(cut)
        return self._judge(body, Phase.REQUEST_BODY)

    def form_reader(self) -> FormReader | None:
        return form_reader(self._request, self._engine.limits)

    def request_form(self, form: Parsed) -> Verdict | None:
        said = [*(value for _, value in form.arguments), *(each.filename for each in form.files)]
        self._engine.bodies[-1] = b" ".join(said)
        self._engine.cuts.append(form.cut)
        found = self._judge(self._engine.bodies[-1], Phase.REQUEST_BODY)
        if found is None and form.refusal is not None:
            return Verdict(rule=0, phase=Phase.REQUEST_BODY, status=form.refusal.status)
        return found

    def response_head(self, response: Response) -> Verdict | None:
        lines = [value for _, value in response.headers]
        return self._judge(b" ".join(lines), Phase.RESPONSE_HEAD)

    def response_body(self, body: bytes, *, cut: bool = False) -> Verdict | None:
        self._engine.cuts.append(cut)
        return self._judge(body, Phase.RESPONSE_BODY)

    def end(self) -> Report:
        return Report(hits=self._hits)

    def told(self) -> Report | None:
        """Return the report."""
        return self.end()

    def _judge(self, data: bytes, phase: Phase) -> Verdict | None:
        if MARKER not in data:
            return None
        hit = Hit(
            rule=7, phase=phase, msg="marker", severity=2, tags=("attack-test",),
            variable="ARGS:q" if phase == Phase.REQUEST_HEAD else "REQUEST_BODY", value=data[:20],
        )  # fmt: skip
        self._hits += (hit,)
        return Verdict(rule=7, phase=phase, status=403, reason="marker")


class MarkerEngine:
    """An engine for tests of the proxy: one word is an attack."""

    def __init__(
        self, *, reads: bool = True, reads_answers: bool = False, limits: Limits | None = None
    ) -> None:
        self.reads, self.reads_answers = reads, reads_answers
        self.limits = limits or Limits()
        self.requests: list[Request] = []
        self.bodies: list[bytes] = []
        self.cuts: list[bool] = []

    def inspect(self, request: Request) -> Marked:
        return Marked(self, request)


@dataclass
class Seen:
    """A request as h11 read it at the backend."""

    method: bytes
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""

    def header(self, name: bytes) -> list[bytes]:
        return [value for each, value in self.headers if each == name]


@dataclass
class Backend:
    """A server that answers by a function, and records."""

    answer: Callable[[Seen], bytes | None]
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    faults: list[str] = field(default_factory=list)
    open: set["asyncio.Task[None]"] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.open.add(task)
        h11s = h11.Connection(h11.SERVER)
        seen: Seen | None = None
        try:
            while True:
                event = h11s.next_event()
                if event is h11.NEED_DATA:
                    data = await reader.read(65536)
                    if not data and seen is None:
                        break
                    h11s.receive_data(data)
                elif isinstance(event, h11.Request):
                    seen = Seen(event.method, event.target, list(event.headers))
                elif isinstance(event, h11.Data) and seen is not None:
                    seen.body += bytes(event.data)
                elif isinstance(event, h11.EndOfMessage) and seen is not None:
                    self.seen.append(seen)
                    said = self.answer(seen)
                    if said is None:
                        break
                    writer.write(said)
                    await writer.drain()
                    h11s = h11.Connection(h11.SERVER)
                    seen = None
                else:
                    break
        except h11.RemoteProtocolError as fault:
            self.faults.append(str(fault))
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def backend(answer: Callable[[Seen], bytes | None] = lambda _: OK) -> AsyncIterator[Backend]:
    """Serve a recording backend."""
    made = Backend(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await asyncio.wait(made.open, timeout=5) if made.open else None


@dataclass
class Proxy:
    """A running proxy."""

    plane: Plane
    port: int
    log: Path | None

    def rows(self) -> list[dict[str, Any]]:
        assert self.log is not None
        return [msgspec.json.decode(line) for line in self.log.read_bytes().splitlines()]

    def figure(self, figure: Figure) -> int:
        return self.plane.counters.figures[figure]


@asynccontextmanager
async def proxy(
    *backends: str | int, engine: Engine | None = None, log: Path | None = None, **settings: Any
) -> AsyncIterator[Proxy]:
    """Protect backends, given by URLs or by ports of this machine."""
    urls = tuple(f"http://127.0.0.1:{each}" if isinstance(each, int) else each for each in backends)
    site = Site(backends=urls, **settings)
    counters = Counters()
    lines = None if log is None else Log(log, most_bytes=1 << 20, kept=2, counters=counters)
    plane = Plane(site, engine, log=lines, counters=counters)
    for each in plane.backends.all:
        await each.resolve(site.own_ports)
    listener = socket.create_server(("127.0.0.1", 0))
    door = Door(plane, listener, Contexts(site) if site.certificates else None)
    door.open()
    plane.start()
    try:
        yield Proxy(plane, listener.getsockname()[1], log)
    finally:
        door.close()
        listener.close()
        await plane.stop(0)


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test on the loop that serves."""

    async def bounded() -> None:
        async with asyncio.timeout(25):
            await work()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(bounded())


QUICK = Times(head=0.2, body_idle=0.2, response=0.2, idle=0.2, linger=0.1)


async def say(port: int, *parts: bytes, half_close: bool = False) -> bytes:
    """Send bytes, and return all that comes until the other end closes or says nothing more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await asyncio.sleep(0)
    if half_close:
        writer.write_eof()
    got = b""
    try:
        async with asyncio.timeout(5):
            while data := await reader.read(65536):
                got += data
    except ConnectionError:
        pass
    finally:
        writer.close()
    return got


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def asked(first: bytes = b"GET / HTTP/1.1", *lines: bytes, body: bytes = b"") -> bytes:
    """Write a request after which the connection ends."""
    head = (first, b"Host: x", b"Connection: close", *lines)
    return b"".join(line + b"\r\n" for line in head) + b"\r\n" + body
