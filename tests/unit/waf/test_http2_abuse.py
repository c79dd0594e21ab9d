"""What a client of HTTP/2 may cost is bounded, and the connection of one that costs more ends."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from tests.unit.waf.frames import (
    CALM,
    CANCEL,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GET,
    GOAWAY,
    HEADERS,
    PING,
    POST,
    PROTOCOL_ERROR,
    RST,
    SETTINGS,
    Frame,
    asker,
    block,
    frame,
    head,
    raw,
)
from tests.unit.waf.proxied import MarkerEngine, Seen, backend, proxy, run
from tests.waiting import until

from juyong.engines.inspect.limits import Limits
from juyong.waf.http2 import budgets
from juyong.waf.http2.session import MOST_STREAMS
from juyong.waf.site import Times

QUICK = Times(
    head=0.15, body_idle=0.15, slowest=1000, idle=0.2, linger=0.1, write_idle=0.15, look=0.02
)
_READ = frame(PING, 0, 0, b"was read")
CANCELLED = b"\0\0\0\x08"


async def flooded(
    parts: Sequence[bytes], log: Path, **settings: object
) -> tuple[list[Frame], str, int]:
    """Send parts until the connection ends; return the frames, why, and the requests served.

    A client that keeps to the number of streams hears how the last few ended before it goes on.
    """
    async with (
        backend() as site,
        proxy(site.port, engine=MarkerEngine(), http2="clear", log=log, **settings) as front,
    ):
        async with raw(front.port) as client:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                for at in range(0, len(parts), MOST_STREAMS // 2):
                    client.send(*parts[at : at + MOST_STREAMS // 2], _READ)
                    while (await client.next(PING)).payload != _READ[9:]:
                        pass
            await client.rest()
            frames = client.seen
        async with asker(front.port) as other:
            assert (await other.get()).status == 200
        whys = [row["refused"] for row in front.rows() if row.get("refused", "")[:5] == "abuse"]
        assert len(whys) <= 1
        return frames, "".join(whys), len(site.seen)


def test_resets_are_bounded(tmp_path: Path) -> None:
    async def work() -> None:
        asked = [
            head(GET, 2 * at + 1) + frame(RST, 0, 2 * at + 1, CANCELLED) for at in range(1_000)
        ]
        frames, why, _ = await flooded(asked, tmp_path / "log")
        assert (frames[-1].kind, frames[-1].error) == (GOAWAY, CALM)
        assert "reset" in why
        rows = (tmp_path / "log").read_bytes().splitlines()
        # Each begun request has a line; then the one of the flood, and the next client's.
        assert len(rows) <= budgets.RESETS[0] + 3

    run(work)


def test_faults_that_make_the_proxy_reset_are_bounded(tmp_path: Path) -> None:
    async def work() -> None:
        by_session = [head([*GET, (b"te", b"x")], 2 * at + 1) for at in range(1_000)]
        by_heads = [head([*GET, (b"host", b"y")], 2 * at + 1) for at in range(1_000)]
        by_length = [
            head([*POST, (b"content-length", b"5")], 2 * at + 1, end=False)
            + frame(DATA, END_STREAM, 2 * at + 1, b"x")
            for at in range(1_000)
        ]
        most = budgets.RESETS[0] + MOST_STREAMS // 2
        for at, parts in enumerate((by_session, by_heads, by_length)):
            frames, why, served = await flooded(parts, tmp_path / f"{at}.log")
            assert (frames[-1].kind, frames[-1].error) == (GOAWAY, CALM)
            assert "reset" in why
            assert len([each for each in frames if each.kind == RST]) <= most
            assert served == 1

    run(work)


def test_a_page_that_is_left_is_no_abuse() -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, http2="clear") as front,
            raw(front.port) as client,
        ):
            for at in range(MOST_STREAMS):
                client.send(head(GET, 2 * at + 1), frame(RST, 0, 2 * at + 1, CANCELLED))
            client.send(head(GET, 2 * MOST_STREAMS + 1))
            while (await client.next(DATA)).stream != 2 * MOST_STREAMS + 1:
                pass

    run(work)


@pytest.mark.parametrize(
    "part",
    [
        frame(PING, 0, 0, b"01234567"),
        frame(SETTINGS, 0, 0, b"\0\x04\0\0\0\x01"),
        frame(SETTINGS, 0, 0),
    ],
    ids=["ping", "settings", "empty settings"],
)
def test_frames_that_must_be_answered_are_bounded(part: bytes, tmp_path: Path) -> None:
    async def work() -> None:
        frames, why, _ = await flooded([part] * 20_000, tmp_path / "log")
        assert (frames[-1].kind, frames[-1].error) == (GOAWAY, CALM)
        assert "abuse" in why
        answers = [each for each in frames if each.flags & 1 and each.kind in (PING, SETTINGS)]
        assert len(answers) <= budgets.FRAMES[0] + 1

    run(work)


def test_frames_that_carry_nothing_are_bounded(tmp_path: Path) -> None:
    async def work() -> None:
        form = (b"content-type", b"text/plain")
        parts = [head([*POST, form], 1, end=False), *[frame(DATA, 0, 1)] * 3_000]
        frames, why, served = await flooded(parts, tmp_path / "log")
        assert (frames[-1].kind, frames[-1].error) == (GOAWAY, CALM)
        assert "ask for nothing" in why
        assert served == 1

    run(work)


@pytest.mark.parametrize(
    "parts",
    [
        [frame(HEADERS, END_STREAM, 1, block(GET)), *[frame(CONTINUATION, 0, 1)] * 100],
        [
            frame(HEADERS, END_STREAM, 1, block(GET)),
            *[frame(CONTINUATION, 0, 1, block([(b"a", b"b" * 16_000)]))] * 100,
        ],
        # A name and a value of 4 kB that the table keeps, and one octet for each time after.
        [
            frame(
                HEADERS,
                END_STREAM | END_HEADERS,
                1,
                block(GET) + b"\x40" + block([(b"a", b"b" * 3_900)])[1:] + b"\xbe" * 10_000,
            )
        ],
        [head([*GET, *[(b"a%d" % at, b"") for at in range(1_000)]])],
    ],
    ids=["empty continuations", "long continuations", "indexed", "many"],
)
def test_heads_have_bounds(parts: list[bytes], tmp_path: Path) -> None:
    async def work() -> None:
        frames, why, served = await flooded(parts, tmp_path / "log")
        assert (frames[-1].kind, frames[-1].error) == (GOAWAY, CALM)
        assert "abuse" in why
        assert served == 1

    run(work)


def test_more_streams_than_were_agreed_end_the_connection() -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), http2="clear") as front,
        ):
            async with raw(front.port) as client:
                client.send(*[head(POST, 2 * at + 1, end=False) for at in range(MOST_STREAMS + 1)])
                frames = await client.rest()
                assert (frames[-1].kind, frames[-1].error) == (GOAWAY, PROTOCOL_ERROR)
            await until(lambda: not front.plane.connections)
            assert site.seen == []

    run(work)


def test_a_connection_that_asks_nothing_ends() -> None:
    async def work() -> None:
        async with backend() as site, proxy(site.port, http2="clear", times=QUICK) as front:
            for part in (b"", frame(HEADERS, 0, 1, block(GET)), head(GET)[:-1]):
                async with raw(front.port) as client:
                    client.send(part)
                    frames = await client.rest()
                    assert (frames[-1].kind, frames[-1].error) == (GOAWAY, 0)
            async with raw(front.port) as client:
                client.send(head(GET))
                frames = await client.rest()
                assert [each.kind for each in frames][-3:] == [HEADERS, DATA, GOAWAY]
                assert frames[-1].payload[:4] == b"\0\0\0\x01"
            assert len(site.seen) == 1

    run(work)


def test_a_head_that_drips_behind_pings_ends() -> None:
    async def work() -> None:
        async with backend() as site, proxy(site.port, http2="clear", times=QUICK) as front:
            async with raw(front.port) as client:
                rest = asyncio.get_running_loop().create_task(client.rest())
                drops = iter(frame(PING, 0, 0, b"01234567") * 1_000)
                while not rest.done():
                    client.send(bytes([next(drops)]))
                    await asyncio.wait({rest}, timeout=0.01)
                assert rest.result()[-1].kind == GOAWAY
            assert site.seen == []

    run(work)


@pytest.mark.parametrize("engine", [None, MarkerEngine()])
def test_a_body_that_stands_still(engine: MarkerEngine | None) -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, engine=engine, http2="clear", times=QUICK) as front,
            asker(front.port) as client,
        ):
            answer = await client.answer(client.ask(POST, b"abc", end=False))
            assert answer.status == 408
            assert site.seen == []

    run(work)


def test_a_window_that_stays_shut(tmp_path: Path) -> None:
    async def work() -> None:
        log = tmp_path / "log"
        async with (
            backend() as site,
            proxy(site.port, http2="clear", times=QUICK, log=log) as front,
            raw(front.port, {4: 0}) as client,
        ):
            client.send(head(GET, 1), head(GET, 3))
            ended = [await client.next(RST), await client.next(RST)]
            assert {(each.stream, each.error) for each in ended} == {(1, CANCEL), (3, CANCEL)}
            assert len(site.seen) == 2
            assert (await client.next(GOAWAY)).error == 0
            await until(lambda: not front.plane.connections)

    run(work)


def test_a_client_that_reads_nothing_at_all() -> None:
    async def work() -> None:
        def answer(_: Seen) -> bytes:
            return b"HTTP/1.1 200 OK\r\nContent-Length: 16000000\r\n\r\n" + bytes(16_000_000)

        async with (
            backend(answer) as site,
            proxy(site.port, http2="clear", times=QUICK) as front,
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", front.port, limit=1)
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            wide = frame(SETTINGS, 0, 0, b"\0\x04\x7f\xff\xff\xff") + frame(8, 0, 0, b"\x7f\0\0\0")
            writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + wide + head(GET))
            await until(lambda: len(site.seen) == 1)
            await until(lambda: not front.plane.connections)
            writer.close()
            del reader

    run(work)


def test_bytes_that_are_no_frames() -> None:
    async def work() -> None:
        async with backend() as site, proxy(site.port, http2="clear") as front:
            for part in (b"\xff" * 100, frame(DATA, 0, 1, b"x"), frame(8, 0, 0, b"\0\0\0\0")):
                async with raw(front.port) as client:
                    client.send(part)
                    assert (await client.rest())[-1].kind == GOAWAY
            async with raw(front.port) as client:
                client.send(head(GET, 1), frame(HEADERS, 5, 3, b"\xff\xff\xff\xff\xff\xff"))
                assert (await client.rest())[-1].error == 9
            await until(lambda: not front.plane.connections)

    run(work)


def test_held_bodies_of_all_streams_have_one_bound() -> None:
    async def work() -> None:
        limits = msgspec.structs.replace(Limits(), body_without_files=1 << 20)
        async with (
            backend() as site,
            proxy(
                site.port,
                engine=MarkerEngine(),
                http2="clear",
                held_bytes=100_000,
                limits=limits,
            ) as front,
            asker(front.port) as client,
        ):
            numbers = [client.ask(POST, b"x" * 30_000, end=False) for _ in range(5)]
            statuses = [(await client.answer(number)).status for number in numbers[3:]]
            assert 503 in statuses
            assert front.plane.held <= 100_000
            assert site.seen == []

    run(work)
