"""What an application may send, and what its client then gets."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from juyong.front.exchange import Exchange
from juyong.front.flow import Flow

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
        {"type": "http", "method": method},
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
