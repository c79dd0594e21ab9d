"""Deliver the events of delivery-history jobs to the logstores of their trails, once each.

The logs of a batch and how far the job is are committed together, so a killed server goes on where
it was.
"""

from functools import partial
from typing import Any

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.in_service import do_as
from juyong.api.job import job
from juyong.audit.ledger.stored import LogDamaged
from juyong.base.clock import Instant
from juyong.services.actiontrail.delivery.telling import FAILURES, record_making
from juyong.services.actiontrail.delivery.to_project import Place, logs_made_durable
from juyong.services.actiontrail.history.reading import Page, is_due, next_page
from juyong.services.actiontrail.history.tables import DONE, FAILED, RUNNING, HistoryJobRow
from juyong.services.actiontrail.trails.roles import SERVICE, assumed_role
from juyong.services.actiontrail.trails.settings import logs_of, project_of
from juyong.services.actiontrail.trails.tables import TrailRow
from juyong.services.sls.facade import keep_as_role
from juyong.store.errors import Stale
from juyong.store.transaction import Transaction

EVERY_SECONDS = 5
TRIED_SECONDS = 3600
"""How long a job is tried again that cannot write; then the job has failed."""
_STEPS = 100
"""Batches of one job in one run; a job that has more goes on at the next."""


@job("actiontrail.history", every=EVERY_SECONDS)
def deliver_history(bench: Bench) -> None:
    """Deliver what is due of each job that has not ended; one that fails holds up no other."""
    for row in bench.transact(lambda tx: tx.find(HistoryJobRow, is_open=True)):
        try:
            for _ in range(_STEPS):
                if not _step(bench, row.account_id, row.job_id):
                    break
        except Stale:
            # Another server delivered the same events, or a call deleted the job.
            continue
        except FAILURES as failure:
            bench.pass_over(f"the history of the trail `{row.trail_name}`", failure)
            bench.transact(partial(_fail, row=row, now=bench.clock()))


def _step(bench: Bench, *key: object) -> bool:
    """Deliver a batch of a job; tells whether there may be more."""

    def look(tx: Transaction) -> tuple[HistoryJobRow, TrailRow | None, Page | None] | None:
        row = tx.get(HistoryJobRow, *key)
        if row is None or not row.is_open or not is_due(tx, row, bench.clock()):
            return None
        trail = tx.get(TrailRow, row.account_id, row.trail_name)
        if trail is None or not trail.project:
            return row, None, None
        return row, trail, next_page(tx, bench.platform, row, trail)

    found = bench.transact(look)
    if found is None:
        return False
    row, trail, page = found
    if trail is None or page is None:
        # What the job is for is gone.
        bench.transact(lambda tx: _end(tx, row, bench.clock(), status=FAILED))
        return False
    if page.damaged:
        bench.pass_over(f"events of the history of `{row.trail_name}`", LogDamaged())
    _batch(bench, row, trail, page)
    return not page.is_last


def _batch(bench: Bench, row: HistoryJobRow, trail: TrailRow, page: Page) -> None:
    service = Service(account_id=row.account_id, name=SERVICE)

    def place(ctx: Context) -> Place:
        role = assumed_role(ctx.tx, row.account_id, trail.project_role, ctx.now)
        return Place(role, logs_of(trail.name, project_of(trail)))

    wanted = page.wanted
    logs = logs_made_durable(bench, service, wanted, place) if wanted else None

    def commit(ctx: Context) -> None:
        if logs is not None:
            keep_as_role(ctx, *place(ctx), logs)
        moved: dict[str, Any] = {"at": page.at, "seq": page.seq, "failed_at": None}
        if page.is_last:
            _end(ctx.tx, row, ctx.now, status=DONE, **moved)
        else:
            ctx.tx.update(row, status=RUNNING, updated_at=ctx.now, **moved)
        record_making(ctx, service)

    do_as(bench, service, commit)


def _end(tx: Transaction, row: HistoryJobRow, now: Instant, **changes: Any) -> None:
    tx.update(row, is_open=False, ended_at=now, updated_at=now, **changes)


def _fail(tx: Transaction, row: HistoryJobRow, now: Instant) -> None:
    """Note that a job could not go on; a job that could not for too long has failed."""
    held = tx.get(HistoryJobRow, row.account_id, row.job_id)
    if held is None or not held.is_open:
        return
    if held.failed_at is None:
        tx.update(held, failed_at=now)
    elif now > held.failed_at + TRIED_SECONDS:
        _end(tx, held, now, status=FAILED)
