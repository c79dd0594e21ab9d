"""Work that a call needs ahead of its transaction: slow work, and bodies that arrive."""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError, ServiceUnavailable
from juyong.api.operation import Prepare
from juyong.api.outside import Outside, Results
from juyong.blobs.arrived import Blob, Cipher
from juyong.gateway.arriving import spooled
from juyong.gateway.attempt import admit, check
from juyong.gateway.authenticate import Identified
from juyong.gateway.body import MemberOf
from juyong.gateway.errors import BodyTooLarge
from juyong.gateway.grounds import MOST_ATTEMPTS, Grounds
from juyong.gateway.stages import Decoded, Routed
from juyong.store.errors import MustScan, MustWrite
from juyong.store.transaction import Transaction

_COUNTED = "counted"
"""Stands among the results of a call that was counted, and needed nothing from outside yet."""
_Check = Callable[[Grounds, Transaction, Routed, Results], Decoded]


class _Gathered(NamedTuple):
    arguments: Arguments
    found: Any


class _WithoutTrace(Exception):  # rolls the gathering transaction back
    def __init__(self, gathered: _Gathered) -> None:
        super().__init__()
        self.gathered = gathered


async def prepare(grounds: Grounds, routed: Routed, prepare: Prepare) -> Any:
    """Do an operation's slow work; an ApiError where there is a reason to refuse the call."""
    gathered = await _gathered(grounds, routed, check, prepare.gather, scans=prepare.scans)
    if isinstance(gathered, ApiError):
        return gathered
    try:
        return await asyncio.to_thread(
            prepare.work, grounds.platform, gathered.arguments, gathered.found
        )
    except ApiError as refusal:
        return refusal


async def receive(grounds: Grounds, routed: Routed) -> Blob | ApiError:
    """Take the body of a permitted call to the disk; an ApiError where the call is refused.

    A call on what does not exist is refused before its body is read.
    """
    gathered = await _gathered(grounds, routed, check, routed.operation.cipher_of_body)
    if isinstance(gathered, ApiError):
        return gathered
    return await _spooled(grounds, routed, gathered.found)


async def receive_member(grounds: Grounds, routed: Routed) -> tuple[Routed, Blob | ApiError | None]:
    """Take a member of the body of a call to the disk; return the call with the other members.

    A caller who is not known, or is denied by what the head alone says, is refused before the
    body is read; every other caller when the other members are there.
    """
    admitted = await _gathered(grounds, routed, admit)
    if isinstance(admitted, ApiError):
        return routed, admitted
    body = routed.raw.arriving
    assert isinstance(body, MemberOf)  # noqa: S101  # see with_body
    with body.held():
        blob = await _spooled(grounds, routed, Cipher.AES_256_GCM)
    if isinstance(blob, ApiError):
        return routed, blob
    try:
        return body.read(), blob if body.is_given else None
    except ApiError as refusal:
        await drop_body(grounds, blob)
        return routed, refusal


async def drop_body(grounds: Grounds, blob: Blob) -> None:
    """Remove the file of a body that is not kept."""
    from juyong.blobs.blob import drop  # noqa: PLC0415  # the first body imports it

    if blob.content is None:
        await asyncio.to_thread(drop, grounds.platform.disk, blob.blob_id)


async def _spooled(grounds: Grounds, routed: Routed, cipher: Cipher) -> Blob | ApiError:
    """Take what arrives to the disk; an ApiError where it is refused."""
    body, rule = routed.raw.arriving, routed.operation.longest_body
    assert body is not None  # noqa: S101  # see with_body
    try:
        return await spooled(body, grounds.platform.disk, rule.most, cipher)
    except BodyTooLarge as refusal:
        return rule.refusal() if rule.refusal is not None else refusal
    except ApiError as refusal:
        return refusal


async def _gathered(
    grounds: Grounds,
    routed: Routed,
    check: _Check,
    gather: Callable[[Context, Arguments], Any] | None = None,
    *,
    scans: bool = False,
) -> _Gathered | ApiError:
    """Read what work outside a transaction needs, once the call has passed a check."""

    results = Results()

    def work(tx: Transaction) -> _Gathered:
        decoded = check(grounds, tx, routed, results)
        found = gather(decoded.context, decoded.arguments) if gather else None
        return _Gathered(decoded.arguments, found)

    for _ in range(MOST_ATTEMPTS):
        try:
            return await _gather_once(grounds, work, results, scans=scans)
        except Outside as wanted:
            results.keep(wanted.key, await asyncio.to_thread(wanted.done))
        except ApiError as refusal:
            return refusal
        except Identified as refused:
            return refused.refusal
    return ServiceUnavailable()


async def _gather_once(
    grounds: Grounds, work: Callable[[Transaction], _Gathered], results: Results, *, scans: bool
) -> _Gathered:
    """Run work that gathers: without a trace, or committed where it leaves evidence."""

    def looked(tx: Transaction) -> _Gathered:
        before = tx.written
        gathered = work(tx)
        if tx.written == before:
            # The nonce must still be unused when the call executes.
            raise _WithoutTrace(gathered)
        return gathered

    try:
        try:
            return await grounds.store.read(looked, scans=scans)
        except MustScan:
            return await grounds.store.read(looked, scans=True)
    except _WithoutTrace as looked_at:
        return looked_at.gathered
    except MustWrite:
        results.keep(_COUNTED, None)
    return await grounds.store.redo(work)
