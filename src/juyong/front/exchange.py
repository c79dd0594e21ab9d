"""One request and its answer: what an application receives and sends."""

import asyncio
from collections.abc import Callable, MutableMapping
from http import HTTPStatus
from typing import Any

from juyong.base.log import log
from juyong.front.flow import HIGH_WATER_BYTES, Flow
from juyong.front.head import Head
from juyong.front.refusal import FAILED
from juyong.gateway.holding import Holding
from juyong.gateway.whole import Asgi, Reply, Whole, sent_blocks

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_BODILESS = (204, 304)
_MOST_PARTS = 64
"""Parts of a body that wait side by side."""
_CLOSE_AND_END = b"connection: close\r\n\r\n"
STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


class Exchange:
    """Carries one request to the application and its answer back.

    PERF: head and body of a short answer go out in one write. An application that takes requests
    whole gets a body that arrived with its head without ASGI.

    Args:
        request: The request without its body.
        transport, flow: The connection's.
        date: The line with the Date header, its end included.
        keep_alive: Whether the client lets the connection go on.
        expects_continue: The client waits for `100 Continue` before it sends the body.
        on_answered: Told when the answer is complete.

    holding counts what the request takes of the memory of all; None while it is small.
    """

    __slots__ = (
        "_body",
        "_chunked",
        "_date",
        "_expects_continue",
        "_flow",
        "_head",
        "_left",
        "_news",
        "_on_answered",
        "_request",
        "_size",
        "_transport",
        "answered",
        "disconnected",
        "holding",
        "keep_alive",
        "more_body",
        "started",
    )

    def __init__(
        self,
        request: Head,
        transport: Any,
        flow: Flow,
        *,
        date: bytes,
        keep_alive: bool,
        expects_continue: bool,
        on_answered: Callable[[], None],
    ) -> None:
        self._request = request
        self._transport = transport
        self._flow = flow
        self._date = date
        self.keep_alive = keep_alive
        self._expects_continue = expects_continue
        self._on_answered = on_answered
        self._body: list[bytes] = []
        self._size = 0
        self._head = b""
        self._left = 0
        self._chunked = False
        self._news: asyncio.Future[None] | None = None
        self.more_body = True
        self.started = False
        self.answered = False
        self.disconnected = False
        self.holding: Holding | None = None

    async def run(self, app: Asgi) -> None:
        """Let the application answer; if it fails, answer in its place."""
        try:
            if isinstance(app, Whole) and not (self.more_body or self._expects_continue):
                await self._run_whole(app)
            else:
                await app(self._request.scope(), self.receive, self.send)
        except asyncio.CancelledError:
            await self._give_up()
            raise
        except Exception as failure:  # noqa: BLE001  # any application's, and a client waits
            log().exception("application failed", cause=type(failure).__name__)
        await self._give_up()

    async def _run_whole(self, app: Whole) -> None:
        if self.disconnected:
            return
        reply = await app.whole(self._request.with_body(self._taken()))
        if self._flow.write_paused:
            await self._flow.drained()
        if not self.disconnected:
            await self._write_reply(reply)

    async def _write_reply(self, reply: Reply) -> None:
        if reply.content is None or self._is_bodiless(reply.status):
            self._write_whole(reply)
            return
        self._write_head(reply)
        async for block in sent_blocks(reply.content):
            if self._flow.write_paused:
                await self._flow.drained()
            if self.disconnected:
                return
            self._transport.write(block)
        self._finish()

    async def _give_up(self) -> None:
        """Answer in place of a failed application, or close if half of its answer went out."""
        if self.answered or self.disconnected:
            return
        if self.started:
            self._flow.close()
            return
        await FAILED(self._request.scope(), self.receive, self.send)

    # --- from the connection ---

    def streams(self, app: Asgi) -> bool:
        """Tell whether the application takes the body while it arrives, so that it stays short."""
        return isinstance(app, Whole) and app.streams(self._request.with_body(b""))

    def add_body(self, data: bytes) -> None:
        """Take bytes of the body; reading pauses while much of it waits for the application.

        PERF: parts are put together once; of many small ones, each takes more memory than it has.
        """
        if self.answered:
            return
        self._body.append(data)
        self._size += len(data)
        if len(self._body) > _MOST_PARTS:
            self._body = [b"".join(self._body)]
        if self._size > HIGH_WATER_BYTES:
            self._flow.pause_reading()
        self._wake()

    def _taken(self) -> bytes:
        """Return what waits of the body, which then waits no more."""
        parts, self._body, self._size = self._body, [], 0
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def end_body(self) -> None:
        """Note that the body is whole."""
        self.more_body = False
        if self.holding is not None:
            self.holding.arrived()
        self._wake()

    def disconnect(self) -> None:
        """Note that the client is gone."""
        self.disconnected = not self.answered
        self._let_go()
        self._wake()

    def _let_go(self) -> None:
        if self.holding is not None:
            self.holding.end()
            self.holding = None

    def _wake(self) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    # --- for the application ---

    async def receive(self) -> MutableMapping[str, Any]:
        """Return what arrived of the body, waiting for some; or that the client is gone."""
        if self._expects_continue and not self._transport.is_closing():
            self._expects_continue = False
            self._transport.write(_CONTINUE)
        if not self._body and self.more_body and not (self.answered or self.disconnected):
            self._flow.resume_reading()
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        if self.answered or self.disconnected:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": self._taken(), "more_body": self.more_body}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Take the head of the answer, then its body.

        Raises:
            RuntimeError: not in that order, or not what the head promised.
        """
        if self._flow.write_paused and not self.disconnected:
            await self._flow.drained()
        if self.disconnected:
            return
        if self.answered:
            raise RuntimeError("the answer was complete")
        kind = message["type"]
        if not self.started:
            if kind != "http.response.start":
                raise RuntimeError(f"`{kind}` before the head of the answer")
            self._head = self._rendered(message["status"], message.get("headers", ()))
            self.started = True
            return
        if kind != "http.response.body":
            raise RuntimeError(f"`{kind}` in the body of the answer")
        self._write(message.get("body", b""), more=message.get("more_body", False))

    def _rendered(self, status: int, headers: Any) -> bytes:
        """Write the head of the answer, and note what it says of the body and the connection."""
        self._expects_continue = False
        length = None
        chunked = closing = False
        lines = [STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status, self._date]
        for name, value in headers:
            key = name.lower()
            if key == b"content-length":
                length = int(value)
            elif key == b"transfer-encoding":
                chunked = value.lower() == b"chunked"
            elif key == b"connection":
                closing = b"close" in value.lower()
            lines.append(b"%b: %b\r\n" % (key, value))
        if closing:
            self.keep_alive = False
        elif not self.keep_alive:
            lines.append(b"connection: close\r\n")
        bodiless = self._is_bodiless(status)
        if length is None and not chunked and not bodiless:
            chunked = True
            lines.append(b"transfer-encoding: chunked\r\n")
        self._chunked = chunked and not bodiless
        self._left = 0 if bodiless or chunked else length or 0
        head = b"".join(lines)
        # SECURITY: a line break inside a header would let a value begin headers, or an answer.
        if head.count(b"\r") != len(lines) or head.count(b"\n") != len(lines):
            raise RuntimeError("a header of the answer holds a line break")
        return head + b"\r\n"

    def _write_whole(self, reply: Reply) -> None:
        self._write_head(reply, b"" if self._is_bodiless(reply.status) else reply.body)
        self._finish()

    def _write_head(self, reply: Reply, body: bytes = b"") -> None:
        if reply.close:
            self.keep_alive = False
        self.started = True
        self._transport.write(
            b"".join(
                (
                    STATUS_LINES[reply.status],
                    self._date,
                    reply.headers,
                    b"\r\n" if self.keep_alive else _CLOSE_AND_END,
                    body,
                )
            )
        )

    def _is_bodiless(self, status: int) -> bool:
        return self._request.method == "HEAD" or status in _BODILESS

    def _write(self, body: bytes, *, more: bool) -> None:
        head, self._head = self._head, b""
        if self._request.method == "HEAD":
            body = b""
        if self._chunked:
            data = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            data += b"" if more else b"0\r\n\r\n"
        else:
            self._left -= len(body)
            if self._left < 0:
                raise RuntimeError("the body is longer than its content-length")
            data = body
        if head or data:
            self._transport.write(head + data)
        if more:
            return
        if self._left:
            raise RuntimeError("the body is shorter than its content-length")
        self._finish()

    def _finish(self) -> None:
        self.answered = True
        self._body = []
        self._let_go()
        if self.more_body and not self.keep_alive:
            self._flow.linger()
        elif not self.keep_alive:
            self._flow.close()
        self._on_answered()
