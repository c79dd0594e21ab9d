"""Names and values in the form of URLs: `a=1&b=%20`."""

import re
from urllib.parse import unquote_to_bytes

Pair = tuple[bytes, bytes]
"""A name and a value, both decoded."""

_BAD = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def decode_percent(text: bytes) -> bytes:
    """Replace each `%` that two hexadecimal digits follow; other `%` stay as they are."""
    return unquote_to_bytes(text) if b"%" in text else text


def has_bad_percent(text: bytes) -> bool:
    """Tell whether a `%` stands there that two hexadecimal digits do not follow."""
    return _BAD.search(text) is not None


def read_pairs(text: bytes, separator: bytes = b"&", *, most: int = -1) -> list[Pair]:
    """Return names and values in order, equal names each time.

    Only the separator divides; a name ends at the first `=`. `+` is a space. Empty pieces are
    passed over, since no server makes an argument of them.

    Args:
        separator: One byte.
        most: Pieces that are read; the last one holds all that follows. -1 for all.

    >>> read_pairs(b"a=1&a=%2B+&b&&=c%")
    [(b'a', b'1'), (b'a', b'+ '), (b'b', b''), (b'', b'c%')]

    Source: URL standard, application/x-www-form-urlencoded parsing (documented).
    """
    if not text:
        return []
    if b"+" in text:
        text = text.replace(b"+", b" ")
    found: list[Pair] = []
    for piece in text.split(separator, most):
        if piece:
            name, _, value = piece.partition(b"=")
            found.append((decode_percent(name), decode_percent(value)))
    return found
