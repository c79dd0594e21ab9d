"""Lines of headers, read strictly once and kept: clients and servers send most lines again.

Each line is judged by one grammar, whether the line is kept or not, so what is kept changes no
answer. SECURITY: lines with credentials are never kept, and long ones are not; what is kept has a
bound, and all of it is dropped at the bound.

Source: RFC 9112, 5 (documented). Stricter: no control characters, no folding, no space before `:`.
"""

import re
from typing import Final, NamedTuple

from juyong.waf.http1 import writing

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
FRAMING: Final = frozenset(
    (
        *(b"connection", b"content-length", b"content-type", b"expect", b"host"),
        *(b"transfer-encoding", b"upgrade"),
    )
)
_CREDENTIALS: Final = frozenset(
    (b"authorization", b"cookie", b"proxy-authorization", b"set-cookie", b"x-api-key")
)
_LONGEST: Final = 256
_LONGEST_NAME: Final = 64
_MOST: Final = 4_096


class Malformed(ValueError):
    """A message that two parsers may read differently; the text says why, and quotes nothing."""


Line = tuple[tuple[bytes, bytes], bytes, bytes, bytes]
"""A header: its name as sent and its value without white space around; its name in lower case where
the header frames the message, else empty; the line as a backend gets it, and as a client does, each
with its end, and empty where the header is left out."""


class _Name(NamedTuple):
    """The treatment of headers of one name; framing: As in `Line`."""

    framing: bytes
    to_backend: bool
    to_client: bool
    kept: bool


_lines: dict[bytes, Line] = {}
_names: dict[bytes, _Name] = {}


def lines_of(block: bytes) -> list[Line]:
    """Read lines of headers.

    Args:
        block: Lines with their ends; may be empty.

    Raises:
        Malformed: a line is no header.
    """
    if not block:
        return []
    texts = block.split(b"\r\n")
    if texts.pop():
        raise Malformed("a header is malformed")
    known = _lines
    return [known.get(text) or _read(text) for text in texts]


def _read(text: bytes) -> Line:
    """Read a line; a CR or LF that stands alone is no character of a line."""
    name, colon, value = text.partition(b":")
    told = _names.get(name) or _named(name)
    if not colon or _VALUE.fullmatch(value) is None:
        raise Malformed("a header is malformed")
    value = value.strip(b" \t")
    sent = name + b": " + value + b"\r\n"
    line = (
        (name, value),
        told.framing,
        sent if told.to_backend else b"",
        sent if told.to_client else b"",
    )
    if told.kept and len(text) <= _LONGEST:
        if len(_lines) >= _MOST:
            _lines.clear()
        _lines[text] = line
    return line


def _named(name: bytes) -> _Name:
    if _NAME.fullmatch(name) is None:
        raise Malformed("a header is malformed")
    key = name.lower()
    told = _Name(
        key if key in FRAMING else b"",
        writing.goes_to_backend(key),
        writing.goes_to_client(key),
        key not in _CREDENTIALS,
    )
    if len(name) <= _LONGEST_NAME:
        if len(_names) >= _MOST:
            _names.clear()
        _names[name] = told
    return told
