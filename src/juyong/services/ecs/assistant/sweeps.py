"""Invocations are kept for 30 days (documented)."""

from juyong.base.clock import DAY_SECONDS, Instant
from juyong.base.ids import new_request_id
from juyong.services.ecs.assistant.invocation import INVOCATION, results_of
from juyong.services.ecs.assistant.tables import InvocationRow
from juyong.store.inventory import Cause, write
from juyong.store.transaction import Transaction

KEPT_SECONDS = 30 * DAY_SECONDS
_MOST_AT_ONCE = 20


def sweep(tx: Transaction, now: Instant, most: int) -> int:
    """Purge invocations whose time is over, with their results; returns how many rows.

    A command runs for a day at most, so that none of them runs.
    """
    purged = 0
    rows = tx.find(InvocationRow, order=("created_at",), limit=min(most, _MOST_AT_ONCE))
    for row in rows:
        if row.created_at + KEPT_SECONDS > now or purged >= most:
            break
        write(tx, [INVOCATION.noted("deleted", row)], Cause(new_request_id(), now))
        for result in results_of(tx, row.invoke_id):
            tx.delete(result)
            purged += 1
        tx.delete(row)
        purged += 1
    return purged
