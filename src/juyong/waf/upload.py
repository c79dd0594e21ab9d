"""The body of a request on its way: held until its verdict, or passed on as the body comes."""

from functools import partial
from typing import Final

from juyong.engines.inspect.bodies.multipart import FormReader
from juyong.engines.inspect.verdict import Verdict
from juyong.waf import pages
from juyong.waf.bodies import INLINE_BYTES, STREAMED, Plan, is_document, plan_of
from juyong.waf.carrier import Carrier
from juyong.waf.client import Client
from juyong.waf.forms import ArrivingForm, Pump
from juyong.waf.http1 import writing
from juyong.waf.http1.heads import CHUNKED
from juyong.waf.http1.reading import AnyRequest
from juyong.waf.judging import Judge
from juyong.waf.plane import Plane

_MOST_WAITING: Final = 65_536
_MOST_IN_MEMORY: Final = 131_072
"""Longer bodies, and those of no known length, wait where forms do."""


class Upload:
    """The body of one request.

    Args:
        plane: Shared state.
        carrier: Is told.
        client: Whoever sends the body.
        head: Of the request, which says that there is a body.

    held: The whole body, where the body is whole and in memory: such a request can be sent twice.
    whole: Whether the client has sent the body to its end.
    """

    __slots__ = (
        "_asked",
        "_carrier",
        "_chunks",
        "_client",
        "_form",
        "_head",
        "_judge",
        "_judging",
        "_parts",
        "_plan",
        "_plane",
        "_pump",
        "_size",
        "_unseen",
        "held",
        "whole",
    )

    def __init__(self, plane: Plane, carrier: Carrier, client: Client, head: AnyRequest) -> None:
        self._plane, self._carrier, self._client, self._head = plane, carrier, client, head
        self._plan: Plan = STREAMED
        self._judge: Judge | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self.held: bytes | None = None
        # A form that is read while it arrives, and what writes the form to the backend.
        self._form: ArrivingForm | None = None
        self._pump: Pump | None = None
        self.whole = self._judging = self._chunks = self._asked = False
        # Whether the type says that no rule reads the body, and no byte has shown yet what it is.
        self._unseen = False

    # --- from the client ---

    def awaits_verdict(self, judge: Judge) -> bool:
        """Decide how the body is treated; False where the body passes as it comes."""
        limits = self._plane.site.limits
        self._judge = judge
        reader = judge.form_reader()
        if reader is None:
            self._plan = plan_of(self._head, limits)
        else:
            self._plan = Plan(holds=True, limit=limits.form)
        if self._plan.holds:
            self._hold(judge, reader)
        else:
            self._unseen = True
            self._go_on()
        return True

    def _hold(self, judge: Judge, reader: FormReader | None) -> None:
        """Hold the body until its verdict."""
        site, length = self._plane.site, self._head.length
        if reader is not None or length > _MOST_IN_MEMORY or length == CHUNKED:
            self._form = ArrivingForm(self._plane, judge, reader, self, limit=self._plan.limit)
        if self._head.length > self._plan.limit and site.oversize == "refuse":
            self._carrier.refuse(pages.TOO_LARGE)
        else:
            self._go_on()

    def _go_on(self) -> None:
        """Tell a client once that waits with its body to go on."""
        if self._head.expects_continue and not self._asked and not self._size:
            self._asked = True
            self._client.go_on()

    def _look(self, *, whole: bool) -> None:
        """Decide by its bytes whether a body passes whose type says that no rule reads it."""
        begins = b"".join(self._parts)
        document = is_document(begins, whole=whole)
        if document is None:
            return
        self._unseen = False
        if not document or self._judge is None:
            self._carrier.go_unread()
            return
        self._parts = []
        self._plan = Plan(holds=True, limit=self._plane.site.limits.body_without_files)
        self._hold(self._judge, None)
        if not self._carrier.over:
            self._size = 0
            self.add(begins)

    def add(self, data: bytes) -> None:
        """Take a part of the body."""
        if self._unseen:
            self._parts.append(data)
            self._size += len(data)
            self._look(whole=False)
            return
        if not self._plan.holds and self._carrier.link is not None and self._pump is None:
            self._pass_on(data)
            return
        if self._form is not None and self._plan.holds:
            self._form.add(data)
            return
        self._parts.append(data)
        self._size += len(data)
        if not self._plan.holds:
            if self._size > _MOST_WAITING:
                self._client.read(on=False)
        elif self._size > self._plan.limit and not self._judging:
            self._too_long()
        else:
            self._carrier.hold(len(data))

    def end(self) -> None:
        """Go on, since the body is whole."""
        if self._unseen:
            self._look(whole=True)
            if self._carrier.over or not self._plan.holds:
                return
        if self._plan.holds:
            if self._form is not None:
                self._form.end()
            elif not self._judging:
                self._judge_body(b"".join(self._parts), cut=False)
        elif self._carrier.link is not None and self._pump is None:
            self._sent()

    # --- judging ---

    def _too_long(self) -> None:
        if self._plane.site.oversize == "refuse":
            self._carrier.refuse(pages.TOO_LARGE)
        else:
            self._client.read(on=False)
            self._judge_body(b"".join(self._parts)[: self._plan.limit], cut=True)

    def _judge_body(self, body: bytes, *, cut: bool) -> None:
        judge = self._judge
        if judge is None:
            return
        self._judging = True
        if len(body) <= INLINE_BYTES:
            self._judged(judge.request_body(body, cut=cut), cut=cut)
            return
        work = partial(judge.request_body, body, cut=cut)
        self._plane.on_thread(work, partial(self._judged, cut=cut))

    def _judged(self, verdict: Verdict | None, *, cut: bool) -> None:
        self._judging = False
        if self._carrier.over:
            return
        if verdict is not None:
            self._carrier.block(verdict)
            return
        if not cut:
            self.held = b"".join(self._parts)
            self._parts = []
        self._plan = STREAMED
        self._carrier.to_backend()

    @property
    def holder(self) -> str:
        """The client that the bytes of the request count for."""
        return self._carrier.holder

    def form_waits(self, *, on: bool) -> None:
        """Let the client wait while a form is read; see `forms.Owner`."""
        self._client.read(on=not on)

    def refuse(self, page: pages.Page) -> None:
        """Answer in place of a backend; see `forms.Owner`."""
        self._carrier.refuse(page)

    def form_judged(self, verdict: Verdict | None) -> None:
        """Send a form on that may pass."""
        form = self._form
        if self._carrier.over or form is None:
            return
        if verdict is not None:
            self._carrier.block(verdict)
            return
        if not form.cut and not form.spool.on_disk:
            self.held = form.spool.take()
        self._parts = form.rest()
        self._plan = STREAMED
        self._carrier.to_backend()

    # --- to the backend ---

    def framing(self) -> bytes:
        """Return the line that tells the backend where the body ends."""
        head = self._head
        if self.held is not None:
            return length_line(head.method, len(self.held))
        form, length = self._form, head.length
        if form is not None and not form.cut:
            length = form.size
        self._chunks = length == CHUNKED
        if self._chunks:
            return b"Transfer-Encoding: chunked\r\n"
        return b"Content-Length: %d\r\n" % length

    def stream(self) -> None:
        """Send what is there behind a head that was sent, and the rest as the rest comes."""
        if self._form is not None:
            self._pump_form(self._form)
            return
        self._go_on()
        self._send_waiting()

    def _pump_form(self, form: ArrivingForm) -> None:
        if self._pump is not None:
            self._pump.stop()
        self._pump = Pump(self._plane, form.spool, write=self._pass_on, done=self._pumped)
        self._pump.go_on()

    def _pumped(self, whole: bool) -> None:  # see `Pump`
        self._pump = None
        if self._carrier.over or self._carrier.link is None:
            return
        if whole:
            self._send_waiting()
        else:
            self._carrier.give_up_on_backend(pages.BUSY)

    def _send_waiting(self) -> None:
        """Send what came of a body that streams, and have the client send more.

        SECURITY: the backend may have the client wait at once, and tells so only one time.
        """
        self._client.read(on=True)
        waiting, self._parts = self._parts, []
        for part in waiting:
            self._pass_on(part)
        if self.whole:
            self._sent()

    def _pass_on(self, data: bytes) -> None:
        self._carrier.pass_on(writing.chunk(data) if self._chunks else data)

    def _sent(self) -> None:
        link = self._carrier.link
        if link is not None:
            if self._chunks:
                link.transport.write(writing.LAST_CHUNK)
            link.sent = True

    def backend_takes(self, *, more: bool) -> bool:
        """Have the disk wait while the backend is behind; False where no form is read from it."""
        if self._pump is None:
            return False
        self._pump.takes(more=more)
        return True

    # --- the end ---

    def stop(self) -> None:
        """Send no more of a form."""
        if self._pump is not None:
            self._pump.stop()

    def close(self) -> bool:
        """Forget the body; True while a thread judges, so that the inspection is not touched."""
        self._parts = []
        self.stop()
        busy = self._judging
        if self._form is not None:
            busy = busy or self._form.busy
            self._form.close()
        return busy


def length_line(method: bytes, length: int) -> bytes:
    """Return the line with the length of a body, which methods that have no body go without."""
    if length or method in (b"POST", b"PUT", b"PATCH"):
        return b"Content-Length: %d\r\n" % length
    return b""
