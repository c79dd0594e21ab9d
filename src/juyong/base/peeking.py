"""Looking at a socket's first bytes without taking them, and waiting for the first one."""

import asyncio
import socket


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
