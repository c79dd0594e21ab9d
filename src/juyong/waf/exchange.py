"""One request and its answer, between a client and a backend.

The exchange is told of events and acts at once; it waits by being told later. So a request that is
answered from a connection at hand takes no task and no timer.
"""

import asyncio
from functools import partial
from typing import Protocol

from juyong.base.clock import system_milliseconds
from juyong.base.ids import new_trace_id
from juyong.engines.inspect.http import Peer, Request, Response, Tls
from juyong.engines.inspect.verdict import Verdict
from juyong.waf import pages
from juyong.waf.backends.link import Link
from juyong.waf.backends.pool import Backend, Unreachable
from juyong.waf.bodies import STREAMED, Plan, answer_is_read, plan_of
from juyong.waf.forms import ArrivingForm, Pump
from juyong.waf.http1 import writing
from juyong.waf.http1.heads import CHUNKED, RequestHead, ResponseHead
from juyong.waf.judging import Judge
from juyong.waf.plane import Plane
from juyong.waf.record import Record

_INLINE_BYTES = 16_384
_MOST_WAITING = 65_536
_IDEMPOTENT = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"))
_UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
_SWITCHING = 101
_CLIENT_GONE = 499


class Client(Protocol):
    """The client's side of an exchange, on whichever version of HTTP."""

    peer: Peer
    server: Peer
    scheme: bytes

    def start(self, head: ResponseHead, length: int, *, close: bool) -> None:
        """Take the head of the answer; length: of its body; close: the connection ends with it."""

    def body(self, data: bytes) -> None:
        """Take a part of the body."""

    def finish(self) -> None:
        """Note that the answer is whole."""

    def abort(self) -> None:
        """End without a whole answer."""

    def go_on(self) -> None:
        """Have a client send the body that waits for `100 Continue`."""

    def read(self, *, on: bool) -> None:
        """Take more of the request, or let the client wait."""

    def flush(self) -> None:
        """Send what was taken."""

    @property
    def takes(self) -> bool:
        """Whether the client takes bytes as fast as they come."""


class Exchange:
    """Carries one request to a backend and the answer back.

    over: Whether the answer is whole or given up; late events are then ignored.
    """

    __slots__ = (
        "_answer",
        "_body",
        "_chunks",
        "_client",
        "_connecting",
        "_deadline",
        "_form",
        "_held",
        "_holding",
        "_judge",
        "_judging",
        "_kept",
        "_plan",
        "_plane",
        "_pump",
        "_secured",
        "_size",
        "_started",
        "_tried",
        "_tunnel",
        "_whole",
        "answer_whole",
        "head",
        "link",
        "over",
        "record",
    )

    def __init__(
        self,
        plane: Plane,
        client: Client,
        head: RequestHead,
        *,
        tls: str = "",
        secured: Tls | None = None,
    ) -> None:
        self._plane, self._client, self.head, self._secured = plane, client, head, secured
        self.over = self._started = self._tunnel = self._whole = self._judging = False
        self.answer_whole = False
        self.link: Link | None = None
        self._judge: Judge | None = None
        self._plan: Plan = STREAMED
        self._body: list[bytes] = []
        self._size = self._holding = 0
        self._held: bytes | None = None if head.length else b""
        # A form that is read while it arrives, and what writes the form to the backend.
        self._form: ArrivingForm | None = None
        self._pump: Pump | None = None
        self._chunks = False
        # The answer that is kept until it is judged, and its bytes.
        self._answer: tuple[ResponseHead, int] | None = None
        self._kept: list[bytes] = []
        self._tried: list[Backend] = []
        self._connecting: asyncio.Task[None] | None = None
        self._deadline = 0.0
        peers = plane.peers
        self.record = Record(
            id=new_trace_id(),
            began=system_milliseconds(),
            head=head,
            client=peers.client_of(client.peer.address, head.headers),
            peer=client.peer,
            server=client.server,
            scheme=client.scheme,
            tls=tls,
            secured=secured,
        )

    # --- the client's side ---

    def begin(self) -> None:
        """Judge the head of the request, and go on with its body or to a backend."""
        head, plane = self.head, self._plane
        engine = plane.engine
        if engine is None:
            self._to_backend()
            return
        judge = self._judge = Judge(engine, self._request(), fail_open=plane.site.fail_open)
        verdict = judge.request_head()
        if verdict is not None:
            self._block(verdict)
            return
        if head.length and judge.reads_request_body:
            self._plan = self._planned(judge)
            if self._plan.holds:
                if head.length > self._plan.limit and plane.site.oversize == "refuse":
                    self.refuse(pages.TOO_LARGE)
                elif head.expects_continue:
                    self._client.go_on()
                return
        self.record.unread = bool(head.length)
        verdict = judge.request_body(b"")
        if verdict is not None:
            self._block(verdict)
        else:
            self._to_backend()

    def _planned(self, judge: Judge) -> Plan:
        limits = self._plane.site.limits
        reader = judge.form_reader()
        if reader is None:
            return plan_of(self.head, limits)
        self._form = ArrivingForm(self._plane, judge, reader, self)
        return Plan(holds=True, limit=limits.form)

    def body(self, data: bytes) -> None:
        """Take a part of the request's body, or of what a client sends behind an upgrade."""
        if self.over:
            return
        self.record.received += len(data)
        streams = self.link is not None and not self._plan.holds and self._pump is None
        if self._tunnel or streams:
            self._pass_on(data)
            return
        if self._form is not None and self._plan.holds:
            self._form.add(data)
            return
        self._body.append(data)
        self._size += len(data)
        if not self._plan.holds:
            if self._size > _MOST_WAITING:
                self._client.read(on=False)
        elif self._size > self._plan.limit and not self._judging:
            self._too_long()
        else:
            self._hold(len(data))

    def end_body(self) -> None:
        """Note that the request is whole."""
        self._whole = True
        if self.over:
            return
        if self._plan.holds:
            if self._form is not None:
                self._form.end()
            elif not self._judging:
                self._judge_body(b"".join(self._body), cut=False)
        elif self.link is not None and self._pump is None:
            self._sent()

    def client_gone(self) -> None:
        """Give up: the client has closed."""
        if not self.over:
            self.record.status = self.record.status or _CLIENT_GONE
            self._done()

    def client_takes(self, *, more: bool) -> None:
        """Note whether the client takes bytes as fast as they come."""
        if self.link is not None and not self._judging:
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
        return self._whole or not self.head.length

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
        client = Peer(address=record.client, port=record.peer.port)
        return Request(
            method=head.method,
            target=head.target,
            version=head.version,
            headers=head.headers,
            client=client if record.client != record.peer.address else record.peer,
            server=record.server,
            unique=record.id,
            at=record.began / 1_000,
            tls=self._secured,
        )

    def _hold(self, size: int) -> None:
        """Count bytes that wait for a verdict; SECURITY: all of a worker's have one bound."""
        self._holding += size
        self._plane.held += size
        if self._plane.held > self._plane.site.held_bytes:
            self._give_up_on_backend(pages.BUSY)

    def _too_long(self) -> None:
        if self._plane.site.oversize == "refuse":
            self.refuse(pages.TOO_LARGE)
        else:
            self._client.read(on=False)
            self._judge_body(b"".join(self._body)[: self._plan.limit], cut=True)

    def _judge_body(self, body: bytes, *, cut: bool) -> None:
        judge = self._judge
        if judge is None:
            return
        self._judging = True
        if len(body) <= _INLINE_BYTES:
            self._body_judged(judge.request_body(body, cut=cut), cut=cut)
            return
        work = partial(judge.request_body, body, cut=cut)
        self._plane.on_thread(work, partial(self._body_judged, cut=cut))

    def _body_judged(self, verdict: Verdict | None, *, cut: bool) -> None:
        self._judging = False
        if self.over:
            return
        if verdict is not None:
            self._block(verdict)
            return
        if not cut:
            self._held = b"".join(self._body)
            self._body = []
        self._plan = STREAMED
        self._to_backend()

    def form_waits(self, *, on: bool) -> None:
        """Let the client wait while a form is read; see `forms.Owner`."""
        self._client.read(on=not on)

    def form_judged(self, verdict: Verdict | None) -> None:
        """Send a form on that may pass."""
        form = self._form
        if self.over or form is None:
            return
        if verdict is not None:
            self._block(verdict)
            return
        if not form.cut and not form.spool.on_disk:
            self._held = form.spool.take()
        self._body = form.rest()
        self._plan = STREAMED
        self._to_backend()

    def _block(self, verdict: Verdict) -> None:
        """Answer as a verdict says."""
        self.record.verdict = verdict
        if verdict.drop:
            self.record.status = self.record.status or verdict.status
            self._client.abort()
            self._done()
        else:
            self.refuse(pages.of_verdict(verdict))

    # --- the backend's side ---

    def _to_backend(self) -> None:
        try:
            backend = self._plane.backends.pick(self._plane.now, self._tried)
        except Unreachable:
            self.refuse(pages.UNREACHABLE if self._tried else pages.BUSY)
            return
        link = backend.take()
        if link is not None:
            self._send(backend, link)
            return
        self._connecting = self._plane.task(self._connect(backend))

    async def _connect(self, backend: Backend) -> None:
        try:
            link = await backend.connect()
        except OSError as failure:
            self._tried.append(backend)
            self.record.backend_fault = type(failure).__name__
            if not self.over:
                self._to_backend()
            return
        if self.over:
            backend.idle(link)
        else:
            self._send(backend, link)

    def _send(self, backend: Backend, link: Link) -> None:
        head, record, plane = self.head, self.record, self._plane
        self._tried.append(backend)
        self.link = link
        link.begin(self, head.method)
        record.origin = backend.origin
        self._deadline = plane.now + plane.site.times.response
        peers = plane.peers
        peer = self._client.peer.address
        data = writing.request(
            head.method,
            head.path,
            head.headers,
            framing=self._framing(),
            about_client=peers.lines(peer, record.client, head.headers, scheme=self._client.scheme),
            host=self._host(backend),
            lines=head.lines,
        )
        if self._held is not None:
            link.sent = True
            link.transport.write(data + self._held if self._held else data)
            return
        link.transport.write(data)
        if self._form is not None:
            self._pump_form(self._form)
            return
        if head.expects_continue and not self._size:
            self._client.go_on()
        self._send_waiting()

    def _pump_form(self, form: ArrivingForm) -> None:
        if self._pump is not None:
            self._pump.stop()
        self._pump = Pump(self._plane, form.spool, write=self._pass_on, done=self._pumped)
        self._pump.go_on()

    def _pumped(self, whole: bool) -> None:  # see `Pump`
        self._pump = None
        if self.over or self.link is None:
            return
        if whole:
            self._send_waiting()
        else:
            self._give_up_on_backend(pages.BUSY)

    def _send_waiting(self) -> None:
        """Send what came of a body that streams, and have the client send more.

        SECURITY: the backend may have the client wait at once, and tells so only one time.
        """
        self._client.read(on=True)
        waiting, self._body = self._body, []
        for part in waiting:
            self._pass_on(part)
        if self._whole:
            self._sent()

    def _host(self, backend: Backend) -> bytes:
        """Return the Host header that the request lacks."""
        return b"" if self.head.authority else str(backend.origin).partition("://")[2].encode()

    def _framing(self) -> bytes:
        if self.head.upgrade:
            return _UPGRADE
        if self._held is None:
            form, length = self._form, self.head.length
            if form is not None and not form.cut:
                length = form.size
            self._chunks = length == CHUNKED
            if self._chunks:
                return b"Transfer-Encoding: chunked\r\n"
            return b"Content-Length: %d\r\n" % length
        if self._held or self.head.method in (b"POST", b"PUT", b"PATCH"):
            return b"Content-Length: %d\r\n" % len(self._held)
        return b""

    def _pass_on(self, data: bytes) -> None:
        """Write a part of the body, or of what follows an upgrade, to the backend."""
        link = self.link
        if link is None:
            return
        if self._chunks and not self._tunnel:
            data = writing.chunk(data)
        link.transport.write(data)
        self._deadline = self._plane.now + self._wait

    @property
    def _wait(self) -> float:
        times = self._plane.site.times
        return times.tunnel_idle if self._tunnel else times.response

    def _sent(self) -> None:
        link = self.link
        if link is not None:
            if self._chunks:
                link.transport.write(writing.LAST_CHUNK)
            link.sent = True

    def backend_takes(self, *, more: bool) -> None:
        """Let the client wait while the backend is behind."""
        if self._pump is not None:
            self._pump.takes(more=more)
        elif more or not self._whole_request or self._tunnel:
            self._client.read(on=more)

    def answer_head(self, head: ResponseHead, length: int) -> None:
        """Judge the head of the answer, and pass it on unless its body is judged first."""
        if self.over:
            return
        record = self.record
        record.upstream_status = head.status
        record.upstream_ms = system_milliseconds() - record.began
        self._deadline = self._plane.now + self._plane.site.times.response
        if head.status == _SWITCHING and not (self.head.upgrade and head.upgrade == b"websocket"):
            self._give_up_on_backend(pages.BAD_ANSWER)
            return
        judge = self._judge
        if judge is not None:
            verdict = judge.response_head(
                Response(status=head.status, version=head.version, headers=head.headers)
            )
            if verdict is not None:
                self._give_up_on_backend(None)
                self._block(verdict)
                return
            if length and judge.reads_response_body and answer_is_read(head):
                self._answer = (head, length)
                return
        self._start(head, length)

    def _start(self, head: ResponseHead, length: int) -> None:
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
        if self._answer is None:
            self._write(data)
            return
        self._kept.append(data)
        self._hold(len(data))
        if (
            not self.over
            and not self._judging
            and sum(map(len, self._kept)) > self._plane.site.limits.response_body
        ):
            self._judge_answer(cut=True)

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
        if self._pump is not None:
            self._pump.stop()
        if self._answer is not None:
            if not self._judging:
                self._judge_answer(cut=False)
            return
        self._client.finish()
        self._done()

    def answer_failed(self, reason: str, *, malformed: bool) -> None:
        """Ask once more where that does no harm, or say that the backend failed."""
        link, self.link = self.link, None
        if self.over:
            return
        self.record.backend_fault = reason
        stale = link is not None and link.used and not link.heard and not malformed
        if stale and self._held is not None and self.head.method in _IDEMPOTENT:
            # The backend closed a connection that waited: the same backend gets a new one.
            self._connecting = self._plane.task(self._connect(self._tried.pop()))
            return
        self.refuse(pages.BAD_ANSWER)

    def turn_ends(self) -> None:
        """Send the client what one turn brought."""
        self._client.flush()

    def _give_up_on_backend(self, page: pages.Page | None) -> None:
        link, self.link = self.link, None
        if link is not None:
            link.leave()
        if page is not None:
            self.refuse(page)

    def _judge_answer(self, *, cut: bool) -> None:
        judge = self._judge
        if judge is None:
            return
        self._judging = True
        body = b"".join(self._kept)[: self._plane.site.limits.response_body]
        if self.link is not None:
            self.link.read(on=False)
        work = partial(judge.response_body, body, cut=cut)
        if len(body) <= _INLINE_BYTES:
            self._answer_judged(work())
        else:
            self._plane.on_thread(work, self._answer_judged)

    def _answer_judged(self, verdict: Verdict | None) -> None:
        self._judging = False
        if self.over or self._answer is None:
            return
        if verdict is not None:
            self._give_up_on_backend(None)
            self._block(verdict)
            return
        (head, length), self._answer = self._answer, None
        kept, self._kept = self._kept, []
        self._start(head, length)
        for part in kept:
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
        self._plane.held -= self._holding
        self._holding = 0
        link, self.link = self.link, None
        if link is not None:
            link.leave()
        self._body, self._kept = [], []
        judging = self._judging
        if self._form is not None:
            judging = judging or self._form.busy
            self._form.close()
        if self._pump is not None:
            self._pump.stop()
        report = self._judge.end() if self._judge is not None and not judging else None
        self._plane.finished(self.record, report)
