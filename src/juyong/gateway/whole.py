"""Applications that take a request whole, and answer it whole."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

import msgspec

from juyong.api.answers import Answer
from juyong.api.request import Raw
from juyong.gateway.answer_headers import header_lines
from juyong.gateway.thread_work import ThreadWork

if TYPE_CHECKING:
    from juyong.blobs.content import Content

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


class Reply(msgspec.Struct, frozen=True, kw_only=True, eq=False, gc=False):
    r"""One answer, ready to be written.

    headers: Its header lines, each with its end `\r\n`. close: The connection ends after it.
    content: The body where it is sent as it is read.
    """

    status: int
    headers: bytes
    body: bytes
    close: bool = False
    content: "Content | None" = None


def reply_of(answer: Answer, *, any_origin: bool = True, close: bool = False) -> Reply:
    """Make an answer ready; `any_origin` as in `header_lines`."""
    headers = header_lines(answer, any_origin=any_origin)
    return Reply(
        status=answer.status,
        headers=headers,
        body=answer.body,
        close=close,
        content=answer.content,
    )


async def sent_blocks(content: "Content") -> AsyncIterator[bytes]:
    """Yield the blocks of a body; a thread reads and opens one while the one before is sent."""
    blocks = content.blocks()
    if not content.waits:
        for block in blocks:
            yield block
        return
    reading = ThreadWork()
    try:
        await reading.begin(next, blocks, None)
        while (read := await reading.end()) is not None:
            await reading.begin(next, blocks, None)
            yield read
    finally:
        await reading.settle()


class Whole:
    """An ASGI application that has a second door.

    PERF: most requests arrive with their last byte before the application runs. Then the server
    hands over the request, and gets the answer, without a scope, events and lists of headers.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        raise NotImplementedError

    def streams(self, head: Raw) -> bool:  # noqa: ARG002  # most applications stream nothing
        """Tell whether a request is served before its body is whole."""
        return False

    async def whole(self, raw: Raw) -> Reply:
        """Answer a request whose body is whole."""
        raise NotImplementedError
