"""Looking at a socket's first bytes without taking them.

Peeked bytes stay in the socket, so TLS or HTTP starts on a fresh transport and reads them again.
"""

import socket

from juyong.base.peeking import peek, peek_beyond
from juyong.front.opening import SNIFF_BYTES, Opening, classify

_END = b"\r\n\r\n"


class HeadTooLarge(ValueError):
    """A CONNECT head went beyond its bound."""


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
    seen = await peek(sock, SNIFF_BYTES)
    while (found := classify(seen)) is None:
        seen = await peek_beyond(sock, len(seen), SNIFF_BYTES)
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
