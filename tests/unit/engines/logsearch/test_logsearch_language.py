"""The search language: trees that are read, and what is refused with which words."""

import pytest
from tests.logsearch_corpus import corpus_index

from juyong.engines.logsearch import QueryInvalid, check, parse, parse_index
from juyong.engines.logsearch.query import And, Bound, Everything, Not, Or, Phrase, Range, Value

A, B, C = (Value(None, letter) for letter in "abc")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", Everything()),
        ("  * ", Everything()),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a not b", And((A, Not(B)))),
        ("not a and b", And((Not(A), B))),
        ("not not a", A),
        ("a or b and c", Or((A, And((B, C))))),
        ("(a or b) c", And((Or((A, B)), C))),
        ("a in", And((A, Value(None, "in")))),
        ("A IN", And((Value(None, "A"), Value(None, "IN")))),
        ('"and"', Value(None, "and", quoted=True)),
        ("and:x", Value("and", "x")),
        ('k : "x y"', Value("k", "x y", quoted=True)),
        (r'k:"say \"hi\" \\"', Value("k", r'say "hi" ' + "\\", quoted=True)),
        ("k:(a or not b)", Or((Value("k", "a"), Not(Value("k", "b"))))),
        ("k=5", Value("k", "5")),
        ("k>5", Range("k", low=Bound(5, open=True))),
        ("k>=-5.5", Range("k", low=Bound(-5.5, open=False))),
        ("k<5", Range("k", high=Bound(5, open=True))),
        ("k in [1 2]", Range("k", Bound(1, open=False), Bound(2, open=False))),
        ("k in[1,2)", Range("k", Bound(1, open=False), Bound(2, open=True))),
        ('#"a b"', Phrase(None, "a b")),
        ('k:#"a b"', Phrase("k", "a b")),
        ("#a", Value(None, "#a")),
        ("'a", Value(None, "'a")),
        ("__tag__:__client_ip__:1.2.3.4", Value("__tag__:__client_ip__", "1.2.3.4")),
        ('"__tag__:x":y', Value("__tag__:x", "y")),
        ('"sort"', Value(None, "sort", quoted=True)),
        ("group a", And((Value(None, "group"), A))),
    ],
)
def test_a_search_is_read_as(text, tree):
    assert parse(text).search == tree


def test_the_first_bar_outside_quotes_begins_the_sql():
    query = parse("\"a|b\" | select '|' as x")
    assert query.search == Value(None, "a|b", quoted=True)
    assert query.sql == "select '|' as x"
    assert parse("* |With t as (select 1) select * from t").sql is not None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("| select 1", "sql query must follow search query"),
        ("  | select 1", "sql query must follow search query"),
        ("* | where a = 1", "`where` is not supported"),
        ("* | extend a = 1", "`extend` is not supported"),
        ("* |", "is not supported"),
        ('#"a b" | select 1', "phrase"),
        ("(a", "parenthesis is not closed"),
        ("a)", r"unexpected `\)`"),
        ('"a', "double quote is not closed"),
        ("a and", "ends too early"),
        ("a or or b", "unexpected `or b`"),
        ("k>x", "a number must follow `k>`"),
        ("k in [1]", "a range such as"),
        ("k in [1 2 3]", "a range such as"),
        (":x", "unexpected `:x`"),
        ("*x", "begins with a wildcard"),
        ("k:?x", "begins with a wildcard"),
        ("x*" + "y" * 64, "at most 64"),
        ("sort", "reserved word"),
        ("x group by y", "reserved word"),
        (" ".join("a" * 31), "more than 30 conditions"),
        ("(" * 40 + "a" + ")" * 40, "deeper than 32"),
        ("a" * 20_000, "more than 16384"),
    ],
)
def test_a_search_is_refused(text, words):
    with pytest.raises(QueryInvalid, match=words) as refused:
        parse(text)
    assert refused.value.code == "ParameterInvalid"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cat:x", r"key \(cat\) is not config as key value config"),
        ("cat>5", r"key \(cat\) is not config as key value config"),
        ("host>5", "is not a number"),
        ("status:ok", "`ok` is none"),
        ("status:2*", "`2\\*` is none"),
        ('status:#"1"', "has no phrases"),
        ("event.a.b.c.d:x", "not config"),
    ],
)
def test_a_search_that_the_index_cannot_answer_is_refused(text, words):
    with pytest.raises(QueryInvalid, match=words):
        check(parse(text), corpus_index())


def test_words_without_a_key_need_a_line_index():
    index = parse_index({"keys": {"a": {"type": "text", "token": []}}})
    check(parse("a:x and __topic__:y and source:z"), index)
    with pytest.raises(QueryInvalid, match="no full-text index"):
        check(parse("x"), index)
