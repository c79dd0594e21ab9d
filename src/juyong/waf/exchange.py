"""One request and its answer, between a client and a backend.

The exchange is told of events and acts at once; it waits by being told later. So a request that is
answered from a connection at hand takes no task and no timer.
"""

from typing import Final

from juyong.base.clock import system_milliseconds
from juyong.engines.inspect.http import Peer, Request
from juyong.waf import pages
from juyong.waf.answering import Answering
from juyong.waf.backends.link import Link
from juyong.waf.backends.pool import Backend, Unreachable
from juyong.waf.client import Client
from juyong.waf.http1.reading import AnyRequest
from juyong.waf.judging import Judge
from juyong.waf.plane import Plane
from juyong.waf.upload import Upload, length_line

_IDEMPOTENT: Final = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"))
_UPGRADE: Final = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
_CLIENT_GONE: Final = 499


class Exchange(Answering):
    """Carries one request to a backend, and the answer back: for that, see `Answering`."""

    __slots__ = ("_tried",)

    def __init__(
        self, plane: Plane, client: Client, head: AnyRequest, began: int | None = None
    ) -> None:
        upload = Upload(plane, self, client, head) if head.length else None
        began = system_milliseconds() if began is None else began
        super().__init__(plane, client, head, upload, began)
        self._tried: tuple[Backend, ...] = ()

    # --- the client's side ---

    def begin(self) -> None:
        """Judge the head of the request, and go on with its body or to a backend."""
        plane = self._plane
        engine = plane.engine
        if engine is None:
            self.to_backend()
            return
        judge = self._judge = Judge(engine, self._request(), fail_open=plane.site.fail_open)
        verdict = judge.request_head()
        if verdict is not None:
            self.block(verdict)
            return
        upload = self._upload
        if upload is not None and judge.reads_request_body and upload.awaits_verdict(judge):
            return
        self.go_unread()

    def go_unread(self) -> None:
        """Go on to a backend with a body that no rule reads, or with none."""
        judge = self._judge
        self.record.unread = self._upload is not None
        verdict = None if judge is None else judge.request_body(b"")
        if verdict is not None:
            self.block(verdict)
        else:
            self.to_backend()

    def body(self, data: bytes) -> None:
        """Take a part of the request's body, or of what a client sends behind an upgrade."""
        if self.over:
            return
        self.record.received += len(data)
        if self._upload is not None:
            self._upload.add(data)
        elif self._tunnel:
            self.pass_on(data)

    def end_body(self) -> None:
        """Note that the request is whole."""
        if self._upload is not None:
            self._upload.whole = True
            if not self.over:
                self._upload.end()

    def client_gone(self) -> None:
        """Give up: the client has closed."""
        if not self.over:
            self.record.status = self.record.status or _CLIENT_GONE
            self._done()

    def tick(self, now: float) -> None:
        """Give up on a backend that says nothing."""
        if self.over or not self._deadline or now < self._deadline:
            return
        if self.link is not None and not self.link.reads:
            # The client is the slow one, and has a time of its own.
            self._deadline = now + self._plane.site.times.response
            return
        self.refuse(pages.SLOW_BACKEND)

    def _request(self) -> Request:
        record, head = self.record, self.head
        peer = record.ends.peer
        client = Peer(address=record.client, port=peer.port)
        return Request(
            method=head.method,
            target=head.target,
            version=head.version,
            headers=head.headers,
            client=client if record.client != peer.address else peer,
            server=record.ends.server,
            unique=record.id,
            at=record.began / 1_000,
            tls=record.ends.secured,
        )

    # --- to the backend ---

    def to_backend(self) -> None:
        """Send the request over a connection at hand, or over a new one."""
        try:
            backend = self._plane.backends.pick(self._plane.now, self._tried)
        except Unreachable:
            self.refuse(pages.UNREACHABLE if self._tried else pages.BUSY)
            return
        self.ask(backend)

    def ask(self, backend: Backend) -> None:
        """Send the request to a backend, over a connection at hand or a new one."""
        link = backend.take(surely_open=self.head.method not in _IDEMPOTENT)
        if link is not None:
            self._send(backend, link)
        else:
            self._plane.task(self._connect(backend))

    async def _connect(self, backend: Backend) -> None:
        try:
            link = await backend.connect()
        except OSError as failure:
            self._tried += (backend,)
            self.record.backend_fault = type(failure).__name__
            if not self.over:
                self.to_backend()
            return
        if self.over:
            backend.idle(link)
        else:
            self._send(backend, link)

    def _send(self, backend: Backend, link: Link) -> None:
        head, record, upload = self.head, self.record, self._upload
        method = head.method
        self._goes_over(backend, link, method, self._plane.now)
        peers, ends = self._plane.peers, record.ends
        if peers.plain:
            about = peers.plain_lines(ends.peer.address, ends.scheme)
        else:
            about = peers.lines(ends.peer.address, record.client, head.headers, scheme=ends.scheme)
        if upload is not None:
            framing = upload.framing()
        else:
            framing = _UPGRADE if head.upgrade else length_line(method, 0)
        data = head.to_backend(about, framing, backend.host)
        if upload is None:
            link.sent = True
            link.transport.write(data)
        elif upload.held is not None:
            link.sent = True
            link.transport.write(data + upload.held)
        else:
            link.transport.write(data)
            upload.stream()

    def sent_over(self, backend: Backend, link: Link, at: float) -> "Exchange":
        """Take a request up that was sent, to its end; at: When, on the loop's clock."""
        self._goes_over(backend, link, self.head.method, at)
        link.sent = True
        return self

    def _goes_over(self, backend: Backend, link: Link, method: bytes, at: float) -> None:
        self._tried += (backend,)
        self.link = link
        link.begin(self, method)
        self.record.origin = backend.origin
        self._deadline = at + self._plane.site.times.response

    def pass_on(self, data: bytes) -> None:
        """Write a part of the body, or of what follows an upgrade, to the backend."""
        if self.link is not None:
            self.link.transport.write(data)
            self._deadline = self._plane.now + self._wait

    def backend_takes(self, *, more: bool) -> None:
        """Let the client wait while the backend is behind."""
        if self._upload is not None and self._upload.backend_takes(more=more):
            return
        if more or not self._whole_request or self._tunnel:
            self._client.read(on=more)

    def answer_failed(self, reason: str, *, malformed: bool) -> None:
        """Ask once more where that does no harm, or say that the backend failed."""
        link, self.link = self.link, None
        if self.over:
            return
        self.record.backend_fault = reason
        stale = link is not None and link.used and not link.heard and not malformed
        again = self._upload is None or self._upload.held is not None
        if stale and again and self.head.method in _IDEMPOTENT:
            # The backend closed a connection that waited: the same backend gets a new one.
            *tried, backend = self._tried
            self._tried = tuple(tried)
            self._plane.task(self._connect(backend))
            return
        self.refuse(pages.BAD_ANSWER)
