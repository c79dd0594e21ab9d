"""Bodies beyond what is held in memory: they wait on the disk, and are judged whole."""

import asyncio
import json
from base64 import b64encode
from functools import partial
from pathlib import Path
from random import Random
from threading import Event

import msgspec
import pytest
from tests.unit.waf.frames import POST, asker
from tests.unit.waf.proxied import (
    Marked,
    MarkerEngine,
    asked,
    backend,
    proxy,
    run,
    say,
    status,
)
from tests.unit.waf.test_own_pack_in_the_proxy import own
from tests.waiting import until

from juyong.engines.inspect.http import Request
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.verdict import Verdict
from juyong.waf.shares import Shares, holder_of

_LONG = 1_000_000
_FORM, _JSON = b"application/x-www-form-urlencoded", b"application/json"
_ATTACK = "1 union select password from users"


def _form(last: str = "tea") -> bytes:
    text = "It+was+a+fine+day.+" * (_LONG // 19)
    return f"text={text}&last={last.replace(' ', '+')}".encode()


def _json(last: str = "tea") -> bytes:
    image = b64encode(Random(0).randbytes(_LONG * 3 // 4)).decode()  # noqa: S311
    return json.dumps({"name": "a photograph", "image": image, "last": last}).encode()


def _posted(kind: bytes, *lines: bytes) -> bytes:
    return asked(b"POST /save HTTP/1.1", b"Content-Type: " + kind, b"Accept: */*", *lines)


def _sent(kind: bytes, body: bytes, *, chunked: bool) -> list[bytes]:
    if not chunked:
        return [_posted(kind, b"Content-Length: %d" % len(body)), body]
    return [
        _posted(kind, b"Transfer-Encoding: chunked"),
        *(b"%x\r\n%b\r\n" % (len(part), part) for part in _pieces(body, 60_000)),
        b"0\r\n\r\n",
    ]


def _pieces(body: bytes, size: int) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize(("kind", "made"), [(_FORM, _form), (_JSON, _json)])
def test_a_long_body_is_judged_to_its_end(kind: bytes, made: object, *, native: bool) -> None:
    assert callable(made)

    async def work() -> None:
        async with backend() as site, proxy(site.port, engine=own(native=native)) as front:
            for chunked in (False, True):
                body = made()
                assert status(await say(front.port, *_sent(kind, body, chunked=chunked))) == 200
                assert site.seen.pop().body == body
                attack = made(_ATTACK)
                assert status(await say(front.port, *_sent(kind, attack, chunked=chunked))) == 403
                assert site.seen == []
            assert front.plane.held == front.plane.spooled == 0

    run(work)


@pytest.mark.parametrize("native", [True, False])
def test_a_list_of_an_api_is_judged_to_its_end(*, native: bool) -> None:
    many = list(range(5_000))
    bodies = ((many, 200), ([*many, _ATTACK], 403), (list(range(Limits().values)), 403))

    async def work() -> None:
        async with backend() as site, proxy(site.port, engine=own(native=native)) as front:
            for values, wanted in bodies:
                sent = _sent(_JSON, json.dumps(values).encode(), chunked=False)
                assert status(await say(front.port, *sent)) == wanted
            assert [json.loads(seen.body) for seen in site.seen] == [many]

    run(work)


def test_a_site_has_a_limit_of_its_own() -> None:
    limits = msgspec.structs.replace(Limits(), body_without_files=2_000_000)

    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), limits=limits) as front,
        ):
            for size, wanted in ((2_000_000, 200), (2_000_001, 413)):
                sent = _sent(_FORM, b"a" * size, chunked=False)
                assert status(await say(front.port, *sent)) == wanted
            sent = _sent(_FORM, b"a" * 1_999_990 + b"attack", chunked=True)
            assert status(await say(front.port, *sent)) == 403
            assert len(site.seen) == 1

    run(work)


def test_a_long_body_by_http2() -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), http2="clear") as front,
            asker(front.port) as client,
        ):
            kind = (b"content-type", _JSON)
            for body, wanted in ((_json(), 200), (_json("attack"), 403)):
                answer = await client.answer(client.ask([*POST, kind], body))
                assert answer.status == wanted
            assert [seen.body for seen in site.seen] == [_json()]

    run(work)


def test_a_long_body_waits_on_the_disk(tmp_path: Path) -> None:
    async def work() -> None:
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), spool=str(tmp_path)) as front,
        ):
            body = _json()
            _, writer = await asyncio.open_connection("127.0.0.1", front.port)
            writer.write(_posted(_JSON, b"Content-Length: %d" % len(body)) + body[:-9])
            await until(lambda: front.plane.spooled > _LONG / 2)
            assert front.plane.held < 300_000
            writer.transport.abort()
            await until(lambda: not front.plane.connections)
            assert front.plane.held == front.plane.spooled == 0

    run(work)


class _Slow(Marked):
    """An inspection that stands still on long bodies."""

    go = Event()
    under_way: list[int] = []  # noqa: RUF012

    def request_body(self, body: bytes, *, cut: bool = False) -> Verdict | None:
        if len(body) > _LONG:
            self.under_way.append(len(body))
            self.go.wait(5)
        return super().request_body(body, cut=cut)


class _SlowEngine(MarkerEngine):
    def inspect(self, request: Request) -> Marked:
        return _Slow(self, request)


def test_one_long_body_is_judged_at_a_time_and_holds_up_no_short_one() -> None:
    async def work() -> None:
        _Slow.go.clear()
        _Slow.under_way.clear()
        async with backend() as site, proxy(site.port, engine=_SlowEngine()) as front:
            long = _sent(_JSON, _json(), chunked=False)
            waiting = [asyncio.create_task(say(front.port, *long)) for _ in range(3)]
            await until(lambda: front.plane.spooled > 2 * _LONG and bool(_Slow.under_way))
            short = _sent(_FORM, b"a=" + b"b" * 100_000, chunked=False)
            assert status(await say(front.port, *short)) == 200
            assert len(_Slow.under_way) == 1
            _Slow.go.set()
            assert [status(await each) for each in waiting] == [200] * 3

    run(work)


def test_what_is_read_whole_counts_as_memory() -> None:
    async def work() -> None:
        bounds = {"engine": MarkerEngine(), "held_bytes": 900_000}
        async with backend() as site, proxy(site.port, **bounds) as front:  # type: ignore[arg-type]
            long = _sent(_JSON, _json(), chunked=False)
            assert status(await say(front.port, *long)) == 503
            short = _sent(_FORM, b"a=" + b"b" * 100_000, chunked=False)
            assert status(await say(front.port, *short)) == 200
            assert front.plane.held == front.plane.spooled == 0

    run(work)


@pytest.mark.parametrize("bound", ["held_bytes_of_client", "spooled_bytes_of_client"])
def test_one_client_does_not_take_all_room(bound: str) -> None:
    body = _json()
    size, most = (200_000, 450_000) if bound == "held_bytes_of_client" else (700_000, 900_000)

    async def work() -> None:
        engine = MarkerEngine()
        async with (
            backend() as site,
            proxy(site.port, engine=engine, **{bound: most}) as front,
        ):
            head = _posted(_JSON, b"Content-Length: %d" % size)
            say_it = partial(_from, front.port, head + body[: size - 9])
            async with asyncio.TaskGroup() as tasks:
                waiting = [tasks.create_task(say_it("127.0.0.2")) for _ in range(5)]
                await until(lambda: any(each.done() for each in waiting))
                assert {status(each.result()) for each in waiting if each.done()} == {503}
                other = head + body[:size]
                assert status(await _from(front.port, other, "127.0.0.3")) == 200
                for each in waiting:
                    each.cancel()
            await until(lambda: not front.plane.held + front.plane.spooled)

    run(work)


async def _from(port: int, sent: bytes, address: str) -> bytes:
    """Send bytes from an address of this machine, and return what is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    try:
        writer.write(sent)
        return await reader.read(65_536)
    finally:
        writer.transport.abort()


def test_a_share_has_two_bounds() -> None:
    shares = Shares(100, 60)
    assert shares.add("a", 60)
    assert not shares.add("a", 1)
    assert shares.add("a", -1)
    assert shares.add("b", 40)
    assert not shares.add("c", 1)
    shares.add("c", -1)
    shares.add("a", -60)
    assert shares.add("", 60)
    assert not shares.add("", 1)
    assert shares.size == 101


def test_an_address_of_a_network_counts_for_its_network() -> None:
    assert holder_of("2001:db8::1") == holder_of("2001:db8::ffff:1") == "2001:db8::/64"
    assert holder_of("2001:db8:0:1::1") != holder_of("2001:db8::1")
    assert holder_of("::ffff:192.0.2.7") == holder_of("192.0.2.7") == "192.0.2.7"


def test_clients_behind_a_proxy_that_names_them_have_shares_of_their_own() -> None:
    async def work() -> None:
        async with backend() as site, proxy(site.port, trusted=("192.0.2.0/24",)) as front:
            assert front.plane.holder_of("192.0.2.9") == ""
            assert front.plane.holder_of("198.51.100.9") == "198.51.100.9"

    run(work)
