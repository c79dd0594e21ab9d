"""Multipart bodies: however the bytes are cut, the reader sees what the model sees in the whole."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.model import multipart as model

from juyong.engines.multipart import (
    End,
    HeadTooLong,
    MalformedForm,
    Multipart,
    Part,
    boundary_in,
)

BOUNDARY = b"-b"
LINE = b"--" + BOUNDARY
HEAD = b'Content-Disposition: form-data; name="n"'
PIECES = (
    *(LINE, b"--", b"\r\n", b"\r", b"\n", b"-", b"\r\n" + LINE, b"\r\n" + LINE + b"\r\n"),
    *(HEAD + b"\r\n\r\n", HEAD, b'; filename="a\\"b"', b"\r\nContent-Type: t/t", b": ", b"x"),
)
WHOLE = LINE + b"\r\n" + HEAD + b"\r\n\r\n\r\n" + LINE + b"--"
bodies = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join),
    st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=6).map(
        lambda data: (
            LINE + b"\r\n" + HEAD + b"\r\n\r\n" + b"".join(data) + b"\r\n" + LINE + b"--\r\n"
        )
    ),
)


def read(body: bytes, cuts: list[int]) -> list[tuple[str, str, str, bytes]] | None:
    """Feed a body in pieces; None when it is refused or does not end."""
    reader, found = Multipart(BOUNDARY, most_head=200), []
    marks = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    try:
        for start, end in pairwise(marks):
            reader.add(body[start:end])
            while (event := reader.next()) is not None:
                if isinstance(event, End):
                    return found
                if isinstance(event, Part):
                    found.append((event.name, event.filename, event.content_type, b""))
                else:
                    *told, before = found[-1]
                    found[-1] = (*told, before + event)
    except MalformedForm:
        return None
    return None


@given(bodies, st.lists(st.integers(0, 10_000), max_size=8))
@example(WHOLE, [])
@example(b"\r\n" + WHOLE, [1, 2, 3])
@example(b"\r\n\r\n" + WHOLE, [])
@example(b"x" + WHOLE, [])
@example(LINE + b"--", [])
def test_any_cut_reads_as_the_model(body: bytes, cuts: list[int]):
    try:
        right = model.read(body, BOUNDARY)
    except UnicodeDecodeError:
        right = None
    assert read(body, cuts) == right


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_every_single_byte_of_a_file_arrives(first: bytes, second: bytes):
    parts = [HEAD + b"\r\n\r\n" + data for data in (first, second) if LINE not in data]
    body = b"".join(LINE + b"\r\n" + part + b"\r\n" for part in parts) + LINE + b"--"
    found = read(body, list(range(len(body))))
    assert found == model.read(body, BOUNDARY)
    assert found is not None
    assert len(found) == len(parts)


@pytest.mark.parametrize("size", [1, 5, 10_000])
def test_a_long_head_is_refused_and_not_kept(size: int):
    reader = Multipart(BOUNDARY, most_head=200)
    reader.add(LINE + b"\r\n" + HEAD)
    taken = 0

    def go_on() -> None:
        nonlocal taken
        while taken < 10_000:
            taken += size
            reader.add(b"y" * size)
            assert reader.next() is None

    with pytest.raises(HeadTooLong):
        go_on()
    assert len(reader.held) < 200 + 4 + size


def test_of_a_file_on_its_way_only_a_boundarys_length_is_kept():
    reader = Multipart(BOUNDARY, most_head=200)
    reader.add(LINE + b"\r\n" + HEAD + b"\r\n\r\n")
    assert isinstance(reader.next(), Part)
    reader.add(b"z" * 100_000)
    seen = reader.next()
    assert reader.next() is None
    assert len(reader.held) == len(b"\r\n" + LINE) - 1
    assert seen == b"z" * (100_000 - len(reader.held))


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b'Content-Disposition: form-data; name="a"; name="b"',
        b'Content-Disposition: form-data; name="a\r\nX: y"',
        b'Content-Disposition: attachment; name="a"',
        b"Content-Disposition: form-data",
        b'Content-Disposition: form-data; name="a" x',
        b'Content-Disposition: form-data; name="\xff"',
        b'Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"',
        b'Content-Disposition: form-data; name="a"\r\n folded: line',
        b'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64',
        b'Content-Disposition: form-data; name="a"\nX: y',
    ],
)
def test_a_head_that_could_be_read_in_two_ways_is_refused(head: bytes):
    reader = Multipart(BOUNDARY, most_head=200)
    reader.add(LINE + b"\r\n" + head + b"\r\n\r\nx\r\n" + LINE + b"--")
    with pytest.raises(MalformedForm):
        list(iter(reader.next, None))


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        (b'form-data; name="file"; filename="C:\\x\\y.jpg"', ("file", "C:\\x\\y.jpg")),
        (b'FORM-DATA;name=file ; filename="a\\"b\\\\c"', ("file", 'a"b\\c')),
        ('form-data; name="file"; filename="中.txt";'.encode(), ("file", "中.txt")),
        (b"form-data; name=\"file\"; filename*=utf-8''%e4", ("file", "")),
        (b'form-data; name=""', ("", "")),
    ],
)
def test_names_are_read_as_browsers_and_curl_write_them(told: bytes, seen: tuple[str, str]):
    reader = Multipart(BOUNDARY, most_head=200)
    reader.add(LINE + b"\r\ncontent-disposition: " + told + b"\r\n\r\n")
    part = reader.next()
    assert isinstance(part, Part)
    assert (part.name, part.filename) == seen


@pytest.mark.parametrize(
    ("header", "boundary"),
    [
        ("multipart/form-data; boundary=9431149156168", b"9431149156168"),
        ('Multipart/Form-Data; charset=utf-8; boundary="a b=c"', b"a b=c"),
        ("multipart/form-data;boundary=----WebKitFormBoundaryX", b"----WebKitFormBoundaryX"),
        ("application/xml", None),
        ("", None),
        ("multipart/mixed; boundary=x", None),
        ("multipart/form-datax; boundary=x", None),
    ],
)
def test_the_boundary_is_read(header: str, boundary: bytes | None):
    assert boundary_in(header) == boundary


@pytest.mark.parametrize(
    "header",
    [
        "multipart/form-data",
        "multipart/form-data;",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary=""',
        'multipart/form-data; boundary="a "',
        f"multipart/form-data; boundary={'a' * 71}",
        "multipart/form-data; boundary=a; boundary=b",
        'multipart/form-data; boundary="a\r"',
    ],
)
def test_a_form_without_a_readable_boundary_is_refused(header: str):
    with pytest.raises(MalformedForm):
        boundary_in(header)
