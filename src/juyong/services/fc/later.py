"""Asynchronous calls: kept in the store until they succeeded or were tried three times."""

import base64

from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.base.secret import Secret
from juyong.services.fc.errors import EntityTooLarge
from juyong.services.fc.resources import key_of, refuse_more
from juyong.services.fc.tables import FunctionRow, InvocationRow
from juyong.store.queue import put

RUN = "fc.run"
"""The job that runs asynchronous calls; its items have the request ids of the calls."""
_MOST_EVENT = 128 * 1024


def queued(ctx: Context, function: FunctionRow, event: bytes) -> RawAnswer:
    """Keep a call for later and say so.

    Raises:
        EntityTooLarge: the event is larger than 128 KB.
        TooMany: the account has used up its quota `fc.waiting-invocations`.

    Source: asynchronous invocation, its limits and its three retries (documented).
    """
    if len(event) > _MOST_EVENT:
        raise EntityTooLarge(most=str(_MOST_EVENT))
    most = ctx.quota("fc.waiting-invocations")
    refuse_more(ctx, InvocationRow, "waiting invocations", most)
    ctx.tx.insert(
        InvocationRow(
            request_id=ctx.request_id,
            **key_of(function)._asdict(),
            event=Secret(base64.b64encode(event).decode()),
            created_at=ctx.now,
        )
    )
    put(ctx.tx, RUN, ctx.request_id, now=ctx.now)
    ctx.platform.ring()
    return RawAnswer(
        status=202,
        headers={"X-Fc-Request-Id": ctx.request_id, "X-Fc-Code-Checksum": function.code_checksum},
    )
