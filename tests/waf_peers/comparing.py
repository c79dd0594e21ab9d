"""Requests as other servers read them, against those that the rules were asked about."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.waf_peers.carrying import Carried, Inspected
from tests.waf_peers.reading import READERS, Read

from juyong.engines.inspect.variables import request_variables
from juyong.waf.bodies import plan_of
from juyong.waf.http1.bodies import decoder_of
from juyong.waf.http1.heads import request_head
from juyong.waf.site import Site

_WRITTEN = {b"x-forwarded-for", b"x-forwarded-proto", b"x-real-ip"}
"""Headers that the proxy writes itself, and takes from no client."""
_FRAMING = {b"content-length", b"transfer-encoding", b"connection", b"upgrade"}
_DROPPED = (
    _WRITTEN
    | _FRAMING
    | {
        *(b"forwarded", b"x-forwarded-host", b"x-forwarded-port", b"proxy", b"expect"),
        *(b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection"),
        *(b"te", b"trailer", b"http2-settings"),
    }
)


def compare(carried: Carried) -> int:
    """Have every parser in this process read what was sent; return how many requests were read.

    Raises:
        AssertionError: a parser reads what no rule was asked about.
    """
    return sum(
        held_against(carried, began, list(read(sent)), name)
        for sent, began in carried.sent
        for name, read in READERS.items()
    )


def held_against(carried: Carried, began: Sequence[int], reads: Sequence[Read], name: str) -> int:
    """Compare the requests that one parser read on a connection with those begun there."""
    assert len(reads) <= len(began), f"{name} reads a request more: {reads}"
    for place, read in zip(began, reads, strict=False):
        _hold(carried.inspected[place], read, name)
    return len(reads)


def _hold(inspected: Inspected, read: Read, name: str) -> None:
    request = inspected.request
    uri = request_variables(request, wanted=frozenset({"REQUEST_URI"}))["REQUEST_URI"][0].value
    assert (read.method, read.target) == (request.method, uri), name
    told = Counter((key.lower(), value) for key, value in request.headers)
    got = Counter(read.headers)
    more = [key for key, _ in got - told if key not in _WRITTEN | _FRAMING]
    if not any(key == b"host" for key, _ in told):
        more = [key for key in more if key != b"host"]
    assert not more, f"{name} reads headers that were not inspected: {more}"
    fewer = [key for key, _ in told - got if key.replace(b"_", b"-") not in _DROPPED]
    assert not fewer, f"{name} lacks headers that were inspected: {fewer}"
    for each in _WRITTEN:
        assert len([key for key, _ in read.headers if key.replace(b"_", b"-") == each]) == 1, name
    if inspected.body or not _streams(inspected):
        assert read.body == inspected.body, name


def held_against_frames(carried: Carried, reads: Sequence[Read], name: str) -> int:
    """Compare requests that a server read of the client's frames with those that backends got.

    Return how many there were. A server that refuses a request reads none.

    Raises:
        AssertionError: the server reads another request than the proxy.
    """
    got = Counter(_said(read) for sent, _ in carried.sent for read in _by_grammar(sent))
    more = Counter(map(_said, reads)) - got
    assert not more, f"{name} reads of the frames: {list(more)}; backends get {list(got)}"
    return len(reads)


def _by_grammar(sent: bytes) -> Iterator[Read]:
    """Read by the proxy's own grammar, since h11 refuses bytes outside ASCII in targets."""
    while sent:
        end = sent.index(b"\r\n\r\n")
        head = request_head(sent[: end + 2])
        decoder = decoder_of(head.length)
        body, sent = decoder.feed(sent[end + 4 :]) if head.length else (b"", sent[end + 4 :])
        if head.length and not decoder.done:
            return
        names = [(name.lower(), value) for name, value in head.headers]
        yield Read(head.method, head.target, names, body)


def _said(read: Read) -> tuple[object, ...]:
    """Return what a request says, without what belongs to one connection."""
    headers = sorted(each for each in read.headers if each[0].replace(b"_", b"-") not in _DROPPED)
    return read.method, read.target, tuple(headers), read.body


def _streams(inspected: Inspected) -> bool:
    """Tell whether the body passes as it comes, by its type, and rules read none of it."""
    lines = [b"POST / HTTP/1.1", b"Host: x"]
    lines += [
        b"Content-Type: " + value
        for key, value in inspected.request.headers
        if key.lower() == b"content-type"
    ]
    head = request_head(b"".join(line + b"\r\n" for line in lines))
    return not plan_of(head, Site(backends=()).limits).holds
