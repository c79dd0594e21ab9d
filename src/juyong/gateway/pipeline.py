"""One call, from request to answer: route, authenticate, decode, authorise, execute, encode.

grounds.py     what all calls share
ahead.py       work ahead of the transaction
attempt.py     the stages inside the transaction
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from msgspec.structs import replace

from juyong.api.answers import Answer
from juyong.api.errors import (
    ApiError,
    InternalError,
    ServiceUnavailable,
    UnsupportedMethod,
)
from juyong.api.outside import Outside, Results
from juyong.api.request import Raw
from juyong.api.wire import Answered
from juyong.base.ids import RequestId, new_request_id
from juyong.base.log import log
from juyong.blobs.arrived import Blob
from juyong.blobs.blocks import DamagedBlob
from juyong.gateway.ahead import drop_body, prepare, receive, receive_member
from juyong.gateway.arriving import ClientGone
from juyong.gateway.attempt import Given, Stopped, handle, leave
from juyong.gateway.body import with_body
from juyong.gateway.grounds import MOST_ATTEMPTS, Grounds
from juyong.gateway.route import brought_by, front_of, is_received, route, visit_of, writer_of
from juyong.gateway.stages import Routed, Seen
from juyong.store.errors import MustScan, MustWrite, NonceTaken, StoreError
from juyong.store.transaction import Transaction

T = TypeVar("T")


class Pipeline(Grounds, kw_only=True, eq=False):
    """Serves calls of every product."""

    def streams(self, head: Raw) -> bool:
        """Tell whether a request is served before its body is whole."""
        region = self.platform.region
        return brought_by(head, region) is not None or is_received(head, region)

    async def serve(self, raw: Raw) -> Answer:
        """Answer one request; never raises."""
        began = time.monotonic()
        request_id = new_request_id()
        routed: Routed | None = None
        door: _Door | None = None
        try:
            try:
                routed = await self.routed(raw, request_id)
                visit = routed.envelope.visit
            except ApiError:
                visit = visit_of(raw, self.platform.region)
                if visit is None:
                    raise
            if visit is not None:
                door = _Door(self, request_id, routed)
                answer = await visit(door)
            else:
                assert routed is not None  # noqa: S101  # what is not routed is a visit
                if routed.operation.receives is not None:
                    routed = await with_body(routed)
                answer = await self.answer_to(routed)
            if raw.method != "HEAD":
                answer = await _begun(answer)
        except ClientGone:
            raise
        except Exception as failure:  # noqa: BLE001  # the gateway's last stage: nothing escapes undocumented
            routed = door.routed if door else routed
            answer = self._refuse(raw, routed, request_id, _error_of(failure, request_id))
        routed = door.routed if door else routed
        self.metrics.count(routed, answer, time.monotonic() - began)
        if routed is None or routed.seen is not None:
            await self._note(raw, routed, request_id, answer)
        return answer

    async def _note(
        self, raw: Raw, routed: Routed | None, request_id: RequestId, answer: Answer
    ) -> None:
        """Let the product keep what it keeps of each request; the answer goes out all the same."""
        front = front_of(routed.product if routed else brought_by(raw, self.platform.region))
        if front is None:
            return
        seen = routed.seen if routed and routed.seen else Seen()
        answered = Answered(
            raw=raw,
            answer=answer,
            request_id=request_id,
            operation=routed.operation.name if routed else "",
            envelope=routed.envelope if routed else None,
            received=routed.raw.arriving if routed else None,
            caller=seen.caller,
            at=routed.now if routed else self.clock(),
            begun=seen.begun,
            store=self.store,
            platform=self.platform,
        )
        try:
            await front.note(answered)
        except StoreError as failure:
            log().error("not noted", request_id=request_id, cause=repr(failure))

    def routed(self, raw: Raw, request_id: RequestId) -> Awaitable[Routed]:
        """Find the operation of a call; raises the ApiError that refuses it."""
        return route(raw, request_id=request_id, now=self.clock(), home_region=self.platform.region)

    async def answer_to(self, routed: Routed) -> Answer:
        """Answer one call whose operation is known; raises the ApiError that refuses the call."""
        operation = routed.operation
        if operation.route is None and routed.raw.method not in operation.methods:
            raise UnsupportedMethod
        if operation.product.ready is not None:
            self._ask_ready(operation.product.ready, routed)
        prepared: Any = None
        if operation.prepare is not None:
            prepared = await prepare(self, routed, operation.prepare)
        elif operation.takes_member:
            routed, prepared = await receive_member(self, routed)
        elif operation.receives is not None:
            prepared = await receive(self, routed)
        if isinstance(prepared, Blob) and prepared.content is None:
            outcome = await self._attempts_on(routed, prepared)
        else:
            outcome = await self._attempts(routed, prepared)
        if isinstance(outcome, Stopped):
            raise outcome.error
        return outcome

    async def _attempts_on(self, routed: Routed, blob: Blob) -> Answer | Stopped:
        """Run a call on a body; the file goes unless the operation kept the body."""
        keeps = routed.operation.longest_body.kept
        kept = False
        try:
            outcome = await self._attempts(routed, blob)
            kept = keeps and not isinstance(outcome, Stopped)
        except StoreError:
            kept = keeps  # perhaps it was committed
            raise
        finally:
            if not kept:
                await drop_body(self, blob)
        return outcome

    def _ask_ready(self, ready: Callable[[], None], routed: Routed) -> None:
        try:
            ready()
        except ApiError as refusal:
            log().error(
                "not ready",
                request_id=routed.request_id,
                product=routed.product.code,
                cause=repr(refusal.__cause__),
            )
            raise

    async def _attempts(self, routed: Routed, prepared: Any) -> Answer | Stopped:
        """Run a call until it needs nothing more from outside its transaction."""
        results = Results()
        for _ in range(MOST_ATTEMPTS):
            try:
                return await self._attempt(routed, prepared, results)
            except Outside as wanted:
                results.keep(wanted.key, await asyncio.to_thread(wanted.done))
        raise ServiceUnavailable

    def _attempt(
        self, routed: Routed, prepared: Any, results: Results
    ) -> Awaitable[Answer | Stopped]:
        """Run a call as a read, which waits for no writer, or as a write, as it is declared."""
        given = Given(prepared, results, counted=bool(results))
        if routed.operation.reads_only or routed.operation.writes_seldom:
            return self._attempt_reading(routed, given)
        return self.store.run(lambda tx: handle(self, tx, routed, given))

    async def _attempt_reading(self, routed: Routed, given: Given) -> Answer | Stopped:
        """Run a call as a read, and again as a write where it must write."""
        operation = routed.operation

        def work(tx: Transaction) -> Answer | Stopped:
            return handle(self, tx, routed, given)

        try:
            try:
                try:
                    outcome = await self.store.read(work, scans=operation.scans)
                except MustScan:
                    given = replace(given, counted=True)
                    outcome = await self.store.read(work, scans=True)
            except MustWrite:
                if operation.reads_only:
                    self.metrics.redone(operation)
                again = replace(given, counted=True)
                outcome = await self.store.redo(lambda tx: handle(self, tx, routed, again))
        except NonceTaken:
            # Another process used the nonce: the refusal leaves its event as any other refusal
            # does.
            refused = replace(given, counted=True, use=_is_used)
            outcome = await self.store.read(lambda tx: handle(self, tx, routed, refused))
        left = routed.met.left
        if left:
            # What a read leaves for trails is durable before the answer, as its event is elsewhere.
            await self.store.run(lambda tx: leave(tx, left))
        return outcome

    def _refuse(
        self, raw: Raw, routed: Routed | None, request_id: RequestId, error: ApiError
    ) -> Answer:
        writer = routed.envelope.writer if routed else writer_of(raw, self.platform.region)
        return writer.failure(
            routed.product.dialect.spelled(error) if routed else error,
            request_id=request_id,
            host=raw.host,
            product=routed.product if routed else None,
        )


class _Door:
    """One request that is answered by calls which its product makes of it.

    routed: The last of them; None where none was understood.
    """

    __slots__ = ("_pipeline", "_seen", "request_id", "routed")

    def __init__(self, pipeline: Pipeline, request_id: RequestId, routed: Routed | None) -> None:
        self._pipeline, self.request_id, self.routed = pipeline, request_id, routed
        self._seen = routed.seen if routed else Seen()

    async def look(self, work: Callable[[Transaction], T]) -> T:
        """Return what a unit of work reads."""
        return await self._pipeline.store.read(work)

    async def call(self, raw: Raw) -> Answer:
        """Make a call; raises the ApiError that refuses it."""
        self.routed = None
        routed = await self._pipeline.routed(raw, self.request_id)
        self.routed = replace(routed, seen=self._seen)
        return await self._pipeline.answer_to(self.routed)


def _error_of(failure: Exception, request_id: RequestId) -> ApiError:
    """Return what a caller is told of a failure; the log is told what it was."""
    if isinstance(failure, ApiError):
        return failure
    if isinstance(failure, StoreError):
        log().error("store", request_id=request_id, cause=repr(failure), by=repr(failure.__cause__))
        return ServiceUnavailable()
    log().exception("internal error", request_id=request_id)
    return InternalError()


def _is_used(*_: object) -> bool:
    """Answer as for a nonce that was used: another request has it."""
    return False


async def _begun(answer: Answer) -> Answer:
    """Read the first block of a body that may be out of reach, while there is no answer yet.

    A block that is damaged, or is not there, breaks the answer where it stands.

    Raises:
        Unavailable: the place of the blobs is away.
    """
    content = answer.content
    if content is None or not content.waits or not content.disk.far:
        return answer
    try:
        return replace(answer, content=await asyncio.to_thread(content.begun))
    except (DamagedBlob, OSError):
        return answer
