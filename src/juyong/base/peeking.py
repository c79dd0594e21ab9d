"""Looking at a socket's first bytes without taking them, and waiting for the first one."""

import asyncio
import socket

_LOOK_AGAIN_SECONDS = 0.02


class PeerGone(ConnectionError):
    """The peer closed before its first bytes were complete."""


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


async def peek_beyond(sock: socket.socket, seen: int, size: int) -> bytes:
    """Return up to size bytes once more than `seen` can be read, leaving them.

    The kernel is told how many bytes are awaited (SO_RCVLOWAT), since those that were seen would
    keep the socket readable. A wake-up without a further byte, as where the peer has closed its
    side, is followed by a pause; the caller sets a deadline.

    Args:
        seen: How many bytes were seen; fewer than size.
        size: The most to return.

    Raises:
        PeerGone: the peer has closed, and sent nothing.
        OSError: the connection failed.
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, seen + 1)
    try:
        while len(data := await peek(sock, size)) <= seen:
            await readable(sock)
            if not _has(sock, seen + 1):
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        return data
    finally:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)


def _has(sock: socket.socket, count: int) -> bool:
    return len(sock.recv(count, socket.MSG_PEEK)) == count
