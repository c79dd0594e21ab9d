"""Requests, bodies and responses to variables."""

import pytest
from tests.unit.engines.inspect.requests import request

from juyong.engines.inspect.bodies.read import read_body
from juyong.engines.inspect.http import Response, Tls
from juyong.engines.inspect.limits import Limits
from juyong.engines.inspect.variables import (
    ALL,
    SINGLE,
    body_variables,
    merge,
    request_variables,
    response_body_variables,
    response_variables,
)


def single(made, name):
    (value,) = made[name]
    assert value.key == b""
    return value.value


def pairs(made, name):
    return [(value.key, value.value) for value in made[name]]


def phases(asked, body=b"", **options):
    known = request_variables(asked)
    return merge(known, body_variables(read_body(asked, body, Limits(), **options), known=known))


def test_every_variable_is_made_in_some_phase():
    told = Response(status=200, version="HTTP/1.1", headers=())
    made = {
        *phases(request(b"/?a=1")),
        *response_variables(told),
        *response_body_variables(b""),
    }
    assert made == ALL


def test_only_wanted_variables_are_made():
    wanted = frozenset({"ARGS", "XML", "RESPONSE_STATUS"})
    known = request_variables(request(b"/?a=1"), wanted=wanted)
    assert set(known) == {"ARGS"}
    parsed = read_body(request(), b"", Limits())
    assert set(body_variables(parsed, known=known, wanted=wanted)) == {"ARGS", "XML"}


@pytest.mark.parametrize(
    ("target", "uri", "filename", "basename", "query"),
    [
        (b"/", b"/", b"/", b"", b""),
        (b"/a/b.php?x=1?2", b"/a/b.php?x=1?2", b"/a/b.php", b"b.php", b"x=1?2"),
        # The target is split before its path is decoded.
        (b"/p%3fq?a=b", b"/p%3fq?a=b", b"/p?q", b"p?q", b"a=b"),
        (b"/dump%2Erdb", b"/dump%2Erdb", b"/dump.rdb", b"dump.rdb", b""),
        (b"/a%252e", b"/a%252e", b"/a%2e", b"a%2e", b""),
        (b"/a+b", b"/a+b", b"/a+b", b"a+b", b""),
        # Two slashes are a path, and no host.
        (b"//bar/up/foo.php?a=b", b"//bar/up/foo.php?a=b", b"//bar/up/foo.php", b"foo.php", b"a=b"),
        (b"http://h:8/x?y", b"/x?y", b"/x", b"x", b"y"),
        (b"http://h", b"/", b"/", b"", b""),
        (b"http://h?y=1", b"/?y=1", b"/", b"", b"y=1"),
        # A fragment is no end of the query.
        (b"/x?a=1#b=2", b"/x?a=1#b=2", b"/x", b"x", b"a=1#b=2"),
        (b"/x#/../y?z=1", b"/x#/../y?z=1", b"/x#/../y", b"y", b"z=1"),
        (b"*", b"*", b"*", b"*", b""),
        (b"/c:%5cwin%5cini", b"/c:%5cwin%5cini", b"/c:\\win\\ini", b"ini", b""),
    ],
)
def test_target_is_split(target, uri, filename, basename, query):
    made = request_variables(request(target))
    assert single(made, "REQUEST_URI_RAW") == target
    assert single(made, "REQUEST_URI") == uri
    assert single(made, "REQUEST_FILENAME") == filename
    assert single(made, "REQUEST_BASENAME") == basename
    assert single(made, "QUERY_STRING") == query
    assert single(made, "REQUEST_LINE") == b"GET " + target + b" HTTP/1.1"


def test_arguments_keep_order_and_every_occurrence():
    made = request_variables(request(b"/?foo=evil&foo=ok&&b&=c&d=%2B+%zz%4"))
    expected = [(b"foo", b"evil"), (b"foo", b"ok"), (b"b", b""), (b"", b"c"), (b"d", b"+ %zz%4")]
    assert pairs(made, "ARGS") == pairs(made, "ARGS_GET") == expected
    assert pairs(made, "ARGS_NAMES") == [(name, name) for name, _ in expected]
    assert single(made, "ARGS_COMBINED_SIZE") == b"22"
    assert pairs(made, "ARGS_JOINED") == [(b"foo", b"evil,ok")]


def test_separator_is_the_one_chosen():
    made = request_variables(request(b"/?a=1;b=2&c=3"), separator=b";")
    assert pairs(made, "ARGS") == [(b"a", b"1"), (b"b", b"2&c=3")]


def test_cookies_of_all_headers():
    sent = ((b"Cookie", b"a=1; b = x=y ;c;; d=%41"), (b"cookie", b"a=2"))
    made = request_variables(request(headers=sent))
    assert pairs(made, "REQUEST_COOKIES") == [
        *((b"a", b"1"), (b"b", b"x=y"), (b"c", b""), (b"d", b"%41"), (b"a", b"2"))
    ]
    assert [key for key, _ in pairs(made, "REQUEST_COOKIES_NAMES")] == [
        b"a",
        b"b",
        b"c",
        b"d",
        b"a",
    ]


def test_headers_keep_their_names():
    made = request_variables(request(headers=((b"X-A", b"1"), (b"x-a", b"2"))))
    assert pairs(made, "REQUEST_HEADERS") == [(b"X-A", b"1"), (b"x-a", b"2")]
    assert pairs(made, "REQUEST_HEADERS_NAMES") == [(b"X-A", b"X-A"), (b"x-a", b"x-a")]


@pytest.mark.parametrize(
    ("sent", "scheme", "user"),
    [
        (b"Basic YWxpY2U6c2VjcmV0", b"Basic", b"alice"),
        (b"Basic !!", b"Basic", b""),
        (b"Bearer YWxpY2U6", b"Bearer", b""),
        (b"", b"", b""),
    ],
)
def test_user_of_basic_authentication(sent, scheme, user):
    made = request_variables(request(headers=((b"Authorization", sent),)))
    assert (single(made, "AUTH_TYPE"), single(made, "REMOTE_USER")) == (scheme, user)


@pytest.mark.parametrize(
    ("host", "name"),
    [(b"a.example:8080", b"a.example"), (b"a.example", b"a.example"), (b"[::1]:80", b"[::1]")],
)
def test_server_and_client(host, name):
    made = request_variables(request(headers=((b"Host", host),)))
    assert single(made, "SERVER_NAME") == name
    assert single(made, "SERVER_ADDR") == b"192.0.2.1"
    assert single(made, "SERVER_PORT") == b"80"
    assert single(made, "REMOTE_ADDR") == single(made, "REMOTE_HOST") == b"192.0.2.7"
    assert single(made, "REMOTE_PORT") == b"4711"
    assert single(made, "UNIQUE_ID") == b"r-1"


def test_time_is_the_request_s_own():
    made = request_variables(request())
    told = {name: single(made, name) for name in made if name.startswith("TIME")}
    assert told == {
        "TIME": b"00:00:00",
        "TIME_DAY": b"1",
        "TIME_EPOCH": b"1767225600",
        "TIME_HOUR": b"0",
        "TIME_MIN": b"0",
        "TIME_MON": b"0",
        "TIME_SEC": b"0",
        "TIME_WDAY": b"4",
        "TIME_YEAR": b"2026",
    }


def test_body_s_arguments_stand_behind_those_of_the_query():
    asked = request(b"/?a=1", method=b"POST", kind=b"application/x-www-form-urlencoded")
    made = phases(asked, b"a=2&b=%33")
    assert pairs(made, "ARGS") == [(b"a", b"1"), (b"a", b"2"), (b"b", b"3")]
    assert pairs(made, "ARGS_POST") == [(b"a", b"2"), (b"b", b"3")]
    assert pairs(made, "ARGS_GET") == [(b"a", b"1")]
    assert single(made, "ARGS_COMBINED_SIZE") == b"6"
    assert single(made, "REQUEST_BODY") == b"a=2&b=%33"
    assert single(made, "REQUEST_BODY_LENGTH") == b"9"
    assert single(made, "REQBODY_PROCESSOR") == b"URLENCODED"
    assert single(made, "FULL_REQUEST").endswith(b"\r\n\r\na=2&b=%33")
    assert single(made, "FULL_REQUEST_LENGTH") == b"%d" % len(single(made, "FULL_REQUEST"))


@pytest.mark.parametrize(
    ("target", "body", "error"),
    [(b"/?a=%41", b"a=1", b"0"), (b"/?a=%4", b"a=1", b"1"), (b"/", b"a=%zz", b"1")],
)
def test_bad_encoding_is_told(target, body, error):
    made = phases(request(target, kind=b"application/x-www-form-urlencoded"), body)
    assert single(made, "URLENCODED_ERROR") == error


def test_merge_replaces_single_values():
    made = phases(request(kind=b"application/json"), b"{}", processor="XML")
    assert single(made, "REQBODY_PROCESSOR") == b"XML"
    assert all(len(made[name]) == 1 for name in made if name in SINGLE)


def test_response():
    sent = ((b"Content-Type", b"text/html"), (b"Content-Length", b"7"))
    told = Response(status=500, version="HTTP/1.1", headers=sent)
    made = merge(response_variables(told), response_body_variables(b"hello", cut=True))
    assert single(made, "RESPONSE_STATUS") == b"500"
    assert single(made, "RESPONSE_PROTOCOL") == b"HTTP/1.1"
    assert single(made, "RESPONSE_CONTENT_TYPE") == b"text/html"
    assert single(made, "RESPONSE_CONTENT_LENGTH") == b"5"
    assert pairs(made, "RESPONSE_HEADERS")[1] == (b"Content-Length", b"7")
    assert pairs(made, "RESPONSE_HEADERS_NAMES")[0] == (b"Content-Type", b"Content-Type")
    assert single(made, "RESPONSE_BODY") == b"hello"
    assert single(made, "OUTBOUND_DATA_ERROR") == b"1"


@pytest.mark.parametrize(
    ("target", "views"),
    [
        (b"/?q=%25253Cb", [(b"q", b"%3Cb"), (b"q", b"<b")]),
        (b"/?q=<sc%ript>", [(b"q", b"<script>")]),
        (b"/?q=50%25+off", [(b"q", b"50 off")]),
        (b"/?q=%252B", [(b"q", b"+")]),
        (b"/?q=%c0%ae%c0%ae%c0%af", [(b"q", b"../")]),
        (b"/%e0%80%af..", [(b"path", b"//..")]),
        (b"/?q=%u003cb", [(b"q", b"<b")]),
        ("/?q=\uff1cb".encode(), [(b"q", b"<b")]),
        # Letters whose codes end like those of ASCII stay what they are.
        ("/?q=\u062f..".encode(), []),
        ("/?q=\u041f\u0440\u0438\u0432\u0435\u0442".encode(), []),
        (b"/?q=a+b", []),
    ],
)
def test_views_are_what_a_server_behind_may_read(target, views):
    made = request_variables(request(target), wanted=frozenset({"VIEWS"}))
    assert pairs(made, "VIEWS") == views


def test_tls_tells_of_the_client_and_is_empty_in_clear():
    offer = Tls(
        version="TLSv1.3",
        cipher="TLS_AES_128_GCM_SHA256",
        name=b"A.example",
        protocols=(b"h2", b"http/1.1"),
        ja4=b"t13d",
    )
    assert pairs(request_variables(request(tls=offer)), "TLS") == [
        (b"version", b"TLSv1.3"),
        (b"cipher", b"TLS_AES_128_GCM_SHA256"),
        (b"sni", b"A.example"),
        (b"alpn", b"h2,http/1.1"),
        (b"ja4", b"t13d"),
    ]
    assert pairs(request_variables(request()), "TLS") == []
