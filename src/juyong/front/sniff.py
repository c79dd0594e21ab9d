"""Looking at a socket's first bytes without taking them.

Peeked bytes stay in the socket, so TLS or HTTP starts on a fresh transport and reads them again.
"""

import asyncio
import socket

from juyong.front.opening import SNIFF_BYTES, Opening, classify

_END = b"\r\n\r\n"
_RECHECK_SECONDS = 0.02


class PeerGone(ConnectionError):
    """The peer closed before its first bytes were complete."""


class HeadTooLarge(ValueError):
    """A CONNECT head went beyond its bound."""


async def readable(sock: socket.socket) -> None:
    """Wait until a socket has bytes to read, or has been closed by its peer."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_reader(sock, _wake, ready)
    try:
        await ready
    finally:
        loop.remove_reader(sock)


def _wake(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)


async def peek(sock: socket.socket, size: int) -> bytes:
    """Return up to size bytes that can be read now, leaving them; waits for the first.

    Raises:
        PeerGone: the peer has closed.
        OSError: the connection failed.
    """
    while True:
        try:
            data = sock.recv(size, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            await readable(sock)
            continue
        if not data:
            raise PeerGone
        return data


def has_bytes(sock: socket.socket) -> bool:
    """Tell whether a socket has bytes that can be read now, leaving them."""
    try:
        return bool(sock.recv(1, socket.MSG_PEEK))
    except (BlockingIOError, InterruptedError):
        return False


async def opening(sock: socket.socket) -> Opening:
    """Wait until the first bytes tell the protocol.

    Raises:
        PeerGone: the peer has closed.
        OSError: the connection failed.
    """
    # Peeked bytes keep the socket readable, so there is no event to wait for; a first line cut
    # within its first word is rare enough to look again now and then.
    while (found := classify(await peek(sock, SNIFF_BYTES))) is None:  # noqa: ASYNC110
        await asyncio.sleep(_RECHECK_SECONDS)
    return found


async def take_head(sock: socket.socket, limit: int) -> bytes:
    """Take a request head, up to and with its empty line, and not a byte more.

    Raises:
        HeadTooLarge: no empty line within limit bytes.
        PeerGone: the peer has closed.
        OSError: the connection failed.
    """
    head = b""
    while True:
        seen = await peek(sock, limit + len(_END))
        end = (head + seen).find(_END)
        if end >= 0:
            wanted = end + len(_END) - len(head)
            head += sock.recv(wanted)
        else:
            head += sock.recv(len(seen))
        if (end if end >= 0 else len(head)) > limit:
            raise HeadTooLarge
        if end >= 0:
            return head
