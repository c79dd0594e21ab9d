"""Long and endless messages pass while they come, in bounded memory."""

import asyncio
import hashlib
import resource
import socket
from typing import Any

from tests.unit.waf.proxied import (
    MARKER,
    MarkerEngine,
    Proxy,
    asked,
    backend,
    proxy,
    run,
    say,
    status,
)
from tests.waiting import until

from juyong.waf.client1 import Client1
from juyong.waf.exchange import Exchange

_MIB = 1024 * 1024


def exchanges(front: Proxy) -> list[Any]:
    """Return the exchanges under way that have a backend."""
    found = [getattr(each, "exchange", None) for each in front.plane.connections]
    return [each for each in found if isinstance(each, Exchange) and each.link is not None]


def test_events_are_flushed_at_once_and_not_held() -> None:
    async def work() -> None:
        go = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            writer.write(head + b"Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n")
            await go.wait()
            writer.write(b"9\r\ndata: 2\n\n\r\n0\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with proxy(port, engine=MarkerEngine(reads_answers=True)) as front:
            reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
            writer.write(asked())
            assert b"data: 1" in await reader.readuntil(b"1\n\n\r\n")
            go.set()
            assert await reader.read() == b"9\r\ndata: 2\n\n\r\n0\r\n\r\n"
            writer.close()
        server.close()

    run(work)


def test_a_web_socket_is_relayed_both_ways() -> None:
    async def work() -> None:
        heads: list[bytes] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            said = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
            writer.write(said + b"Upgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\nhi")
            while data := await reader.read(100):
                writer.write(data.upper())
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        lines = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n"
        async with proxy(port, engine=MarkerEngine()) as front:
            reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
            writer.write(b"GET /chat HTTP/1.1\r\nHost: x\r\n" + lines + b"early ")
            answer = await reader.readuntil(b"\r\n\r\n")
            assert status(answer) == 101
            assert b"Connection: Upgrade\r\nUpgrade: websocket\r\n" in answer
            assert b"Sec-WebSocket-Accept: x" in answer
            got = await reader.readexactly(8)
            assert sorted(got) == sorted(b"hiEARLY ")
            writer.write(b"frame")
            assert await reader.readexactly(5) == b"FRAME"
            writer.close()
            blocked = await say(
                front.port,
                b"GET /attack HTTP/1.1\r\nHost: x\r\n" + lines[:-2] + b"Connection: close\r\n\r\n",
            )
            assert status(blocked) == 403
        assert len(heads) == 1
        assert b"Upgrade: websocket" in heads[0]
        server.close()

    run(work)


def test_h2c_is_not_offered_to_the_backend() -> None:
    async def work() -> None:
        async with backend() as site, proxy(site.port) as front:
            head = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\n"
            got = await say(front.port, head + b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n")
            assert status(got) == 200
            names = [name for name, _ in site.seen[0].headers]
            assert not {b"upgrade", b"http2-settings", b"connection"} & set(names)

    run(work)


def test_a_hundred_mebibytes_go_up_in_little_memory() -> None:
    async def work() -> None:
        digest, size = hashlib.sha256(), 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal size
            await reader.readuntil(b"\r\n\r\n")
            while size < 100 * _MIB:
                data = await reader.read(256 * 1024)
                size += len(data)
                digest.update(data)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        block = bytes(range(256)) * 4096
        async with proxy(port, engine=MarkerEngine()) as front:
            reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
            lines = (
                b"Content-Length: %d" % (100 * _MIB),
                b"Content-Type: application/octet-stream",
            )
            writer.write(asked(b"PUT /big HTTP/1.1", *lines))
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            for _ in range(100):
                writer.write(block)
                await writer.drain()
            assert status(await reader.read()) == 200
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            writer.close()
        server.close()
        assert digest.digest() == hashlib.sha256(block * 100).digest()
        # KiB; the 100 MiB that the last line makes come after the figure.
        assert grown < 16 * 1024

    run(work)


def test_a_slow_client_makes_the_backend_wait() -> None:
    async def work() -> None:
        written = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal written
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 * _MIB))
            try:
                for _ in range(64):
                    writer.write(b"x" * _MIB)
                    await writer.drain()
                    written += 1
            except ConnectionError:
                pass
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with proxy(port) as front:
            reader, writer = await asyncio.open_connection("127.0.0.1", front.port, limit=1024)
            writer.write(asked())
            await reader.readuntil(b"\r\n\r\n")
            await until(lambda: not all(each.link.reads for each in exchanges(front)))
            assert written < 40
            total = 0
            while data := await reader.read(_MIB):
                total += len(data)
            assert total == 64 * _MIB
            writer.close()
        server.close()

    run(work)


def test_chunks_that_stream_are_chunked_anew() -> None:
    async def work() -> None:
        async with backend() as site, proxy(site.port, engine=MarkerEngine(reads=False)) as front:
            head = asked(b"POST / HTTP/1.1", b"Transfer-Encoding: chunked")
            got = await say(
                front.port, head, b"3;ext=1\r\nabc\r\n", b"2\r\nde\r\n0\r\nT: 1\r\n\r\n"
            )
            assert status(got) == 200
            assert site.seen[0].body == b"abcde"
            assert site.seen[0].header(b"transfer-encoding") == [b"chunked"]

    run(work)


def test_an_early_answer_ends_the_connection() -> None:
    async def work() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
            await writer.drain()
            await reader.read(10)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with proxy(port) as front:
            head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
            got = await say(front.port, head + b"x" * 10, half_close=False)
            assert status(got) == 413
            assert b"Connection: close" in got
            assert got.endswith(b"no")
        server.close()

    run(work)


def test_the_marker_is_what_blocks() -> None:
    assert MARKER == b"attack"


def test_an_answer_is_not_lost_to_the_reset_behind_the_answer() -> None:
    async def work() -> None:
        loop = asyncio.get_running_loop()
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(0)
        async with proxy(listener.getsockname()[1]) as front:
            reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
            length = b"Content-Length: 1000000"
            writer.write(asked(b"POST / HTTP/1.1", b"Content-Type: video/mp4", length))
            writer.write(bytes(100_000))
            site, _ = await loop.sock_accept(listener)
            await loop.sock_recv(site, 100)
            await until(lambda: bool(exchanges(front)))
            (exchange,) = exchanges(front)
            # The loop reads nothing between the answer and a write that fails.
            site.send(b"HTTP/1.1 413 No\r\nContent-Length: 3\r\n\r\nbig")
            site.close()
            exchange.pass_on(bytes(100_000))
            got = await reader.read()
            assert (status(got), got[-3:]) == (413, b"big")
            writer.close()
        listener.close()

    run(work)


def test_a_client_that_sends_on_sees_an_early_answer() -> None:
    async def work() -> None:
        loop = asyncio.get_running_loop()
        async with backend() as site, proxy(site.port, engine=MarkerEngine()) as front:
            head = asked(b"POST /?q=" + MARKER + b" HTTP/1.1", b"Content-Length: 100000000")
            client = socket.create_connection(("127.0.0.1", front.port))
            client.settimeout(0)
            await loop.sock_sendall(client, head)
            await until(lambda: bool(front.plane.connections))
            flood = asyncio.create_task(loop.sock_sendall(client, bytes(64 * _MIB)))
            (connection,) = front.plane.connections
            assert isinstance(connection, Client1)
            await until(lambda: connection.tap.paused)
            assert status(await loop.sock_recv(client, 65_536)) == 403
            flood.cancel()
            client.close()

    run(work)
