"""Heads and chunked bodies that the WAF takes: other parsers read the same from what is sent on.

The native core reads each head as Python does, or leaves the head to Python.
"""

import h11
from tests.waf_heads import request_head, response_head

from juyong.waf.http1 import writing
from juyong.waf.http1.bodies import Chunked, length_of
from juyong.waf.http1.framing import framing_of
from juyong.waf.http1.heads import CHUNKED, Malformed, RequestHead
from juyong.waf.http1.reading import native_reader, whole_request, whole_response

SEEDS: list[bytes] = [
    b"GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: u\r\n\r\n",
    b"GET http://x/a HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"OPTIONS * HTTP/1.0\r\nA: b\r\n\tc\r\n\r\n",
    b"GET /\xff<> HTTP/1.1\r\nHost: [::1]:80\r\nA:\r\nB: \t c \r\n\r\n",
    b"GET / HTTP/1.1\nHost: x\n\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 304 \r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n",
]

_ASKED = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
_OUTCOME = ("1f", 0, 0, False, "", "", "")


def target(data: bytes) -> None:
    """Read a message; hold what is taken against h11, which read nothing of the client's bytes."""
    end = data.find(b"\r\n\r\n")
    block, rest = (data[: end + 2], data[end + 4 :]) if end >= 0 else (data, b"")
    _hold_whole(data, block, rest)
    _hold_straight(data, block, rest)
    try:
        response_head(block)
    except Malformed:
        pass
    else:
        assert block.startswith(b"HTTP/1.")
    try:
        head = request_head(block)
    except Malformed:
        return
    assert request_head(block) == head
    for name, value in head.headers:
        assert not set(name + value) & set(b"\r\n\0")
        assert value == value.strip(b" \t")
    body, whole = rest[: max(head.length, 0)], len(rest) >= head.length
    if head.length == CHUNKED:
        body, whole = _unchunked(rest)
    if whole:
        _compare(head, body)


def _hold_whole(data: bytes, block: bytes, rest: bytes) -> None:
    """Hold what the core takes in one step to what Python takes in several."""
    request = whole_request(data, len(data))
    if request is not None:
        head = request_head(block)
        assert not rest
        assert not head.length
        assert request.to_backend(b"", b"", b"") == head.to_backend(b"", b"", b"")
    for mute in (False, True):
        found = whole_response(data, len(data), mute=mute)
        if found is not None:
            answer = response_head(block)
            length = length_of(b"HEAD" if mute else b"GET", answer.status, answer.length)
            assert (length, found[1]) == (len(rest), rest)
            assert found[0].to_client(b"", rest) == answer.to_client(b"", rest)


def _hold_straight(data: bytes, block: bytes, rest: bytes) -> None:
    """Hold what goes straight through to the long way."""
    reader = native_reader()
    if reader is None:
        return
    found = reader.straight_request(data, len(data), b"A: b\r\n")
    if found is not None:
        head = request_head(block)
        assert (rest, head.method, head.length, head.keeps) == (b"", b"GET", 0, True)
        assert found[1] == head.to_backend(b"A: b\r\n", b"", b"")
    asked = reader.straight_request(_ASKED, len(_ASKED), b"")
    assert asked is not None
    told = asked[0].straight_answer(data, len(data), *_OUTCOME)
    if told is not None:
        answer = response_head(block)
        assert answer.keeps
        assert length_of(b"GET", answer.status, answer.length) == len(rest) == told[3]
        lines = framing_of(asked[0], answer, len(rest), close=False).lines
        assert told[0] == answer.to_client(lines, rest)
        assert told[2] == answer.status


def _unchunked(rest: bytes) -> tuple[bytes, bool]:
    """Read chunks whole and byte for byte, which must agree."""
    once, slow = Chunked(), Chunked()
    try:
        body, _ = once.feed(rest)
    except Malformed:
        return b"", False
    parts = []
    for at in range(len(rest)):
        if slow.done:
            break
        parts.append(slow.feed(rest[at : at + 1])[0])
    assert b"".join(parts) == body
    assert slow.done == once.done
    return body, once.done


def _compare(head: RequestHead, body: bytes) -> None:
    """Send a request on, and have h11 read the bytes."""
    framing = b"Content-Length: %d\r\n" % len(body) if body else b""
    about, host = b"X-Forwarded-For: 1.1.1.1\r\n", b"" if head.authority else b"x"
    sent = writing.request(
        head.method, head.path, head.headers, framing=framing, about_client=about, host=host
    )
    peer = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 24)
    peer.receive_data(sent + body)
    try:
        event = peer.next_event()
    except h11.RemoteProtocolError:
        # h11 takes fewer characters in targets and values than servers do; refusing is no harm.
        return
    assert isinstance(event, h11.Request)
    quick = writing.request(
        *(head.method, head.path, head.headers),
        framing=framing,
        about_client=about,
        host=host,
        lines=head.lines,
    )
    assert quick == sent
    assert (event.method, event.target) == (head.method, head.path)
    assert [v for n, v in event.headers if n == b"x-forwarded-for"] == [b"1.1.1.1"]
    kept = [(n.lower(), v) for n, v in head.headers if n.lower() not in writing.HOP_BY_HOP]
    assert {pair for pair in event.headers if pair[0] not in (b"host", b"content-length")} <= {
        *kept,
        (b"x-forwarded-for", b"1.1.1.1"),
    }
    got = b""
    while not isinstance(event := peer.next_event(), h11.EndOfMessage):
        assert isinstance(event, h11.Data)
        got += bytes(event.data)
    assert got == body
    assert peer.trailing_data == (b"", False)
