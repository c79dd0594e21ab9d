"""Which groups of rows ring."""

from typing import Any

import pytest

from juyong.engines.alerting.expression import parse
from juyong.engines.alerting.judging import NO_DATA, Join, Level, Terms, joined, judge

USERS = [{"user": "a", "n": "1"}, {"user": "b", "n": "7"}, {"user": "b", "n": "9"}]
OWNERS = [{"user": "b", "team": "red"}, {"user": "c", "team": "blue"}]
ANY = Level(severity=6)


def level(severity: int, condition: str = "", count: str = "") -> Level:
    return Level(
        severity=severity,
        condition=parse(condition) if condition else None,
        count=parse(count) if count else None,
    )


def rang(terms: Terms, *results: list[dict[str, str]]) -> list[tuple[Any, int, int]]:
    return [(hit.labels, hit.severity, hit.count) for hit in judge(terms, results).hits]


def test_the_first_severity_that_holds_is_that_of_the_group() -> None:
    terms = Terms(levels=(level(10, "n > 8"), level(8, "n > 5", "__count__ >= 1"), ANY))
    assert rang(terms, USERS) == [((), 10, 1)]
    assert rang(terms, USERS[:2]) == [((), 8, 1)]
    assert rang(terms, USERS[:1]) == [((), 6, 1)]
    assert rang(terms, []) == []


def test_a_count_of_none_can_ring() -> None:
    assert rang(Terms(levels=(level(8, "n > 100", "__count__ < 1"),)), USERS) == [((), 8, 0)]
    assert rang(Terms(levels=(level(8, "", "__count__ > 3"),)), USERS) == []


def test_groups_ring_by_themselves() -> None:
    terms = Terms(levels=(level(8, "n > 5"),), group="custom", fields=("user",))
    assert rang(terms, USERS) == [((("user", "b"),), 8, 2)]
    auto = Terms(levels=(ANY,), group="labels_auto")
    assert rang(auto, USERS) == [((("user", "a"),), 6, 1), ((("user", "b"),), 6, 2)]


def test_no_rows_are_an_alarm_where_that_is_wanted() -> None:
    assert rang(Terms(levels=(ANY,), no_data=4), [], []) == [(NO_DATA, 4, 0)]
    assert rang(Terms(levels=(ANY,), no_data=4), USERS) == [((), 6, 3)]


def test_what_cannot_be_judged_is_told_and_hides_no_other_group() -> None:
    rows = [{"user": "a"}, {"user": "b", "n": "9"}]
    terms = Terms(levels=(level(8, "n > 5"),), group="custom", fields=("user",))
    judged = judge(terms, [rows])
    assert [hit.labels for hit in judged.hits] == [(("user", "b"),)]
    assert judged.problems == ("there is no column `n`",)


def test_groups_are_bounded() -> None:
    rows = [{"user": str(number)} for number in range(150)]
    judged = judge(Terms(levels=(ANY,), group="custom", fields=("user",)), [rows])
    assert len(judged.hits) == 100
    assert judged.problems == ("there are 150 groups; the first 100 are judged",)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("cross_join", 6),
        ("inner_join", 2),
        ("left_join", 3),
        ("right_join", 3),
        ("full_join", 4),
        ("left_exclude", 1),
        ("right_exclude", 1),
        ("concat", 5),
        ("no_join", 3),
    ],
)
def test_joins(kind: str, expected: int) -> None:
    condition = None if kind in ("cross_join", "concat", "no_join") else parse("$0.user == $1.user")
    if kind.startswith(("left", "right", "full", "inner")):
        rows = joined(
            (Join(kind, condition),), [USERS, [{**row, "user": row["user"]} for row in OWNERS]]
        )
    else:
        rows = joined((Join(kind, condition),), [USERS, OWNERS])
    assert len(rows) == expected
    if kind == "inner_join":
        assert {(row["$0.n"], row["$1.team"], row["team"]) for row in rows} == {
            ("7", "red", "red"),
            ("9", "red", "red"),
        }
