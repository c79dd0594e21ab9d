"""A line of an access log is read back as its fields, whatever a request holds; secrets are not."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from juyong.base.clock import Instant
from juyong.services.oss.access_log.line import Entry, line_of, masked

FIELD = re.compile(r'"((?:[^"\\]|\\x[0-9A-F]{2})*)"|\[([^\]]*)\]|(\S+)')
PLAIN: dict[str, Any] = {
    "remote_ip": "192.0.2.1",
    "at": Instant(1_335_916_804),
    "method": "GET",
    "path": "/a%20b",
    "query": "",
    "status": 200,
    "sent": 5,
    "taken": 7,
    "referer": "",
    "user_agent": "curl/8",
    "host": "b.oss-cn-hangzhou.aliyuncs.com",
    "request_id": "0" * 24,
    "requester": "",
    "operation": "GetObject",
    "bucket": "b",
    "key": "a b",
    "object_size": 5,
    "error": "",
    "length": 300,
    "owner": "1",
    "storage_class": "Standard",
    "access_key_id": "",
}


def fields(line: str) -> list[str]:
    """Read a line as its readers do: fields, one space between two."""
    found, at = [], 0
    while at < len(line):
        match = FIELD.match(line, at)
        assert match is not None, line[at:]
        found.append(next(each for each in match.groups() if each is not None))
        at = match.end()
        assert at == len(line) or line[at] == " "
        at += 1
    return found


def plain(field: str) -> str:
    """Take the escapes out of a quoted field."""
    return re.sub(rb"\\x([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), field.encode()).decode(
        "utf-8", "surrogatepass"
    )


def test_a_line_has_its_fields_in_order():
    assert line_of(Entry(**PLAIN)) == (
        '192.0.2.1 - - [02/May/2012:00:00:04 +0000] "GET /a%20b HTTP/1.1" 200 5 7 "-" "curl/8"'
        ' "b.oss-cn-hangzhou.aliyuncs.com" "000000000000000000000000" "true" "-" "GetObject" "b"'
        ' "a%20b" 5 7 "-" 300 "1" - "-" "Standard" "-" "-" "-"'
    )


TEXT = st.text(max_size=60) | st.sampled_from(['" 200 "', "\r\nx - - [", "\\x22", "é\0", " ", "\\"])


@given(agent=TEXT, referer=TEXT, host=TEXT, key=TEXT, error=TEXT, ip=TEXT, path=TEXT, method=TEXT)
def test_no_request_forges_a_field_or_a_line(  # noqa: PLR0917
    agent: str, referer: str, host: str, key: str, error: str, ip: str, path: str, method: str
):
    more = {"user_agent": agent, "host": host, "key": key, "error": error, "remote_ip": ip}
    line = line_of(Entry(**{**PLAIN, **more, "referer": referer, "path": path, "method": method}))
    assert line.isascii()
    assert line.isprintable()
    found = fields(line)
    assert len(found) == 28
    assert plain(found[9]) == (agent or "-")
    assert plain(found[10]) == (host or "-")
    assert plain(found[19]) == (error or "-")
    assert plain(found[4]).startswith(method[:16])


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/k?a=b&c", "/k?a=b&c"),
        ("/k", "/k"),
        ("/k?", "/k?"),
        (
            "/k?OSSAccessKeyId=k&Expires=1&Signature=s3cret",
            "/k?OSSAccessKeyId=k&Expires=1&Signature=*",
        ),
        ("/k?x-oss-signature=s3cret&x-oss-date=d", "/k?x-oss-signature=*&x-oss-date=d"),
        ("/k?x-oss-security-token=s3cret", "/k?x-oss-security-token=*"),
        ("/k?security-token=s3cret=s3cret", "/k?security-token=*"),
        ("/k?%53ignature=s3cret", "/k?%53ignature=*"),
        ("/k?Sig%6Eature=s3cret&Sig%6Eature=s3cret", "/k?Sig%6Eature=*&Sig%6Eature=*"),
    ],
)
def test_what_proves_something_is_masked(address: str, shown: str):
    assert masked(address) == shown


def test_a_referer_shows_no_secret_either():
    referer = "https://user:s3cret@b.test/k?Signature=s3cret&a=b"
    line = line_of(Entry(**{**PLAIN, "referer": referer}))
    assert "s3cret" not in line
    assert '"https://*@b.test/k?Signature=*&a=b"' in line


def test_a_line_is_bounded():
    long = "é" * 100_000
    more = dict.fromkeys(("path", "query", "referer", "user_agent", "host", "key"), long)
    assert len(line_of(Entry(**{**PLAIN, **more, "access_key_id": long}))) < 60_000
