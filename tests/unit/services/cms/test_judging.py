"""Conditions of rules, both sides of each edge."""

import pytest

from juyong.base.clock import DAY_SECONDS, Instant
from juyong.services.cms.rules.hours import effective, span
from juyong.services.cms.rules.judging import ABSOLUTE, Escalation, judge

AT = Instant(1_000_000_020 // 60 * 60)


def condition(level="CRITICAL", operator="GreaterThanThreshold", threshold="5", times=3):
    return Escalation(
        level=level, statistics="Sum", operator=operator, threshold=threshold, times=times
    )


def judged(values, *conditions):
    """Judge values of periods of a minute, the newest last; None stands for a gap."""
    ends = {AT - n * 60: value for n, value in enumerate(reversed(values))}
    return judge(conditions or (condition(),), lambda _name, end: ends.get(end), AT, 60)


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ([6, 6, 6], "CRITICAL"),
        ([6, 6, 5], "OK"),
        ([5, 6, 6], "OK"),
        ([6, 6], "OK"),
        ([6, None, 6], "OK"),
        ([5, 6, 6, 6], "CRITICAL"),
    ],
)
def test_an_alert_needs_so_many_breaches_in_a_row(values, level):
    assert judged(values).level == level


def test_without_data_there_is_no_judgement():
    assert judged([6, 6, None]) is None


def test_the_gravest_level_that_holds_wins():
    three = (
        condition("INFO", threshold="1", times=1),
        condition("CRITICAL", threshold="10", times=2),
        condition("WARN", threshold="5", times=1),
    )
    found = {tuple(v): judged(v, *three).level for v in ([0, 0], [11, 2], [2, 11], [11, 11])}
    assert found == {(0, 0): "OK", (11, 2): "INFO", (2, 11): "WARN", (11, 11): "CRITICAL"}


@pytest.mark.parametrize("operator", ABSOLUTE)
def test_each_operator_on_both_sides(operator):
    holds = {v: judged([v], condition(operator=operator, times=1)).level != "OK" for v in (4, 5, 6)}
    expected = {
        ">=": (5, 6),
        ">": (6,),
        "<=": (4, 5),
        "<": (4,),
        "!=": (4, 6),
        "==": (5,),
    }[ABSOLUTE[operator]]
    assert tuple(v for v, held in holds.items() if held) == expected


@pytest.mark.parametrize(
    ("operator", "before", "now", "holds"),
    [
        ("GreaterThanLastPeriod", 100, 151, True),
        ("GreaterThanLastPeriod", 100, 150, False),
        ("LessThanLastPeriod", 100, 49, True),
        ("LessThanLastPeriod", 100, 50, False),
        ("GreaterThanLastPeriod", 0, 10, False),
    ],
)
def test_relative_operators_compare_percents(operator, before, now, holds):
    found = judged([before, now], condition(operator=operator, threshold="50", times=1))
    assert (found.level == "CRITICAL") is holds


def test_yesterday_is_a_day_before():
    values = {AT: 200.0, AT - DAY_SECONDS: 100.0}
    rule = condition(operator="GreaterThanYesterday", threshold="99", times=1)
    assert judge((rule,), lambda _n, end: values.get(end), AT, 60).level == "CRITICAL"
    del values[AT - DAY_SECONDS]
    assert judge((rule,), lambda _n, end: values.get(end), AT, 60).level == "OK"


@pytest.mark.parametrize(
    ("hours", "minute", "holds"),
    [
        ("08:00-08:59", 0, True),
        ("08:01-08:59", 0, False),
        ("07:00-08:00", 0, True),
        ("07:00-07:59", 0, False),
        ("23:00-08:00", 0, True),
        ("23:00-07:59", 0, False),
        ("", 0, True),
    ],
)
def test_hours_are_those_of_beijing(hours, minute, holds):
    assert effective(hours, "", Instant(minute * 60)) is holds
    if hours:
        assert effective("", hours, Instant(minute * 60)) is not holds


@pytest.mark.parametrize("text", ["24:00-01:00", "1:00-2:00", "00:00", "00:60-01:00", "a-b"])
def test_other_forms_of_hours_are_refused(text):
    with pytest.raises(ValueError, match="span"):
        span(text)
