"""The header lines of answers."""

import pytest

from juyong.api.answers import Answer
from juyong.base.ids import RequestId
from juyong.gateway.answer_headers import header_lines, headers_in


def answer(**given: object) -> Answer:
    usual = {"status": 200, "body": b"{}", "content_type": "a/b", "request_id": RequestId("AB-C")}
    return Answer(**{**usual, **given})  # type: ignore[arg-type]


def test_every_line_is_one_header() -> None:
    assert headers_in(header_lines(answer(headers=((b"x-own", b"a: b"),)))) == [
        (b"x-acs-request-id", b"AB-C"),
        (b"x-acs-trace-id", b"abc"),
        (b"access-control-allow-origin", b"*"),
        (b"access-control-expose-headers", b"*"),
        (b"x-own", b"a: b"),
        (b"content-type", b"a/b"),
        (b"content-length", b"2"),
    ]


def test_own_pages_are_open_to_no_origin_and_no_content_has_no_length() -> None:
    lines = header_lines(answer(status=204, body=b""), any_origin=False)
    assert [name for name, _ in headers_in(lines)] == [b"x-acs-request-id", b"x-acs-trace-id"]


def test_an_answer_that_is_not_modified_has_no_body_to_describe() -> None:
    lines = header_lines(answer(status=304, body=b""), any_origin=False)
    assert [name for name, _ in headers_in(lines)] == [b"x-acs-request-id", b"x-acs-trace-id"]


def test_a_media_type_goes_out_byte_for_byte() -> None:
    lines = header_lines(answer(content_type=b"text/plain; x=\xc3\xa9".decode("latin-1")))
    assert (b"content-type", b"text/plain; x=\xc3\xa9") in headers_in(lines)


@pytest.mark.parametrize("ending", ["\r", "\n", "\r\n"])
def test_no_value_begins_another_header(ending: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        header_lines(answer(content_type=f"a/b{ending}set-cookie: c"))
    with pytest.raises(ValueError, match="line break"):
        header_lines(answer(headers=((b"x-own", f"a{ending}b: c".encode()),)))
