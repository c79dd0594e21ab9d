"""Targets that fail for so long that events expire which they did not get: what is told of that.

A target that works, or failed a short time ago, holds back the expiry of its events. One that fails
for longer than the setting `trail_failed_days` does so no more; its delivery goes on behind what
expired, once it works again, and the digests in a bucket show the gap.
"""

from juyong.api.context import Platform
from juyong.audit.ledger.expiring import Expired
from juyong.audit.ledger.stored import log_of
from juyong.audit.macs import PURPOSE
from juyong.base.clock import DAY_SECONDS, Instant, iso
from juyong.services.actiontrail.delivery.reading import has_failed_since, of_log, wanted
from juyong.services.actiontrail.operator_events import record_operation
from juyong.services.actiontrail.trails.tables import DeliveryRow
from juyong.store.transaction import Transaction

EVENT = "TrailEventsExpired"
_TELL_SECONDS = DAY_SECONDS


class Undelivered(Exception):
    """Events expired that a target of a trail did not get."""


def given_up_before(platform: Platform, now: Instant) -> Instant:
    """Return since when a target must fail to hold back nothing."""
    days = platform.kept.trail_failed_days or platform.kept.audit_events_days
    return Instant(now - days * DAY_SECONDS)


def pass_expired(tx: Transaction, platform: Platform, expired: Expired, now: Instant) -> list[str]:
    """Move the deliveries that are given up behind what expired, and tell what they lost.

    An event of the operator's tells of each target at most once a day.

    Args:
        tx: Deletes the events, and commits both.
        platform: Has the audit key.
        expired: What is deleted.
        now: The present.

    Returns:
        The targets that lost events, for the log.
    """
    head, limit = log_of(tx), given_up_before(platform, now)
    assert head is not None  # noqa: S101  # it said what expired
    found = []
    for row in tx.find(DeliveryRow, done=False):
        at = of_log(row, head)
        if not has_failed_since(row, limit) or at.position >= expired.end:
            continue
        lost = [each.at for each in expired.events if each.seq > at.seq and wanted(at, 0, each)]
        held = tx.update(
            row,
            origin=at.origin,
            since_at=at.since_at,
            position=expired.end,
            seq=expired.events[-1].seq,
        )
        if lost:
            _note_loss(tx, platform, held, lost, now)
            found.append(f"events of the trail `{row.trail_name}` that `{row.target}` did not get")
    return found


def _note_loss(
    tx: Transaction, platform: Platform, row: DeliveryRow, lost: list[int], now: Instant
) -> None:
    until = Instant(max(lost))
    is_told = row.told_at is not None and now < row.told_at + _TELL_SECONDS
    row = tx.update(
        row,
        lost=row.lost + len(lost),
        lost_until=until,
        told_at=row.told_at if is_told else now,
    )
    if not is_told:
        details = {
            "trail": f"acs:actiontrail:{row.region}:{row.account_id}:trail/{row.trail_name}",
            "target": row.target,
            "expiredEvents": str(row.lost),
            "expiredUntil": iso(until),
            "error": row.error,
        }
        key, region = platform.keys[PURPOSE], platform.region
        record_operation(tx, EVENT, details, key=key, region=region, now=now)


def told_error(row: DeliveryRow | None) -> str:
    """Return why a target could not be written, and what expired meanwhile; empty for nothing."""
    if row is None or not row.lost or row.lost_until is None:
        return row.error if row else ""
    return (
        f"{row.error}; {row.lost} events up to {iso(row.lost_until)} expired before they were"
        " delivered"
    )
