"""Deliver data events to the logstores of their trails: each once, in the order of their rows.

The rows of delivered events go with the commit that gives the events to the logstore, so a killed
server neither loses nor doubles an event.
"""

from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.in_service import do_as
from juyong.api.job import job
from juyong.base.clock import DAY_SECONDS, Instant
from juyong.base.ids import AccountId
from juyong.services.actiontrail.data_events import target
from juyong.services.actiontrail.data_events.tables import (
    DataEventRow,
    DataSelectorRow,
    DataTargetRow,
)
from juyong.services.actiontrail.delivery.telling import FAILURES, record_making, told_of
from juyong.services.actiontrail.delivery.to_project import logs_made_durable
from juyong.services.actiontrail.trails.roles import SERVICE
from juyong.store.errors import Stale
from juyong.store.late import sa, table_of
from juyong.store.transaction import Transaction

EVERY_SECONDS = 2
AT_ONCE = 900
"""Events of one batch: one transaction writes the logs and deletes the rows."""
KEPT_SECONDS = 7 * DAY_SECONDS
"""How long an event waits for a logstore that cannot be written."""
_STEPS = 100
_FIRST_PAUSE, _LONGEST_PAUSE = 5, 300
_MEMORY = "actiontrail.data-events"


class _Lane(NamedTuple):
    """The events of one trail and one region."""

    account_id: AccountId
    trail_name: str
    region: str


def _lanes(tx: Transaction) -> list[_Lane]:
    """Return the trails and regions of which events wait.

    COST: one step in the index for each of them, however many events wait.
    """
    found: list[_Lane] = []
    last = ("", "", "")
    while rows := tx.query(_lane_after, **dict(zip(_Lane._fields, last, strict=True))):
        last = rows[0][:3]
        found.append(_Lane(AccountId(last[0]), last[1], last[2]))
    return found


def _lane_after() -> "sa.Select[tuple[str, str, str]]":
    row = table_of(DataEventRow)
    columns = [row.c[name] for name in _Lane._fields]
    behind = sa.tuple_(*columns) > sa.tuple_(
        *(sa.bindparam(name, type_=sa.Text()) for name in _Lane._fields)
    )
    return sa.select(*columns).where(behind).order_by(*columns).limit(1)


@job("actiontrail.data-events", every=EVERY_SECONDS, rows=AT_ONCE + 100)
def deliver_data_events(bench: Bench) -> None:
    """Deliver what waits; a logstore that cannot be written holds up no other."""
    pauses: dict[_Lane, tuple[int, int]] = bench.platform.memory.setdefault(_MEMORY, {})
    lanes = bench.transact(_lanes)
    for gone in pauses.keys() - set(lanes):
        del pauses[gone]
    for lane in lanes:
        until, seconds = pauses.get(lane, (0, 0))
        if bench.clock() < until:
            continue
        if _deliver(bench, lane):
            pauses.pop(lane, None)
        else:
            seconds = max(_FIRST_PAUSE, min(_LONGEST_PAUSE, 2 * seconds))
            pauses[lane] = (bench.clock() + seconds, seconds)


def _deliver(bench: Bench, lane: _Lane) -> bool:
    """Deliver what waits of one trail and region; False where that failed."""
    try:
        for _ in range(_STEPS):
            rows = bench.transact(lambda tx: _next(tx, lane))
            if not rows:
                break
            _batch(bench, lane, rows)
    except Stale:
        # Another server delivered the same events.
        return True
    except FAILURES as failure:
        code, text = told_of(failure)
        lost = bench.transact(lambda tx: _fail(tx, lane, (code, text), bench.clock()))
        state = f" loses {lost} events" if lost else ""
        bench.pass_over(f"data events of the trail `{lane.trail_name}`{state}", failure)
        return False
    return True


def _next(tx: Transaction, lane: _Lane) -> list[DataEventRow]:
    return tx.find(DataEventRow, order=("seq",), limit=AT_ONCE, **lane._asdict())


def _batch(bench: Bench, lane: _Lane, rows: list[DataEventRow]) -> None:
    service = Service(account_id=lane.account_id, name=SERVICE)
    events = [(row.at, row.body) for row in rows]
    logs = logs_made_durable(bench, service, events, partial(target.place_of, row=rows[0]))

    def commit(ctx: Context) -> None:
        target.write(ctx, rows[0], logs)
        for row in rows:
            ctx.tx.delete(row)
        held = ctx.tx.get(DataTargetRow, *lane)
        if held is None and _is_selected(ctx.tx, lane):
            ctx.tx.insert(DataTargetRow(created_at=ctx.now, **lane._asdict()))
        elif held is not None and held.error_code:
            ctx.tx.update(held, error_code="", error="", failed_at=None)
        record_making(ctx, service)

    do_as(bench, service, commit)


def _is_selected(tx: Transaction, lane: _Lane) -> bool:
    """Tell whether the trail has selectors; events that wait are delivered anyway."""
    return tx.get(DataSelectorRow, lane.account_id, lane.trail_name) is not None


def _fail(tx: Transaction, lane: _Lane, why: tuple[str, str], now: Instant) -> int:
    """Note why events could not be delivered; returns how many waited for too long and are gone."""
    code, text = why
    held = tx.get(DataTargetRow, *lane)
    told = {"error_code": code, "error": text}
    if held is None and _is_selected(tx, lane):
        row = DataTargetRow(created_at=now, failed_at=now, **lane._asdict())
        tx.insert(replace(row, **told))
    elif held is not None and (held.error_code, held.error) != why:
        tx.update(held, failed_at=held.failed_at or now, **told)
    old = [each for each in _next(tx, lane) if each.at < now - KEPT_SECONDS]
    for each in old:
        tx.delete(each)
    return len(old)
