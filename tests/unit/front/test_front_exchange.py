"""What an application may send, and what its client then gets."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from juyong.api.request import Raw
from juyong.front.exchange import Exchange
from juyong.front.flow import Flow
from juyong.front.head import Head, Wire
from juyong.gateway.whole import Reply, Whole

Application = Callable[[Any, Any, Any], Awaitable[None]]


class Transport:
    """Collects what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def exchange(transport: Transport, *, method: str = "GET", **given: Any) -> Exchange:
    options: dict[str, Any] = {"keep_alive": True, "expects_continue": False}
    return Exchange(
        Head(method=method, path="/", query="", headers={}, lines=[], wire=Wire()),
        transport,
        Flow(transport, write_idle_seconds=1, linger_seconds=1),
        date=b"date: today\r\n",
        on_answered=lambda: None,
        **{**options, **given},
    )


def answered(*messages: dict[str, Any], method: str = "GET", **given: Any) -> Transport:
    """Let an application send these messages."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    transport = Transport()
    made = exchange(transport, method=method, **given)
    made.end_body()
    asyncio.run(made.run(app))
    return transport


def start(status: int = 200, **headers: str) -> dict[str, Any]:
    pairs = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


def part(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


def test_a_short_answer_is_one_write() -> None:
    sent = answered(start(content_length="2"), part(b"ok"))
    assert sent.written == [b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 2\r\n\r\nok"]
    assert not sent.closed


def test_an_answer_without_a_length_is_chunked() -> None:
    sent = answered(start(), part(b"ab", more=True), part(b"", more=True), part(b"c"))
    head, rest = b"".join(sent.written).split(b"\r\n\r\n", 1)
    assert head.endswith(b"\r\ntransfer-encoding: chunked")
    assert rest == b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_an_answer_without_a_body_is_its_head(method: str, status: int) -> None:
    sent = answered(start(status), part(b""), method=method)
    assert b"".join(sent.written).endswith(b"date: today\r\n\r\n")
    assert b"chunked" not in b"".join(sent.written)


def test_the_length_of_what_a_head_request_does_not_get_is_told() -> None:
    sent = answered(start(content_length="5"), part(b"hello"), method="HEAD")
    assert b"".join(sent.written).endswith(b"content-length: 5\r\n\r\n")


@pytest.mark.parametrize("by", ["client", "application"])
def test_either_side_may_end_the_connection(by: str) -> None:
    headers = {"connection": "close"} if by == "application" else {}
    sent = answered(start(content_length="0", **headers), part(b""), keep_alive=by == "application")
    assert sent.closed
    assert b"".join(sent.written).count(b"connection: close\r\n") == 1


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b", "a\nb", "a\rb"])
def test_a_header_cannot_begin_another(value: str) -> None:
    sent = answered(start(x_name=value), part(b""))
    assert sent.written[0].startswith(b"HTTP/1.1 500 ")
    assert sent.closed


@pytest.mark.parametrize("body", [b"abc", b"a"])
def test_a_body_of_another_length_cuts_the_connection(body: bytes) -> None:
    sent = answered(start(content_length="2"), part(body))
    assert sent.closed


def test_an_application_that_fails_is_answered_for() -> None:
    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        raise ValueError("x")

    transport = Transport()
    made = exchange(transport)
    made.end_body()
    asyncio.run(made.run(app))
    assert transport.written[0].startswith(b"HTTP/1.1 500 ")
    assert b'"Code":"InternalError"' in transport.written[0]
    assert transport.closed


def test_an_application_that_says_nothing_is_answered_for() -> None:
    assert answered().written[0].startswith(b"HTTP/1.1 500 ")


def test_half_an_answer_cuts_the_connection() -> None:
    sent = answered(start(content_length="2"), part(b"a", more=True))
    assert sent.closed


async def _received(made: Exchange) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            found.append(await receive())
            more = found[-1].get("more_body", False)
        await send(start(content_length="0"))
        await send(part(b""))

    task = asyncio.ensure_future(made.run(app))
    await asyncio.sleep(0)
    for piece in (b"a", b"b"):
        made.add_body(piece)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    made.end_body()
    await task
    return found


def test_a_body_comes_as_it_arrives_after_the_client_was_told_to_go_on() -> None:
    transport = Transport()
    found = asyncio.run(_received(exchange(transport, method="POST", expects_continue=True)))
    assert [message["body"] for message in found] == [b"a", b"b", b""]
    assert transport.written[0] == b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize("count", [2, 64, 65, 200])
def test_parts_that_came_together_are_received_as_one(count: int) -> None:
    parts = [bytes([number % 256, 1]) for number in range(count)]

    async def scenario() -> dict[str, Any]:
        made = exchange(Transport())
        for part in parts:
            made.add_body(part)
        return dict(await made.receive())

    body = b"".join(parts)
    assert asyncio.run(scenario()) == {"type": "http.request", "body": body, "more_body": True}


def test_a_client_that_left_is_told_of() -> None:
    transport = Transport()

    async def left() -> dict[str, Any]:
        made = exchange(transport)
        waiting = asyncio.ensure_future(made.receive())
        await asyncio.sleep(0)
        made.disconnect()
        return dict(await waiting)

    assert asyncio.run(left()) == {"type": "http.disconnect"}
    assert transport.written == []


class Ours(Whole):
    """Takes whole requests; says when one came through ASGI."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked: list[Raw] = []

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send(start(content_length="4"))
        await send(part(b"asgi"))

    async def whole(self, raw: Raw) -> Reply:
        self.asked.append(raw)
        return self.reply


def reply(**given: Any) -> Reply:
    return Reply(**{"status": 200, "headers": b"content-length: 2\r\n", "body": b"ok", **given})


def replied(app: Whole, *, body: bytes = b"", **given: Any) -> Transport:
    transport = Transport()
    made = exchange(transport, **given)
    made.add_body(body)
    made.end_body()
    asyncio.run(made.run(app))
    return transport


def test_a_whole_request_is_answered_whole_in_one_write() -> None:
    app = Ours(reply())
    sent = replied(app, body=b"abc", method="POST")
    assert sent.written == [b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: 2\r\n\r\nok"]
    assert not sent.closed
    assert [(raw.method, raw.body) for raw in app.asked] == [("POST", b"abc")]


@pytest.mark.parametrize("by", ["client", "application"])
def test_either_side_may_end_the_connection_after_a_whole_answer(by: str) -> None:
    sent = replied(Ours(reply(close=by == "application")), keep_alive=by == "application")
    assert sent.closed
    assert b"".join(sent.written).count(b"connection: close\r\n") == 1


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_a_whole_answer_without_a_body_is_its_head(method: str, status: int) -> None:
    sent = replied(Ours(reply(status=status)), method=method)
    assert b"".join(sent.written).endswith(b"content-length: 2\r\n\r\n")


def test_a_client_that_waits_to_be_told_to_go_on_is_served_by_asgi() -> None:
    sent = replied(Ours(reply()), expects_continue=True)
    assert b"".join(sent.written).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert sent.written[-1].endswith(b"\r\n\r\nasgi")


def test_a_request_that_is_still_arriving_is_served_by_asgi() -> None:
    transport, app = Transport(), Ours(reply())

    async def arriving() -> None:
        made = exchange(transport, method="POST")
        task = asyncio.ensure_future(made.run(app))
        await asyncio.sleep(0)
        made.end_body()
        await task

    asyncio.run(arriving())
    assert transport.written[-1].endswith(b"asgi")
    assert not app.asked


def test_a_whole_answer_that_fails_is_answered_for() -> None:
    class Failing(Ours):
        async def whole(self, raw: Raw) -> Reply:
            raise ValueError(raw.path)

    sent = replied(Failing(reply()))
    assert sent.written[0].startswith(b"HTTP/1.1 500 ")
    assert sent.closed


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_client_that_left_gets_no_whole_answer(when: str) -> None:
    transport, app = Transport(), Ours(reply())
    made = exchange(transport)
    made.end_body()

    class Leaving(Ours):
        async def whole(self, raw: Raw) -> Reply:
            made.disconnect()
            return await app.whole(raw)

    if when == "before":
        made.disconnect()
    asyncio.run(made.run(Leaving(reply())))
    assert not transport.written
    assert len(app.asked) == (when == "meanwhile")


def test_a_slow_client_gets_its_whole_answer_once_it_has_taken_what_was_sent() -> None:
    transport = Transport()

    async def slow() -> None:
        made = exchange(transport)
        made.end_body()
        made._flow.pause_writing()  # as the transport does
        task = asyncio.ensure_future(made.run(Ours(reply())))
        await asyncio.sleep(0)
        assert not transport.written
        made._flow.resume_writing()
        await task

    asyncio.run(slow())
    assert transport.written[-1].endswith(b"ok")
