"""One call, from request to answer: route, authenticate, decode, authorise, execute, encode.

Each stage takes the type the one before returns; `_execute` accepts nothing but Permitted.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

import msgspec

from juyong.api.answers import Answer
from juyong.api.caller import Anonymous, Caller
from juyong.api.context import Arguments, Context, Journal, Platform
from juyong.api.errors import (
    ApiError,
    InternalError,
    InvalidField,
    MissingField,
    NotSupported,
    ServiceUnavailable,
    Throttled,
    UnsupportedMethod,
)
from juyong.api.operation import Prepare
from juyong.api.outside import Outside, Results
from juyong.api.parameters import Field, decode, grouped
from juyong.api.request import Raw
from juyong.api.wire import Answered
from juyong.base.clock import Clock
from juyong.base.ids import RequestId, new_request_id
from juyong.base.log import log
from juyong.blobs.arrived import Blob, Cipher
from juyong.blobs.blocks import DamagedBlob
from juyong.gateway.arriving import ClientGone, spooled
from juyong.gateway.authenticate import Identified, UseNonce, authenticate
from juyong.gateway.authorise import permit, permit_named
from juyong.gateway.body import MemberOf, with_body
from juyong.gateway.dry_run import DryRunPassed, dry_error, dry_run_of
from juyong.gateway.errors import BodyTooLarge
from juyong.gateway.metrics import Metrics
from juyong.gateway.record import data_events, record_call
from juyong.gateway.repeats import first_answer, keep_answer
from juyong.gateway.route import brought_by, front_of, is_received, route, visit_of, writer_of
from juyong.gateway.stages import Authenticated, Decoded, Permitted, Routed, Seen
from juyong.gateway.throttle import Throttle
from juyong.services.identity.facade import Principals
from juyong.store.errors import MustScan, MustWrite, NonceTaken, StoreError
from juyong.store.executor import Executor
from juyong.store.nonces import nonce_is_new, use_nonce
from juyong.store.transaction import Transaction

T = TypeVar("T")
_MOST_ATTEMPTS = 32
"""How often a call may ask for work outside its transaction."""
_COUNTED = "counted"
"""Stands among the results of a call that was counted, and needed nothing from outside yet."""
_REFUSALS_PER_SECOND = 5
"""How many events a second an AccessKey's failed authentications may cost its account."""


class _Stopped(msgspec.Struct, frozen=True):
    """A call that ended in an error, and who is known to have made it."""

    error: ApiError
    caller: Caller


class _Given(NamedTuple):
    """The state that one attempt at a call gets from earlier attempts.

    counted: The call's rate was asked already. use: Uses the nonce.
    """

    prepared: Any
    results: Results
    counted: bool
    use: UseNonce = use_nonce


class Pipeline(msgspec.Struct, kw_only=True, eq=False):
    """Serves calls of every product."""

    store: Executor
    platform: Platform
    clock: Clock
    metrics: Metrics
    principals: Principals = msgspec.field(default_factory=Principals)
    throttle: Throttle = msgspec.field(default_factory=Throttle)

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
            prepared = await self._prepare(routed, operation.prepare)
        elif operation.takes_member:
            routed, prepared = await self._receive_member(routed)
        elif operation.receives is not None:
            prepared = await self._receive(routed)
        if isinstance(prepared, Blob) and prepared.content is None:
            outcome = await self._attempts_on(routed, prepared)
        else:
            outcome = await self._attempts(routed, prepared)
        if isinstance(outcome, _Stopped):
            raise outcome.error
        return outcome

    async def _attempts_on(self, routed: Routed, blob: Blob) -> "Answer | _Stopped":
        """Run a call on a body; the file goes unless the operation kept the body."""
        keeps = routed.operation.longest_body.kept
        kept = False
        try:
            outcome = await self._attempts(routed, blob)
            kept = keeps and not isinstance(outcome, _Stopped)
        except StoreError:
            kept = keeps  # perhaps it was committed
            raise
        finally:
            if not kept:
                await self._drop(blob)
        return outcome

    async def _drop(self, blob: Blob) -> None:
        """Remove the file of a body that is not kept."""
        from juyong.blobs.blob import drop  # noqa: PLC0415  # the first body imports it

        if blob.content is None:
            await asyncio.to_thread(drop, self.platform.disk, blob.blob_id)

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

    async def _attempts(self, routed: Routed, prepared: Any) -> "Answer | _Stopped":
        """Run a call until it needs nothing more from outside its transaction."""
        results = Results()
        for _ in range(_MOST_ATTEMPTS):
            try:
                return await self._attempt(routed, prepared, results)
            except Outside as wanted:
                results.keep(wanted.key, await asyncio.to_thread(wanted.done))
        raise ServiceUnavailable

    def _attempt(
        self, routed: Routed, prepared: Any, results: Results
    ) -> Awaitable["Answer | _Stopped"]:
        """Run a call as a read, which waits for no writer, or as a write, as it is declared."""
        given = _Given(prepared, results, counted=bool(results))
        if routed.operation.reads_only or routed.operation.writes_seldom:
            return self._attempt_reading(routed, given)
        return self.store.run(lambda tx: self._handle(tx, routed, given))

    async def _attempt_reading(self, routed: Routed, given: _Given) -> "Answer | _Stopped":
        """Run a call as a read, and again as a write where it must write."""
        operation = routed.operation

        def work(tx: Transaction) -> "Answer | _Stopped":
            return self._handle(tx, routed, given)

        try:
            try:
                try:
                    outcome = await self.store.read(work, scans=operation.scans)
                except MustScan:
                    given = given._replace(counted=True)
                    outcome = await self.store.read(work, scans=True)
            except MustWrite:
                if operation.reads_only:
                    self.metrics.redone(operation)
                again = given._replace(counted=True)
                outcome = await self.store.redo(lambda tx: self._handle(tx, routed, again))
        except NonceTaken:
            # Another process used the nonce: the refusal leaves its event as any other refusal
            # does.
            refused = given._replace(counted=True, use=_is_used)
            outcome = await self.store.read(lambda tx: self._handle(tx, routed, refused))
        left = routed.met.left
        if left:
            # What a read leaves for trails is durable before the answer, as its event is elsewhere.
            await self.store.run(lambda tx: _leave(tx, left))
        return outcome

    async def _prepare(self, routed: Routed, prepare: Prepare) -> Any:
        """Do an operation's slow work; an ApiError where there is a reason to refuse the call."""
        gathered = await self._gathered(routed, self._check, prepare.gather, scans=prepare.scans)
        if isinstance(gathered, ApiError):
            return gathered
        try:
            return await asyncio.to_thread(
                prepare.work, self.platform, gathered.arguments, gathered.found
            )
        except ApiError as refusal:
            return refusal

    async def _receive(self, routed: Routed) -> "Blob | ApiError":
        """Take the body of a permitted call to the disk; an ApiError where the call is refused.

        A call on what does not exist is refused before its body is read.
        """
        gathered = await self._gathered(routed, self._check, routed.operation.cipher_of_body)
        if isinstance(gathered, ApiError):
            return gathered
        return await self._spooled(routed, gathered.found)

    async def _receive_member(self, routed: Routed) -> "tuple[Routed, Blob | ApiError | None]":
        """Take a member of the body of a call to the disk; return the call with the other members.

        A caller who is not known, or is denied by what the head alone says, is refused before the
        body is read; every other caller when the other members are there.
        """
        admitted = await self._gathered(routed, self._admit)
        if isinstance(admitted, ApiError):
            return routed, admitted
        body = routed.raw.arriving
        assert isinstance(body, MemberOf)  # noqa: S101  # see with_body
        with body.held():
            blob = await self._spooled(routed, Cipher.AES_256_GCM)
        if isinstance(blob, ApiError):
            return routed, blob
        try:
            return body.read(), blob if body.is_given else None
        except ApiError as refusal:
            await self._drop(blob)
            return routed, refusal

    async def _spooled(self, routed: Routed, cipher: Cipher) -> "Blob | ApiError":
        """Take what arrives to the disk; an ApiError where it is refused."""
        body, rule = routed.raw.arriving, routed.operation.longest_body
        assert body is not None  # noqa: S101  # see with_body
        try:
            return await spooled(body, self.platform.disk, rule.most, cipher)
        except BodyTooLarge as refusal:
            return rule.refusal() if rule.refusal is not None else refusal
        except ApiError as refusal:
            return refusal

    async def _gathered(
        self,
        routed: Routed,
        check: "Callable[[Transaction, Routed, Results], Decoded]",
        gather: Callable[[Context, Arguments], Any] | None = None,
        *,
        scans: bool = False,
    ) -> "_Gathered | ApiError":
        """Read what work outside a transaction needs, once the call has passed a check."""

        results = Results()

        def work(tx: Transaction) -> "_Gathered":
            decoded = check(tx, routed, results)
            found = gather(decoded.context, decoded.arguments) if gather else None
            return _Gathered(decoded.arguments, found)

        for _ in range(_MOST_ATTEMPTS):
            try:
                return await self._gather_once(work, results, scans=scans)
            except Outside as wanted:
                results.keep(wanted.key, await asyncio.to_thread(wanted.done))
            except ApiError as refusal:
                return refusal
            except Identified as refused:
                return refused.refusal
        return ServiceUnavailable()

    async def _gather_once(
        self, work: "Callable[[Transaction], _Gathered]", results: Results, *, scans: bool
    ) -> "_Gathered":
        """Run work that gathers: without a trace, or committed where it leaves evidence."""

        def looked(tx: Transaction) -> "_Gathered":
            before = tx.written
            gathered = work(tx)
            if tx.written == before:
                # The nonce must still be unused when the call executes.
                raise _WithoutTrace(gathered)
            return gathered

        try:
            try:
                return await self.store.read(looked, scans=scans)
            except MustScan:
                return await self.store.read(looked, scans=True)
        except _WithoutTrace as looked_at:
            return looked_at.gathered
        except MustWrite:
            results.keep(_COUNTED, None)
        return await self.store.redo(work)

    def _handle(self, tx: Transaction, routed: Routed, given: "_Given") -> "Answer | _Stopped":
        """Run one call in its transaction: effect, event and snapshots commit together."""
        journal = Journal()
        caller: Caller = Anonymous()
        routed.met.left = []
        try:
            authenticated = self._authenticate(tx, routed, given.use)
            caller = authenticated.caller
            if routed.seen is not None:
                routed.seen.caller = caller
            if not (given.counted or routed.operation.begins_outside):
                self._limit(authenticated)
            if routed.operation.takes_member and isinstance(given.prepared, ApiError):
                # The body was not read, or is not worth it, so that parameters are missing.
                self._judge_head(tx, authenticated, journal, given.results)
                raise given.prepared
            decoded = self._decode(tx, authenticated, journal, given.results)
            permitted = permit(decoded, self.principals)
            answer = _execute(permitted, given.prepared)
        except ApiError as error:
            return self._stop(tx, routed, caller, error, journal)
        except Identified as refused:
            key = ("refused", routed.envelope.claim and routed.envelope.claim.access_key_id)
            if self.throttle.allows(key, _REFUSALS_PER_SECOND):
                return self._stop(tx, routed, refused.caller, refused.refusal, Journal())
            return _Stopped(refused.refusal, refused.caller)
        caller = journal.acting or caller
        if routed.operation.audit == "management" or journal.noted:
            record_call(
                tx,
                routed,
                caller,
                platform=self.platform,
                journal=journal,
                result=answer.result,
            )
        self._leave_data_events(tx, routed, caller, journal)
        return answer

    def _leave_data_events(
        self,
        tx: Transaction,
        routed: Routed,
        caller: Caller,
        journal: Journal,
        error: ApiError | None = None,
    ) -> None:
        """Leave a call on data for the trails that select the call."""
        memory = self.platform.memory
        rows = data_events(tx, routed, caller, memory=memory, journal=journal, error=error)
        if tx.reads_only:
            routed.met.left = rows
        elif rows:
            _leave(tx, rows)

    def _stop(
        self,
        tx: Transaction,
        routed: Routed,
        caller: Caller,
        error: ApiError,
        journal: Journal,
    ) -> _Stopped:
        caller = journal.acting or caller
        dry_run = dry_run_of(routed)
        error = dry_error(error, dry_run) if dry_run else routed.product.dialect.spelled(error)
        if caller.account_id and routed.operation.audit == "management":
            record_call(
                tx,
                routed,
                caller,
                platform=self.platform,
                journal=journal.without_effects(),
                error=error,
            )
        self._leave_data_events(tx, routed, caller, journal, error)
        return _Stopped(error, caller)

    def _check(self, tx: Transaction, routed: Routed, results: Results) -> Decoded:
        authenticated = self._proved(tx, routed, results)
        return permit(self._decode(tx, authenticated, Journal(), results), self.principals).decoded

    def _admit(self, tx: Transaction, routed: Routed, results: Results) -> Decoded:
        """Judge a call whose body holds parameters and is still to arrive."""
        authenticated = self._proved(tx, routed, results)
        return self._judge_head(tx, authenticated, Journal(), results)

    def _proved(self, tx: Transaction, routed: Routed, results: Results) -> Authenticated:
        authenticated = self._authenticate(tx, routed, nonce_is_new)
        if not results:
            self._limit(authenticated)
        return authenticated

    def _judge_head(
        self, tx: Transaction, authenticated: Authenticated, journal: Journal, results: Results
    ) -> Decoded:
        """Judge a call by what its head names; refuse one on what does not exist.

        Whether a thing exists is told only to callers who may do to it what they ask for.
        """
        operation, params = authenticated.routed.operation, authenticated.routed.envelope.params
        named = operation.on.parameters if operation.on is not None else ()
        fields = tuple(f for f in operation.fields if f.name in named and f.wire in params)
        decoded = self._decode(tx, authenticated, journal, results, fields)
        if permit_named(decoded, self.principals) and operation.on is not None:
            operation.on.find(decoded.context, decoded.arguments)
        return decoded

    def _authenticate(self, tx: Transaction, routed: Routed, use: UseNonce) -> Authenticated:
        keys = self.platform.keys
        found = authenticate(tx, routed, self.principals, keys, use=use)
        routed.met.account_id = found.account_id
        return found

    def _decode(
        self,
        tx: Transaction,
        authenticated: Authenticated,
        journal: Journal,
        results: Results,
        fields: tuple[Field, ...] | None = None,
    ) -> Decoded:
        """Give parameters the types of the operation's signature; only those of some fields."""
        routed = authenticated.routed
        operation, product = routed.operation, routed.product
        params = routed.envelope.params
        if operation.unsupported:
            # A structure arrives member by member: `Filter.1.Key`.
            heads = {name.partition(".")[0] for name, value in params.items() if value}
            for name, reason in operation.unsupported.items():
                if params.get(name) or name in heads:
                    raise NotSupported(name=name, reason=reason)
        if product.other_region is not None and params.get("RegionId", "") not in (
            "",
            routed.region,
        ):
            raise product.other_region
        try:
            arguments = decode(operation.fields if fields is None else fields, params)
            if operation.groups and fields is None:
                arguments = grouped(operation.groups, arguments)
        except MissingField as fact:
            raise product.dialect.missing_parameter(fact) from fact
        except InvalidField as fact:
            raise product.dialect.invalid_parameter(fact) from fact
        context = Context(
            tx=tx,
            caller=authenticated.caller,
            account_id=authenticated.account_id,
            now=routed.now,
            request_id=routed.request_id,
            region=routed.region,
            source_ip=routed.raw.peer,
            secure=routed.raw.secure,
            host=routed.raw.host,
            platform=self.platform,
            journal=journal,
            results=results,
        )
        return Decoded(authenticated=authenticated, arguments=arguments, context=context)

    def _limit(self, authenticated: Authenticated) -> None:
        operation = authenticated.routed.operation
        if operation.rate is None:
            return
        account = authenticated.account_id or authenticated.routed.raw.peer
        key = (operation.product.code, operation.name, account)
        rate = operation.rate
        allowed = self.platform.quotas.get(rate.quota, rate.per_second)
        if not self.throttle.allows(key, allowed):
            raise Throttled

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
        self.routed = msgspec.structs.replace(routed, seen=self._seen)
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


class _Gathered(NamedTuple):
    arguments: Arguments
    found: Any


class _WithoutTrace(Exception):  # rolls the gathering transaction back
    def __init__(self, gathered: _Gathered) -> None:
        super().__init__()
        self.gathered = gathered


def _leave(tx: Transaction, rows: list[Any]) -> None:
    for row in rows:
        tx.insert_later(row)


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
        return msgspec.structs.replace(answer, content=await asyncio.to_thread(content.begun))
    except (DamagedBlob, OSError):
        return answer


def _execute(permitted: Permitted, prepared: Any) -> Answer:
    """Run a permitted call; an ApiError undoes its effects but not its event."""
    decoded = permitted.decoded
    routed = decoded.authenticated.routed
    operation, ctx = routed.operation, decoded.context
    arguments = decoded.arguments
    writer = routed.envelope.writer
    dry_run = dry_run_of(routed)
    again = first_answer(ctx, operation, arguments) if dry_run is None else None
    if again is not None:
        return writer.success(again, operation=operation, request_id=ctx.request_id)
    if isinstance(prepared, ApiError):
        raise prepared
    asked = arguments
    if operation.takes_prepared:
        arguments = {**arguments, "prepared": prepared}
    elif operation.receives is not None:
        arguments = {**arguments, operation.receives.name: prepared}
    before = routed.envelope.before
    further = before(ctx, arguments) if before is not None else {}
    if (operation.reads_only or operation.writes_seldom) and dry_run is None:
        result = operation.run(ctx, arguments)
    else:
        with ctx.tx.savepoint():
            result = operation.run(ctx, arguments)
            if dry_run is not None:
                raise DryRunPassed
            keep_answer(ctx, operation, asked, result)
    answer = writer.success(result, operation=operation, request_id=ctx.request_id)
    if not further:
        return answer
    lines = ((name.encode(), value.encode("latin-1")) for name, value in further.items())
    return msgspec.structs.replace(answer, headers=(*answer.headers, *lines))
