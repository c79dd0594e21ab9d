"""One attempt at a call, inside its transaction: authenticate, decode, authorise, execute, record.

Each stage takes the type the one before returns; `_execute` accepts nothing but Permitted. Effect,
event and snapshots commit together.
"""

from typing import Any

import msgspec

from juyong.api.answers import Answer
from juyong.api.caller import Anonymous, Caller
from juyong.api.context import Context, Journal
from juyong.api.errors import ApiError, InvalidField, MissingField, NotSupported, Throttled
from juyong.api.outside import Results
from juyong.api.parameters import Field, decode, grouped
from juyong.content.regions import is_known_region
from juyong.gateway.authenticate import Identified, UseNonce, authenticate
from juyong.gateway.authorise import permit, permit_named
from juyong.gateway.dry_run import DryRunPassed, dry_error, dry_run_of
from juyong.gateway.grounds import Grounds
from juyong.gateway.record import data_events, record_call
from juyong.gateway.repeats import first_answer, keep_answer
from juyong.gateway.stages import Authenticated, Decoded, Permitted, Routed
from juyong.store.nonces import nonce_is_new, use_nonce
from juyong.store.transaction import Transaction

_REFUSALS_PER_SECOND = 5
"""How many events a second an AccessKey's failed authentications may cost its account."""


class Stopped(msgspec.Struct, frozen=True):
    """A call that ended in an error, and who is known to have made it."""

    error: ApiError
    caller: Caller


class Given(msgspec.Struct, frozen=True):
    """The state that one attempt at a call gets from earlier attempts.

    counted: The call's rate was asked already. use: Uses the nonce.
    """

    prepared: Any
    results: Results
    counted: bool
    use: UseNonce = use_nonce


def handle(grounds: Grounds, tx: Transaction, routed: Routed, given: Given) -> Answer | Stopped:
    """Run one call in its transaction: effect, event and snapshots commit together."""
    journal = Journal()
    caller: Caller = Anonymous()
    routed.met.left = []
    try:
        authenticated = _authenticate(grounds, tx, routed, given.use)
        caller = authenticated.caller
        if routed.seen is not None:
            routed.seen.caller = caller
        if not (given.counted or routed.operation.begins_outside):
            _limit(grounds, authenticated)
        if routed.operation.takes_member and isinstance(given.prepared, ApiError):
            # The body was not read, or is not worth it, so that parameters are missing.
            _judge_head(grounds, tx, authenticated, journal, given.results)
            raise given.prepared
        decoded = _decode(grounds, tx, authenticated, journal, given.results)
        permitted = permit(decoded, grounds.principals)
        answer = _execute(permitted, given.prepared)
    except ApiError as error:
        return _stop(grounds, tx, routed, caller, error=error, journal=journal)
    except Identified as refused:
        key = ("refused", routed.envelope.claim and routed.envelope.claim.access_key_id)
        if grounds.throttle.allows(key, _REFUSALS_PER_SECOND):
            return _stop(
                grounds, tx, routed, refused.caller, error=refused.refusal, journal=Journal()
            )
        return Stopped(refused.refusal, refused.caller)
    caller = journal.acting or caller
    if routed.operation.audit == "management" or journal.noted:
        record_call(
            tx,
            routed,
            caller,
            platform=grounds.platform,
            journal=journal,
            result=answer.result,
        )
    if routed.operation.audit == "data":
        _leave_data_events(grounds, tx, routed, caller, journal)
    return answer


def check(grounds: Grounds, tx: Transaction, routed: Routed, results: Results) -> Decoded:
    """Judge a call that is not executed yet."""
    authenticated = _proved(grounds, tx, routed, results)
    decoded = _decode(grounds, tx, authenticated, Journal(), results)
    return permit(decoded, grounds.principals).decoded


def admit(grounds: Grounds, tx: Transaction, routed: Routed, results: Results) -> Decoded:
    """Judge a call whose body holds parameters and is still to arrive."""
    authenticated = _proved(grounds, tx, routed, results)
    return _judge_head(grounds, tx, authenticated, Journal(), results)


def _leave_data_events(
    grounds: Grounds,
    tx: Transaction,
    routed: Routed,
    caller: Caller,
    journal: Journal,
    *,
    error: ApiError | None = None,
) -> None:
    """Leave a call on data for the trails that select the call."""
    memory = grounds.platform.memory
    rows = data_events(tx, routed, caller, memory=memory, journal=journal, error=error)
    if tx.reads_only:
        routed.met.left = rows
    elif rows:
        leave(tx, rows)


def _stop(
    grounds: Grounds,
    tx: Transaction,
    routed: Routed,
    caller: Caller,
    *,
    error: ApiError,
    journal: Journal,
) -> Stopped:
    caller = journal.acting or caller
    dry_run = dry_run_of(routed)
    error = dry_error(error, dry_run) if dry_run else routed.product.dialect.spelled(error)
    if caller.account_id and routed.operation.audit == "management":
        record_call(
            tx,
            routed,
            caller,
            platform=grounds.platform,
            journal=journal.without_effects(),
            error=error,
        )
    _leave_data_events(grounds, tx, routed, caller, journal, error=error)
    return Stopped(error, caller)


def _proved(grounds: Grounds, tx: Transaction, routed: Routed, results: Results) -> Authenticated:
    authenticated = _authenticate(grounds, tx, routed, nonce_is_new)
    if not results:
        _limit(grounds, authenticated)
    return authenticated


def _judge_head(
    grounds: Grounds,
    tx: Transaction,
    authenticated: Authenticated,
    journal: Journal,
    results: Results,
) -> Decoded:
    """Judge a call by what its head names; refuse one on what does not exist.

    Whether a thing exists is told only to callers who may do to it what they ask for.
    """
    operation, params = authenticated.routed.operation, authenticated.routed.envelope.params
    named = operation.on.parameters if operation.on is not None else ()
    fields = tuple(f for f in operation.fields if f.name in named and f.wire in params)
    decoded = _decode(grounds, tx, authenticated, journal, results, fields=fields)
    if permit_named(decoded, grounds.principals) and operation.on is not None:
        operation.on.find(decoded.context, decoded.arguments)
    return decoded


def _authenticate(
    grounds: Grounds, tx: Transaction, routed: Routed, use: UseNonce
) -> Authenticated:
    keys = grounds.platform.keys
    found = authenticate(tx, routed, grounds.principals, keys, use=use)
    routed.met.account_id = found.account_id
    return found


def _decode(
    grounds: Grounds,
    tx: Transaction,
    authenticated: Authenticated,
    journal: Journal,
    results: Results,
    *,
    fields: tuple[Field, ...] | None = None,
) -> Decoded:
    """Give parameters the types of the operation's signature; only those of some fields."""
    routed = authenticated.routed
    operation = routed.operation
    product = operation.product
    params = routed.envelope.params
    if operation.unsupported:
        # A structure arrives member by member: `Filter.1.Key`.
        heads = {name.partition(".")[0] for name, value in params.items() if value}
        for name, reason in operation.unsupported.items():
            if params.get(name) or name in heads:
                raise NotSupported(name=name, reason=reason)
    if product.other_region is not None and not _is_region_of(routed, grounds.platform.region):
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
        platform=grounds.platform,
        journal=journal,
        results=results,
    )
    return Decoded(authenticated=authenticated, arguments=arguments, context=context)


def _is_region_of(routed: Routed, own: str) -> bool:
    """Tell whether a call names no other region than its host, which names one that there is."""
    asked = routed.envelope.params.get("RegionId", "")
    return asked in ("", routed.region) and is_known_region(routed.region, own)


def _limit(grounds: Grounds, authenticated: Authenticated) -> None:
    operation = authenticated.routed.operation
    if operation.rate is None:
        return
    account = authenticated.account_id or authenticated.routed.raw.peer
    key = (operation.product.code, operation.name, account)
    rate = operation.rate
    allowed = grounds.platform.quotas.get(rate.quota, rate.per_second)
    if not grounds.throttle.allows(key, allowed):
        raise Throttled


def leave(tx: Transaction, rows: list[Any]) -> None:
    """Leave rows for the trails that select the call."""
    for row in rows:
        tx.insert_later(row)


def _execute(permitted: Permitted, prepared: Any) -> Answer:
    """Run a permitted call; an ApiError undoes its effects but not its event."""
    decoded = permitted.decoded
    routed = decoded.authenticated.routed
    operation, ctx = routed.operation, decoded.context
    arguments = decoded.arguments
    writer = routed.envelope.writer
    dry_run = dry_run_of(routed)
    # PERF: few operations have a client token.
    repeatable = bool(operation.gateway)
    again = first_answer(ctx, operation, arguments) if repeatable and dry_run is None else None
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
            if repeatable:
                keep_answer(ctx, operation, asked, result)
    answer = writer.success(result, operation=operation, request_id=ctx.request_id)
    if not further:
        return answer
    lines = ((name.encode(), value.encode("latin-1")) for name, value in further.items())
    return msgspec.structs.replace(answer, headers=(*answer.headers, *lines))
