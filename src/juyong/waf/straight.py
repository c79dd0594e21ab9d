"""Requests that go straight through: no rule judges, and both heads and the answer come whole.

PERF: nearly all requests of a site without rules are such. They take two calls of the core, and no
object of their own but the head: what the core cuts from a request leaves at once, and so does what
the core cuts from the answer.

The steps are those of `Exchange`, less what can only do nothing:
- no rule is asked, since there is no engine, and no body is judged or counted, since there is none;
- the core takes a GET of a client that keeps its connection, and an answer with a length of a
  backend that keeps its own: so both are framed by that length, and both connections go on;
- no header of the request is asked about its client, since no peer is trusted (`Peers.plain`).
Any other event on the way turns the request into the exchange that would exist by now, and the
exchange goes on. A test holds both ways equal.
"""

from typing import TYPE_CHECKING, Final, Protocol

from juyong.base.clock import system_nanoseconds
from juyong.base.ids import new_trace_id
from juyong.waf.backends.link import MOST_HEAD, Link
from juyong.waf.client import Client
from juyong.waf.exchange import Exchange
from juyong.waf.http1.reading import AnyRequest
from juyong.waf.pages import Page
from juyong.waf.peers import host_of
from juyong.waf.plain_line import line_of, members_of
from juyong.waf.plane import Plane
from juyong.waf.record import Record

if TYPE_CHECKING:
    import juyong_waf_core


_MS: Final = 1_000_000
"""Nanoseconds."""


class Asker(Client, Protocol):
    """The connection of a client that speaks HTTP/1.1.

    exchange: The exchange under way; None while the connection waits for a request.
    closing: Whether the connection ends with the answer under way.
    """

    exchange: "Exchange | Straight | None"
    closing: bool

    def carries(self, exchange: Exchange, head: AnyRequest) -> None:
        """Note what is under way, and the head of the request."""

    def pass_back(self, data: bytes) -> None:
        """Write a whole answer, head and body, and go on with the next request."""


class Straight:
    """Carries the requests of one connection that go straight through, one after the other.

    Args:
        plane: Shared state.
        client: The connection.
        sni: The host name that TLS was opened for; empty where there was none.
        heads: The reader of the core.
    """

    __slots__ = (
        "_about",
        "_began",
        "_client",
        "_ends",
        "_head",
        "_https",
        "_link",
        "_most",
        "_plane",
        "_read",
        "_since",
        "_sni",
        "_told",
    )

    _head: "juyong_waf_core.RequestHead"
    _link: Link

    def __init__(
        self, plane: Plane, client: Asker, sni: bytes, heads: "juyong_waf_core.Heads"
    ) -> None:
        self._plane, self._client, self._sni = plane, client, sni
        ends = self._ends = client.ends
        self._read, self._most = heads.straight_request, plane.site.limits.head
        self._about = plane.peers.plain_lines(ends.peer.address, ends.scheme)
        self._told, self._https = members_of(ends), ends.scheme == b"https"
        self._began = 0
        self._since = 0.0

    # --- the client's side; see `Exchange` ---

    def begin(self, data: bytes) -> bool:
        """Send a request on, if the data are one that goes straight through; else do nothing."""
        plane = self._plane
        if plane.engine is not None:
            return False
        found = self._read(data, self._most, self._about)
        if found is None:
            return False
        head, sent = found
        if self._sni and host_of(head.authority) != self._sni:
            return False
        link = plane.backends.at_hand(plane.now)
        if link is None:
            return False
        self._head, self._link, self._since = head, link, plane.now
        self._began = system_nanoseconds()
        # A link that takes no more bytes may say so at once, so all is in place by now.
        self._client.exchange = link.straight = self
        link.transport.write(sent)
        return True

    def body(self, data: bytes) -> None:
        """Take bytes that an exchange takes."""
        self.unfold().body(data)

    def end_body(self) -> None:
        """Note the end of such bytes."""
        self.unfold().end_body()

    def client_gone(self) -> None:
        """Give up: the client has closed."""
        self.unfold().client_gone()

    def client_takes(self, *, more: bool) -> None:
        """Note whether the client takes bytes as fast as they come."""
        self.unfold().client_takes(more=more)

    def refuse(self, page: Page, why: str = "") -> None:
        """Answer in place of a backend; why: For the log."""
        self.unfold().refuse(page, why)

    def tick(self, now: float) -> None:
        """Give up on a backend that says nothing."""
        if now >= self._since + self._plane.site.times.response:
            self.unfold().tick(now)

    # --- the link's side; see `Unfolding` ---

    def answer(self, data: bytes) -> bool:
        """Send a whole answer back; False where the data are none, and the request unfolded."""
        client, link, began, told = self._client, self._link, self._began, self._told
        ended, trace = system_nanoseconds(), new_trace_id()
        found = self._head.straight_answer(
            data, MOST_HEAD, trace, began, ended, self._https, told[0], told[1], link.told
        )
        if found is None or client.closing:
            self.unfold()
            return False
        back, line, status, size = found
        if line is None:
            line = self._line(trace, status, size, ended)
        link.straight = None
        link.used = True
        link.backend.idle(link)
        client.pass_back(back)
        self._plane.passed(size, line)
        return True

    def _line(self, trace: str, status: int, size: int, ended: int) -> bytes:
        """Write the line of the log that has a text which the core leaves."""
        ends, began, ended = self._ends, self._began // _MS, ended // _MS
        record = Record(id=trace, began=began, head=self._head, client=ends.peer.address, ends=ends)
        record.status = record.upstream_status = status
        record.origin, record.sent = self._link.backend.origin, size
        record.upstream_ms = ended - began
        return line_of(record, None, ended=ended)

    def unfold(self) -> Exchange:
        """Become the exchange that would be there by now."""
        link, client, head = self._link, self._client, self._head
        exchange = Exchange(self._plane, client, head, self._began // _MS)
        client.carries(exchange, head)
        link.straight = None
        exchange.sent_over(link.backend, link, self._since)
        return exchange
