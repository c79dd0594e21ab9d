"""Where an answer ends, as a client of HTTP/1.1 is told.

Source: RFC 9112, 6 (documented).
"""

from typing import Final

import msgspec

from juyong.waf.http1.reading import AnyRequest, AnyResponse

_SWITCHING: Final = 101
_BODILESS: Final = (204, 304)


class Framing(msgspec.Struct, frozen=True):
    """How an answer is written.

    lines: The headers that say so, each with its end.
    mute: Whether the answer has no body whatever its head says, since HEAD was asked.
    chunked: Whether the body goes out in chunks.
    closes: Whether the connection ends with the answer.
    switches: Whether the connection speaks another protocol from now on.
    """

    lines: bytes
    mute: bool = False
    chunked: bool = False
    closes: bool = False
    switches: bool = False


def framing_of(asked: AnyRequest | None, head: AnyResponse, length: int, *, close: bool) -> Framing:
    """Decide how an answer is framed.

    Args:
        asked: The request; None where the bytes were no request.
        head: The head of the answer.
        length: The bytes of the body; negative where the length is not known yet.
        close: Whether the connection is to end with the answer.
    """
    mute = asked is not None and asked.method == b"HEAD"
    chunked = False
    if head.status == _SWITCHING:
        lines = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
    elif mute:
        lines = length_line(head.length) if head.length >= 0 else b""
    elif head.status in _BODILESS:
        lines = b""
    elif length >= 0:
        lines = length_line(length)
    elif asked is not None and asked.version == "HTTP/1.0":
        lines, close = b"", True
    else:
        lines, chunked = b"Transfer-Encoding: chunked\r\n", True
    closes = close or asked is None or not asked.keeps
    if closes:
        lines += b"Connection: close\r\n"
    return Framing(lines, mute, chunked, closes, head.status == _SWITCHING)


def length_line(length: int) -> bytes:
    """Return the header with the length of a body, in bytes."""
    return b"Content-Length: %d\r\n" % length
