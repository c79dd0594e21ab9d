"""Calls under a client token: the second call of a token is answered as the first was.

Source: ECS developer reference, idempotence: the same token and parameters give the first answer,
other parameters are refused (documented). That a token counts for one operation of an account in
one region, and for 24 hours, is assumed. A call that is refused leaves its token unused.
"""

import hashlib
import hmac

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.nested_parameters import conceal
from juyong.api.operation_spec import Operation
from juyong.api.shape import to_wire
from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.store.errors import Duplicate, Stale
from juyong.store.repeats import RepeatRow

_KEPT_SECONDS = 24 * 60 * 60


class RepeatDiffers(ApiError):
    """A client token comes again with other parameters."""

    code, status = "IdempotentParameterMismatch", 400
    text = "The request uses the same client token as a previous, but non-identical request."


def first_answer(ctx: Context, operation: Operation, arguments: Arguments) -> object:
    """Return what the operation answered to the first call of the client token; None for a new one.

    Raises:
        RepeatDiffers: the first call had other parameters.
    """
    token = _token(operation, arguments)
    if not token:
        return None
    row = ctx.tx.get(RepeatRow, ctx.account_id, ctx.region, _name(operation), token)
    if row is None or row.expires_at < ctx.now:
        return None
    if not hmac.compare_digest(row.request.reveal(), _digest(operation, arguments)):
        raise RepeatDiffers
    return msgspec.json.decode(row.answer.reveal(), type=operation.result, dec_hook=conceal)


def keep_answer(ctx: Context, operation: Operation, arguments: Arguments, result: object) -> None:
    """Keep the answer for calls that repeat the client token, if the call has one.

    Raises:
        Stale: another call of the token was faster; this one is to be tried again.
    """
    token = _token(operation, arguments)
    if not token:
        return
    old = ctx.tx.get(RepeatRow, ctx.account_id, ctx.region, _name(operation), token)
    if old is not None:
        ctx.tx.delete(old)
    row = RepeatRow(
        account_id=ctx.account_id,
        region=ctx.region,
        operation=_name(operation),
        token=token,
        request=Secret(_digest(operation, arguments)),
        answer=Secret(to_wire(result).decode()),
        expires_at=Instant(ctx.now + _KEPT_SECONDS),
    )
    try:
        ctx.tx.insert(row)
    except Duplicate as clash:
        raise Stale(row.operation) from clash


def _token(operation: Operation, arguments: Arguments) -> str:
    return arguments.get("client_token") or "" if "client_token" in operation.gateway else ""


def _name(operation: Operation) -> str:
    return f"{operation.product.code}.{operation.name}"


def _digest(operation: Operation, arguments: Arguments) -> str:
    """Return the digest of the parameters that decide what the call does."""
    told = {name: arguments[name] for name in sorted(arguments) if name not in operation.gateway}
    return hashlib.sha256(to_wire(told)).hexdigest()
