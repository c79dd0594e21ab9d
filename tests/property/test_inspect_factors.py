"""Literal factors: a text that a pattern matches holds a literal of every clause."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inspect_patterns import LETTERS, matched_patterns

from juyong.engines.inspect.patterns import PatternRefused, compile_pattern
from juyong.engines.inspect.plan.factors import MOST_CLAUSES, pattern_clauses

laws = settings(max_examples=400, deadline=None)
noise = st.text(LETTERS + "\n\x80", max_size=6).map(lambda text: text.encode("latin-1"))


def compiled(pattern):
    return compile_pattern(pattern.encode("latin-1"))


def holds(clauses, text):
    folded = text.lower()
    return all(any(literal in folded for literal in clause) for clause in clauses)


@laws
@given(st.data(), matched_patterns(), noise, noise)
def test_a_text_made_from_a_pattern_satisfies_its_clauses(data, matched, before, after):
    text = before + data.draw(matched.texts) + after
    clauses = pattern_clauses(matched.pattern.encode("latin-1"))
    if compiled(matched.pattern).search(text):
        assert holds(clauses, text), (clauses, text)


@laws
@given(matched_patterns(), st.lists(noise, max_size=4))
def test_a_text_that_lacks_a_clause_never_matches(matched, texts):
    clauses = pattern_clauses(matched.pattern.encode("latin-1"))
    for text in texts:
        assert holds(clauses, text) or not compiled(matched.pattern).search(text), (clauses, text)


@laws
@given(matched_patterns())
def test_clauses_are_few_and_hold_no_empty_literal(matched):
    clauses = pattern_clauses(matched.pattern.encode("latin-1"))
    assert len(clauses) <= MOST_CLAUSES
    for clause in clauses:
        assert clause
        assert b"" not in clause
        assert all(literal == literal.lower() for literal in clause)


@laws
@given(st.text(LETTERS + "\\[](){}*+?|^$:=!<>,.", max_size=20))
def test_no_text_is_too_strange_for_the_parser(text):
    clauses = pattern_clauses(text.encode("latin-1"))
    try:
        read = compiled(text)
    except PatternRefused:
        assert clauses == ()
        return
    for tried in (b"", b"abc", b"a-b(c)", b"'\"<>", text.encode()):
        assert holds(clauses, tried) or not read.search(tried), (clauses, tried)
