"""Alarms from tick to tick."""

from typing import Any

import pytest

from juyong.base.clock import Instant
from juyong.engines.alerting.judging import Hit
from juyong.services.sls.alerts.rule import Rule, read_rule
from juyong.services.sls.alerts.standing import Alarm, changes_at

LABELS = (("user", "a"),)
HIT = Hit(labels=LABELS, severity=8, rows=(), count=1)
NOW = Instant(1000)


def rule(**more: Any) -> Rule:
    configuration = {
        "version": "2.0",
        "queryList": [{"store": "s", "query": "*", "start": "-1m"}],
        "policyConfiguration": {"repeatInterval": "1m"},
        "sendResolved": True,
        **more,
    }
    schedule = {"type": "FixedRate", "interval": "1m"}
    given = {"name": "a", "displayName": "A", "schedule": schedule, "configuration": configuration}
    return read_rule(given, "p")


def alarm(
    severity: int = 8, streak: int = 1, fired: int | None = 900, told: int | None = 900
) -> Alarm:
    at = None if fired is None else Instant(fired)
    told_at = None if told is None else Instant(told)
    return Alarm(labels=LABELS, severity=severity, streak=streak, fired_at=at, told_at=told_at)


MUTED = {"muteUntil": 2000}
CASES: list[tuple[dict[str, Any], Alarm | None, bool, str, bool]] = [
    ({}, None, True, "firing", True),
    ({"threshold": 2}, None, True, "pending", False),
    ({"threshold": 2}, alarm(fired=None, told=None), True, "firing", True),
    ({}, alarm(told=941), True, "suppressed", False),
    ({}, alarm(told=940), True, "firing", True),
    ({}, alarm(told=941, severity=6), True, "firing", True),
    (MUTED, None, True, "muted", False),
    (MUTED, alarm(), True, "muted", False),
    ({}, alarm(told=None), True, "firing", True),
    ({}, alarm(), False, "resolved", True),
    ({"sendResolved": False}, alarm(), False, "resolved", False),
    (MUTED, alarm(), False, "resolved", False),
    ({}, alarm(told=None), False, "resolved", False),
    ({}, alarm(fired=None, told=None), False, "cleared", False),
]


@pytest.mark.parametrize(("more", "before", "is_hit", "status", "is_told"), CASES)
def test_the_next_state(
    more: dict[str, Any], before: Alarm | None, is_hit: bool, status: str, is_told: bool
) -> None:
    key = changes_at(rule(), {}, [HIT], NOW)[0].fingerprint
    known = {key: before} if before else {}
    (change,) = changes_at(rule(**more), known, [HIT] if is_hit else [], NOW)
    assert (change.status, change.is_told) == (status, is_told)
    assert (change.after is None) == (not is_hit)
    if change.after is not None:
        assert change.after.streak == (before.streak if before else 0) + 1
        assert (change.after.told_at == NOW) == is_told


def test_another_group_is_another_alarm() -> None:
    other = Hit(labels=(("user", "b"),), severity=8, rows=(), count=1)
    first, second = changes_at(rule(), {}, [HIT, other], NOW)
    assert first.fingerprint != second.fingerprint
