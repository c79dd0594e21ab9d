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

    after: What is known then; None where it is forgotten. status: `pending` before the threshold,
    `firing`, `resolved`; `muted` and `suppressed` are firing, and nothing is told. hit: None where
    no condition was met.
    """

    fingerprint: str
    status: str
    alarm: Alarm
    after: Alarm | None
    hit: Hit | None = None

    @property
    def is_told(self) -> bool:
        """Whether somebody is told."""
        return self.status in (FIRING, RESOLVED)


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
    return found + [each for each in over if each is not None]


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
    return Change(fingerprint=key, status=status, alarm=after, after=after, hit=hit)


def _over(rule: Rule, before: Alarm, key: str, now: Instant) -> Change | None:
    """Return the end of an alarm; who was told that it rings is told that it is over."""
    status = PENDING
    if before.fired_at is not None and before.told_at is not None:
        status = MUTED if now < rule.muted_until or not rule.send_resolved else RESOLVED
    return Change(fingerprint=key, status=status, alarm=before, after=None)
