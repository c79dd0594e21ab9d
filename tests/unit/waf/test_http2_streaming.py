"""Many streams at once: each waits for its own peer, and none for another stream."""

import asyncio
import hashlib
import resource
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from tests.unit.waf.frames import (
    DATA,
    GET,
    HEADERS,
    PING,
    POST,
    RST,
    asker,
    frame,
    head,
    raw,
)
from tests.unit.waf.proxied import MarkerEngine, Proxy, Seen, asked, backend, proxy, run, status
from tests.unit.waf.test_own_pack_in_the_proxy import own
from tests.unit.waf.test_streamed_forms import parts_of, sink
from tests.waiting import until

from juyong.waf.backends.link import Link
from juyong.waf.client1 import Client1
from juyong.waf.exchange import Exchange
from juyong.waf.http2.connection import Client2
from juyong.waf.http2.session import MOST_STREAMS, STREAM_WINDOW
from juyong.waf.http2.session import WINDOW as CONNECTION_WINDOW
from juyong.waf.http2.stream import MOST_QUEUED, Stream

MIB = 1024 * 1024
BINARY = (b"content-type", b"application/octet-stream")
Served = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def served(serve: Served, *, takes: int = 0) -> AsyncIterator[int]:
    """Serve by hand, and give the port; takes: Bytes that the kernel takes unread."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    if takes:
        server.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, takes)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def streams_of(front: Proxy) -> list[Stream]:
    """Return the streams of all connections."""
    served = [each for each in front.plane.connections if isinstance(each, Client2)]
    return [stream for each in served for stream in each._streams.values()]


def test_a_hundred_streams_at_once() -> None:
    async def work() -> None:
        def answer(seen: Seen) -> bytes:
            body = seen.target * 300
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

        async with (
            backend(answer) as site,
            proxy(site.port, engine=MarkerEngine(), http2="clear") as front,
            asker(front.port) as client,
        ):
            paths = {
                client.ask([*GET[:2], (b":path", b"/%d" % at), GET[3]]): at for at in range(100)
            }
            for number, at in paths.items():
                answer_ = await client.answer(number)
                assert bytes(answer_.body) == b"/%d" % at * 300
            assert len(site.seen) == 100
            assert site.connections <= 100

    run(work)


def test_events_come_one_by_one() -> None:
    async def work() -> None:
        go = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
            await go.wait()
            writer.write(b"data: 2\n\n")
            writer.close()

        engine = MarkerEngine(reads_answers=True)
        async with (
            served(serve) as port,
            proxy(port, engine=engine, http2="clear") as front,
            asker(front.port) as client,
        ):
            number = client.ask()
            while bytes(client.answers[number].body) != b"data: 1\n\n":
                assert await client.pump()
            go.set()
            answer = await client.answer(number)
            assert bytes(answer.body) == b"data: 1\n\ndata: 2\n\n"
            assert (answer.whole, answer.error) == (True, 0)
            assert b"content-length" not in answer.headers

    run(work)


def test_a_hundred_mebibytes_go_up_in_little_memory() -> None:
    async def work() -> None:
        digest, size = hashlib.sha256(), 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal size
            await reader.readuntil(b"\r\n\r\n")
            while size < 100 * MIB:
                data = await reader.read(256 * 1024)
                size += len(data)
                digest.update(data)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        part = bytes(range(256)) * 4096
        async with (
            served(serve) as port,
            proxy(port, engine=MarkerEngine(), http2="clear") as front,
            asker(front.port) as client,
        ):
            told = (b"content-length", b"%d" % (100 * MIB))
            number = client.ask([*POST, BINARY, told], end=False)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            for at in range(100):
                client.session.send_data(number, part, end_stream=at == 99)
                client.push()
                while client.session.queued_body_size(number):
                    assert await client.pump()
            answer = await client.answer(number)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert (answer.status, size) == (200, 100 * MIB)
        assert digest.digest() == hashlib.sha256(part * 100).digest()
        # KiB; the 100 MiB that the last line makes come after the figure.
        assert grown < 16 * 1024

    run(work)


def test_a_backend_that_takes_nothing_has_the_client_wait() -> None:
    async def work() -> None:
        go = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line = await reader.readuntil(b"\r\n\r\n")
            if b"/slow" in line:
                await go.wait()
            if line.startswith(b"POST"):
                await reader.readexactly(32 * MIB)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        async with (
            served(serve) as port,
            proxy(port, engine=MarkerEngine(), http2="clear") as front,
            asker(front.port) as client,
        ):
            told = (b"content-length", b"%d" % (32 * MIB))
            slow = [*POST[:2], (b":path", b"/slow"), POST[3], BINARY, told]
            held = client.ask(slow, b"x" * 32 * MIB)
            while client.session.stream_remote_window_size(held) > 0:
                assert await client.pump()
            # What waits is bounded by the stream's window, and others have room in the connection's.
            other = client.ask([*POST, BINARY, told], b"y" * 32 * MIB)
            assert (await client.answer(other)).status == 200
            assert (await client.get()).status == 200
            # Room is given back once half of the window is used.
            assert client.session.remote_window_size > CONNECTION_WINDOW // 4
            assert client.session.queued_body_size(held) > 16 * MIB
            go.set()
            assert (await client.answer(held)).status == 200

    run(work)


def test_a_client_that_takes_nothing_has_the_backend_wait() -> None:
    async def work() -> None:
        written = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal written
            if b"/big" not in await reader.readuntil(b"\r\n\r\n"):
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                writer.close()
                return
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 * MIB))
            with suppress(ConnectionError):
                for _ in range(64):
                    writer.write(b"x" * MIB)
                    await writer.drain()
                    written += 1
            writer.close()

        # A window of one byte for each stream; the connection's is wide.
        async with (
            served(serve) as port,
            proxy(port, http2="clear") as front,
            asker(front.port, {4: 1}, automatic=False) as client,
        ):
            client.session.set_local_window_size(128 * MIB)
            big = client.ask([*GET[:2], (b":path", b"/big"), GET[3]])
            await until(lambda: any(not each.takes for each in streams_of(front)))
            small = client.ask()
            while bytes(client.answers[small].body) != b"o":
                assert await client.pump()
            client.session.set_local_window_size(1024, stream_id=small)
            client.push()
            assert bytes((await client.answer(small)).body) == b"ok"
            assert written < 40
            (stream,) = streams_of(front)
            assert stream.queued < MOST_QUEUED + 512 * 1024
            client.session.set_local_window_size(65 * MIB, stream_id=big)
            client.push()
            assert len((await client.answer(big)).body) == 64 * MIB

    run(work)


@pytest.mark.parametrize(("last", "expected"), [(b"tea", 200), (b"<script>alert(1)</script>", 403)])
def test_a_form_with_a_file_waits_on_the_disk(last: bytes, expected: int, tmp_path: Path) -> None:
    async def work() -> None:
        digest = hashlib.sha256()
        length = sum(map(len, parts_of(0, last))) + 8 * MIB
        kind = (b"content-type", b"multipart/form-data; boundary=xYz")
        told = (b"content-length", b"%d" % length)
        async with (
            sink() as site,
            proxy(site.port, engine=own(), http2="clear", spool=str(tmp_path)) as front,
            asker(front.port) as client,
        ):
            number = client.ask([*POST, kind, told, (b"accept", b"*/*")], end=False)
            for part in parts_of(8, last):
                digest.update(part)
                client.session.send_data(number, part)
                client.push()
                while client.session.queued_body_size(number):
                    assert await client.pump()
            client.session.end_stream(number)
            client.push()
            assert (await client.answer(number)).status == expected
            assert site.size == (length if expected == 200 else 0)
            assert expected != 200 or site.digest.digest() == digest.digest()
            assert (front.plane.held, front.plane.spooled) == (0, 0)

    run(work)


def test_an_early_answer_stops_the_upload() -> None:
    async def work() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
            await reader.read()
            writer.close()

        async with (
            served(serve) as port,
            proxy(port, http2="clear") as front,
            raw(front.port) as client,
        ):
            client.send(head([*POST, BINARY], 1, end=False), frame(DATA, 0, 1, b"x" * 10))
            assert (await client.next(DATA)).payload == b"no"
            ended = await client.next(RST)
            assert (ended.stream, ended.error) == (1, 0)
            client.send(frame(DATA, 0, 1, b"x" * 10), head(GET, 3))
            assert (await client.next(HEADERS)).stream == 3

    run(work)


def test_what_a_client_sends_after_its_answer_gives_its_room_back() -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), http2="clear", oversize="refuse") as front,
            raw(front.port) as client,
        ):
            form = (b"content-type", b"application/x-www-form-urlencoded")
            part = STREAM_WINDOW // 8
            for round_ in range(4):
                for at in range(CONNECTION_WINDOW // STREAM_WINDOW):
                    number = 100 * round_ + 2 * at + 1
                    client.send(head([*POST, form], number, end=False))
                    client.send(*[frame(DATA, 0, number, b"x" * part) for _ in range(8)])
                    client.send(frame(RST, 0, number, b"\0\0\0\x08"))
                client.send(frame(PING, 0, 0, b"all done"))
                await client.next(PING)
            assert front.plane.held == 0
            client.send(head(GET, 999))
            assert (await client.next(DATA)).payload == b"hello"

    run(work)


def test_an_answer_that_breaks_off_is_no_whole_answer() -> None:
    async def work() -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            writer.close()

        async with (
            served(serve) as port,
            proxy(port, http2="clear") as front,
            asker(front.port) as client,
        ):
            answer = await client.get()
            assert (answer.status, answer.whole, answer.error) == (200, False, 2)

    run(work)


def test_a_client_that_leaves_frees_the_backends() -> None:
    async def work() -> None:
        came, gone = 0, 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal came, gone
            await reader.readuntil(b"\r\n\r\n")
            came += 1
            with suppress(ConnectionError):
                await reader.read()
            gone += 1
            writer.close()

        async with served(serve) as port, proxy(port, http2="clear") as front:
            async with asker(front.port) as client:
                numbers = [client.ask() for _ in range(5)]
                await until(lambda: came == 5)
                client.session.reset_stream(numbers[0])
                client.push()
                await until(lambda: gone == 1)
            await until(lambda: gone == 5)
            assert not front.plane.connections

    run(work)


def test_more_streams_than_are_served_at_once() -> None:
    async def work() -> None:
        go = asyncio.Event()
        came = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal came
            await reader.readuntil(b"\r\n\r\n")
            came += 1
            await go.wait()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            writer.close()

        async with (
            served(serve) as port,
            proxy(port, http2="clear") as front,
            raw(front.port, acknowledges=False) as client,
        ):
            client.send(*[head(GET, 2 * at + 1) for at in range(MOST_STREAMS + 20)])
            refused = [await client.next(RST) for _ in range(20)]
            assert {each.error for each in refused} == {7}
            await until(lambda: came == MOST_STREAMS)
            go.set()
            answered = {(await client.next(DATA)).stream for _ in range(MOST_STREAMS)}
            assert len(answered) == MOST_STREAMS
            client.send(head(GET, 2 * MOST_STREAMS + 41))
            assert (await client.next(DATA)).payload == b"ok"

    run(work)


@pytest.mark.parametrize("version", [1, 2])
def test_what_waited_for_a_connection_does_not_undo_the_waiting(version: int) -> None:
    async def work() -> None:
        go = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await go.wait()
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(32 * MIB)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            writer.close()

        async with served(serve, takes=4_096) as port, proxy(port, http2="clear") as front:
            (place,) = front.plane.backends.all
            connect, may = place.connect, asyncio.Event()

            async def late() -> Link:
                await may.wait()
                link = await connect()
                # The kernel takes less than what waits, so that the link is full at once.
                inside = link.transport.get_extra_info("socket")
                inside.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
                return link

            place.connect = late  # type: ignore[method-assign]
            told = (b"content-length", b"%d" % (32 * MIB))
            if version == 2:
                async with asker(front.port) as client:
                    number = client.ask([*POST, BINARY, told], b"x" * 32 * MIB)
                    while client.session.stream_remote_window_size(number) > 0:
                        assert await client.pump()
                    may.set()
                    await until(lambda: len(links_of(front)) == 1)
                    pump = asyncio.get_running_loop().create_task(client.answer(number))
                    await settled(front)
                    go.set()
                    assert (await pump).status == 200
                return
            reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
            writer.write(asked(b"POST / HTTP/1.1", b"Content-Length: %d" % (32 * MIB)))
            writer.write(b"x" * 32 * MIB)
            await until(
                lambda: any(
                    isinstance(each, Client1) and not each.tap.open
                    for each in front.plane.connections
                )
            )
            may.set()
            await until(lambda: len(links_of(front)) == 1)
            await settled(front)
            go.set()
            assert status(await reader.read()) == 200
            writer.close()

    run(work)


def links_of(front: Proxy) -> list[Link]:
    """Return the links that carry a request."""
    found = [getattr(each, "exchange", None) for each in front.plane.connections]
    found += [each.exchange for each in streams_of(front)]
    return [each.link for each in found if isinstance(each, Exchange) and each.link is not None]


async def settled(front: Proxy) -> None:
    """Wait until a backend that takes nothing has been written what it may be."""
    (link,) = links_of(front)
    sizes: list[int] = []

    def same() -> bool:
        sizes.append(link.transport.get_write_buffer_size())
        return len(sizes) > 20 and len(set(sizes[-20:])) == 1

    await until(same)
    assert max(sizes) < 2 * MIB
