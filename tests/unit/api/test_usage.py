"""The registry of calls."""

from juyong.api.measures import Measure
from juyong.api.usage import MOST_MINUTES, Usage
from juyong.gateway.metrics import Metrics, rendered


def counted(usage: Usage, at: int, status: int = 200, code: str = "", account: str = "1") -> None:
    usage.count("Ram", "GetUser", status=status, code=code, seconds=0.5, account_id=account, at=at)


def test_calls_are_in_the_totals_and_in_the_minute_of_their_account():
    usage = Usage()
    counted(usage, 60)
    counted(usage, 119, 403, "NoPermission")
    counted(usage, 119, 503)
    counted(usage, 119, 429, "Throttling.User")
    counted(usage, 120)
    counted(usage, 60, account="")
    assert usage.totals["Ram", "GetUser", "200"] == 3
    assert usage.seconds["Ram", "GetUser"] == 3.0
    (first,) = usage.over(120)
    tally = first.tally
    assert (first.end, first.called) == (120, ("1", "Ram", "GetUser"))
    assert (tally.calls, tally.errors, tally.faults, tally.denied, tally.throttled) == (
        4,
        3,
        1,
        1,
        1,
    )
    assert (tally.seconds, tally.least, tally.most) == (2.0, 0.5, 0.5)


def test_a_minute_is_given_until_it_is_forgotten():
    usage = Usage()
    counted(usage, 0)
    counted(usage, 60)
    assert usage.over(59) == []
    some = usage.over(60)
    assert usage.over(60) == some
    assert len(some) == 1
    usage.forget(some)
    assert [each.end for each in usage.over(200)] == [120]
    usage.forget(some)


def test_minutes_that_nobody_takes_are_bounded():
    usage = Usage()
    for minute in range(MOST_MINUTES + 2):
        counted(usage, minute * 60)
    assert usage.lost == 2
    assert len(usage.over(10**9)) == MOST_MINUTES
    assert usage.totals["Ram", "GetUser", "200"] == MOST_MINUTES + 2


def test_the_same_counts_are_in_the_exposition():
    metrics = Metrics()
    counted(metrics.usage, 0)
    counted(metrics.usage, 60, 403)
    shown = rendered([metrics]).decode()
    for line in (
        'juyong_calls_total{operation="GetUser",product="Ram",status="403"} 1.0',
        'juyong_call_seconds_total{operation="GetUser",product="Ram"} 1.0',
        "juyong_minutes_lost_total 0.0",
    ):
        assert line in shown
    assert 'account="' not in shown


HELD = Measure(name="Held", title="t", unit="bytes", dimensions=("of",), seconds=3600)
SENT = Measure(name="Sent", title="t", unit="count", dimensions=("to",), counts=True)


def test_the_newest_state_of_a_minute_counts_and_counts_add_up():
    usage = Usage()
    for at, value in ((0, 5), (59, 7), (60, 9)):
        usage.measure("Oss", HELD, "1", "b", value=value, at=at)
        usage.measure("Oss", SENT, "1", "b", value=value, at=at)
    assert usage.figures(59) == []
    some = usage.figures(60)
    assert [(each.measured.measure.name, each.value) for each in some] == [
        ("Held", 7),
        ("Sent", 12),
    ]
    assert some[0].measured.values == ("b",)
    usage.forget(some)
    assert [(each.end, each.value) for each in usage.figures(200)] == [(120, 9), (120, 9)]
    usage.forget(usage.figures(200))
    assert usage.over(200) == usage.figures(200) == []
