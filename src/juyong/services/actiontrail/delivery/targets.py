"""The targets of a trail: which are written, from which leaf of the ledger on, and until when."""

from collections.abc import Mapping

from juyong.api.context import Context
from juyong.audit.ledger.stored import log_of
from juyong.services.actiontrail.data_events.selected import align_selectors
from juyong.services.actiontrail.trails.settings import folder_of, project_of
from juyong.services.actiontrail.trails.tables import DeliveryRow, TrailRow

_AS_THE_TRAIL = (
    *("role", "region", "event_rw", "trail_region", "insights"),
    *("current", "until_at", "until_event"),
)
_BEGUN = ("done", "since_at", "origin", "position", "seq")
BUCKET, PROJECT = "oss://", "sls://"


def targets_of(row: TrailRow) -> Mapping[str, str]:
    """Return the targets of a trail, each with the ARN of the role that writes there."""
    found = {}
    if row.bucket:
        found[f"{BUCKET}{row.bucket}/{folder_of(row.prefix)}"] = row.bucket_role
    if row.project:
        found[f"{PROJECT}{project_of(row)}"] = row.project_role
    return found


def align(ctx: Context, row: TrailRow, *, deleted: bool = False) -> None:
    """Begin and end deliveries, as a trail is now.

    A target that the trail has no more, or that is switched off, is still written up to the event
    of this call. One that is switched on again before that is done has no gap.
    """
    wanted = {} if deleted else targets_of(row)
    is_on = row.status == "Enable" and not deleted
    for held in ctx.tx.find(DeliveryRow, account_id=row.account_id, trail_name=row.name):
        current = held.target in wanted
        if held.done and not current:
            ctx.tx.delete(held)
        elif not held.done and not (current and is_on):
            _end(ctx, held, current=current)
    for target, role in wanted.items() if is_on else ():
        _begin(ctx, row, target, role)
    align_selectors(ctx.tx, row, is_on=is_on, deleted=deleted)


def _end(ctx: Context, held: DeliveryRow, *, current: bool) -> None:
    if held.until_at is None:
        held = ctx.tx.update(held, until_at=ctx.now, until_event=ctx.request_id)
    if held.current != current:
        ctx.tx.update(held, current=current)


def _begin(ctx: Context, row: TrailRow, target: str, role: str) -> None:
    head = log_of(ctx.tx)
    held = ctx.tx.get(DeliveryRow, row.account_id, row.name, target)
    fresh = DeliveryRow(
        account_id=row.account_id,
        trail_name=row.name,
        target=target,
        role=role,
        region=row.region,
        event_rw=row.event_rw,
        trail_region=row.trail_region,
        insights=row.insights,
        since_at=ctx.now,
        origin=head.origin if head else "",
        position=head.size if head else 0,
        seq=head.last_seq if head else 0,
    )
    if held is None:
        ctx.tx.insert(fresh)
        return
    names = _AS_THE_TRAIL if not held.done else (*_AS_THE_TRAIL, *_BEGUN)
    ctx.tx.update(held, **{name: getattr(fresh, name) for name in names})
