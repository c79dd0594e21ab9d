"""Slow peers lose their connections, and failing backends are told apart."""

import asyncio
import socket
from contextlib import suppress
from pathlib import Path

import pytest
from tests.unit.waf.proxied import (
    OK,
    MarkerEngine,
    Seen,
    asked,
    backend,
    proxy,
    run,
    say,
    status,
)
from tests.waiting import until

from juyong.waf.client1 import Client1
from juyong.waf.site import Times

QUICK = Times(
    head=0.15, body_idle=0.15, slowest=1000, response=0.2, idle=0.2, linger=0.1, look=0.02
)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"", 0),
        (b"GET / HTTP/1.1\r\nHost", 408),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", 408),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 408),
    ],
)
def test_a_silent_client(sent: bytes, expected: int) -> None:
    async def work() -> None:
        async with backend() as site:
            for engine in (None, MarkerEngine()):
                async with proxy(site.port, engine=engine, times=QUICK) as front:
                    assert status(await say(front.port, sent)) == expected
            assert site.seen == []

    run(work)


def test_a_client_that_drips() -> None:
    async def work() -> None:
        async with backend() as site, proxy(site.port, times=QUICK) as front:
            for head in (b"", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n"):
                reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
                writer.write(head or b"GET / HTTP/1.1\r\n")
                read = asyncio.get_running_loop().create_task(reader.read())
                while not read.done():
                    writer.write(b"a" if head else b"a: b\r\n")
                    await asyncio.wait({read}, timeout=0.02)
                assert status(read.result()) == 408
                writer.close()

    run(work)


def test_an_idle_connection_is_closed() -> None:
    async def work() -> None:
        async with backend() as site, proxy(site.port, times=QUICK) as front:
            got = await say(front.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert status(got) == 200
            assert got.endswith(b"hello")

    run(work)


def test_a_head_too_long() -> None:
    async def work() -> None:
        async with backend() as site, proxy(site.port) as front:
            got = await say(front.port, b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"b" * 70_000)
            assert status(got) == 431
            got = await say(front.port, asked(b"GET / HTTP/2.0"))
            assert status(got) == 505
            got = await say(front.port, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            assert status(got) == 505
            assert site.connections == 0

    run(work)


def test_a_backend_that_says_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        log = tmp_path / "access.log"
        async with proxy(port, times=QUICK, log=log) as front:
            assert status(await say(front.port, asked())) == 504
            assert front.rows()[0]["refused"] == "slow_backend"
        server.close()

    run(work)


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_backend_that_is_down_is_passed_over() -> None:
    async def work() -> None:
        down = _closed_port()
        async with backend() as site:
            async with proxy(down, site.port, engine=MarkerEngine()) as front:
                for _ in range(6):
                    post = asked(b"POST / HTTP/1.1", b"Content-Length: 3", body=b"abc")
                    assert status(await say(front.port, post)) == 200
            assert len(site.seen) == 6
        async with proxy(down) as front:
            assert status(await say(front.port, asked())) == 502

    run(work)


def test_backends_take_turns() -> None:
    async def work() -> None:
        async with backend() as one, backend() as other, proxy(one.port, other.port) as front:
            for _ in range(6):
                assert status(await say(front.port, asked())) == 200
            assert (len(one.seen), len(other.seen)) == (3, 3)

    run(work)


def test_a_stale_connection_is_replaced_where_that_does_no_harm() -> None:
    async def work() -> None:
        answers = iter([OK, None, OK, OK, None, OK])

        def answer(_: Seen) -> bytes | None:
            return next(answers)

        async with backend(answer) as site, proxy(site.port, engine=MarkerEngine()) as front:
            assert status(await say(front.port, asked())) == 200
            # The backend closes the connection that waited, and reads the request on a new one.
            assert status(await say(front.port, asked())) == 200
            assert status(await say(front.port, asked())) == 200
            post = asked(b"POST / HTTP/1.1", b"Content-Length: 3", body=b"abc")
            assert status(await say(front.port, post)) == 502
            assert len(site.seen) == 5

    run(work)


def test_a_client_that_leaves_frees_the_backend(tmp_path: Path) -> None:
    async def work() -> None:
        came, gone = asyncio.Event(), asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            came.set()
            with suppress(ConnectionError):
                await reader.read()
            gone.set()
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        log = tmp_path / "access.log"
        async with proxy(port, log=log) as front:
            _, writer = await asyncio.open_connection("127.0.0.1", front.port)
            writer.write(asked())
            await came.wait()
            writer.transport.abort()
            async with asyncio.timeout(5):
                await gone.wait()
            assert front.rows()[0]["status"] == "499"
        server.close()

    run(work)


@pytest.mark.parametrize(
    "parts",
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",),
        (b"GET / HTTP/1.1\nHost: x\n\n",),
        (b"GET / HTTP/1.1\r\nHost: x\n",),
        (b"G", b"ET / HTTP/1.1", b"\n"),
        (b"\r\n", b"\n"),
        (b"\0",),
    ],
)
def test_bytes_that_begin_no_request_are_refused_before_any_deadline(
    parts: tuple[bytes, ...],
) -> None:
    async def work() -> None:
        async with backend() as site, proxy(site.port) as front:
            assert status(await say(front.port, *parts)) == 400
            assert site.seen == []

    run(work)


def test_a_head_passes_however_its_line_ends_are_cut() -> None:
    async def work() -> None:
        async with backend() as site, proxy(site.port) as front:
            reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
            await until(lambda: bool(front.plane.connections))
            (connection,) = front.plane.connections
            assert isinstance(connection, Client1)
            for part in (b"\r", b"\nGET / HTTP/1.1\r", b"\nHost: x\r", b"\n\r", b"\n"):
                connection.data_received(part)
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            writer.close()

    run(work)


def test_a_backend_that_is_not_reached_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    async def work() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        async with proxy(port) as front:
            for _ in range(4):
                assert status(await say(front.port, asked())) == 502
            (line,) = capsys.readouterr().err.splitlines()
            assert '"event": "backend not reached"' in line
            assert f'"backend": "http://127.0.0.1:{port}"' in line
            assert '"cause": "Connection refused"' in line

    run(work)
