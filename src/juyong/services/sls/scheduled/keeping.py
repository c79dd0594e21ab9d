"""Keep scheduled SQL, have it run by the clock, and forget it."""

from typing import Any, Final

import msgspec

from juyong.base.clock import Instant
from juyong.services.sls.scheduled.plan import Plan
from juyong.services.sls.scheduled.tables import RunRow, ScheduledRow
from juyong.store.queue import put, withdraw
from juyong.store.transaction import Transaction

RUN: Final = "sls.scheduled-sql"
RUNNING: Final = "RUNNING"
SUCCEEDED: Final = "SUCCEEDED"
FAILED: Final = "FAILED"


def item_key(row: ScheduledRow) -> str:
    """Return the key of the work on the windows to come; names have no slash."""
    return f"{row.project_name}/{row.job_name}"


def again_key(row: RunRow) -> str:
    """Return the key of the work on one window that somebody asked for again."""
    return f"{row.project_name}/{row.job_name}/{row.tick_at}"


def next_tick(plan: Plan, done_at: int, now: Instant) -> Instant:
    """Return the tick of the next window: the first that is not done with, from `fromTime` on."""
    if plan.from_time:
        start = max(done_at, plan.from_time - 1)
    elif plan.begins_now and not done_at:
        return now
    else:
        start = done_at or now - 1
    return Instant(plan.schedule.next_after(start))


def due_at(plan: Plan, tick: int) -> Instant:
    """Return when the run of a tick begins."""
    return Instant(tick + plan.schedule.delay_s)


def plan_run(tx: Transaction, row: ScheduledRow, plan: Plan, now: Instant) -> None:
    """Have the next window run at its time, or no more."""
    withdraw(tx, RUN, item_key(row))
    if row.enabled and not plan.is_over(row.tick_at):
        put(tx, RUN, item_key(row), now=now, due=due_at(plan, row.tick_at))


def document_of(row: ScheduledRow) -> dict[str, Any]:
    """Return a scheduled SQL as it was sent."""
    return msgspec.json.decode(row.document, type=dict[str, Any])


def remove(tx: Transaction, row: ScheduledRow) -> None:
    """Delete a scheduled SQL with its runs; a run under way commits nothing more."""
    withdraw(tx, RUN, item_key(row))
    for run in tx.find(RunRow, project_name=row.project_name, job_name=row.job_name):
        withdraw(tx, RUN, again_key(run))
        tx.delete(run)
    tx.delete(row)


def remove_scheduled(tx: Transaction, project: str) -> None:
    """Delete all scheduled SQL of a project."""
    for row in tx.find(ScheduledRow, project_name=project):
        remove(tx, row)
