"""Conditions of alerts: values on both sides of each edge, and texts that are none."""

import pytest

from juyong.engines.alerting.expression import BadExpression, Unanswered, holds, parse

ROW = {"n": "5", "s": "abc", "5xx %": "7.5", "$1.n": "9", "flag": "true", "big": "1" + "0" * 70}
TRUE = [
    "n == 5",
    "n >= 5 && n <= 5",
    "n != 4",
    "n > 4.9",
    "n < 10",
    "n + 1 == 6",
    "n - 7 == (-2)",
    "n * 2 % 3 == 1",
    "n / 2 == 2.5",
    "1 + 2 * 3 == 7",
    "(1 + 2) * 3 == 9",
    "s == 'abc'",
    's == "abc"',
    "s > 'abb'",
    "contains(s, 'bc')",
    "!contains(s, 'x')",
    "[5xx %] > 7",
    "$1.n > $0.n",
    "$1.n == 9 || missing == 1",
    "flag == true",
    "!false",
    "true",
    "n == '5.0'",
    "big > n == false || true",
]
FALSE = [
    "n > 5",
    "n < 5",
    "s == 'ABC'",
    "contains(s, 'd')",
    "false",
    "n",
    "'true'",
    "!flag",
    "s > 'b'",
]
UNANSWERED = ["missing > 1", "s + 1 > 1", "n / 0 > 1", "n % 0 > 1", "s && true", "-s > 1"]
BAD = [
    "",
    "n >",
    "n > 5 5",
    "(n > 5",
    "n > 5)",
    "contains(s)",
    "contains(s, 'a'",
    "n =~ '.*'",
    "s !~ 'a'",
    "n = 5",
    "'abc",
    "n > 5 and s",
    "n; 1",
    "é > 1",
    "(" * 20 + "1" + ")" * 20,
    "!" * 20 + "true",
    "n > " + "1" * 130,
]


@pytest.mark.parametrize("text", TRUE)
def test_what_is_true(text: str) -> None:
    assert holds(parse(text), ROW)


@pytest.mark.parametrize("text", FALSE)
def test_what_is_not(text: str) -> None:
    assert not holds(parse(text), ROW)


@pytest.mark.parametrize("text", UNANSWERED)
def test_what_has_no_answer(text: str) -> None:
    with pytest.raises(Unanswered):
        holds(parse(text), ROW)


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(BadExpression):
        parse(text)
