"""Fields of HTTP/2 are a request only where HTTP/1 would read the same from them."""

import pytest
from tests.unit.waf.frames import GET, POST, Fields

from juyong.waf.http1.heads import CHUNKED, UNTIL_CLOSE, Malformed, ResponseHead
from juyong.waf.http2.budgets import Budget
from juyong.waf.http2.heads import request_of, response_of, size_of

M, S, P, A = GET
OTHER = b"y"


def test_a_head() -> None:
    head = request_of(
        (M, S, (b":path", b"/a?b=c"), A, (b"accept", b"*/*"), (b"a", b"")), whole=True
    )
    assert (head.method, head.target, head.path) == (b"GET", b"/a?b=c", b"/a?b=c")
    assert (head.authority, head.version, head.length) == (b"x", "HTTP/2.0", 0)
    assert head.headers == ((b"host", b"x"), (b"accept", b"*/*"), (b"a", b""))


@pytest.mark.parametrize(
    "fields",
    [
        [M, S, P],
        [S, P, A],
        [M, P, A],
        [M, S, A],
        [M, S, P, P, A],
        [M, M, S, P, A],
        [*GET, (b":protocol", b"websocket")],
        [M, (b"a", b"b"), S, P, A],
        [*GET, (b"a", b"b"), P],
        [M, (b":scheme", b"ftp"), P, A],
        [M, (b":scheme", b""), P, A],
        [M, S, (b":path", b""), A],
        [M, S, (b":path", b"a"), A],
        [M, S, (b":path", b"*"), A],
        [M, S, (b":path", b"http://x/"), A],
        [M, S, (b":path", b"/a b"), A],
        [M, S, (b":path", b"/#a"), A],
        [M, S, (b":path", b"/ HTTP/1.1\r\nhost: x\r\nb: c"), A],
        [(b":method", b"CONNECT"), A],
        [(b":method", b"CONNECT"), S, (b":path", b"x:80"), A],
        [(b":method", b"G T"), S, P, A],
        [(b":method", b""), S, P, A],
        [M, S, P, (b":authority", b"")],
        [M, S, P, (b":authority", b"a@x")],
        [M, S, P, (b":authority", b"x/y")],
        [*GET, (b"host", OTHER)],
        [M, S, P, (b"host", b"x"), (b"host", b"x")],
        *(
            [*GET, pair]
            for pair in [
                (b"Name", b"a"),
                (b"", b"a"),
                (b"a b", b"c"),
                (b"a:", b"c"),
                (b"a", b"b\r\nc: d"),
                (b"a", b"b\n"),
                (b"a", b"b\0c"),
                (b"a", b"\x7f"),
                (b"a", b" b"),
                (b"a", b"b "),
                (b"a", b"\tb"),
                (b"connection", b"close"),
                (b"keep-alive", b"1"),
                (b"proxy-connection", b"close"),
                (b"transfer-encoding", b"chunked"),
                (b"upgrade", b"h2c"),
                (b"te", b"gzip"),
                (b"content-length", b"1x"),
                (b"content-length", b"-1"),
            ]
        ),
        [*GET, (b"content-length", b"0"), (b"content-length", b"0")],
        [*GET, (b"content-type", b"a/b"), (b"content-type", b"a/b")],
        [*GET, *[(b"a", b"b")] * 300],
    ],
)
def test_what_two_servers_may_read_differently(fields: Fields) -> None:
    for whole in (True, False):
        with pytest.raises(Malformed):
            request_of(tuple(fields), whole=whole)


def test_an_asterisk_is_for_options() -> None:
    head = request_of(((b":method", b"OPTIONS"), S, (b":path", b"*"), A), whole=True)
    assert head.path == b"*"


def test_a_host_may_stand_for_the_authority_or_say_the_same() -> None:
    assert request_of((M, S, P, (b"host", b"y")), whole=True).headers == ((b"host", b"y"),)
    both = request_of((*GET, (b"a", b"b"), (b"host", b"X")), whole=True)
    assert both.headers == ((b"host", b"x"), (b"a", b"b"))


def test_crumbs_of_a_cookie_are_one_header() -> None:
    crumbs = [(b"cookie", b"a=1"), (b"x", b"y"), (b"cookie", b"b=2"), (b"cookie", b"c=3")]
    head = request_of((*GET, *crumbs), whole=True)
    assert head.headers == ((b"host", b"x"), (b"cookie", b"a=1; b=2; c=3"), (b"x", b"y"))


def test_where_a_body_ends() -> None:
    sized = (*POST, (b"content-length", b"3"))
    assert request_of(sized, whole=False).length == 3
    with pytest.raises(Malformed):
        request_of(sized, whole=True)
    assert request_of(tuple(POST), whole=False).length == CHUNKED
    assert request_of(tuple(POST), whole=True).length == 0
    assert request_of((*POST, (b"content-length", b"0")), whole=False).length == 0


def test_a_head_of_a_response() -> None:
    headers = ((b"Content-Type", b"a/b"), (b"Connection", b"close"), (b"Content-Length", b"5"))
    head = ResponseHead(
        status=200, reason=b"Fine", version="HTTP/1.1", headers=headers, length=5, keeps=False
    )
    told, sized = (b"content-type", b"a/b"), (b"content-length", b"5")
    assert response_of(head, 5, mute=False) == [(b":status", b"200"), told, sized]
    assert response_of(head, 0, mute=True) == [(b":status", b"200"), told, sized]
    for length in (CHUNKED, UNTIL_CLOSE):
        assert response_of(head, length, mute=False) == [(b":status", b"200"), told]


def test_the_size_of_fields_counts_each() -> None:
    assert size_of(((b"a", b"bc"), (b"", b""))) == 67


def test_a_budget_comes_back_with_time() -> None:
    budget = Budget(2, 1, 10.0)
    assert [budget.take(10.0) for _ in range(3)] == [True, True, False]
    assert [budget.take(11.0), budget.take(11.0), budget.take(9.0)] == [True, False, False]
    assert [budget.take(99.0) for _ in range(3)] == [True, True, False]
