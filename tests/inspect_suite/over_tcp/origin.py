"""The back end of the suite: `/reflect` answers as the body of the request describes.

Source: albedo, the back end of the Core Rule Set's tests (observed).
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from tests.inspect_suite.stages import answer_of

_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: chunked\r\n", re.IGNORECASE)
_BODILESS = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_FRAMING = (b"content-length", b"transfer-encoding", b"connection")


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection; the proxy writes each anew, so any method will do."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(_answer(head, await _body(reader, head)))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if _CHUNKED.search(head):
        parts = []
        while size := int(await reader.readuntil(b"\r\n"), 16):
            parts.append((await reader.readexactly(size + 2))[:-2])
        await reader.readuntil(b"\r\n")
        return b"".join(parts)
    length = _LENGTH.search(head)
    return await reader.readexactly(int(length[1])) if length else b""


def _answer(asked: bytes, body: bytes) -> bytes:
    method, target, _ = asked.split(b" ", 2)
    response, answer = answer_of(target.decode("latin-1"), body)
    lines = [b"HTTP/1.1 %d Reflected" % response.status]
    for name, value in response.headers:
        if name.lower() not in _FRAMING:
            lines.append(name + b": " + value)
    if response.status not in _BODILESS:
        lines.append(b"Content-Length: %d" % len(answer))
    silent = method == b"HEAD" or response.status in _BODILESS
    return b"".join(line + b"\r\n" for line in [*lines, b""]) + (b"" if silent else answer)


@asynccontextmanager
async def origin() -> AsyncIterator[int]:
    """Serve on a port of loopback; yields the port."""
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
