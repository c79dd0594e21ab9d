"""One request and its answer, between a client and a backend.

The exchange is told of events and acts at once; it waits by being told later. So a request that is
answered from a connection at hand takes no task and no timer.
"""

from typing import Final

from juyong.base.clock import system_milliseconds
from juyong.base.ids import new_trace_id
from juyong.engines.inspect.http import Peer, Request, Response
from juyong.engines.inspect.verdict import Verdict
from juyong.waf import pages
from juyong.waf.backends.link import Link
from juyong.waf.backends.pool import Backend, Unreachable
from juyong.waf.bodies import answer_is_read
from juyong.waf.client import Client
from juyong.waf.http1.reading import AnyRequest, AnyResponse
from juyong.waf.judging import Judge
from juyong.waf.kept_answer import KeptAnswer
from juyong.waf.plane import Plane
from juyong.waf.record import Record
from juyong.waf.upload import Upload, length_line

_IDEMPOTENT: Final = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"))
_UPGRADE: Final = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
_SWITCHING: Final = 101
_CLIENT_GONE: Final = 499


class Exchange:
    """Carries one request to a backend and the answer back.

    over: Whether the answer is whole or given up; late events are then ignored.
    """

    __slots__ = (
        "_client",
        "_deadline",
        "_holding",
        "_judge",
        "_kept",
        "_plane",
        "_started",
        "_tried",
        "_tunnel",
        "_upload",
        "answer_whole",
        "head",
        "link",
        "over",
        "record",
    )

    def __init__(self, plane: Plane, client: Client, head: AnyRequest) -> None:
        self._plane, self._client, self.head = plane, client, head
        self.over = self._started = self._tunnel = self.answer_whole = False
        self.link: Link | None = None
        self._judge: Judge | None = None
        self._upload = Upload(plane, self, client, head) if head.length else None
        self._kept: KeptAnswer | None = None
        self._tried: tuple[Backend, ...] = ()
        self._holding = 0
        self._deadline = 0.0
        ends = client.ends
        self.record = Record(
            id=new_trace_id(),
            began=system_milliseconds(),
            head=head,
            client=ends.peer.address if plane.peers.plain else self._named_client(),
            ends=ends,
        )

    def _named_client(self) -> str:
        """Return the client that the request itself may name; PERF: for that, cut the head."""
        return self._plane.peers.client_of(self._client.ends.peer.address, self.head.headers)

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
        self.record.unread = upload is not None
        verdict = judge.request_body(b"")
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

    def client_takes(self, *, more: bool) -> None:
        """Note whether the client takes bytes as fast as they come."""
        if self.link is not None and not (self._kept is not None and self._kept.judging):
            self.link.read(on=more)

    def refuse(self, page: pages.Page) -> None:
        """Answer in place of a backend."""
        if self.over:
            return
        if self._started:
            self._client.abort()
        else:
            head, body = pages.rendered(page, self.record.id, self.head.method)
            self._client.start(head, len(page.body(self.record.id)), close=not self._whole_request)
            self.record.status = page.status
            self.record.sent += len(body)
            if body:
                self._client.body(body)
            self._client.finish()
        self.record.refused = page.name
        self._done()

    @property
    def _whole_request(self) -> bool:
        return self._upload is None or self._upload.whole

    def tick(self, now: float) -> None:
        """Give up on a backend that says nothing."""
        if self.over or not self._deadline or now < self._deadline:
            return
        if self.link is not None and not self.link.reads:
            # The client is the slow one, and has a time of its own.
            self._deadline = now + self._plane.site.times.response
            return
        self.refuse(pages.SLOW_BACKEND)

    # --- judging ---

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

    @property
    def holder(self) -> str:
        """The client that the bytes of the request count for."""
        return self._plane.holder_of(self.record.client)

    def hold(self, size: int) -> None:
        """Count bytes that wait for a verdict; SECURITY: all of a worker's have one bound."""
        self._holding += size
        if not self._plane.in_memory.add(self.holder, size):
            self.give_up_on_backend(pages.BUSY)

    def block(self, verdict: Verdict) -> None:
        """Answer as a verdict says."""
        self.record.verdict = verdict
        if verdict.drop:
            self.record.status = self.record.status or verdict.status
            self._client.abort()
            self._done()
        else:
            self.refuse(pages.of_verdict(verdict))

    # --- to the backend ---

    def to_backend(self) -> None:
        """Send the request over a connection at hand, or over a new one."""
        try:
            backend = self._plane.backends.pick(self._plane.now, self._tried)
        except Unreachable:
            self.refuse(pages.UNREACHABLE if self._tried else pages.BUSY)
            return
        link = backend.take()
        if link is not None:
            self._send(backend, link)
            return
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
        head, record, plane, upload = self.head, self.record, self._plane, self._upload
        self._tried += (backend,)
        self.link = link
        method = head.method
        link.begin(self, method)
        record.origin = backend.origin
        self._deadline = plane.now + plane.site.times.response
        peers, ends = plane.peers, record.ends
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

    def pass_on(self, data: bytes) -> None:
        """Write a part of the body, or of what follows an upgrade, to the backend."""
        if self.link is not None:
            self.link.transport.write(data)
            self._deadline = self._plane.now + self._wait

    @property
    def _wait(self) -> float:
        times = self._plane.site.times
        return times.tunnel_idle if self._tunnel else times.response

    def backend_takes(self, *, more: bool) -> None:
        """Let the client wait while the backend is behind."""
        if self._upload is not None and self._upload.backend_takes(more=more):
            return
        if more or not self._whole_request or self._tunnel:
            self._client.read(on=more)

    def give_up_on_backend(self, page: pages.Page | None) -> None:
        """End the connection to the backend; page: The answer in its place, if any."""
        link, self.link = self.link, None
        if link is not None:
            link.leave()
        if page is not None:
            self.refuse(page)

    # --- the answer ---

    def answer_head(self, head: AnyResponse, length: int) -> None:
        """Judge the head of the answer, and pass it on unless its body is judged first."""
        if self.over:
            return
        record = self.record
        record.upstream_status = head.status
        record.upstream_ms = system_milliseconds() - record.began
        self._deadline = self._plane.now + self._plane.site.times.response
        if head.status == _SWITCHING and not (self.head.upgrade and head.upgrade == b"websocket"):
            self.give_up_on_backend(pages.BAD_ANSWER)
            return
        judge = self._judge
        if judge is not None:
            verdict = judge.response_head(
                Response(status=head.status, version=head.version, headers=head.headers)
            )
            if verdict is not None:
                self.give_up_on_backend(None)
                self.block(verdict)
                return
            if length and judge.reads_response_body and answer_is_read(head):
                self._kept = KeptAnswer(self._plane, self, judge, head, length)
                return
        self._start(head, length)

    def _start(self, head: AnyResponse, length: int) -> None:
        self._started = True
        self.record.status = head.status
        self._tunnel = head.status == _SWITCHING
        # A request whose end was not awaited leaves bytes that no next request may be read from.
        self._client.start(head, length, close=not self._whole_request and not self._tunnel)
        if self._tunnel:
            self._deadline = self._plane.now + self._plane.site.times.tunnel_idle
            self._client.read(on=True)

    def answer_body(self, data: bytes) -> None:
        """Pass a part of the answer on, or keep the part until the answer is judged."""
        if self.over:
            return
        self._deadline = self._plane.now + self._wait
        if self._kept is None:
            self._write(data)
        else:
            self._kept.add(data)

    def _write(self, data: bytes) -> None:
        self.record.sent += len(data)
        self._client.body(data)
        link = self.link
        if link is not None and not self._client.takes:
            link.read(on=False)

    def answer_end(self) -> None:
        """End the answer."""
        self.link = None
        if self.over:
            return
        self.answer_whole = True
        if self._upload is not None:
            self._upload.stop()
        if self._kept is not None:
            self._kept.judge(cut=False)
            return
        self._client.finish()
        self._done()

    def answer(self, head: AnyResponse, body: bytes) -> None:
        """Take an answer that came in one piece; the link may already carry another request."""
        self.link = None
        if self.over:
            return
        judge = self._judge
        if self._upload is None and (judge is None or len(body) <= self._plane.at_once):
            # PERF: what the steps below come to where there was no body, and no part is kept.
            record = self.record
            record.upstream_status = head.status
            record.upstream_ms = system_milliseconds() - record.began
            verdict = None if judge is None else judge.whole_response(head, body)
            if verdict is not None:
                self.block(verdict)
                return
            record.status, record.sent = head.status, len(body)
            self.over = True
            self._client.answer(head, body)
            if judge is None:
                self._plane.finished(record, None, ended=record.began + record.upstream_ms)
            else:
                self._plane.finished(record, judge.end())
            return
        self.answer_head(head, len(body))
        if body:
            self.answer_body(body)
        self.answer_end()

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

    def turn_ends(self) -> None:
        """Send the client what one turn brought."""
        self._client.flush()

    def answer_judged(self, verdict: Verdict | None) -> None:
        """Pass an answer on that was kept, as far as the answer came."""
        kept = self._kept
        if self.over or kept is None:
            return
        if verdict is not None:
            self.give_up_on_backend(None)
            self.block(verdict)
            return
        self._kept = None
        self._start(kept.head, kept.length)
        for part in kept.parts:
            self._write(part)
        if self.answer_whole:
            self._client.finish()
            self._done()
        elif self.link is not None and self._client.takes:
            self.link.read(on=True)
        self._client.flush()

    # --- the end ---

    def _done(self) -> None:
        self.over = True
        self._deadline = 0.0
        if self._holding:
            self._plane.in_memory.add(self.holder, -self._holding)
            self._holding = 0
        link, self.link = self.link, None
        if link is not None:
            link.leave()
        judging = self._kept is not None and self._kept.judging
        self._kept = None
        if self._upload is not None:
            judging = self._upload.close() or judging
        report = self._judge.end() if self._judge is not None and not judging else None
        self._plane.finished(self.record, report)
