"""The line that is written at once says what the line by way of `Row` says."""

from random import Random
from typing import Any

import msgspec
import pytest

from juyong.engines.inspect.http import Peer, Tls
from juyong.engines.inspect.rules import Phase
from juyong.engines.inspect.verdict import Hit, Report, Verdict
from juyong.waf.backends.guard import origin_of
from juyong.waf.ends import Ends
from juyong.waf.http1.heads import request_head
from juyong.waf.http1.reading import read_request
from juyong.waf.plain_line import line_of
from juyong.waf.record import Record

_TEXTS = [
    *(b"a", b"x?b=c&d=e", b"\xff<>", b'"quoted\\"', b"\xc3\xa9", b"?", b"??", b"%00", b"a" * 3_000),
    *(b"\x80" * 2_047 + b"\xc3\xa9", b"'&#", b"\xe2\x80\xa8"),
]
_SECURED = [
    Tls(version="TLSv1.3"),
    Tls(
        version="TLSv1.3", cipher="TLS_AES_128_GCM_SHA256", ja4=b"t13d3112h2_e8f1e7e78f70_b26ce05b"
    ),
]
_NAMES = [b"User-Agent", b"referer", b"X-Forwarded-For", b"CONTENT-TYPE", b"Cookie", b"A"]


def record_of(draw: Random) -> Record:
    """Draw a request that went some way."""
    lines = b"".join(
        b"%b: %b\r\n" % (name, draw.choice(_TEXTS))
        for name in draw.choices(_NAMES, k=draw.randrange(8))
        if name != b"CONTENT-TYPE" or draw.random() < 0.2
    )
    lines = lines.replace(b"CONTENT-TYPE", b"B", max(0, lines.count(b"CONTENT-TYPE") - 1))
    target = b"/" + draw.choice(_TEXTS).replace(b"#", b"")
    version, host = draw.choice([(b"1.1", b"Host: x:80\r\n"), (b"1.0", b"")])
    made = Record(
        id="1f" * 16,
        began=draw.randrange(1 << 41),
        head=draw.choice([request_head, read_request])(
            b"%b %b HTTP/%b\r\n%b" % (draw.choice([b"GET", b"A'|"]), target, version, host + lines)
        ),
        client=draw.choice(["127.0.0.1", "::1"]),
        ends=Ends(
            Peer(address=draw.choice(["127.0.0.1", ""]), port=draw.randrange(2) * 40_000),
            Peer(address="127.0.0.1", port=8080),
            draw.choice([b"http", b"https"]),
            draw.choice(["", "TLSv1.3"]),
            draw.choice([None, *_SECURED]),
        ),
    )
    made.status, made.sent, made.received = (
        draw.choice([0, 200]),
        draw.randrange(2),
        draw.randrange(2),
    )
    if draw.random() < 0.7:
        made.origin = origin_of("http://[::1]:3000")
        made.upstream_ms, made.upstream_status = draw.choice([(-1, 0), (0, 200), (12_345, 404)])
    return made


def by_row(record: Record, report: Report | None, ended: int) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(
        msgspec.json.encode(record.row(report, ended=ended))
    )
    return found


QUIET = Report(
    hits=(
        Hit(
            rule=901,
            phase=Phase.REQUEST_HEAD,
            msg="",
            severity=None,
            tags=(),
            variable="",
            value=b"",
            logged=False,
        ),
    ),
    scores=(("inbound", 0),),
    quiet=True,
)
"""A request that passes the Core Rule Set ends so: rules ran that log nothing."""


def test_both_ways_say_the_same() -> None:
    draw = Random(7)  # noqa: S311
    for _ in range(2_000):
        record = record_of(draw)
        ended = record.began + draw.randrange(3)
        line = line_of(record, draw.choice([None, QUIET]), ended=ended)
        assert line.endswith(b"}\n")
        assert line.count(b"\n") == 1
        assert msgspec.json.decode(line) == by_row(record, QUIET, ended)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("verdict", Verdict(rule=7, phase=Phase.REQUEST_HEAD, status=403)),
        ("refused", "blocked"),
        ("backend_fault", "the backend closed the connection"),
        ("unread", True),
        ("head", None),
    ],
)
def test_what_did_not_simply_pass_is_told_in_full(name: str, value: object) -> None:
    record = record_of(Random(3))  # noqa: S311  # cases, no secrets
    setattr(record, name, value)
    assert msgspec.json.decode(line_of(record, None, ended=record.began)) == by_row(
        record, None, record.began
    )


def test_what_rules_found_is_told_in_full() -> None:
    record = record_of(Random(3))  # noqa: S311  # cases, no secrets
    report = Report(hits=(), scores=(("inbound", 3), ("outbound", 0)), partial="")
    line = msgspec.json.decode(line_of(record, report, ended=record.began))
    assert line == by_row(record, report, record.began)
    assert line["scores"] == {"inbound": 3, "outbound": 0}


def test_scores_that_are_all_0_are_not_told() -> None:
    record = record_of(Random(3))  # noqa: S311  # cases, no secrets
    report = Report(hits=(), scores=(("inbound", 0),), partial="the request body")
    line = msgspec.json.decode(line_of(record, report, ended=record.began))
    assert line["partial"] == "the request body"
    assert "scores" not in line
