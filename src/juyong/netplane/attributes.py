"""Attributes of netlink messages: a length, a number and a value, one after the other.

Source: the manual page netlink(7) (documented).
"""

import struct
from collections.abc import Iterator

_ATTRIBUTE = struct.Struct("=HH")
_NUMBER = 0x3FFF
"""Without the marks that say that a value holds attributes, or has the order of networks."""


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield number and value of each attribute; what is cut short is left out."""
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        size, kind = _ATTRIBUTE.unpack_from(data, at)
        if size < _ATTRIBUTE.size or at + size > len(data):
            return
        yield kind & _NUMBER, data[at + _ATTRIBUTE.size : at + size]
        at += aligned(size)


def attribute(kind: int, value: bytes) -> bytes:
    """Write an attribute."""
    size = _ATTRIBUTE.size + len(value)
    return _ATTRIBUTE.pack(size, kind) + value + bytes(aligned(size) - size)


def aligned(size: int) -> int:
    """Return the room that so many bytes take."""
    return (size + 3) & ~3
