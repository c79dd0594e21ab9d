"""Code points written as numbers, made bytes.

ModSecurity keeps the low byte of a code point, so that ordinary Cyrillic, Arabic or Chinese text
turns into quotes and slashes. Here a code point above 255 becomes its UTF-8, unless servers are
known to take it for an ASCII character.
"""

LAST = 0x10FFFF
_LAST_BYTE = 0xFF
_REPLACEMENT = b"\xef\xbf\xbd"

_LOOK_ALIKES = {
    0x0131: b"i",
    0x017F: b"s",
    0x02B9: b"'",
    0x02BC: b"'",
    0x02C8: b"'",
    0x2024: b".",
    0x2032: b"'",
    0x2035: b"`",
    0x2039: b"<",
    0x203A: b">",
    0x2044: b"/",
    0x212A: b"k",
    0x2215: b"/",
    0x2216: b"\\",
    0x2329: b"<",
    0x232A: b">",
}
"""Characters that code pages of Windows, case folding and compatibility forms make of others."""

_FULL_WIDTH_FIRST, _FULL_WIDTH_LAST = 0xFF01, 0xFF5E


def bytes_of(code: int) -> bytes:
    """Return the bytes that a decoder writes for a code point.

    Up to 255: that byte. U+FF01 to U+FF5E (full width): the ASCII character. One of the look-alikes
    above: the character that the table gives. Beyond U+10FFFF: the replacement character. All
    others, lone surrogates too: UTF-8.
    """
    if code <= _LAST_BYTE:
        return code.to_bytes(1, "big")
    if _FULL_WIDTH_FIRST <= code <= _FULL_WIDTH_LAST:
        return (code - 0xFEE0).to_bytes(1, "big")
    if code > LAST:
        return _REPLACEMENT
    return _LOOK_ALIKES.get(code) or chr(code).encode("utf-8", "surrogatepass")
