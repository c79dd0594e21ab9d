"""Alarms from tick to tick: some begin to ring, ring on, are told again, or are over.

Source: SLS user guide, alerting rules: thresholds, repeat interval, recovery (documented).
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from juyong.base.clock import Instant
from juyong.engines.alerting.judging import Hit, Labels
from juyong.services.sls.alerts.rule import Rule

FIRING: Final = "firing"
RESOLVED: Final = "resolved"
PENDING: Final = "pending"
MUTED: Final = "muted"
SUPPRESSED: Final = "suppressed"
CLEARED: Final = "cleared"
_DIGITS: Final = 32


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One group that met a condition; the members are those of AlarmRow."""

    labels: Labels
    severity: int
    streak: int
    fired_at: Instant | None = None
    told_at: Instant | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The next state of one group.

    status: `pending` before the threshold, `firing`, `resolved`, or `cleared` where the threshold
    was never met; `muted` and `suppressed` are firing, and nothing is told.
    is_told: Whether receivers hear of the change. after: What is known then; None where the group
    is forgotten. hit: None where no condition was met.
    """

    fingerprint: str
    status: str
    is_told: bool = False
    alarm: Alarm
    after: Alarm | None
    hit: Hit | None = None


def fingerprint_of(labels: Labels) -> str:
    """Return a digest of labels."""
    return hashlib.sha256(msgspec.json.encode(labels)).hexdigest()[:_DIGITS]


def changes_at(
    rule: Rule, known: Mapping[str, Alarm], hits: Sequence[Hit], now: Instant
) -> list[Change]:
    """Return the next states of all groups: of those that met a condition first."""
    met = {fingerprint_of(hit.labels): hit for hit in hits}
    found = [_ringing(rule, known.get(key), key, hit, now) for key, hit in met.items()]
    over = [_over(rule, alarm, key, now) for key, alarm in known.items() if key not in met]
    return found + over


def _ringing(rule: Rule, before: Alarm | None, key: str, hit: Hit, now: Instant) -> Change:
    streak = (before.streak if before else 0) + 1
    fired_at = before.fired_at if before else None
    told_at = before.told_at if before else None
    if fired_at is None and streak >= rule.threshold:
        fired_at = now
    is_due = (
        told_at is None
        or now - told_at >= rule.repeat_s
        or (before is not None and before.severity != hit.severity)
    )
    if fired_at is None:
        status = PENDING
    elif now < rule.muted_until:
        status = MUTED
    else:
        status = FIRING if is_due else SUPPRESSED
    after = Alarm(
        labels=hit.labels,
        severity=hit.severity,
        streak=streak,
        fired_at=fired_at,
        told_at=now if status == FIRING else told_at,
    )
    told = status == FIRING
    return Change(fingerprint=key, status=status, is_told=told, alarm=after, after=after, hit=hit)


def _over(rule: Rule, before: Alarm, key: str, now: Instant) -> Change:
    """Return the end of an alarm; it is told to those who were told that the alarm rings."""
    was_told = before.told_at is not None and rule.send_resolved
    return Change(
        fingerprint=key,
        status=CLEARED if before.fired_at is None else RESOLVED,
        is_told=was_told and now >= rule.muted_until,
        alarm=before,
        after=None,
    )
