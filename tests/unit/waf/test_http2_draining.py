"""A site that stops or gets new rules loses no request of a client that speaks HTTP/2."""

import asyncio
from pathlib import Path

import msgspec
from tests.unit.waf.frames import GET, GOAWAY, HEADERS, PING, Asker, asker, frame, head, raw
from tests.unit.waf.proxied import OK, MarkerEngine, Seen, backend, proxy, run
from tests.unit.waf.test_http2_streaming import served
from tests.unit.waf.test_supervisor import rules, supervised
from tests.waiting import until


def test_what_is_under_way_is_answered_and_the_client_told_to_leave() -> None:
    async def work() -> None:
        go = asyncio.Event()
        came = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal came
            await reader.readuntil(b"\r\n\r\n")
            came += 1
            await go.wait()
            writer.write(OK)
            writer.close()

        async with (
            served(serve) as port,
            proxy(port, engine=MarkerEngine(), http2="clear") as front,
            raw(front.port) as client,
        ):
            client.send(head(GET, 1))
            await until(lambda: came == 1)
            stopped = asyncio.get_running_loop().create_task(front.plane.stop(5))
            notice = await client.next(GOAWAY)
            assert notice.payload == b"\x7f\xff\xff\xff\0\0\0\0"
            # Sent before the client heard; served, since the client could not know.
            client.send(head(GET, 3))
            await until(lambda: came == 2)
            (ping,) = [each for each in client.seen if each.kind == PING]
            client.send(frame(PING, 1, 0, ping.payload))
            final = await client.next(GOAWAY)
            assert final.payload == b"\0\0\0\x03\0\0\0\0"
            client.send(head(GET, 5))
            go.set()
            rest = await client.rest()
            assert sorted(each.stream for each in rest if each.kind == HEADERS) == [1, 3]
            client.writer.close()
            await stopped
            assert came == 2

    run(work)


def test_an_idle_connection_is_told_and_closed() -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, http2="clear") as front,
            asker(front.port) as client,
        ):
            assert (await client.get()).status == 200
            stopped = asyncio.get_running_loop().create_task(front.plane.stop(5))
            while await client.pump():
                pass
            assert [each.error_code for each in client.going_away] == [0]
            client.writer.close()
            await stopped
            assert not front.plane.connections

    run(work)


async def load(port: int, stop: asyncio.Event) -> list[int]:
    """Ask again and again, ten at once; 0 is a request that the proxy took and did not answer."""
    statuses: list[int] = []
    while not stop.is_set():
        try:
            async with asker(port) as client:
                while not stop.is_set() and not client.going_away and not client.ended:
                    numbers = [client.ask() for _ in range(10)]
                    statuses += [each for each in await told(client, numbers) if each is not None]
        except ConnectionError:
            # Nothing listens any more.
            break
    return statuses


async def told(client: Asker, numbers: list[int]) -> list[int | None]:
    """Return the statuses; None for a request that no worker took, so that the client asks anew.

    GOAWAY tells which; a connection that no worker greeted was never accepted.
    """
    found: list[int | None] = []
    for number in numbers:
        answer = await client.answer(number)
        last = min((each.last_stream_id for each in client.going_away), default=2**31)
        found.append(
            None if number > last or not client.greeted else answer.status if answer.whole else 0
        )
    return found


def test_new_rules_reach_open_connections_and_lose_no_request(tmp_path: Path) -> None:
    async def work() -> None:
        evil, bad = b"/?q=evil", b"/?q=bad"
        source = rules(tmp_path / "a", "evil")
        async with (
            backend() as site,
            supervised(site, rules=source, http2="clear") as (made, port),
            asker(port) as client,
        ):
            assert (await client.get(evil)).status == 403
            stop = asyncio.Event()
            loop = asyncio.get_running_loop()
            tasks = [loop.create_task(load(port, stop)) for _ in range(3)]
            changed = msgspec.structs.replace(made.site, rules=rules(tmp_path / "b", "bad"))
            assert await made.apply(changed) == ""
            assert (await client.get(bad)).status == 403
            assert (await client.get(evil)).status == 200
            count = len(site.seen)
            await until(lambda: len(site.seen) > count + 20)
            stop.set()
            statuses = [each for task in tasks for each in await task]
            assert set(statuses) == {200}
            assert not client.going_away

    run(work)


def test_a_stop_under_load_loses_no_request() -> None:
    async def work() -> None:
        def answer(_: Seen) -> bytes:
            return OK

        async with backend(answer) as site:
            stop = asyncio.Event()
            async with supervised(site, http2="clear") as (_, port):
                loop = asyncio.get_running_loop()
                tasks = [loop.create_task(load(port, stop)) for _ in range(3)]
                await until(lambda: len(site.seen) > 50)
                loop.call_later(0.5, stop.set)
            stop.set()
            statuses = [each for task in tasks for each in await task]
            assert len(statuses) > 30
            assert set(statuses) == {200}

    run(work)
