"""The listening sockets of one host name and port."""

import asyncio
import socket
from collections.abc import Iterable
from typing import Any

_BACKLOG = 2048
_Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
"""An address as `getaddrinfo` finds one."""


async def listen(host: str, port: int) -> list[socket.socket]:
    """Bind every address of a host to one port, and listen.

    Args:
        host: A name or an address; `localhost` may stand for two.
        port: 0 picks a free one, the same for each address.

    Raises:
        OSError: the name does not resolve, or the port is taken.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    sockets = _bound(found, port)
    try:
        for sock in sockets:
            sock.listen(_BACKLOG)
    except OSError:
        for sock in sockets:
            sock.close()
        raise
    return sockets


def try_port(host: str, port: int) -> None:
    """Bind every address of a host to one port, and let go of them.

    A port that is taken later is found by `listen`.

    Raises:
        OSError: the name does not resolve, or the port is taken.
    """
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for sock in _bound(found, port):
        sock.close()


def _bound(found: Iterable[_Found], port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            sock = socket.socket(family, kind, protocol)
            sockets.append(sock)
            sock.settimeout(0)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind((address[0], port, *address[2:]))
            port = port or sock.getsockname()[1]
    except OSError:
        for sock in sockets:
            sock.close()
        raise
    return sockets
