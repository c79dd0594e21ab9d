"""Requests as a connection's bytes tell them: heads are bounded, and bodies pass as they come."""

from typing import Any

import httptools

from juyong.api.request import headers_of
from juyong.front.head import (
    Head,
    Headers,
    TooManyHeaders,
    Wire,
    check_framing,
    known_of,
    split_target,
)
from juyong.front.limits import FrontLimits
from juyong.front.pipeline import Pipeline
from juyong.front.proxying import Proxying
from juyong.front.refusal import NO_ROOM
from juyong.front.share import Share


class NoRoom(RuntimeError):
    """All requests together hold as much as they may."""


class TooManyWaiting(RuntimeError):
    """More requests came than the client may send before their answers."""


class RequestReader:
    """Parses HTTP/1.1, and hands each request to the pipeline once its head is whole.

    Args:
        pipeline: Answers the requests.
        proxying: Chooses who answers a request for a proxy.
        share: Counts the bytes of the request that is arriving.
        wire: The connection.

    head_whole: Whether a request's head has arrived, and no other began. head_deadline: The moment
    by which the head that is arriving must be whole.
    """

    __slots__ = (
        "_limits",
        "_lines",
        "_overhead",
        "_parser",
        "_pipeline",
        "_proxying",
        "_share",
        "_slice",
        "_url",
        "_wire",
        "head_deadline",
        "head_whole",
    )

    def __init__(
        self,
        pipeline: Pipeline,
        proxying: Proxying,
        share: Share,
        *,
        wire: Wire,
        limits: FrontLimits,
    ) -> None:
        self._pipeline = pipeline
        self._proxying = proxying
        self._share = share
        self._wire = wire
        self._limits = limits
        self._parser: Any = httptools.HttpRequestParser(self)
        # A further request may have begun behind the one that closes the connection.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._url: bytes | bytearray = b""
        self._lines: Headers = []
        # Bytes that came since a head began or ended, or since a part of a body.
        self._overhead = 0
        self._slice = 0
        self.head_whole = False
        self.head_deadline: float | None = None

    # --- the connection's side ---

    def feed(self, data: bytes) -> None:
        """Take what the client sent.

        Raises:
            HttpParserUpgrade: another protocol, or a tunnel, may follow.
            HttpParserError: the bytes are no request; or, as its context, an error of the methods
                that the parser calls.
        """
        self._slice = size = len(data)
        self._overhead += size
        self._share.size += size
        self._parser.feed_data(data)

    def head_too_large(self) -> bool:
        """Tell whether a head, or what stands around the chunks of a body, is beyond its bounds."""
        return self._overhead > self._limits.head_bytes or (
            len(self._lines) > self._limits.head_lines and not self.head_whole
        )

    def has_room(self) -> bool:
        """Count the request that is arriving; False when it has to make room."""
        return self._share.fits(self._pipeline.newest if self.head_whole else None)

    def known(self) -> Head:
        """Return what a refusal needs of the head, which may have arrived in part."""
        return known_of(self._url, self._lines, self._wire)

    def stop(self) -> None:
        """Hold nothing of what came; nothing may be fed any more."""
        # It may hold most of a head.
        self._parser = None
        self._url, self._lines = b"", []
        self._share.leave(given=self.head_whole)

    # --- the parser's side ---

    def on_message_begin(self) -> None:
        """Begin a request."""
        self.head_whole = False
        self.head_deadline = None
        self._overhead = 0
        self._share.begin(self._slice)
        self._url = b""
        self._lines = []

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        if not self._url:
            self._url = url
            return
        if isinstance(self._url, bytes):
            # Many small parts must not be copied for each other.
            self._url = bytearray(self._url)
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; a trailer is none, and comes when the application has the headers."""
        if not self.head_whole:
            self._lines.append((name, value))

    def on_headers_complete(self) -> None:
        """Give the request to its application, or to the front's own answer.

        Raises:
            UnclearFraming: two servers could disagree on where the body ends.
            TooManyHeaders: there are more than any client sends.
            TooManyWaiting: the pipeline is full.
        """
        parser, lines, pipeline, share = self._parser, self._lines, self._pipeline, self._share
        upgrade = parser.should_upgrade()
        headers = headers_of(lines)
        check_framing(headers, upgrade=upgrade)
        if len(lines) > self._limits.head_lines:
            raise TooManyHeaders
        if len(pipeline.waiting) >= self._limits.waiting_requests:
            raise TooManyWaiting
        method, app = parser.get_method(), self._proxying.app
        if self._url[:1] != b"/":
            app, self._url = self._proxying.choose(method, bytes(self._url), lines, headers)
        # PERF: a small request, as most are, needs no answer from its share.
        if share.size > self._limits.small_bytes and not share.fits(None):
            app = NO_ROOM
        version = parser.get_http_version()
        path, query = split_target(bytes(self._url))
        exchange = pipeline.exchange_of(
            Head(
                method=method.decode("ascii"),
                path=path,
                query=query,
                headers=headers,
                lines=lines,
                wire=self._wire,
                version=version,
            ),
            keep_alive=version != "1.0" and parser.should_keep_alive() and not upgrade,
            expects_continue="expect" in headers and headers["expect"].lower() == "100-continue",
        )
        share.give(exchange, app)
        self.head_whole = True
        self._overhead = 0
        pipeline.enter(exchange, app)

    def on_body(self, body: bytes) -> None:
        """Take a part of the body.

        Raises:
            NoRoom: others hold too much, and this one has been arriving longest.
        """
        self._overhead = 0
        newest, share = self._pipeline.newest, self._share
        if share.size > self._limits.small_bytes and not share.fits(newest):
            raise NoRoom
        if newest is not None:
            newest.add_body(body)

    def on_message_complete(self) -> None:
        """End the request."""
        if self._pipeline.newest is not None:
            self._pipeline.newest.end_body()
