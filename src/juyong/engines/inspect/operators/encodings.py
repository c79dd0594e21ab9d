"""Operators that hold values to an encoding; they match what breaks it."""

import re

from juyong.engines.inspect.operators.base import MATCHED, OperatorRefused, Test
from juyong.engines.inspect.patterns import Captures

_RANGE = re.compile(rb"[ \t]*([0-9]{1,3})[ \t]*(?:-[ \t]*([0-9]{1,3})[ \t]*)?")
_MOST = 255


def validate_byte_range(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match where a byte is outside the argument, as `9,10,13,32-126`.

    Raises:
        OperatorRefused: A part is no number or range of numbers from 0 to 255.
    """
    allowed = bytes(sorted({byte for part in argument.split(b",") for byte in _bytes_of(part)}))
    return lambda value: MATCHED if value.translate(None, allowed) else None


def _bytes_of(part: bytes) -> range:
    found = _RANGE.fullmatch(part)
    if found is None:
        raise OperatorRefused(f"`{part.decode('latin-1')}` is no byte and no range of bytes")
    first = int(found[1])
    last = first if found[2] is None else int(found[2])
    if not first <= last <= _MOST:
        raise OperatorRefused(f"`{part.decode('latin-1')}` is no range within 0 to 255")
    return range(first, last + 1)


_BAD_PERCENT = re.compile(rb"%(?![0-9a-fA-F]{2})")


def validate_url_encoding(_argument: bytes = b"", _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match where a percent sign has not two hexadecimal digits after it."""
    search = _BAD_PERCENT.search
    return lambda value: MATCHED if b"%" in value and search(value) else None


def validate_utf8_encoding(_argument: bytes = b"", _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match what is no UTF-8 of RFC 3629: cut, overlong, surrogates, beyond U+10FFFF."""
    return _not_utf8


def _not_utf8(value: bytes) -> Captures | None:
    if value.isascii():
        return None
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return MATCHED
    return None
