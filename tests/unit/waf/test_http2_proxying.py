"""Clients that speak HTTP/2: what is inspected is what a backend gets."""

import asyncio
import shutil
from pathlib import Path

import pytest
from tests.unit.waf.frames import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GET,
    HEADERS,
    POST,
    PROTOCOL_ERROR,
    RST,
    Fields,
    asker,
    block,
    frame,
    head,
    raw,
)
from tests.unit.waf.proxied import QUICK, MarkerEngine, asked, backend, proxy, run, say, status
from tests.unit.waf.test_tls_of_a_site import certificate
from tests.waiting import until

FORM = (b"content-type", b"application/x-www-form-urlencoded")
BINARY = (b"content-type", b"application/octet-stream")


async def curl(*arguments: str) -> tuple[str, bytes]:
    """Ask by curl; return what `-w` wrote, and the body."""
    words = ("curl", "-s", "-w", "\n%{http_version} %{http_code}", *arguments)
    made = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    said, _ = await made.communicate()
    body, _, told = said.rpartition(b"\n")
    return told.decode(), body


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_in_clear_and_inside_tls(tmp_path: Path) -> None:
    async def work() -> None:
        log = tmp_path / "log"
        async with backend() as site:
            async with proxy(site.port, engine=MarkerEngine(), http2="clear", log=log) as front:
                url = f"http://127.0.0.1:{front.port}/"
                prior = "--http2-prior-knowledge"
                assert await curl(prior, url) == ("2 200", b"hello")
                assert await curl(prior, "-d", "a=1", url) == ("2 200", b"hello")
                assert (await curl(prior, "-I", url))[0] == "2 200"
                told, page = await curl(prior, "-d", "a=attack", url)
                assert told == "2 403"
                assert b"Request blocked" in page
                assert await curl(url) == ("1.1 200", b"hello")
                assert await curl("--http2", url) == ("1.1 200", b"hello")
                rows = front.rows()
                assert [row["server_protocol"] for row in rows[:4]] == ["HTTP/2.0"] * 4
                assert rows[3]["request_traceid"].encode() in page
            assert [seen.method for seen in site.seen[:3]] == [b"GET", b"POST", b"HEAD"]
            assert site.seen[1].body == b"a=1"
            pair = certificate(tmp_path, "a.example")
            async with proxy(site.port, certificates=(pair,)) as front:
                url = f"https://a.example:{front.port}/"
                known = ("-k", "--resolve", f"a.example:{front.port}:127.0.0.1")
                assert await curl(*known, url) == ("2 200", b"hello")
                assert await curl(*known, "--http1.1", url) == ("1.1 200", b"hello")
            async with proxy(site.port, certificates=(pair,), http2="off") as front:
                url = f"https://a.example:{front.port}/"
                known = ("-k", "--resolve", f"a.example:{front.port}:127.0.0.1")
                assert await curl(*known, url) == ("1.1 200", b"hello")

    run(work)


def test_both_versions_on_one_port() -> None:
    async def work() -> None:
        async with backend() as site:
            async with proxy(site.port, http2="clear") as front:
                parts = [asked()[at : at + 1] for at in range(len(asked()))]
                assert status(await say(front.port, *parts)) == 200
                # Begins as the preface does, and is no preface.
                assert (
                    status(await say(front.port, b"P", b"R", b"OPFIND / HTTP/1.1\r\n\r\n")) == 400
                )
                assert status(await say(front.port, asked(b"PUT / HTTP/1.1"))) == 200
            async with proxy(site.port, http2="clear", times=QUICK) as front:
                assert await say(front.port, b"PR") == b""
                assert not front.plane.connections
            for choice in ("tls", "off"):
                async with proxy(site.port, http2=choice) as front:
                    assert status(await say(front.port, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) == 505

    run(work)


def test_what_a_backend_gets() -> None:
    async def work() -> None:
        engine = MarkerEngine()
        async with backend() as site, proxy(site.port, engine=engine, http2="clear") as front:
            async with asker(front.port) as client:
                crumbs = [(b"cookie", b"a=1"), (b"te", b"trailers"), (b"cookie", b"b=2")]
                answer = await client.get(b"/x?y=z", *crumbs, (b"x-forwarded-for", b"6.6.6.6"))
                assert (answer.status, bytes(answer.body), answer.error) == (200, b"hello", 0)
                assert answer.headers[b"content-length"] == b"5"
            seen = site.seen[0]
            assert (seen.method, seen.target) == (b"GET", b"/x?y=z")
            assert seen.header(b"host") == [b"x"]
            assert seen.header(b"cookie") == [b"a=1; b=2"]
            assert seen.header(b"x-forwarded-for") == [b"127.0.0.1"]
            assert not [name for name, _ in seen.headers if name[:1] == b":" or name == b"te"]
            asked_of = engine.requests[0]
            assert (asked_of.version, asked_of.target) == ("HTTP/2.0", b"/x?y=z")
            assert (b"host", b"x") in asked_of.headers
            assert (b"cookie", b"a=1; b=2") in asked_of.headers

    run(work)


def test_bodies_held_and_streamed() -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), http2="clear") as front,
            asker(front.port) as client,
        ):
            told = (b"content-length", b"3")
            for fields in ([FORM], [FORM, told], [BINARY], [BINARY, told]):
                answer = await client.answer(client.ask([*POST, *fields], b"abc"))
                assert answer.status == 200
            empty = await client.answer(client.ask([*POST, FORM], b""))
            assert empty.status == 200
            assert [seen.body for seen in site.seen] == [b"abc"] * 4 + [b""]
            blocked = client.ask([*POST, FORM], b"an at", end=False)
            client.session.send_data(blocked, b"tack", end_stream=True)
            client.push()
            assert (await client.answer(blocked)).status == 403
            waiting = client.ask([*POST, BINARY, told, (b"expect", b"100-continue")], end=False)
            while not client.answers[waiting].informed:
                await client.pump()
            client.session.send_data(waiting, b"abc", end_stream=True)
            client.push()
            answer = await client.answer(waiting)
            assert (answer.informed, answer.status) == ([100], 200)
            assert len(site.seen) == 6

    run(work)


def test_trailers_are_read_and_dropped() -> None:
    async def work() -> None:
        engine = MarkerEngine()
        async with (
            backend() as site,
            proxy(site.port, engine=engine, http2="clear") as front,
            asker(front.port) as client,
        ):
            for kind in (FORM, BINARY):
                number = client.ask([*POST, kind, (b"trailer", b"t")], b"abc", end=False)
                client.session.send_trailers(number, [(b"t", b"attack")])
                client.push()
                assert (await client.answer(number)).status == 200
            assert [seen.body for seen in site.seen] == [b"abc", b"abc"]
            assert all(not seen.header(b"t") for seen in site.seen)

    run(work)


M, S, P, A = GET
_BAD: list[Fields] = [
    [M, S, P],
    [M, S, A],
    [*GET, P],
    [M, (b"a", b"b"), S, P, A],
    [*GET, (b":protocol", b"websocket")],
    [M, S, (b":path", b""), A],
    [M, S, (b":path", b"x"), A],
    [M, (b":scheme", b"ftp"), P, A],
    [*GET, (b"host", b"y")],
    [*GET, (b"Upper", b"a")],
    [*GET, (b"connection", b"close")],
    [*GET, (b"transfer-encoding", b"chunked")],
    [*GET, (b"upgrade", b"h2c")],
    [*GET, (b"te", b"gzip")],
    [*GET, (b"a", b"b\r\nc: d")],
    [*GET, (b"a", b"b\0")],
    [*GET, (b"a", b" b")],
    [*GET, (b"a", b"b ")],
    [*GET, (b"content-length", b"5")],
    [(b":method", b"CONNECT"), A],
]


def test_malformed_heads_end_their_stream_alone(tmp_path: Path) -> None:
    async def work() -> None:
        log = tmp_path / "log"
        async with (
            backend() as site,
            proxy(site.port, http2="clear", log=log) as front,
            raw(front.port) as client,
        ):
            for at, fields in enumerate(_BAD):
                client.send(head(fields, 2 * at + 1))
                ended = await client.next(RST)
                assert (ended.stream, ended.error) == (2 * at + 1, PROTOCOL_ERROR), fields
            client.send(head(GET, 101))
            assert (await client.next(DATA)).payload == b"hello"
            assert len(site.seen) == 1
            rows = front.rows()
            assert len(rows) == len(_BAD) + 1
            assert all(row["refused"].startswith("malformed: ") for row in rows[:-1])

    run(work)


@pytest.mark.parametrize("kind", [FORM, BINARY])
def test_a_length_that_is_not_kept_completes_no_request(
    kind: tuple[bytes, bytes], tmp_path: Path
) -> None:
    async def work() -> None:
        log = tmp_path / "log"
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), http2="clear", log=log) as front,
            raw(front.port) as client,
        ):
            start = [*POST, (b"content-length", b"5"), kind]
            cases = (
                (frame(DATA, END_STREAM, 1, b"abc"),),
                (frame(DATA, 0, 3, b"abc"), frame(DATA, END_STREAM, 3, b"def")),
                (frame(DATA, 0, 5, b"abc"), frame(DATA, END_STREAM, 5)),
                (frame(DATA, 0, 7, b"abc"), head([(b"t", b"1")], 7)),
                (frame(DATA, END_STREAM, 9, b"abcdef"),),
            )
            for at, parts in enumerate(cases):
                client.send(head(start, 2 * at + 1, end=False), *parts)
                ended = await client.next(RST)
                assert (ended.stream, ended.error) == (2 * at + 1, PROTOCOL_ERROR)
            client.send(head(start, 11, end=False), frame(DATA, END_STREAM, 11, b"abcde"))
            assert (await client.next(DATA)).payload == b"hello"
            assert [seen.body for seen in site.seen] == [b"abcde"]
            await until(lambda: len(front.rows()) == len(cases) + 1)
            refused = [row["refused"] for row in front.rows() if "refused" in row]
            assert len(refused) == len(cases)
            assert all(each.startswith("malformed: ") for each in refused)

    run(work)


def test_a_head_in_pieces_and_one_too_long() -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, http2="clear") as front,
            raw(front.port) as client,
        ):
            packed = block(GET)
            client.send(
                frame(HEADERS, END_STREAM, 1, packed[:7]),
                frame(CONTINUATION, 0, 1, packed[7:20]),
                frame(CONTINUATION, END_HEADERS, 1, packed[20:]),
            )
            assert (await client.next(DATA)).payload == b"hello"
            long = block([*GET, *[(b"a%d" % at, b"b" * 9_000) for at in range(8)]])
            pieces = [long[at : at + 16_000] for at in range(0, len(long), 16_000)]
            client.send(frame(HEADERS, END_STREAM, 3, pieces[0]))
            client.send(*[frame(CONTINUATION, 0, 3, each) for each in pieces[1:]])
            client.send(frame(CONTINUATION, END_HEADERS, 3))
            assert b"head is too long" in (await client.next(DATA)).payload
            client.send(head(GET, 5))
            assert (await client.next(DATA)).payload == b"hello"
            assert len(site.seen) == 2

    run(work)


def test_a_connection_serves_the_name_it_was_opened_for(tmp_path: Path) -> None:
    async def work() -> None:
        pair = certificate(tmp_path, "a.example", "b.example")
        async with (
            backend() as site,
            proxy(site.port, certificates=(pair,)) as front,
            asker(front.port, name="a.example") as client,
        ):
            for host, expected in ((b"a.example", 200), (b"b.example", 421), (b"A.EXAMPLE:1", 200)):
                fields = [*GET[:3], (b":authority", host)]
                assert (await client.answer(client.ask(fields))).status == expected
            assert len(site.seen) == 2
            assert site.seen[0].header(b"x-forwarded-proto") == [b"https"]

    run(work)


def test_what_is_blocked_or_fails_ends_one_stream() -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), http2="clear") as front,
            asker(front.port) as client,
        ):
            assert (await client.get(b"/explode")).status == 500
            assert (await client.get(b"/attack")).status == 403
            assert (await client.get(b"/")).status == 200
            assert len(site.seen) == 1

    run(work)
