"""Run asynchronous calls of functions; move code that an earlier version kept in rows to blobs.

Each call is an item of the queue, so an asynchronous call may run more than once, as it may in the
cloud: its request id, which the function is given, stays the same.
"""

import base64

from juyong.api.bench import Bench
from juyong.api.errors import ApiError
from juyong.api.job import job
from juyong.base.ids import AccountId
from juyong.blobs.blob import keep, written
from juyong.sandbox import Outcome, Returned
from juyong.services.fc.errors import NoFunction, TooBusy
from juyong.services.fc.invocations import RUN, Plan, plan_invocation, run_plan
from juyong.services.fc.resources import FunctionKey, function_named, key_of
from juyong.services.fc.tables import CodeRow, InvocationRow
from juyong.store.queue import Claim, extend, finish, put_off
from juyong.store.transaction import Transaction

_RUNS = 4
"""The first run, and three more."""
_ATTEMPTS = 8
"""Attempts, with those that a killed server cut short; then the call is dead and stays listed."""
_FIRST_PAUSE = 60
_LEASE_SECONDS = 120
"""Seconds for starting a run and storing its end, added to the function's own time."""


@job(RUN, lease_seconds=_LEASE_SECONDS, attempts=_ATTEMPTS)
def run_later(bench: Bench, claim: Claim) -> None:
    """Run a call once, and put it off if that failed; one that found no room made no attempt."""

    def again(*, seconds: int, counted: bool = True) -> None:
        now = bench.clock()
        bench.transact(lambda tx: put_off(tx, claim, now=now, seconds=seconds, counted=counted))

    try:
        plan = bench.transact(lambda tx: _plan(bench, tx, claim))
        outcome: Outcome | None = run_plan(plan)
    except TooBusy:
        again(seconds=_FIRST_PAUSE, counted=False)
        return
    except NoFunction:
        bench.transact(lambda tx: _forget(bench, tx, claim))
        return
    except ApiError:
        outcome = None
    if isinstance(outcome, Returned) or claim.attempts >= _RUNS:
        bench.transact(lambda tx: _forget(bench, tx, claim))
    else:
        again(seconds=_FIRST_PAUSE * claim.attempts)


@job("fc.move-code", lease_seconds=_LEASE_SECONDS, attempts=None)
def move_code(bench: Bench, claim: Claim) -> None:
    """Move the package of a function from its row to a blob.

    A job that is killed leaves a blob that no row knows, and does the same again.
    """
    account_id, region, service, function = claim.key.split("/")
    key = FunctionKey(AccountId(account_id), region, service, function)
    row = bench.transact(lambda tx: tx.get(CodeRow, *key))
    if row is None or row.blob_id:
        return
    blob = written(bench.platform.disk, (row.package,))

    def note(tx: Transaction) -> None:
        """Keep the blob, unless the function got other code or was deleted meanwhile."""
        held = tx.get(CodeRow, *key)
        if held is not None and held.version == row.version:
            keep(tx, blob, key.account_id, bench.clock())
            tx.update(held, blob_id=blob.blob_id, package=b"")
        finish(tx, claim, bench.clock())

    bench.transact(note)


def _plan(bench: Bench, tx: Transaction, claim: Claim) -> Plan:
    """Read what the run needs, and hold the item for as long as the run may take."""
    row = tx.get(InvocationRow, claim.key)
    if row is None:
        raise NoFunction(name=claim.key)
    now, key = bench.clock(), key_of(row)
    seconds = _LEASE_SECONDS + function_named(tx, key).timeout
    extend(tx, claim, now=now, seconds=seconds)
    return plan_invocation(
        tx,
        bench.platform,
        key,
        event=(base64.b64decode(row.event.reveal()),),
        request_id=row.request_id,
        now=now,
    )


def _forget(bench: Bench, tx: Transaction, claim: Claim) -> None:
    """Finish a call that succeeded, was tried often enough, or has lost its function."""
    row = tx.get(InvocationRow, claim.key)
    if row is not None:
        tx.delete(row)
    finish(tx, claim, bench.clock())
