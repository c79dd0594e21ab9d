"""Messages by a table: what is written is read, and what two readers might read apart is refused."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from juyong.gateway.wire.protobuf import Field, Kind, Malformed, decode, encode

MESSAGE = {
    1: Field("Name", Kind.TEXT),
    2: Field("Data", Kind.BYTES),
    3: Field("Size", Kind.INTEGER),
    4: Field("Deep", Kind.BOOLEAN),
    16: Field("Stages", Kind.TEXTS),
}
TEXT = some.text(some.characters(exclude_categories=["Cs"]), min_size=1)


@given(
    some.fixed_dictionaries(
        {},
        optional={
            "Name": TEXT,
            "Data": some.binary(min_size=1).map(lambda data: base64.b64encode(data).decode()),
            "Size": some.integers(-(2**31), 2**31 - 1).filter(bool),
            "Deep": some.just(value=True),
            "Stages": some.lists(TEXT, min_size=1),
        },
    )
)
def test_what_is_written_is_read(members: dict[str, Any]) -> None:
    assert decode(MESSAGE, encode(MESSAGE, members)) == members


@pytest.mark.parametrize(
    ("data", "members"),
    [
        (b"", {}),
        (b"\x0a\x02\xc3\xa4", {"Name": "ä"}),
        (b"\x18\x96\x01", {"Size": 150}),
        (b"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", {"Size": -1}),
        (b"\x20\x00", {"Deep": False}),
        (b"\x82\x01\x01a\x82\x01\x01b", {"Stages": ["a", "b"]}),
        (b"\x28\x05\x31" + bytes(8) + b"\x3d" + bytes(4) + b"\x4a\x01x", {}),  # unknown fields
    ],
)
def test_what_the_encoding_guide_says(data: bytes, members: dict[str, Any]) -> None:
    assert decode(MESSAGE, data) == members


@pytest.mark.parametrize(
    "data",
    [
        b"\x0a",  # no length
        b"\x0a\x05four",  # ends too early
        b"\x0a\x01\xff",  # no UTF-8
        b"\x0a\x01a\x0a\x01b",  # twice
        b"\x08\x01",  # a number where a text is
        b"\x1a\x01a",  # a text where a number is
        b"\x18\x80\x80\x80\x80\x08",  # beyond 32 bits
        b"\x18" + b"\xff" * 9 + b"\x02",  # beyond 64 bits
        b"\x18" + b"\x80" * 10 + b"\x01",  # longer than any number
        b"\x00\x01",  # no such field number
        b"\x0b\x0c",  # a group
        b"\x29" + bytes(7),  # eight bytes that are seven
    ],
)
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode(MESSAGE, data)
