"""The streams of one client, and what waits in them, are bounded over all of its connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from tests.unit.waf.frames import GET, POST, REFUSED, WINDOW, Raw, asker, frame, head, raw
from tests.unit.waf.proxied import Proxy, Seen, backend, proxy, run
from tests.waiting import until

from juyong.waf.http2.connection import Client2

_ANSWER = 60_000
_BINARY = (b"content-type", b"application/octet-stream")


def _answer(_: Seen) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % _ANSWER + bytes(_ANSWER)


@asynccontextmanager
async def _connections(front: Proxy, count: int, **options: object) -> AsyncIterator[list[Raw]]:
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(raw(front.port, **options))  # type: ignore[arg-type]
            for _ in range(count)
        ]


@pytest.mark.parametrize("bound", ["streams", "streams_of_client"])
def test_streams_have_a_bound_over_all_connections(bound: str) -> None:
    async def work() -> None:
        async with backend() as site, proxy(site.port, http2="clear", **{bound: 3}) as front:
            async with _connections(front, 2) as (one, two):
                for each in (one, two):
                    each.send(head(POST, 1, end=False))
                one.send(head(POST, 3, end=False))
                await until(lambda: front.plane.streams.size == 3)
                two.send(head(GET, 3))
                ended = await two.next(3)
                assert (ended.stream, ended.error) == (3, REFUSED)
                one.send(frame(3, 0, 3, b"\0\0\0\x08"))
                await until(lambda: front.plane.streams.size == 2)
                two.send(head(GET, 5))
                assert (await two.next(1)).stream == 5
            await until(lambda: not front.plane.connections)
            assert front.plane.streams.size == 0

    run(work)


def test_another_client_has_room_of_its_own() -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, http2="clear", streams_of_client=1) as front,
            _connections(front, 1) as (one,),
        ):
            one.send(head(POST, 1, end=False))
            await until(lambda: front.plane.streams.size == 1)
            one.send(head(GET, 3))
            assert (await one.next(3)).error == REFUSED
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", front.port, local_addr=("127.0.0.2", 0)
            )
            writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + head(GET))
            assert (await Raw(reader, writer).next(1)).stream == 1
            writer.close()

    run(work)


def test_answers_that_clients_do_not_take_have_a_bound() -> None:
    async def work() -> None:
        async with (
            backend(_answer) as site,
            proxy(site.port, http2="clear", waiting_bytes_of_client=100_000) as front,
        ):
            # A client that opens no window.
            async with _connections(front, 3, settings={4: 0}) as (one, two, three):
                for each in (one, two):
                    each.send(head(GET))
                    assert (await each.next(1)).stream == 1
                await until(lambda: front.plane.waiting.size > 100_000)
                three.send(head(GET))
                assert (await three.next(3)).error == REFUSED
                assert front.plane.waiting.size <= 2 * _ANSWER
                for each in (one, two):
                    each.send(frame(WINDOW, 0, 1, b"\0\1\0\0"))
                    while not (await each.next(0)).flags & 1:
                        pass
                await until(lambda: not front.plane.waiting.size)
                three.send(head(GET, 3))
                assert (await three.next(1)).stream == 3
            await until(lambda: not front.plane.connections)
            assert front.plane.waiting.size == front.plane.streams.size == 0

    run(work)


def test_bodies_that_a_backend_does_not_take_have_a_bound() -> None:
    async def work() -> None:
        async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await ends.wait()
            writer.close()

        ends = asyncio.Event()
        server = await asyncio.start_server(deaf, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with (
            proxy(port, http2="clear", waiting_bytes_of_client=100_000) as front,
            asker(front.port) as client,
        ):
            answer = await client.answer(client.ask([*POST, _BINARY], bytes(16_000_000)))
            assert answer.status == 503
            assert front.plane.waiting.size == 0
            ends.set()
        server.close()

    run(work)


def test_the_bounds_are_of_a_worker_and_not_of_a_connection() -> None:
    async def work() -> None:
        async with backend() as site, proxy(site.port, http2="clear") as front:
            async with _connections(front, 2) as both:
                for each in both:
                    each.send(head(GET))
                    await each.next(1)
                rooms = [each.room for each in front.plane.connections if isinstance(each, Client2)]
            assert len(rooms) == 2
            rooms[0].wait(front.plane.site.waiting_bytes_of_client + 1)
            assert not rooms[1].left
            rooms[0].wait(-front.plane.site.waiting_bytes_of_client - 1)
            assert rooms[1].left

    run(work)
