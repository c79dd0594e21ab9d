"""Protocol Buffers messages by a table of their fields: texts, bytes, integers, booleans.

Only what the messages of KMS instances need. Bytes are Base64 texts on our side, as in the other
protocols of the service. A field that no table knows is skipped, as the format wants; bytes that
could be read in two ways are refused.

Source: the encoding guide of Protocol Buffers, proto3 (documented).
"""

import base64
import binascii
from collections.abc import Mapping
from enum import Enum
from typing import Any

import msgspec

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT = 10
_NUMBER_BITS, _WIRE_MASK = 3, 7
_MOST_NUMBER = 2**29 - 1
_INT32 = 2**31


class Malformed(ValueError):
    """The bytes are no message of the table."""


class Kind(Enum):
    """The kind of value that a field holds."""

    TEXT = "text"
    BYTES = "bytes"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    TEXTS = "texts"


class Field(msgspec.Struct, frozen=True):
    """One field of a message."""

    name: str
    kind: Kind


Message = Mapping[int, Field]
"""The fields of a message by number."""


def decode(message: Message, data: bytes) -> dict[str, Any]:
    """Return the fields that are there, by name.

    Args:
        message: Its table.
        data: The encoded message.

    Raises:
        Malformed: the message ends too early, repeats a field that is no list, or holds a field of
            another kind or a text that is no UTF-8.
    """
    found: dict[str, Any] = {}
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> _NUMBER_BITS, tag & _WIRE_MASK
        if not 0 < number <= _MOST_NUMBER:
            raise Malformed("field number")
        value, at = _value(data, at, wire)
        field = message.get(number)
        if field is None:
            continue
        if field.kind is Kind.TEXTS:
            found.setdefault(field.name, []).append(_read(field, value))
        elif field.name in found:
            raise Malformed(f"{field.name} is there twice")
        else:
            found[field.name] = _read(field, value)
    return found


def encode(message: Message, members: Mapping[str, Any]) -> bytes:
    """Write the members that a message has; empty ones are left out, as proto3 does."""
    parts: list[bytes] = []
    for number, field in message.items():
        value = members.get(field.name)
        values = value if isinstance(value, list) else [value]
        parts += [_written(number, field, one) for one in values if one]
    return b"".join(parts)


def _value(data: bytes, at: int, wire: int) -> tuple[int | bytes, int]:
    if wire == _VARINT:
        return _varint(data, at)
    if wire == _BYTES:
        size, at = _varint(data, at)
    elif wire in _FIXED:
        size = _FIXED[wire]
    else:
        raise Malformed("wire type")
    end = at + size
    if end > len(data):
        raise Malformed("it ends too early")
    return data[at:end], end


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for count, byte in enumerate(data[at : at + _LONGEST_VARINT]):
        number |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:  # noqa: PLR2004  # the sign that more follows
            if number >> 64:
                break
            return number, at + count + 1
    raise Malformed("number")


def _read(field: Field, value: int | bytes) -> Any:
    match field.kind, value:
        case Kind.TEXT | Kind.TEXTS, bytes():
            try:
                return value.decode()
            except UnicodeDecodeError as bad:
                raise Malformed(field.name) from bad
        case Kind.BYTES, bytes():
            return base64.b64encode(value).decode()
        case Kind.INTEGER, int():
            # A negative number of 32 bits is written as one of 64.
            number = value - 2**64 if value >> 63 else value
            if not -_INT32 <= number < _INT32:
                raise Malformed(field.name)
            return number
        case Kind.BOOLEAN, int():
            return bool(value)
        case _:
            raise Malformed(field.name)


def _written(number: int, field: Field, value: Any) -> bytes:
    match field.kind:
        case Kind.INTEGER | Kind.BOOLEAN:
            return _number(number << _NUMBER_BITS | _VARINT) + _number(int(value))
        case Kind.BYTES:
            content = _unbase64(value)
        case Kind.TEXT | Kind.TEXTS:
            content = str(value).encode()
    return _number(number << _NUMBER_BITS | _BYTES) + _number(len(content)) + content


def _number(value: int) -> bytes:
    left, written = value & (2**64 - 1), bytearray()
    while left > 0x7F:  # noqa: PLR2004  # seven bits a byte
        written.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes((*written, left))


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as bad:
        raise Malformed("bytes") from bad
