"""Groups are measured as they are, and refused when they are none or beyond the bounds."""

import pytest

from juyong.engines.logsearch.log import Log
from juyong.logs import loggroup
from juyong.logs.loggroup import (
    BadEncoding,
    BadKey,
    BadLogGroup,
    Measured,
    TooLarge,
    group_of,
    list_of,
    logs_of,
    measure,
    tagged,
)


def log(at: int = 1_700_000_000, number: int = 0, **contents: str) -> Log:
    return Log(
        time=at,
        time_ns=7,
        topic="a topic",
        source="10.0.0.1",
        tags=(("host", "h"),),
        contents=tuple(contents.items()),
        sequence=number,
    )


def field(number: int, *parts: bytes) -> bytes:
    """Encode a field of a message or text."""
    body = b"".join(parts)
    return bytes([number << 3 | 2]) + varint(len(body)) + body


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


TIME = b"\x08\x01"


def pair(key: bytes, value: bytes = b"v") -> bytes:
    return field(2, field(1, key), field(2, value))


def one(*fields: bytes) -> bytes:
    """Encode a group of one log."""
    return field(1, TIME, *fields)


def test_a_group_is_measured_and_read_back() -> None:
    logs = [log(30, 0, a="1"), log(10, 1, a="2", b="二"), log(20, 2)]
    raw = group_of(logs)
    assert measure(raw) == Measured(logs=3, min_time=10, max_time=30)
    assert list(logs_of(raw)) == logs


def test_a_group_without_logs_has_no_times() -> None:
    assert measure(b"") == Measured(logs=0, min_time=0, max_time=0)
    assert measure(field(3, b"topic")).logs == 0


def test_nanoseconds_are_read_in_both_forms() -> None:
    fixed = field(1, TIME, b"\x25" + (5).to_bytes(4, "little"))
    varied = field(1, TIME, b"\x20", varint(999_999_999))
    assert [each.time_ns for each in logs_of(fixed + varied + one())] == [5, 999_999_999, None]


@pytest.mark.parametrize(
    "raw",
    [
        one(field(9, b"a new field")),
        field(5, b"a machine") + one(),
        field(2, b"reserved") + one(pair(b"k")),
    ],
)
def test_other_fields_are_passed_over(raw: bytes) -> None:
    assert measure(raw).logs == 1


KEY = pair(b"k")
PACKED, BROKEN = field(1, b"\x05\x06"), field(1, b"\xff")
"""Times as a list has them; for one time this is another field, which is passed over."""


@pytest.mark.parametrize(
    ("raw", "times"),
    [
        (field(1, KEY, b"\x08\x03"), (3, 3)),
        (field(1, TIME, KEY, b"\x08\x03"), (3, 3)),
        (field(1, b"\x08\x03", KEY, b"\x08\x05") + field(1, KEY, b"\x08\x04"), (4, 5)),
        (field(1, b"\x08\x03", PACKED), (3, 3)),
        (field(1, b"\x08\x03", BROKEN) + field(1, b"\x08\x02"), (2, 3)),
        (field(1, b"\x08\x83\x80\x80\x80\x10"), (3, 3)),
    ],
)
def test_a_log_has_its_last_time_wherever_that_stands(raw: bytes, times: tuple[int, int]) -> None:
    found = measure(raw)
    assert (found.min_time, found.max_time) == times
    assert found.logs == len(list(logs_of(raw)))


@pytest.mark.parametrize(
    "raw",
    [
        field(1, TIME, KEY, TIME) + field(1, KEY),
        field(1, KEY) + field(1, TIME, TIME),
        field(1, TIME, PACKED) + field(1, KEY),
        field(1, PACKED),
        field(1, TIME, b"\x08\x00"),
        field(1, TIME) + field(1),
    ],
)
def test_a_log_without_a_time_is_refused_whatever_others_have(raw: bytes) -> None:
    with pytest.raises(BadLogGroup, match="no time"):
        measure(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x0a",
        b"\x0a\x05\x08",
        b"\x0a\x80",
        b"\x0b\x0c",
        b"\x08\x01",
        b"\x8a\x00\x02\x08\x01",
        b"\x0a\x82\x00\x08\x01",
        b"\x0a" + b"\xff" * 11,
        b"no group at all",
        b"\x9a\x00\x00",
        b"\x1a\x80\x00",
        b"\x2a\x81\x00x",
        field(1, b"\x08"),
        field(1, b"\x0d\x01\x02"),
        field(1),
        field(1, b"\x08\x00"),
        one(field(2, b"\x0a\x09short")),
    ],
)
def test_what_is_no_group_is_refused(raw: bytes) -> None:
    with pytest.raises(BadLogGroup):
        measure(raw)


@pytest.mark.parametrize(
    "raw",
    [
        one(pair(b"\xff")),
        one(pair(b"k", b"\xc3\x28")),
        field(3, b"\xed\xa0\x80") + one(),
        one() + field(6, field(1, b"\xfe")),
    ],
)
def test_a_text_of_other_bytes_is_refused(raw: bytes) -> None:
    with pytest.raises(BadEncoding):
        measure(raw)


@pytest.mark.parametrize(
    "where",
    [
        "first",
        "behind its value",
        "of a tag",
        "among Chinese",
        "with a further field",
        "with a further text",
        "of a tag with a further field",
    ],
)
@pytest.mark.parametrize(("length", "good"), [(127, True), (128, True), (129, False)])
def test_the_length_of_keys(where: str, length: int, good: bool) -> None:
    key = field(1, b"k" * length)
    raw = {
        "first": one(field(2, key, field(2, b"v"))),
        "behind its value": one(field(2, field(2, b"v"), key)),
        "of a tag": one() + field(6, key),
        "with a further field": one(field(2, key, TIME)),
        "with a further text": one(field(2, key, field(9, b"v"))),
        "of a tag with a further field": one() + field(6, key, TIME),
        "among Chinese": one(pair(b"k", "行\n行\n".encode() * 50), field(2, key)),
    }[where]
    if good:
        assert measure(raw).logs == 1
        return
    with pytest.raises(BadKey):
        measure(raw)


def test_a_long_key_whose_field_is_spelt_longer_is_seen() -> None:
    key = b"\x8a\x00" + varint(129) + b"k" * 129
    with pytest.raises(BadKey):
        measure(one(field(2, key)))


def test_keys_are_measured_in_bytes() -> None:
    with pytest.raises(BadKey):
        measure(one(pair("键".encode() * 43)))


def test_the_length_of_values() -> None:
    assert measure(one(pair(b"k", b"v" * loggroup.LONGEST_VALUE))).logs == 1
    with pytest.raises(BadLogGroup, match="1 MB"):
        measure(one(pair(b"k", b"v" * (loggroup.LONGEST_VALUE + 1))))


def test_the_number_of_logs_tags_and_bytes() -> None:
    assert measure(one() * loggroup.MOST_LOGS).logs == loggroup.MOST_LOGS
    for raw in (
        one() * (loggroup.MOST_LOGS + 1),
        field(6) * (loggroup.MOST_TAGS + 1),
        field(3, bytes(loggroup.MOST_BYTES)),
        one(b"\x12\x00" * 4_000_001),
        one(b"\x92\x00\x00" * 4_000_001),
    ):
        with pytest.raises(TooLarge):
            measure(raw)


def test_tags_are_added_behind_the_others() -> None:
    raw = tagged(group_of([log(a="1")]), [("__receive_time__", "5")])
    assert next(logs_of(raw)).tags == (("host", "h"), ("__receive_time__", "5"))


def test_a_list_holds_the_groups_as_they_came() -> None:
    groups = [group_of([log(n, a="x" * 200)]) for n in (1, 2)]
    assert list_of(groups) == b"".join(field(1, raw) for raw in groups)
    assert list_of([]) == b""


@pytest.mark.parametrize("length", [0, 1, 127, 128, 16_383, 16_384, 2**20])
def test_parts_of_every_length_are_measured(length: int) -> None:
    text = b"a" * length
    raw = field(3, text) + field(5, text) + one(pair(b"k", text)) + field(6, field(1, b"k"))
    assert measure(raw).logs == 1
    assert measure(raw + raw).logs == 2
    one_too_long = b"\x1a" + varint(length)[:-1] + bytes([varint(length)[-1] | 128, 0]) + text
    with pytest.raises(BadLogGroup, match="longer"):
        measure(raw + one_too_long)


@pytest.mark.parametrize("part", [b"\x0a\x00", b"\x0a\x01\x00"])
def test_many_logs_without_content_are_refused_before_they_take_memory(part: bytes) -> None:
    with pytest.raises(TooLarge):
        measure(part * (9_000_000 // len(part)))


def test_a_tag_is_not_longer_than_a_value() -> None:
    with pytest.raises(BadLogGroup, match="1 MB"):
        measure(one() + field(6, field(1, b"k"), field(2, b"v" * (2**20 + 1))))
