"""Requests go through, or are answered by the proxy itself, and what is inspected is what is sent."""

import asyncio
from pathlib import Path

import pytest
from tests.unit.waf.proxied import (
    MARKER,
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

from juyong.waf.counters import Figure
from juyong.waf.site import Times


def test_a_request_goes_through_and_is_written_anew(tmp_path: Path) -> None:
    async def work() -> None:
        engine = MarkerEngine()
        async with (
            backend() as site,
            proxy(site.port, engine=engine, log=tmp_path / "access.log") as front,
        ):
            lines = (b"A: b", b"Proxy: x", b"TE: trailers", b"X_Forwarded_For: 9.9.9.9")
            got = await say(front.port, asked(b"GET /a?b=%20c HTTP/1.1", *lines))
            assert got.startswith(b"HTTP/1.1 200 OK\r\n")
            assert got.endswith(b"\r\n\r\nhello")
            (seen,) = site.seen
            assert (seen.method, seen.target) == (b"GET", b"/a?b=%20c")
            names = [name for name, _ in seen.headers]
            assert names == [b"host", b"a", b"x-forwarded-for", b"x-forwarded-proto", b"x-real-ip"]
            assert seen.header(b"x-forwarded-for") == [b"127.0.0.1"]
            assert engine.requests[0].target == seen.target
            (row,) = front.rows()
            assert (row["status"], row["request_path"], row["querystring"]) == (
                "200",
                "/a",
                "b=%20c",
            )
            assert row["upstream_status"] == "200"
            assert len(row["request_traceid"]) == 32
            assert engine.requests[0].unique == row["request_traceid"]

    run(work)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("size", [10, 100_000])
def test_an_attack_in_a_body_never_reaches_the_backend(
    tmp_path: Path, size: int, *, chunked: bool
) -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), log=tmp_path / "access.log") as front,
        ):
            for body, expected in ((b"x" * size, 200), (b"x" * size + MARKER, 403)):
                framed, sent = b"Content-Length: %d" % len(body), body
                if chunked:
                    framed = b"Transfer-Encoding: chunked"
                    sent = b"%x\r\n%b\r\n0\r\nX: y\r\n\r\n" % (len(body), body)
                head = asked(b"POST / HTTP/1.1", framed)
                assert status(await say(front.port, head, sent[:5], sent[5:])) == expected
            (seen,) = site.seen
            assert seen.body == b"x" * size
            assert seen.header(b"content-length") == [b"%d" % size]
            assert not seen.header(b"x")
            row = front.rows()[-1]
            assert row["final_action"] == "block"
            assert row["final_rule_id"] == "7"
            assert row["web_attack_type"] == "test"
            # What a body held is in no log.
            assert "value" not in row["matched_rules_detail"][0]
            assert front.figure(Figure.BLOCKED) == 1

    run(work)


def test_a_blocked_client_learns_no_reason(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), log=tmp_path / "access.log") as front,
        ):
            got = await say(front.port, asked(b"GET /?q=attack HTTP/1.1"))
            assert status(got) == 403
            (row,) = front.rows()
            assert row["request_traceid"].encode() in got
            for word in (b"marker", b"rule", b"juyong", b"127.0.0.1"):
                assert word not in got.lower()
            assert row["matched_rules_detail"][0]["value"].startswith("/?q=attack")
            head = await say(front.port, asked(b"HEAD /?q=attack HTTP/1.1"))
            assert head.endswith(b"\r\n\r\n")
            assert site.seen == []

    run(work)


def test_an_engine_that_fails_lets_nothing_pass(tmp_path: Path) -> None:
    async def work() -> None:
        log = tmp_path / "access.log"
        request = asked(b"GET /explode HTTP/1.1")
        async with backend() as site, proxy(site.port, engine=MarkerEngine(), log=log) as front:
            got = await say(front.port, request)
            assert status(got) == 500
            assert b"secret text" not in got + log.read_bytes()
            assert site.seen == []
            assert front.figure(Figure.ENGINE_FAILURES) == 1
            assert front.rows()[0]["final_plugin"] == "compliance"
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), fail_open=True) as front,
        ):
            assert status(await say(front.port, request)) == 200

    run(work)


SMUGGLED = [
    (b"Content-Length: 3", b"Transfer-Encoding: chunked"),
    (b"Transfer-Encoding: xchunked",),
    (b"Transfer-Encoding : chunked",),
    (b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
    (b"X: y\nTransfer-Encoding: chunked",),
    (b"X: y", b" Transfer-Encoding: chunked"),
    (b"Content-Length: 3", b"Content-Length: 5"),
    (b"Connection: Content-Length", b"Content-Length: 5"),
    (b"X: \x00",),
]


@pytest.mark.parametrize("lines", SMUGGLED)
def test_smuggling_is_refused(tmp_path: Path, lines: tuple[bytes, ...]) -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), log=tmp_path / "access.log") as front,
        ):
            smuggled = b"0\r\n\r\nGET /admin HTTP/1.1\r\nHost: x\r\n\r\n"
            head = b"".join(line + b"\r\n" for line in (b"POST / HTTP/1.1", b"Host: x", *lines))
            got = await say(front.port, head + b"\r\n" + smuggled)
            assert status(got) == 400
            assert got.count(b"HTTP/1.1") == 1
            assert site.seen == []
            assert site.connections == 0
            assert front.rows()[0]["refused"].startswith("malformed: ")

    run(work)


def test_a_malformed_chunk_ends_the_request_and_the_connection() -> None:
    async def work() -> None:
        for reads in (True, False):
            async with (
                backend() as site,
                proxy(site.port, engine=MarkerEngine(reads=reads)) as front,
            ):
                head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                got = await say(front.port, head, b"3\r\nabc\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n")
                assert status(got) == 400
                assert site.seen == []

    run(work)


def test_a_pipeline_is_answered_in_order() -> None:
    async def work() -> None:
        def answer(seen: Seen) -> bytes:
            return b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + seen.target

        async with backend(answer) as site, proxy(site.port, engine=MarkerEngine()) as front:
            one = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"
            post = b"POST /3 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
            got = await say(front.port, one % 1 + one % 2 + post + asked(b"GET /4 HTTP/1.1"))
            assert [part[:2] for part in got.split(b"\r\n\r\n")[1:]] == [b"/1", b"/2", b"/3", b"/4"]
            assert site.connections == 1
            assert [each.body for each in site.seen] == [b"", b"", b"abc", b""]

    run(work)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", b"abc"),
        (b"HTTP/1.1 103 Early\r\nA: b\r\n\r\n" + OK, b"hello"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc", b"abc"),
    ],
)
def test_answers_are_framed_anew(said: bytes, expected: bytes) -> None:
    async def work() -> None:
        async with backend(lambda _: said) as site, proxy(site.port) as front:
            got = await say(front.port, asked())
            head, _, body = got.partition(b"\r\n\r\n")
            if b"chunked" in head:
                assert body == b"3\r\nabc\r\n0\r\n\r\n"
            else:
                assert body == expected
            old = await say(front.port, b"GET / HTTP/1.0\r\n\r\n")
            assert old.partition(b"\r\n\r\n")[2] == expected
            assert b"chunked" not in old

    run(work)


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        None,
    ],
)
def test_improper_answers_are_502(said: bytes | None) -> None:
    async def work() -> None:
        def answer(_: Seen) -> bytes | None:
            return None if said is None else said

        async with backend(answer) as site, proxy(site.port) as front:
            got = await say(front.port, asked())
            assert status(got) == 502
            assert got.count(b"HTTP/1.1") == 1

    run(work)


def test_bytes_behind_an_answer_reach_no_other_request() -> None:
    async def work() -> None:
        said = OK + OK.replace(b"hello", b"other")
        async with backend(lambda _: said) as site, proxy(site.port) as front:
            one = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
            got = await say(front.port, one, asked())
            assert got.count(b"hello") == 2
            assert b"other" not in got
            assert site.connections == 2

    run(work)


def test_answers_are_judged_before_they_are_sent(tmp_path: Path) -> None:
    async def work() -> None:
        said = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
        for size, expected in ((10, 200), (10, 403), (300_000, 200), (300_000, 403)):
            body = b"x" * size + (MARKER if expected == 403 else b"")
            engine = MarkerEngine(reads_answers=True)
            async with (
                backend(lambda _, b=body: said % len(b) + b) as site,
                proxy(site.port, engine=engine) as front,
            ):
                got = await say(front.port, asked())
                assert status(got) == expected
                assert (MARKER in got) is False
                if expected == 200:
                    assert got.endswith(body)

    run(work)


def test_a_long_answer_is_judged_in_part_and_passed_whole() -> None:
    async def work() -> None:
        body = b"y" * 2_000_000
        said = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        engine = MarkerEngine(reads_answers=True)
        async with backend(lambda _: said) as site, proxy(site.port, engine=engine) as front:
            got = await say(front.port, asked())
            assert got.endswith(body)
            assert engine.cuts[-1] is True

    run(work)


def test_a_body_beyond_the_limit_is_refused_or_passed_in_part() -> None:
    async def work() -> None:
        body = b"z" * 1_200_000
        for framing, sent in (
            (b"Content-Length: %d" % len(body), body),
            (b"Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)),
        ):
            head = asked(b"POST / HTTP/1.1", framing)
            async with backend() as site, proxy(site.port, engine=MarkerEngine()) as front:
                assert status(await say(front.port, head, sent)) == 413
                assert site.seen == []
            engine = MarkerEngine()
            async with backend() as site, proxy(site.port, engine=engine, oversize="pass") as front:
                assert status(await say(front.port, head, sent)) == 200
                assert site.seen[0].body == body
                assert len(engine.bodies[0]) == 1_048_576

    run(work)


def test_a_client_that_waits_to_continue() -> None:
    async def work() -> None:
        for engine in (None, MarkerEngine(), MarkerEngine(reads=False)):
            async with backend() as site, proxy(site.port, engine=engine) as front:
                reader, writer = await asyncio.open_connection("127.0.0.1", front.port)
                writer.write(
                    asked(b"POST / HTTP/1.1", b"Content-Length: 3", b"Expect: 100-continue")
                )
                assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
                writer.write(b"abc")
                assert status(await reader.read()) == 200
                writer.close()
                assert site.seen[0].body == b"abc"
                assert not site.seen[0].header(b"expect")

    run(work)


def test_head_keeps_the_length() -> None:
    async def work() -> None:
        def answer(_: Seen) -> bytes:
            return b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"

        async with backend(answer) as site, proxy(site.port) as front:
            one = b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"
            got = await say(front.port, one, asked(b"HEAD / HTTP/1.1"))
            assert got.count(b"Content-Length: 5") == 2
            assert site.connections == 1

    run(work)


def test_bodies_that_wait_have_one_bound() -> None:
    async def work() -> None:
        held = {"engine": MarkerEngine(reads_answers=True), "held_bytes": 50_000}
        async with backend() as site, proxy(site.port, **held) as front:  # type: ignore[arg-type]
            _, first = await asyncio.open_connection("127.0.0.1", front.port)
            first.write(asked(b"POST / HTTP/1.1", b"Content-Length: 40000", body=b"x" * 30_000))
            await until(lambda: front.plane.held == 30_000)
            body = b"y" * 30_000
            post = asked(b"POST / HTTP/1.1", b"Content-Length: 30000", body=body)
            assert status(await say(front.port, post)) == 503
            first.transport.abort()
            await until(lambda: not front.plane.held)
            assert status(await say(front.port, post)) == 200
            assert front.plane.held == 0
            site.answer = lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + body * 2
            assert status(await say(front.port, asked())) == 503
            assert front.plane.held == 0

    run(work)


def test_a_request_that_must_not_be_sent_twice_meets_no_connection_that_waited() -> None:
    async def work() -> None:
        at = asyncio.get_running_loop().time()
        async with backend() as site, proxy(site.port, times=Times(look=60)) as front:
            (server,) = front.plane.backends.all
            post = asked(b"POST / HTTP/1.1", b"Content-Length: 2")
            for request, waited, connections in (
                (post, 0, 1),
                (post, 0, 1),
                (asked(), 1, 1),
                (post, 1, 2),
                (post, 0, 2),
            ):
                at += waited
                server.tick(at)
                assert status(await say(front.port, request, b"hi")) == 200
                assert site.connections == connections

    run(work)
