"""Expressions of windows, queries without LIMIT, and ticks that are made up for."""

import pytest

from juyong.base.clock import Instant
from juyong.engines.logsearch.port import Table
from juyong.logs.batches import Arrived
from juyong.logs.segments import Place
from juyong.services.sls.errors import BadArgument
from juyong.services.sls.scheduled.keeping import next_tick
from juyong.services.sls.scheduled.plan import read_plan
from juyong.services.sls.scheduled.results import kept_rows
from juyong.services.sls.scheduled.windows import BadMoment, moment_at

AT = 1_700_000_130  # 22:15:30 UTC
EAST = 8 * 3600


def plan(**changes):
    schedule = changes.pop("schedule", {"type": "FixedRate", "interval": "5m"})
    configuration = {
        "sourceLogstore": "a",
        "destProject": "p",
        "destLogstore": "b",
        "script": "* | SELECT 1",
        "roleArn": "acs:ram::1:role/r",
        "fromTimeExpr": "@m-1m",
        "toTimeExpr": "@m",
        **changes,
    }
    document = {"name": "n", "displayName": "n", "configuration": configuration}
    return read_plan({**document, "schedule": schedule})


@pytest.mark.parametrize(
    ("text", "offset", "seconds"),
    [
        ("", 0, 0),
        ("@s", 0, 0),
        ("@m", 0, -30),
        ("@m-1m", 0, -90),
        ("-1m@m", 0, -90),
        ("-m @m", 0, -90),
        ("@h - 15m", 0, -930 - 900),
        ("-50m@h", 0, -930 - 3600),
        ("+30s", 0, 30),
        ("@d", 0, -22 * 3600 - 930),
        ("@d", EAST, -6 * 3600 - 930),
    ],
)
def test_an_expression_is_read_from_left_to_right(text, offset, seconds):
    assert moment_at(text, AT, offset) == AT + seconds


@pytest.mark.parametrize("text", ["m", "@", "1m", "@m-", "-1w", "@m-1m;", "-1234567m", "-1m" * 30])
def test_what_is_no_expression(text):
    with pytest.raises(BadMoment):
        moment_at(text, AT, 0)


@pytest.mark.parametrize(
    ("sql", "is_limited"),
    [
        ("* | SELECT a", False),
        ("* | SELECT a LIMIT 5", True),
        ("* | SELECT a limit 5 , 7 ", True),
        ("* | SELECT a LIMIT 5 OFFSET 2", True),
        ("* | SELECT a FROM (SELECT a LIMIT 5)", False),
        ("* | SELECT a AS limit5", False),
        ("* | SELECT 1 -- LIMIT 5", True),
    ],
)
def test_all_rows_are_written_unless_the_text_says_how_many(sql, is_limited):
    script = plan(script=sql).script
    assert script.endswith("\nLIMIT 1000000") != is_limited
    assert script.startswith(sql)


def test_ticks_begin_with_from_time_and_none_comes_twice():
    now = Instant(1_700_000_000)
    assert next_tick(plan(fromTime=1_600_000_200), 0, now) == 1_600_000_200
    assert next_tick(plan(fromTime=1_600_000_201), 0, now) == 1_600_000_500
    assert next_tick(plan(fromTime=1_600_000_200), 1_600_000_500, now) == 1_600_000_800
    assert next_tick(plan(), 0, now) == 1_700_000_100
    assert next_tick(plan(), 1_699_999_800, now) == 1_700_000_100
    assert next_tick(plan(), 1_699_990_200, now) == 1_699_990_500
    at_once = {"type": "FixedRate", "interval": "5m", "runImmediately": True}
    assert next_tick(plan(schedule=at_once), 0, now) == now
    assert not plan(toTime=1_600_000_200).is_over(1_600_000_200)
    assert plan(toTime=1_600_000_200).is_over(1_600_000_201)


def test_a_document_has_nulls_where_a_member_is_not_set():
    assert plan(parameters=None, destRoleArn=None).dest_role == "acs:ram::1:role/r"
    with pytest.raises(BadArgument):
        plan(script=None)


def test_rows_are_cut_into_groups_and_have_their_times():
    got = []

    def keep(logs):
        got.append(logs)
        return Arrived(
            place=Place("s", 0, 1), codec="", size=1, logs=len(logs), min_time=0, max_time=0
        )

    rows = [("5", "a"), ("x", "b"), ("99999999999", "c"), ("²", "d"), ("", "e")]
    table = Table(
        names=("__time__", "v"), types=("bigint", "varchar"), rows=(*rows,), rows_read=0, limit=9
    )
    assert [each.logs for each in kept_rows(table, 7, keep)] == [5]
    assert [log.time for log in got[0]] == [5, 7, 7, 7, 7]
    assert got[0][0].contents == (("v", "a"),)
    many = Table(
        names=("v",), types=("varchar",), rows=(("x" * 3_000_000,),) * 3, rows_read=0, limit=9
    )
    assert [each.logs for each in kept_rows(many, 7, keep)] == [1, 1, 1]
    few = Table(names=("v",), types=("varchar",), rows=(("x",),) * 10_001, rows_read=0, limit=9)
    assert [each.logs for each in kept_rows(few, 7, keep)] == [10_000, 1]
    none = Table(names=("v",), types=("varchar",), rows=(), rows_read=0, limit=9)
    assert [*kept_rows(none, 7, keep)] == []
