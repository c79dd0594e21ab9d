"""A request in a file, judged by rules without being sent."""

from pathlib import Path

import msgspec

from juyong.api.command import BadInput
from juyong.base.ids import new_trace_id
from juyong.engines.inspect.http import Peer, Request
from juyong.engines.inspect.verdict import Engine, Inspection, Report, Verdict
from juyong.waf.http1.bodies import decoder_of
from juyong.waf.http1.heads import CHUNKED, Malformed, RequestHead, request_head

_MOST_BYTES = 16 * 1024 * 1024


class Message(msgspec.Struct, frozen=True):
    """A request from a file."""

    head: RequestHead
    body: bytes


def message_of(path: Path) -> Message:
    """Read a request as HTTP writes one; lines of the head may end with LF alone.

    Raises:
        BadInput: the file cannot be read, or holds no request.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise BadInput(f"`{path}` is larger than 16 MiB")
        data = path.read_bytes()
    except OSError as failure:
        raise BadInput(f"`{path}`: {failure.strerror}") from None
    return message_in(data)


def message_in(data: bytes) -> Message:
    """Read a request; a body without a length in the head is the rest.

    Raises:
        BadInput: the bytes are no request; the proxy would answer 400.
    """
    if b"\r\n" not in data.partition(b"\n\n")[0]:
        first, _, body = data.partition(b"\n\n")
        data = first.rstrip(b"\n").replace(b"\n", b"\r\n") + b"\r\n\r\n" + body
    block, found, body = data.partition(b"\r\n\r\n")
    try:
        head = request_head(block + b"\r\n")
        if not found:
            body = b""
        if head.length == CHUNKED:
            decoder = decoder_of(CHUNKED)
            body, _ = decoder.feed(body)
        elif head.length:
            body = body[: head.length]
        return Message(head, body)
    except Malformed as fault:
        raise BadInput(
            f"the proxy refuses the request with 400: {fault}; "
            "a file begins with a line such as `GET /?q=1 HTTP/1.1`"
        ) from None


def judged(engine: Engine, message: Message) -> tuple[Verdict | None, Report]:
    """Judge a request as the proxy does, as one from loopback."""
    return judged_in(engine.inspect(request_of(message.head)), message.body)


def request_of(head: RequestHead) -> Request:
    """Return the head that an engine judges, as one from loopback."""
    return Request(
        method=head.method,
        target=head.target,
        version=head.version,
        headers=head.headers,
        client=Peer(address="127.0.0.1", port=40_000),
        server=Peer(address="127.0.0.1", port=80),
        unique=new_trace_id(),
    )


def judged_in(inspection: Inspection, body: bytes) -> tuple[Verdict | None, Report]:
    """Judge a request whose inspection has begun; the verdict is there under DetectionOnly too."""
    verdict = inspection.request_head()
    if verdict is None:
        reads = inspection.reads_request_body
        verdict = inspection.request_body(body if reads else b"")
    report = inspection.end()
    return verdict or report.verdict, report
