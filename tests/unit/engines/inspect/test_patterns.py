"""Patterns of PCRE on bytes: refusals, bounds, and agreement with another engine."""

import re
from functools import partial

import pytest
from hypothesis import given
from tests.growing import assert_linear
from tests.unit.engines.inspect.value_strategies import patterns, subjects

from juyong.engines.inspect.patterns import PatternRefused, compile_pattern


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (rb"(a", "not closed"),
        (rb"a)", "closes nothing"),
        (rb"[a", "class does not end"),
        (rb"*a", "nothing to repeat"),
        (rb"a\\"[:-1], "backslash at the end"),
        (rb"[b-a]", "out of order"),
        (rb"[[:nope:]]", "no class"),
        (rb"a{2,1}", "repetition"),
        (rb"a{1001}", "at most 1000"),
        (rb"\x{100}", "no byte"),
        (rb"\2(a)", "no group 2"),
        (rb"(?(1)a|b)", "group of the kind"),
        (rb"(?R)", "group of the kind"),
        (rb"(*UTF8)a", "group of the kind"),
        (rb"(?#x", "comment does not end"),
        (rb"a\K", r"escape `\K`"),
        (rb"\pL", r"escape `\p`"),
        (rb"(?n:a)", "option n"),
        (rb"(?<=a+)b", "no fixed length"),
        (rb"(" * 101 + rb")" * 101, "deep"),
        (b"a" * 65_537, "at most 65536"),
        (rb"((a{1000}){1000}){1000}", "repetition"),
        (rb"(?=(a{100}){100}){100}b{1000}c{1000}", "too large"),
    ],
)
def test_what_cannot_be_carried_out_is_refused(text, why):
    with pytest.raises(PatternRefused, match=re.escape(why)):
        compile_pattern(text)


@given(patterns(), subjects())
def test_matches_are_those_of_python(text, value):
    """On the syntax that both have, captures are the same."""
    found = re.compile(text.replace(b"$", rb"\Z"), re.DOTALL).search(value)
    wanted = None if found is None else (found[0], *(group or b"" for group in found.groups()))
    assert compile_pattern(text).search(value) == (wanted and wanted[:10])


@given(patterns(looks=True), subjects())
def test_matches_with_conditions_are_those_of_python(text, value):
    found = re.compile(text.replace(b"$", rb"\Z"), re.DOTALL).search(value)
    wanted = None if found is None else (found[0], *(group or b"" for group in found.groups()))
    assert compile_pattern(text).search(value) == (wanted and wanted[:10])


def test_a_pattern_that_would_backtrack_is_linear():
    pattern = compile_pattern(rb"(a+)+$")
    assert pattern.search(b"a" * 100_000 + b"b") is None
    assert_linear(lambda size: partial(pattern.search, b"a" * size + b"b"), 100_000)


def test_the_matcher_stops_at_its_bound_and_counts_as_a_match():
    pattern = compile_pattern(rb"(a+)+\1{3}(?!x)$|b")
    assert pattern.search(b"a" * 5_000 + b"c b") is not None
    assert_linear(lambda size: partial(pattern.search, b"a" * size + b"c b"), 5_000)


def test_the_common_text_has_no_class_of_an_engine():
    assert compile_pattern(rb"(?i)a\s\w[^b]").common == (
        rb"[Aa][\x09-\x0d\x20][0-9A-Z_a-z][\x00-AC-ac-\xff]"
    )


def test_a_search_may_begin_further_on():
    pattern = compile_pattern(rb"(?<!x)a")
    assert pattern.span(b"aba", 1) == (2, 3)
    assert pattern.span(b"axa", 1) is None
