"""Literal factors of single patterns, told by hand."""

import pytest

from juyong.engines.inspect.patterns import PatternRefused, compile_pattern
from juyong.engines.inspect.plan.factors import choose, pattern_clauses


def clauses(pattern):
    return [sorted(clause) for clause in pattern_clauses(pattern.encode("latin-1"))]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("union", [[b"union"]]),
        ("(?i)UNION", [[b"union"]]),
        (r"union\s+select", [[b" select", b"\vselect"], [b"union ", b"union\n"]]),
        ("foo|bar", [[b"bar", b"foo"]]),
        ("(?:foo|bar.*baz)!", [[b"foo!", b"baz!"], [b"foo", b"bar"]]),
        ("a.*b", [[b"b"], [b"a"]]),
        ("x(?:a|b)y", [[b"xay", b"xby"]]),
        ("colou?r", [[b"color", b"colour"]]),
        ("(?:ab){2}", [[b"abab"]]),
        ("(?:ab)+c", [[b"abc"]]),
        (r"\Qa.b\E", [[b"a.b"]]),
        (r"\x3cscript", [[b"<script"]]),
        (r"(?=zzz)abc", [[b"abc"]]),
        (r"(?!abc)xyz", [[b"xyz"]]),
        (r"(\w)q\1", [[b"q"]]),
    ],
)
def test_a_pattern_has_these_factors(pattern, expected):
    found = clauses(pattern)
    assert len(found) == len(expected)
    for clause, wanted in zip(found, expected, strict=True):
        assert set(wanted) <= set(clause)


@pytest.mark.parametrize("pattern", ["", ".*", "a?", "(?:foo)?", "^$", "foo|", "[a-z]+", r"\w{3}"])
def test_a_pattern_that_matches_ordinary_text_has_none(pattern):
    assert clauses(pattern) == []


@pytest.mark.parametrize(
    "pattern", ["(a", "a)", "[a", "(?R)", r"\y", "(*FAIL)", "(?(1)a)", "(" * 5_000 + ")" * 5_000]
)
def test_a_pattern_that_is_refused_has_none(pattern):
    with pytest.raises(PatternRefused):
        compile_pattern(pattern.encode())
    assert clauses(pattern) == []


def test_a_pattern_with_free_spacing_has_factors():
    assert clauses("(?x) uni on  # of both") == [[b"union"]]


def test_a_character_beyond_ascii_is_a_byte_without_case():
    assert clauses("\xbcq") == [[b"\xbcq"]]
    assert clauses("(?i)\xe9q") == [[b"\xe9q"]]
    (only,) = clauses(r"[^\x20-\x7e]")
    assert {b"\x80", b"\xff", b"\n"} <= set(only)
    assert b" " not in only


def test_a_literal_that_holds_another_is_left_out():
    assert choose([frozenset({b"foobar", b"oba"})]) == (frozenset({b"oba"}),)


def test_a_clause_that_another_implies_is_left_out():
    assert choose([frozenset({b"q", b"z"}), frozenset({b"qa", b"qb"})]) == (
        frozenset({b"qa", b"qb"}),
    )
