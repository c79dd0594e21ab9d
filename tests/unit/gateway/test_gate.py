"""The gate: shut, it answers by itself; shutting, it waits for the calls it let through."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from juyong.gateway.gate import Gate

Sent = list[dict[str, Any]]


def scope(path: str = "/", query: bytes = b"", host: bytes = b"127.0.0.1:8480") -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query,
        "headers": [(b"host", host)],
    }


async def ask(gate: Gate, **about: Any) -> Sent:
    sent: Sent = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("a shut gate reads no body")

    await gate({**scope(), **about}, receive, send)
    return sent


def answer(sent: Sent) -> tuple[int, dict[bytes, bytes], bytes]:
    start, body = sent
    return start["status"], dict(start["headers"]), body["body"]


def test_shut_gate_refuses_calls_and_says_why_to_health() -> None:
    status, headers, body = answer(asyncio.run(ask(Gate())))
    assert (status, json.loads(body)["Code"]) == (503, "ServiceUnavailable")
    assert headers[b"content-type"] == b"application/json;charset=utf-8"
    assert headers[b"connection"] == b"close"
    status, _, body = answer(asyncio.run(ask(Gate(), **scope("/health"))))
    assert (status, json.loads(body)) == (503, {"status": "sealed"})


@pytest.mark.parametrize(
    "about",
    [
        scope("/health", host=b"ram.aliyuncs.com"),
        scope("/metrics"),
        scope("/signin"),
        scope("/health2"),
        {**scope("/health"), "method": "POST"},
    ],
)
def test_nothing_else_is_told(about: dict[str, Any]) -> None:
    status, _, body = answer(asyncio.run(ask(Gate(), **about)))
    assert (status, json.loads(body)["Code"]) == (503, "ServiceUnavailable")


def test_refusal_comes_in_the_format_asked_for() -> None:
    status, headers, body = answer(asyncio.run(ask(Gate(), **scope(query=b"Format=XML&A=b"))))
    assert status == 503
    assert headers[b"content-type"] == b"text/xml;charset=utf-8"
    assert b"<Code>ServiceUnavailable</Code>" in body


def test_answer_to_head_has_no_body() -> None:
    _, headers, body = answer(asyncio.run(ask(Gate(), **{**scope(), "method": "HEAD"})))
    assert body == b""
    assert int(headers[b"content-length"]) > 0


def behind(done: asyncio.Event) -> Callable[..., Awaitable[None]]:
    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        await done.wait()
        await send("answered")

    return application


def test_shutting_waits_for_calls_under_way_and_lets_no_other_in() -> None:
    async def story() -> None:
        gate, done = Gate(), asyncio.Event()
        gate.open(behind(done))
        calls = [asyncio.ensure_future(ask(gate)) for _ in range(2)]
        await asyncio.sleep(0)
        shutting = asyncio.ensure_future(gate.shut(10))
        await asyncio.sleep(0)
        assert answer(await ask(gate))[0] == 503
        assert not shutting.done()
        done.set()
        assert await shutting is True
        assert [await call for call in calls] == [["answered"]] * 2
        gate.open(behind(done))
        assert await ask(gate) == ["answered"]
        assert await gate.shut(0) is True

    asyncio.run(story())


def test_shutting_does_not_wait_for_ever() -> None:
    async def story() -> None:
        gate, done = Gate(), asyncio.Event()
        gate.open(behind(done))
        call = asyncio.ensure_future(ask(gate))
        await asyncio.sleep(0)
        assert await gate.shut(0.01) is False
        done.set()
        await call

    asyncio.run(story())


def test_other_scopes_are_ignored() -> None:
    assert asyncio.run(ask(Gate(), type="lifespan")) == []
