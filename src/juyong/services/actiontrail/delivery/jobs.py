"""Deliver events to the targets of trails: at least once, in the order of their leaves, none lost.

What a target gets and how far it is are committed together, so a killed server goes on where it
was. An object on the disk that no row knows is swept.
"""

from functools import partial

import msgspec

from juyong.api.bench import Bench
from juyong.api.caller import Service
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.in_service import do_as
from juyong.api.job import job
from juyong.api.measures import Measure
from juyong.audit.ledger.following import MOST
from juyong.audit.ledger.stored import LogDamaged, log_of
from juyong.base.clock import DAY_SECONDS, Instant
from juyong.services.actiontrail.delivery import to_bucket, to_project
from juyong.services.actiontrail.delivery.reading import Batch, next_batch
from juyong.services.actiontrail.delivery.targets import BUCKET
from juyong.services.actiontrail.delivery.telling import FAILURES, record_making, told_of
from juyong.services.actiontrail.product import DELIVERIES, UNDELIVERED
from juyong.services.actiontrail.product import PRODUCT as ACTIONTRAIL
from juyong.services.actiontrail.trails.roles import SERVICE
from juyong.services.actiontrail.trails.tables import DeliveryRow
from juyong.services.oss.facade import discard
from juyong.services.sts.facade import RoleTrustsNot
from juyong.store.errors import Stale
from juyong.store.transaction import Transaction

EVERY_SECONDS = 1
_STEPS = 100
"""Batches of one target in one run; a target that has more goes on at the next."""
_FIRST_PAUSE, _LONGEST_PAUSE = 5, 300
_IDLE_SECONDS = 60
_MEMORY = "actiontrail.delivery"
_KEPT_SECONDS = DAY_SECONDS
"""How long a target is tried that its trail does not have any more."""
_Key = tuple[str, str, str]


class _Pause(msgspec.Struct, frozen=True, kw_only=True):
    """Until when a target is left alone, unless the log grows to a size.

    size: None: growing changes nothing. seconds: How long a target is left alone that failed.
    """

    until: int
    size: int | None = None
    seconds: int = 0


@job("actiontrail.deliver", every=EVERY_SECONDS)
def deliver_events(bench: Bench) -> None:
    """Deliver to each target what is due; a target that fails holds up no other."""
    pauses: dict[_Key, _Pause] = bench.platform.memory.setdefault(_MEMORY, {})
    rows, size = bench.transact(_look)
    for key in pauses.keys() - {_key(row) for row in rows}:
        del pauses[key]
    for row in rows:
        pause = pauses.get(_key(row))
        has_grown = pause is None or (pause.size is not None and size >= pause.size)
        if pause is None or has_grown or bench.clock() >= pause.until:
            pauses[_key(row)] = _deliver(bench, row, pause)


def _look(tx: Transaction) -> tuple[list[DeliveryRow], int]:
    rows = tx.find(DeliveryRow, done=False)
    head = log_of(tx) if rows else None
    return rows, head.size if head else 0


def _key(row: DeliveryRow) -> _Key:
    return (row.account_id, row.trail_name, row.target)


def _deliver(bench: Bench, row: DeliveryRow, before: _Pause | None) -> _Pause:
    """Deliver what is due to one target; returns until when it can be left alone."""
    try:
        for _ in range(_STEPS):
            held = bench.transact(lambda tx: tx.get(DeliveryRow, *_key(row)))
            if held is None or held.done:
                break
            pause = _step(bench, held)
            if pause is not None:
                return pause
    except Stale:
        # Another server delivered the same events, or a call changed the trail.
        return _Pause(until=bench.clock() + 1)
    except FAILURES as failure:
        seconds = min(_LONGEST_PAUSE, 2 * before.seconds) if before else 0
        seconds = max(seconds, _FIRST_PAUSE)
        bench.pass_over(f"the trail `{row.trail_name}` to `{row.target}`", failure)
        text = ": ".join(told_of(failure))
        bench.transact(lambda tx: _note_failure(tx, row, text, bench.clock()))
        _count(bench, UNDELIVERED, row)
        return _Pause(until=bench.clock() + seconds, seconds=seconds)
    return _Pause(until=bench.clock())


def _step(bench: Bench, row: DeliveryRow) -> _Pause | None:
    """Deliver a batch, if one is due; else returns until when the target can be left alone."""
    now = bench.clock()
    batch = bench.transact(lambda tx: next_batch(tx, row, now))
    if batch is None:
        return _Pause(until=now + _IDLE_SECONDS, size=1)
    due = _due(batch, now, bench.platform.trail_window_seconds)
    if due > now:
        # PERF: what waits for others is not read again before it is due, or a batch is full.
        more = MOST - len(batch.leaves) if batch.wanted else 1
        return _Pause(until=due, size=batch.head.size + more)
    if any(each.is_damaged for each in batch.leaves):
        bench.pass_over(f"an event of the trail `{row.trail_name}`", LogDamaged())
    if row.target.startswith(BUCKET):
        _to_bucket(bench, batch)
    else:
        _to_project(bench, batch)
    return None


def _due(batch: Batch, now: Instant, window_seconds: int) -> int:
    """Return when a batch is to be delivered.

    A full one is at once, and so is the last one; events for a bucket wait for others.
    """
    row = batch.row
    if batch.is_full or batch.is_end:
        return now
    if batch.wanted:
        is_bucket = row.target.startswith(BUCKET)
        oldest = min(each.at for each in batch.wanted)
        due = oldest + window_seconds if is_bucket else now
    else:
        due = now + _IDLE_SECONDS
    return due if row.until_at is None else min(due, now + _FIRST_PAUSE)


def _to_project(bench: Bench, batch: Batch) -> None:
    logs = None
    if batch.wanted:
        events = [(each.at, each.body.decode()) for each in batch.wanted]
        place = partial(to_project.place_of, batch=batch)
        logs = to_project.logs_made_durable(bench, _service(batch), events, place)

    def commit(ctx: Context) -> None:
        if logs is not None:
            to_project.write(ctx, batch, logs)
        _pass(ctx, batch, wrote=logs is not None)

    do_as(bench, _service(batch), commit)
    if logs is not None:
        _count(bench, DELIVERIES, batch.row)


def _to_bucket(bench: Bench, batch: Batch) -> None:
    if not batch.leaves:
        do_as(bench, _service(batch), lambda ctx: _pass(ctx, batch, wrote=False))
        return
    files = to_bucket.files_of(batch)
    proof = bench.transact(lambda tx: to_bucket.proof_of(tx, batch))
    digest = to_bucket.digest_of(bench.platform, batch, files, proof, bench.clock())
    objects = to_bucket.made_durable(bench.platform, files, digest)

    def commit(ctx: Context) -> None:
        to_bucket.write(ctx, batch, objects)
        _pass(ctx, batch, wrote=True, previous=to_bucket.pointer_to(digest))

    try:
        do_as(bench, _service(batch), commit)
    except (ApiError, RoleTrustsNot, Stale):
        # Of other failures it is not known whether the objects are there; a sweep finds out.
        discard(bench, [each.blob for each in objects])
        raise
    _count(bench, DELIVERIES, batch.row)


def _count(bench: Bench, measure: Measure, row: DeliveryRow) -> None:
    """Count something that was done for a target, for CloudMonitor."""
    usage, now = bench.platform.usage, bench.clock()
    names = (row.trail_name, row.target)
    usage.measure(ACTIONTRAIL.code, measure, row.account_id, *names, value=1, at=now)


def _service(batch: Batch) -> Service:
    return Service(account_id=batch.row.account_id, name=SERVICE)


def _pass(ctx: Context, batch: Batch, *, wrote: bool, **changes: str) -> None:
    """Note that a batch is delivered, with what was made for it.

    Raises:
        Stale: the delivery is another one by now; nothing may be committed.
    """
    row = batch.row
    held = ctx.tx.get(DeliveryRow, *_key(row))
    if held is None or held.version != row.version:
        raise Stale("actiontrail_delivery")
    times = [each.event.at for each in batch.leaves if each.event is not None]
    if batch.is_end and not held.current:
        ctx.tx.delete(held)
    else:
        ctx.tx.update(
            held,
            origin=row.origin,
            since_at=row.since_at,
            position=batch.end,
            seq=batch.seq,
            event_at=Instant(max([held.event_at, *times])),
            delivered_at=ctx.now if wrote else held.delivered_at,
            done=batch.is_end,
            error="",
            failed_at=None,
            lost=0,
            lost_until=None,
            told_at=None,
            **changes,
        )
    record_making(ctx, _service(batch))


def _note_failure(tx: Transaction, row: DeliveryRow, error: str, now: Instant) -> None:
    """Note why a target could not be written, for GetTrailStatus.

    A target that its trail does not have any more is given up a day after it failed first.
    """
    held = tx.get(DeliveryRow, *_key(row))
    if held is None:
        return
    if not held.current and held.failed_at is not None and now > held.failed_at + _KEPT_SECONDS:
        tx.delete(held)
    elif held.error != error:
        failed_at = now if held.failed_at is None else held.failed_at
        tx.update(held, error=error, failed_at=failed_at)
