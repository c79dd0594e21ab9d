"""The answer to one request: judged, passed on to the client, or given in place of a backend."""

from typing import Final

from juyong.base.clock import system_milliseconds
from juyong.base.ids import new_trace_id
from juyong.engines.inspect.http import Response
from juyong.engines.inspect.verdict import Verdict
from juyong.waf import pages
from juyong.waf.backends.link import Link
from juyong.waf.bodies import answer_is_read
from juyong.waf.client import Client
from juyong.waf.http1.reading import AnyRequest, AnyResponse
from juyong.waf.judging import Judge
from juyong.waf.kept_answer import KeptAnswer
from juyong.waf.plane import Plane
from juyong.waf.record import Record
from juyong.waf.upload import Upload

_SWITCHING: Final = 101


class Answering:
    """The side of an exchange that answers; see exchange.py for the side that asks.

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
        "_tunnel",
        "_upload",
        "answer_whole",
        "head",
        "link",
        "over",
        "record",
    )

    def __init__(
        self, plane: Plane, client: Client, head: AnyRequest, upload: Upload | None, began: int
    ) -> None:
        self._plane, self._client, self.head, self._upload = plane, client, head, upload
        self.over = self._started = self._tunnel = self.answer_whole = False
        self.link: Link | None = None
        self._judge: Judge | None = None
        self._kept: KeptAnswer | None = None
        self._holding = 0
        self._deadline = 0.0
        ends = client.ends
        self.record = Record(
            id=new_trace_id(),
            began=began,
            head=head,
            client=ends.peer.address if plane.peers.plain else self._named_client(),
            ends=ends,
        )

    def _named_client(self) -> str:
        """Return the client that the request itself may name; PERF: for that, cut the head."""
        return self._plane.peers.client_of(self._client.ends.peer.address, self.head.headers)

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

    # --- in place of a backend ---

    def refuse(self, page: pages.Page, why: str = "") -> None:
        """Answer in place of a backend; why: For the log."""
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
        self.record.refused_for = why
        self._done()

    @property
    def _whole_request(self) -> bool:
        return self._upload is None or self._upload.whole

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

    def give_up_on_backend(self, page: pages.Page | None) -> None:
        """End the connection to the backend; page: The answer in its place, if any."""
        link, self.link = self.link, None
        if link is not None:
            link.leave()
        if page is not None:
            self.refuse(page)

    def client_takes(self, *, more: bool) -> None:
        """Note whether the client takes bytes as fast as they come."""
        if self.link is not None and not (self._kept is not None and self._kept.judging):
            self.link.read(on=more)

    @property
    def _wait(self) -> float:
        times = self._plane.site.times
        return times.tunnel_idle if self._tunnel else times.response

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
