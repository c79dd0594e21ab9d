"""Further readings of a value, as servers behind may decode once more, or differently.

A value has further readings only where it holds a `%`, an overlong form of UTF-8 or a full-width
letter. Rules that read both VIEWS and ARGS see what such a server would see; rules that count
decodings, as those on NUL bytes, leave VIEWS out.

Source: double decoding, invalid escapes that some servers drop, overlong UTF-8 and best-fit
mappings of full-width letters are from reports to the peers' trackers (observed).
"""

import re
from collections.abc import Iterator

from juyong.engines.inspect.bodies.form import Pair, decode_percent

_MOST_DECODINGS = 3
_WORTH_A_LOOK = re.compile(rb"[%\xc0\xc1]|\xe0[\x80-\x9f]|\xf0[\x80-\x8f]|\xef[\xbc\xbd]")
_LONE = re.compile(rb"%(?![0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})")
_UNICODE = re.compile(rb"%u([0-9A-Fa-f]{4})")
_OVERLONG = re.compile(
    rb"[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}"
)
_FULL_WIDTH = re.compile(rb"\xef(?:\xbc[\x81-\xbf]|\xbd[\x80-\x9e])")


def views_of(pairs: list[Pair]) -> list[Pair]:
    """Return each further reading with its value's name; none for most requests.

    >>> views_of([(b"q", b"%253Cb"), (b"r", b"a/..\\xc0\\xaf"), (b"s", b"50% off")])
    [(b'q', b'%3Cb'), (b'q', b'<b'), (b'r', b'a/../'), (b's', b'50 off')]
    """
    return [
        (name, view)
        for name, value in pairs
        for text in (name, value)
        if _WORTH_A_LOOK.search(text)
        for view in _views(text)
    ]


def _views(value: bytes) -> Iterator[bytes]:
    seen = {value}
    for _ in range(_MOST_DECODINGS):
        decoded = _UNICODE.sub(_letter, decode_percent(value))
        for text in (decoded, _LONE.sub(b"", decoded), _plain(decoded)):
            if text not in seen:
                seen.add(text)
                yield text
        if decoded == value:
            return
        value = decoded


def _plain(text: bytes) -> bytes:
    """Replace overlong and full-width forms of ASCII letters by these."""
    text = _OVERLONG.sub(_shortest, text)
    return _FULL_WIDTH.sub(lambda found: chr(ord(found[0].decode()) - 0xFEE0).encode(), text)


def _shortest(found: re.Match[bytes]) -> bytes:
    octets = found[0]
    code = octets[0] & (0x1F if len(octets) == 2 else 0x0F if len(octets) == 3 else 0x07)  # noqa: PLR2004  # lengths of UTF-8 forms
    for octet in octets[1:]:
        code = code << 6 | octet & 0x3F
    return chr(code).encode()


def _letter(found: re.Match[bytes]) -> bytes:
    return chr(int(found[1], 16)).encode("utf-8", "surrogatepass")
