"""Percent-encoding, and UTF-8 written as %uHHHH."""

import re
from functools import lru_cache

from juyong.engines.inspect.transforms.codes import bytes_of

_DIGITS = "0123456789abcdefABCDEF"
_BYTE_OF = {(a + b).encode(): bytes.fromhex(a + b) for a in _DIGITS for b in _DIGITS}


def url_decode(value: bytes) -> bytes:
    """Make `+` a space and %HH the byte; a percent without two hexadecimal digits stays."""
    if b"+" in value:
        value = value.replace(b"+", b" ")
    if b"%" not in value:
        return value
    first, *rest = value.split(b"%")
    parts = [first]
    for part in rest:
        byte = _BYTE_OF.get(part[:2])
        parts += (b"%", part) if byte is None else (byte, part[2:])
    decoded = b"".join(parts)
    return value if decoded == value else decoded


_UNI = re.compile(rb"%(?:[uU]([0-9a-fA-F]{4})|([0-9a-fA-F]{2}))")


def url_decode_uni(value: bytes) -> bytes:
    """Decode as `url_decode`, and %uHHHH as `bytes_of` says."""
    if b"%u" not in value and b"%U" not in value:
        return url_decode(value)
    decoded = _UNI.sub(_uni, value.replace(b"+", b" "))
    return value if decoded == value else decoded


def _uni(found: re.Match[bytes]) -> bytes:
    return bytes_of(int(found[1], 16)) if found[1] else _BYTE_OF[found[2]]


_KEPT = b"*0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ENCODED = [
    b"+" if c == ord(" ") else bytes([c]) if c in _KEPT else b"%%%02x" % c for c in range(256)
]


def url_encode(value: bytes) -> bytes:
    """Make a space `+`, and all but ASCII letters, digits and `*` %hh in lower case."""
    if not value.translate(None, _KEPT):
        return value
    return b"".join([_ENCODED[c] for c in value])


_NOT_ASCII = re.compile(
    rb"[\xc0-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf7][\x80-\xbf]{3}"
    rb"|[\xc0-\xf7]|\x00(?!\Z)"
)


def utf8_to_unicode(value: bytes) -> bytes:
    """Write characters of several bytes as %uhhhh.

    Four digits in lower case, five or six beyond U+FFFF. Zero bytes go, a last one excepted. A lead
    byte without its continuation bytes goes, and one of 0xf5 to 0xf7 stays, ahead of its character
    if there is one. An overlong form or a surrogate is written, and its lead byte after it. Other
    bytes stay.
    """
    if value.isascii() and b"\0" not in value:
        return value
    return _NOT_ASCII.sub(_unicode, value)


def _unicode(found: re.Match[bytes]) -> bytes:
    return _written(found[0])


_MASKS = {2: 0x1F, 3: 0x0F, 4: 0x07}
_LEAST = {2: 0x80, 3: 0x800, 4: 0x10000}
_FIRST_BEYOND_UNICODE = 0xF5
_SURROGATES = range(0xD800, 0xE000)


@lru_cache(maxsize=4096)
def _written(character: bytes) -> bytes:
    lead, size = character[:1], len(character)
    beyond = lead if lead[0] >= _FIRST_BEYOND_UNICODE else b""
    if size == 1:
        return beyond
    code = lead[0] & _MASKS[size]
    for byte in character[1:]:
        code = code << 6 | byte & 0x3F
    odd = lead if code < _LEAST[size] or code in _SURROGATES else b""
    return beyond + b"%%u%04x" % code + odd
