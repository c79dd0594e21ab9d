"""Run the asynchronous calls that are due.

A call is claimed by moving its time beyond what a run may take, in a transaction of its own: of
several servers one runs it, and one that was killed meanwhile is found again when that time comes.
So an asynchronous call may run more than once, as it may in the cloud.
"""

import base64
import threading
import time

from juyong.api.bench import Bench
from juyong.api.errors import ApiError
from juyong.base.clock import Instant
from juyong.sandbox import Outcome, Returned
from juyong.services.fc.errors import NoFunction, TooBusy
from juyong.services.fc.functions import FunctionKey, function_named
from juyong.services.fc.invocations import Plan, plan_invocation, run_plan
from juyong.services.fc.tables import InvocationRow
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

_AT_ONCE = 2
_ROUND_SECONDS = 40.0
_ATTEMPTS = 4
"""The first one, and three more."""
_FIRST_PAUSE = 60
_LEASE_ABOVE = 120
"""Seconds that starting a run and storing how it ended may take."""


def _due() -> "sa.Select[tuple[str]]":
    waiting = table_of(InvocationRow)
    return (
        sa.select(waiting.c.request_id)
        .where(waiting.c.due_at <= sa.bindparam("now"))
        .order_by(waiting.c.due_at)
        .limit(1)
    )


def work(bench: Bench) -> None:
    """Run what is due, a few at once, for at most a while; the next round goes on."""
    until = time.monotonic() + _ROUND_SECONDS
    threads = [
        threading.Thread(target=_work_through, args=(bench, until), daemon=True)
        for _ in range(_AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        # A long run goes on beside the worker's other jobs.
        thread.join(max(0.0, until - time.monotonic()))


def _work_through(bench: Bench, until: float) -> None:
    while time.monotonic() < until:
        claimed = bench.transact(lambda tx: _claim(tx, bench.clock()))
        if claimed is None:
            return
        _run(bench, claimed)


def _claim(tx: Transaction, now: Instant) -> InvocationRow | None:
    """Take the call that has been due longest; one whose function is gone goes with it."""
    while found := tx.query(_due, now=now):
        row = tx.get(InvocationRow, found[0][0])
        if row is None:
            continue
        try:
            timeout = function_named(tx, _key(row)).timeout
        except NoFunction:
            tx.delete(row)
            continue
        lease = Instant(now + timeout + _LEASE_ABOVE)
        return tx.update(row, attempts=row.attempts + 1, due_at=lease)
    return None


def _run(bench: Bench, row: InvocationRow) -> None:
    try:
        outcome: Outcome | None = run_plan(bench.transact(lambda tx: _plan(bench, tx, row)))
    except TooBusy:
        bench.transact(lambda tx: _give_back(tx, row, bench.clock()))
        return
    except ApiError:
        outcome = None
    bench.transact(lambda tx: _settle(tx, row, outcome, bench.clock()))


def _plan(bench: Bench, tx: Transaction, row: InvocationRow) -> Plan:
    return plan_invocation(
        tx,
        bench.platform,
        _key(row),
        event=base64.b64decode(row.event.reveal()),
        request_id=row.request_id,
        now=bench.clock(),
    )


def _give_back(tx: Transaction, row: InvocationRow, now: Instant) -> None:
    """Put off a call there was no room for; that was no attempt."""
    held = tx.get(InvocationRow, row.request_id)
    if held is not None and held.version == row.version:
        tx.update(held, attempts=row.attempts - 1, due_at=Instant(now + _FIRST_PAUSE))


def _settle(tx: Transaction, row: InvocationRow, outcome: Outcome | None, now: Instant) -> None:
    """Forget a call that succeeded or was tried often enough; put any other off."""
    held = tx.get(InvocationRow, row.request_id)
    # Another server took it over when this one was late.
    if held is None or held.version != row.version:
        return
    if isinstance(outcome, Returned) or row.attempts >= _ATTEMPTS:
        tx.delete(held)
    else:
        tx.update(held, due_at=Instant(now + _FIRST_PAUSE * row.attempts))


def _key(row: InvocationRow) -> FunctionKey:
    return FunctionKey(
        account_id=row.account_id,
        region=row.region,
        service_name=row.service_name,
        function_name=row.function_name,
    )
