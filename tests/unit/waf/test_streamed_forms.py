"""Forms with files are judged while they arrive, and no byte of one passes before the verdict."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.inspect_native import needs_core
from tests.unit.waf.proxied import MarkerEngine, Proxy, asked, backend, proxy, run, say, status
from tests.unit.waf.test_own_pack_in_the_proxy import own
from tests.waiting import until

from juyong.engines.inspect.limits import Limits
from juyong.waf import spool

_MIB = 1024 * 1024
_BLOCK = bytes(range(256)) * 4096
TYPE = b"Content-Type: multipart/form-data; boundary=xYz"
FIELD = b'--xYz\r\nContent-Disposition: form-data; name="q"\r\n\r\n%b\r\n'
FILE = (
    b'--xYz\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\n'
    b"Content-Type: application/octet-stream\r\n\r\n"
)
END = b"--xYz--\r\n"


def form(size: int, last: bytes = b"tea") -> bytes:
    return FIELD % b"cup" + FILE + b"z" * size + b"\r\n" + FIELD % last + END


def posted(size: int, *lines: bytes, first: bytes = b"POST /up HTTP/1.1") -> bytes:
    return asked(first, TYPE, b"Accept: */*", b"Content-Length: %d" % size, *lines)


class Sink:
    """A backend that counts what comes, and keeps no byte."""

    def __init__(self) -> None:
        self.port = self.size = self.connections = 0
        self.digest = hashlib.sha256()
        self.head = b""
        self.go = asyncio.Event()
        self.go.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.head = await reader.readuntil(b"\r\n\r\n")
        length = int(self.head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        await self.go.wait()
        while self.size < length and (data := await reader.read(_MIB)):
            self.size += len(data)
            self.digest.update(data)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()


@asynccontextmanager
async def sink() -> AsyncIterator[Sink]:
    made = Sink()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    yield made
    server.close()


def parts_of(size: int, last: bytes) -> Iterator[bytes]:
    """Yield a form with a file of some MiB, and a field behind the file."""
    yield FIELD % b"cup" + FILE
    for _ in range(size):
        yield _BLOCK
    yield b"\r\n" + FIELD % last + END


def resident_kib() -> int:
    """Return the memory of this process that is in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


async def upload(front: Proxy, size: int, last: bytes) -> tuple[int, int, Any]:
    """Send a form; return the status, the growth of memory in KiB, and the digest of what went."""
    digest = hashlib.sha256()
    length = sum(map(len, parts_of(0, last))) + size * _MIB
    reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
    writer.write(posted(length))
    before, most = resident_kib(), 0
    for part in parts_of(size, last):
        digest.update(part)
        writer.write(part)
        await writer.drain()
        most = max(most, resident_kib())
    found = status(await reader.read())
    writer.close()
    return found, max(most, resident_kib()) - before, digest.digest()


@pytest.mark.parametrize("native", [pytest.param(True, marks=needs_core), False])
def test_a_hundred_mebibytes_of_a_file_pass_in_little_memory(
    *, native: bool, tmp_path: Path
) -> None:
    async def work() -> None:
        async with (
            sink() as site,
            proxy(
                site.port, engine=own(native=native), spool=str(tmp_path), log=tmp_path / "l"
            ) as front,
        ):
            found, grown, digest = await upload(front, 100, b"tea")
            assert found == 200
            assert site.digest.digest() == digest
            assert b"transfer-encoding" not in site.head.lower()
            assert grown < 20 * 1024
            assert "partial" not in front.rows()[0]
            assert (front.plane.held, front.plane.spooled) == (0, 0)

    run(work)


@pytest.mark.parametrize("native", [pytest.param(True, marks=needs_core), False])
def test_an_attack_behind_a_hundred_mebibytes_is_blocked(*, native: bool, tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            sink() as site,
            proxy(site.port, engine=own(native=native), spool=str(tmp_path)) as front,
        ):
            found, grown, _ = await upload(front, 100, b"1' OR '1'='1' UNION SELECT 1,2 --")
            assert found == 403
            assert site.connections == 0
            assert grown < 20 * 1024
            assert (front.plane.held, front.plane.spooled) == (0, 0)

    run(work)


@pytest.mark.parametrize("size", [10, 20_000, 300_000, 3_000_000])
def test_verdicts_are_the_same_for_short_and_long_forms(size: int) -> None:
    async def work() -> None:
        engine = MarkerEngine()
        async with backend() as site, proxy(site.port, engine=engine) as front:
            for last, wanted in ((b"tea", 200), (b"an attack", 403)):
                body = form(size, last)
                assert status(await say(front.port, posted(len(body)), body)) == wanted
                assert engine.bodies[-1] == b"cup " + last + b" a.bin"
            assert [seen.body for seen in site.seen] == [form(size)]
            assert front.plane.held == front.plane.spooled == 0

    run(work)


def test_a_chunked_form_leaves_with_its_length() -> None:
    async def work() -> None:
        body = form(600_000)
        sent = b"".join(
            b"%x\r\n%b\r\n" % (len(each), each)
            for each in (body[at : at + 50_000] for at in range(0, len(body), 50_000))
        )
        head = asked(b"POST / HTTP/1.1", TYPE, b"Transfer-Encoding: chunked")
        async with backend() as site, proxy(site.port, engine=MarkerEngine()) as front:
            assert status(await say(front.port, head, sent + b"0\r\n\r\n")) == 200
            assert site.seen[0].body == body
            assert site.seen[0].header(b"content-length") == [b"%d" % len(body)]

    run(work)


def test_a_form_beyond_its_limit_is_refused_or_judged_in_part(tmp_path: Path) -> None:
    limits = Limits(form=400_000)

    async def work() -> None:
        for size, last, chunked in ((900_000, b"an attack", False), (900_000, b"tea", True)):
            body = form(size, last)
            head = posted(len(body))
            sent = [body]
            if chunked:
                head = asked(b"POST / HTTP/1.1", TYPE, b"Transfer-Encoding: chunked")
                sent = [b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)]
            settings = {"limits": limits, "spool": str(tmp_path)}
            async with (
                backend() as site,
                proxy(site.port, engine=MarkerEngine(limits=limits), **settings) as front,
            ):
                assert status(await say(front.port, head, *sent)) == 413
                assert site.seen == []
            engine = MarkerEngine(limits=limits)
            async with (
                backend() as site,
                proxy(site.port, engine=engine, oversize="pass", **settings) as front,
            ):
                assert status(await say(front.port, head, *sent)) == 200
                assert site.seen[0].body == body
                assert engine.cuts == [True]
                early = b"--xYz\r\n" + body.replace(b"cup", b"attack")[7:]
                length = b"Content-Length: %d" % len(early)
                got = await say(front.port, asked(b"POST / HTTP/1.1", TYPE, length), early)
                assert status(got) == 403
                assert len(site.seen) == 1

    run(work)


def test_a_form_of_too_many_parts_is_refused_before_all_came(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), spool=str(tmp_path)) as front,
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
            writer.write(posted(100 * _MIB))
            writer.write(FIELD % b"" * 6_000)
            assert status(await reader.readuntil(b"\r\n\r\n")) == 413
            writer.transport.abort()
            assert site.seen == []

    run(work)


def test_forms_that_wait_have_one_bound_on_disk(tmp_path: Path) -> None:
    async def work() -> None:
        held = {"engine": MarkerEngine(), "spooled_bytes": 1_000_000, "spool": str(tmp_path)}
        async with backend() as site, proxy(site.port, **held) as front:  # type: ignore[arg-type]
            _, first = await asyncio.open_connection("127.0.0.1", front.port)
            body = form(700_000)
            first.write(posted(len(body)) + body[:600_000])
            await until(lambda: front.plane.spooled > 262_144)
            assert front.plane.held + front.plane.spooled <= 600_000
            assert status(await say(front.port, posted(len(body)), body)) == 503
            first.transport.abort()
            await until(lambda: not front.plane.spooled)
            assert status(await say(front.port, posted(len(body)), body)) == 200
            assert front.plane.held == front.plane.spooled == 0

    run(work)


def test_a_form_that_the_disk_does_not_take_gets_503(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        body = form(700_000)
        monkeypatch.setattr(spool, "_LEAST_FREE", 1 << 62)
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), spool=str(tmp_path)) as front,
        ):
            assert status(await say(front.port, posted(len(body)), body)) == 503
            assert site.seen == []
            short = form(10_000)
            assert status(await say(front.port, posted(len(short)), short)) == 200

    run(work)


def test_a_slow_backend_makes_the_spool_wait(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            sink() as site,
            proxy(site.port, engine=MarkerEngine(), spool=str(tmp_path)) as front,
        ):
            site.go.clear()
            sent = asyncio.create_task(upload(front, 30, b"tea"))
            await until(lambda: bool(site.connections))
            for _ in range(50):
                await asyncio.sleep(0)
            (one,) = front.plane.connections
            waits = one.exchange.link.transport.get_write_buffer_size()  # type: ignore[attr-defined]
            assert waits < _MIB
            site.go.set()
            found, _, digest = await sent
            assert found == 200
            assert site.digest.digest() == digest

    run(work)


def test_a_client_that_leaves_takes_its_form_along(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), spool=str(tmp_path)) as front,
        ):
            _, writer = await asyncio.open_connection("127.0.0.1", front.port)
            body = form(900_000)
            writer.write(posted(len(body)) + body[:-10])
            await until(lambda: front.plane.spooled > 0)
            writer.transport.abort()
            await until(lambda: not front.plane.connections)
            assert front.plane.held == front.plane.spooled == 0
            assert site.seen == []

    run(work)


def test_an_engine_that_fails_on_a_form_lets_nothing_pass() -> None:
    class Failing(MarkerEngine):
        def inspect(self, request: Any) -> Any:
            made = super().inspect(request)

            def fails(_: object = None) -> Any:
                raise RuntimeError("secret text of the request")

            setattr(made, self.fails, fails)
            return made

    async def work() -> None:
        body = form(300_000)
        for name in ("form_reader", "request_form"):
            for is_open, wanted in ((False, 500), (True, 200)):
                engine = Failing()
                engine.fails = name  # type: ignore[attr-defined]
                async with (
                    backend() as site,
                    proxy(site.port, engine=engine, fail_open=is_open) as front,
                ):
                    assert status(await say(front.port, posted(len(body)), body)) == wanted
                    assert [seen.body for seen in site.seen] == ([body] if is_open else [])

    run(work)
