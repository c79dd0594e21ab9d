"""Applications that take a request whole, and answer it whole."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from juyong.gateway.answer import Answer
from juyong.gateway.answer_headers import header_lines
from juyong.gateway.request import Raw

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


class Reply(msgspec.Struct, frozen=True, kw_only=True, eq=False, gc=False):
    r"""One answer, ready to be written.

    headers: Its header lines, each with its end `\r\n`. close: The connection ends after it.
    """

    status: int
    headers: bytes
    body: bytes
    close: bool = False


def reply_of(answer: Answer, *, any_origin: bool = True, close: bool = False) -> Reply:
    """Make an answer ready; `any_origin` as in `header_lines`."""
    headers = header_lines(answer, any_origin=any_origin)
    return Reply(status=answer.status, headers=headers, body=answer.body, close=close)


class Whole:
    """An ASGI application that has a second door.

    PERF: most requests arrive with their last byte before the application runs. Then the server
    hands over the request, and gets the answer, without a scope, events and lists of headers.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        raise NotImplementedError

    async def whole(self, raw: Raw) -> Reply:
        """Answer a request whose body is whole."""
        raise NotImplementedError
