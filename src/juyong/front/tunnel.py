"""A byte tunnel between a client and an allowed host."""

import asyncio
import contextlib
import socket

_CHUNK_BYTES = 64 * 1024


async def dial(host: str, port: int, *, seconds: float) -> socket.socket:
    """Connect to the first address of a host that answers.

    Raises:
        OSError: the name does not resolve, or no address answers (TimeoutError among them).
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(seconds):
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        failure: OSError = ConnectionError("the host has no address")
        for family, kind, protocol, _, address in found:
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(0)
                await loop.sock_connect(sock, address)
            except OSError as cause:
                sock.close()
                failure = cause
            except asyncio.CancelledError:
                sock.close()
                raise
            else:
                return sock
        raise failure


async def relay(left: socket.socket, right: socket.socket, *, idle_seconds: float) -> None:
    """Copy bytes both ways until both sides have closed, one fails, or neither says anything.

    The end of one direction is passed on and the other goes on. At most one chunk of 64 KiB is held
    a direction: a slow reader slows its writer. The sockets stay open for the caller to close.
    """
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(idle_seconds) as idle:
            try:
                async with asyncio.TaskGroup() as directions:
                    directions.create_task(_copy(left, right, idle, idle_seconds))
                    directions.create_task(_copy(right, left, idle, idle_seconds))
            except* OSError:
                # One direction failed and the group ended the other: the tunnel is over.
                pass


async def _copy(
    source: socket.socket, sink: socket.socket, idle: asyncio.Timeout, idle_seconds: float
) -> None:
    loop = asyncio.get_running_loop()
    while chunk := await loop.sock_recv(source, _CHUNK_BYTES):
        await loop.sock_sendall(sink, chunk)
        idle.reschedule(loop.time() + idle_seconds)
    sink.shutdown(socket.SHUT_WR)
