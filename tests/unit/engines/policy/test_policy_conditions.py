"""Every condition operator: values met and missed, absent keys, several values, doubt."""

import pytest
from tests.unit.engines.policy.policy_values import policies, request, statement

from juyong.engines.policy import Condition, Layers, Quantifier, authorise, conditions_of
from juyong.engines.policy.conditions import compile_condition
from juyong.engines.policy.operators import OPERATORS


def holds(written, wanted, given, *, doubt=False):
    prefix, _, operator = written.rpartition(":")
    condition = Condition(
        quantifier=Quantifier(prefix) if prefix else None,
        operator=operator,
        key="x:Key",
        values=(wanted,) if isinstance(wanted, str) else tuple(wanted),
    )
    conditions = conditions_of({} if given is None else {"X:kEY": given})
    return compile_condition(condition, doubt=doubt)(conditions)


NOON, NOON_EAST = "2026-01-31T12:00:00Z", "2026-01-31T20:00:00+08:00"
LATER = "2026-01-31T12:00:01Z"

MEETS = [
    ("StringEquals", "a", "a", True),
    ("StringEquals", "a", "A", False),
    ("StringEquals", "a*", "ab", False),
    ("StringEquals", "${x}", "${x}", True),
    ("StringEquals", ["a", "b"], "b", True),
    ("StringEquals", "", "", True),
    ("StringEqualsIgnoreCase", "aB", "Ab", True),
    ("StringEqualsIgnoreCase", "a", "b", False),
    ("StringEqualsIgnoreCase", "a*", "ab", False),
    ("StringLike", "a*c?", "abbcd", True),
    ("StringLike", "a*", "Ab", False),
    ("StringLike", ["x", "a?"], "ab", True),
    ("StringLike", ["x", "a?"], "abc", False),
    ("NumericEquals", "5", "5.0", True),
    ("NumericEquals", "5", "05", True),
    ("NumericEquals", "5", "5.0000000000000000001", False),
    ("NumericEquals", "-0", "0", True),
    ("NumericEquals", ["1", "2"], "2", True),
    ("NumericLessThan", "5", "4.9", True),
    ("NumericLessThan", "5", "5", False),
    ("NumericLessThan", "10", "9", True),
    ("NumericLessThanEquals", "5", "5", True),
    ("NumericLessThanEquals", "5", "5.1", False),
    ("NumericGreaterThan", "5", "5.1", True),
    ("NumericGreaterThan", "5", "5", False),
    ("NumericGreaterThan", "-5", "-4", True),
    ("NumericGreaterThanEquals", "5", "5", True),
    ("NumericGreaterThanEquals", "5", "4", False),
    ("DateEquals", NOON, NOON_EAST, True),
    ("DateEquals", NOON, "2026-01-31T12:00Z", True),
    ("DateEquals", NOON, LATER, False),
    ("DateLessThan", LATER, NOON, True),
    ("DateLessThan", NOON, NOON_EAST, False),
    ("DateLessThan", NOON, "2026-01-31T19:59:59.999+08:00", True),
    ("DateLessThanEquals", NOON, NOON_EAST, True),
    ("DateLessThanEquals", NOON, LATER, False),
    ("DateGreaterThan", NOON, LATER, True),
    ("DateGreaterThan", NOON, NOON, False),
    ("DateGreaterThan", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", True),
    ("DateGreaterThanEquals", NOON, NOON, True),
    ("DateGreaterThanEquals", LATER, NOON, False),
    ("Bool", "true", "true", True),
    ("Bool", "true", "TRUE", True),
    ("Bool", "true", "false", False),
    ("Bool", "false", "false", True),
    ("IpAddress", "10.0.0.0/8", "10.255.255.255", True),
    ("IpAddress", "10.0.0.0/8", "11.0.0.0", False),
    ("IpAddress", "10.1.2.3", "10.1.2.3", True),
    ("IpAddress", "10.1.2.3", "10.1.2.4", False),
    ("IpAddress", "10.1.2.3/8", "10.9.9.9", True),
    ("IpAddress", "0.0.0.0/0", "203.0.113.9", True),
    ("IpAddress", "0.0.0.0/0", "fd00::1", False),
    ("IpAddress", "::/0", "fd00::1", True),
    ("IpAddress", "::/0", "10.0.0.1", False),
    ("IpAddress", "fd00::/8", "fdff::1", True),
    ("IpAddress", "fd00::/8", "fe00::1", False),
    ("IpAddress", "fd00::1", "FD00:0:0::1", True),
    ("IpAddress", "10.0.0.0/8", "::ffff:10.0.0.1", True),
    ("IpAddress", "::ffff:10.0.0.0/104", "10.0.0.1", True),
    ("IpAddress", "::ffff:10.0.0.0/104", "11.0.0.1", False),
    ("IpAddress", ["10.0.0.1", "192.0.2.0/24"], "192.0.2.7", True),
]
NEGATIONS = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
}


@pytest.mark.parametrize(("operator", "wanted", "given", "expected"), MEETS)
def test_a_value_meets_an_operator_and_misses_its_negation(operator, wanted, given, expected):
    for doubt in (False, True):
        assert holds(operator, wanted, given, doubt=doubt) is expected
        if operator in NEGATIONS:
            assert holds(NEGATIONS[operator], wanted, given, doubt=doubt) is not expected


def test_the_table_asks_each_operator_both_ways():
    assert len(MEETS) == 61
    asked = {(operator, expected) for operator, _, _, expected in MEETS}
    positive = set(OPERATORS) - set(NEGATIONS.values())
    assert asked == {(operator, answer) for operator in positive for answer in (True, False)}


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("given", [None, []])
def test_an_absent_key_fails_positive_operators_and_passes_negated_ones(operator, given):
    wanted = {"S": "x", "B": "true", "I": "::/0"}.get(operator[0], "1")
    wanted = NOON if operator.startswith("Date") else "::/0" if "Ip" in operator else wanted
    wanted = "1" if operator.startswith("Numeric") else wanted
    for doubt in (False, True):
        assert holds(operator, wanted, given, doubt=doubt) is OPERATORS[operator].negated


SETS = [
    # Without a prefix: some value for positive operators, all for negated ones.
    ("StringEquals", ["a", "b"], ["x", "a"], True),
    ("StringEquals", ["a", "b"], ["x", "y"], False),
    ("StringNotEquals", ["a", "b"], ["x", "y"], True),
    ("StringNotEquals", ["a", "b"], ["x", "a"], False),
    ("ForAllValues:StringEquals", ["a", "b"], ["a", "b", "a"], True),
    ("ForAllValues:StringEquals", ["a", "b"], ["a", "x"], False),
    ("ForAllValues:StringEquals", ["a"], [], True),
    ("ForAllValues:StringEquals", ["a"], None, True),
    ("ForAllValues:StringNotEquals", ["a"], ["x", "y"], True),
    ("ForAllValues:StringNotEquals", ["a"], ["x", "a"], False),
    ("ForAllValues:StringLike", ["a*"], ["ab", "ac"], True),
    ("ForAnyValue:StringEquals", ["a"], ["x", "a"], True),
    ("ForAnyValue:StringEquals", ["a"], ["x"], False),
    ("ForAnyValue:StringEquals", ["a"], None, False),
    ("ForAnyValue:StringNotEquals", ["a"], ["x", "a"], True),
    ("ForAnyValue:StringNotEquals", ["a"], ["a"], False),
    ("ForAnyValue:StringNotEquals", ["a"], None, False),
    ("ForAnyValue:StringNotLike", ["a*"], ["ab", "b"], True),
    ("ForAllValues:StringEqualsIgnoreCase", ["A"], ["a", "A"], True),
    ("ForAnyValue:StringNotEqualsIgnoreCase", ["A"], ["a", "A"], False),
]


@pytest.mark.parametrize(("written", "wanted", "given", "expected"), SETS)
def test_prefixes_say_how_many_values_must_meet(written, wanted, given, expected):
    assert holds(written, wanted, given) is expected


def test_the_table_of_sets_holds_what_it_should():
    assert len(SETS) == 20


UNREADABLE = [
    ("NumericEquals", "5", "five"),
    ("NumericNotEquals", "5", "five"),
    ("NumericLessThan", "5", "1e1"),
    ("NumericLessThan", "5", "\u0663"),
    ("NumericLessThan", "5", " 3"),
    ("NumericLessThan", "5", "1" * 65),
    ("DateLessThan", NOON, "2026-01-31"),
    ("DateLessThan", NOON, "2026-01-31T11:00:00"),
    ("DateLessThan", NOON, "2026-01-31T24:00:00Z"),
    ("DateNotEquals", NOON, "2026-13-31T11:00:00Z"),
    ("Bool", "true", ""),
    ("Bool", "false", "0"),
    ("IpAddress", "0.0.0.0/0", "10.0.0.1/32"),
    ("IpAddress", "0.0.0.0/0", "10.0.0.01"),
    ("IpAddress", "::/0", "fe80::1%eth0"),
    ("NotIpAddress", "10.0.0.0/8", "localhost"),
]


@pytest.mark.parametrize(("operator", "wanted", "given"), UNREADABLE)
def test_a_value_that_cannot_be_read_decides_against_the_caller(operator, wanted, given):
    allowed = statement(Condition={operator: {"x:Key": wanted}})
    denied = statement("Deny", Condition={operator: {"x:Key": wanted}})
    asked = request(given={"x:key": given})
    assert not authorise(asked, Layers(identity=policies(allowed))).allowed
    assert not authorise(asked, Layers(identity=policies(statement(), denied))).allowed


def test_the_table_of_unreadable_values_holds_what_it_should():
    assert len(UNREADABLE) == 16


def test_a_known_difference_outweighs_doubt():
    # One value is certainly 5, so "all differ from 5" is false whatever the other one is.
    assert not holds("NumericNotEquals", "5", ["five", "5"], doubt=True)
    assert holds("NumericEquals", "5", ["five", "5"], doubt=False)


def test_all_conditions_of_a_statement_must_hold():
    wanted = statement(
        Condition={
            "StringEquals": {"x:a": "1", "x:b": "2"},
            "NumericLessThan": {"x:n": "5"},
        }
    )
    layers = Layers(identity=policies(wanted))
    full = {"x:a": "1", "x:b": "2", "x:n": "4"}
    assert authorise(request(given=full), layers).allowed
    for key in full:
        assert not authorise(request(given=full | {key: "9"}), layers).allowed
        missing = {name: value for name, value in full.items() if name != key}
        assert not authorise(request(given=missing), layers).allowed


def test_keys_that_differ_in_case_only_are_one_key():
    merged = conditions_of({"acs:TagKeys": ["a"], "ACS:tagkeys": "b", "x:None": []})
    assert dict(merged) == {"acs:tagkeys": ("a", "b")}
    with pytest.raises(TypeError):
        merged["x:y"] = ("z",)


@pytest.mark.parametrize(
    ("written", "denies", "allows"),
    [
        ("StringEquals", True, False),
        ("StringNotEquals", True, False),
        ("ForAnyValue:StringEquals", True, False),
        ("ForAnyValue:StringNotEquals", True, False),
        ("ForAllValues:StringEquals", True, False),
        ("ForAllValues:StringNotEquals", True, False),
    ],
)
def test_spellings_that_disagree_decide_against_the_caller(written, denies, allows):
    """`Env=prod` and `env=dev`: one is `prod` and one is not, whichever comes last."""
    prefix, _, operator = written.rpartition(":")
    condition = Condition(
        quantifier=Quantifier(prefix) if prefix else None,
        operator=operator,
        key="acs:ResourceTag/Env",
        values=("prod",),
    )
    for first, second in (("prod", "dev"), ("dev", "prod")):
        given = conditions_of({"acs:ResourceTag/Env": first, "acs:ResourceTag/env": second})
        assert compile_condition(condition, doubt=True)(given) is denies
        assert compile_condition(condition, doubt=False)(given) is allows


def test_spellings_that_agree_are_one_value():
    given = conditions_of({"x:Key": "a", "x:key": ("a",), "X:KEY": ["a"]})
    for doubt in (True, False):
        for written, expected in (("StringEquals", True), ("StringNotEquals", False)):
            condition = Condition(quantifier=None, operator=written, key="x:key", values=("a",))
            assert compile_condition(condition, doubt=doubt)(given) is expected


def test_spellings_stay_apart_when_conditions_are_made_again():
    once = conditions_of({"x:Key": "a", "x:key": "b"})
    condition = Condition(quantifier=None, operator="StringEquals", key="x:key", values=("a",))
    assert not compile_condition(condition, doubt=False)(conditions_of(once))
