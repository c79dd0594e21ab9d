"""Which logs a search finds: the corpus, one log at a time."""

import pytest
from tests.logsearch_corpus import SEARCHES, Seen, corpus_index, make_logs

from juyong.engines.logsearch import Log, matches, parse, parse_index
from juyong.engines.logsearch.tokens import Tokenizer

LOGS = make_logs()
INDEX = corpus_index()
ALL_OR_NONE = {"*", "", "__tag__:Env: PROD", "__tag__:none: *", "hunter2", 'uri: "&"'}


def test_the_corpus_is_large_enough():
    assert len(SEARCHES) >= 50


@pytest.mark.parametrize("text", SEARCHES)
def test_a_search_finds_what_the_plain_answer_says(text):
    query = parse(text)
    found = [log.sequence for log in LOGS if matches(query, log, INDEX)]
    assert found == [log.sequence for log in LOGS if SEARCHES[text](Seen(log))]
    if text not in ALL_OR_NONE:
        assert 0 < len(found) < len(LOGS)


def found(text: str, contents: dict[str, str], index: dict) -> bool:
    log = Log(time=0, contents=tuple(contents.items()))
    return matches(parse(text), log, parse_index(index))


def test_case_counts_where_the_index_says_so():
    index = {"line": {"token": [" "], "caseSensitive": True}}
    assert found("Root", {"a": "x Root"}, index)
    assert not found("root", {"a": "x Root"}, index)


def test_words_of_two_values_are_no_neighbours():
    index = {"line": {"token": [" "]}}
    assert found('#"a b"', {"x": "a b"}, index)
    assert not found('#"a b"', {"x": "a", "y": "b"}, index)


def test_the_line_index_covers_the_keys_it_names():
    index = {"line": {"token": [" "], "include_keys": ["a"]}}
    assert found("x", {"a": "x"}, index)
    assert not found("x", {"b": "x"}, index)


@pytest.mark.parametrize(
    ("value", "search", "expected"),
    [
        ('{"a":{"b":"x y"}}', "j.a.b:y", True),
        ('{"a":[{"b":1}]}', "j.a.b:1", False),  # arrays are not descended
        ('{"a":[1, 2]}', "j.a:2", True),
        ('{"a":1,"b":tru', "j.a:1", True),  # the part before the break
        ('{"a":1,"b":tru', "j.b:tru", False),
        ('{"n":12.50}', "j.n:12.50", True),
        ('{"size":12}', "j.size>11", True),
        ('{"size":"12"}', "j.size:12", True),
        ('{"size":"x"}', "j.size:*", False),
        ('{"a":""}', 'j.a:""', True),
        ('{"a":"\\ud800"}', "j.a:*", True),
        ('"a"', "j.a:*", False),
        ("[" * 100_000, "j.a:*", False),
        ('{"a":' * 100_000, "j.a:*", False),
    ],
)
def test_leaves_of_a_json_key(value, search, expected):
    index = {
        "keys": {
            "j": {
                "type": "json",
                "token": [" ", "[", "]", ","],
                "index_all": True,
                "max_depth": 2,
                "json_keys": {"size": {"type": "long"}},
            }
        }
    }
    assert found(search, {"j": value}, index) is expected


def test_a_word_folds_alike_wherever_it_stands():
    cutter = Tokenizer("-")
    assert cutter.cut("ΑΣ-Β") == cutter.cut("ΑΣ") + cutter.cut("Β")


def test_a_star_that_explodes_is_linear():
    word = "a" * 20_000 + "b"
    index = {"line": {"token": [" "]}}
    assert not found("a" + "*a" * 30 + "c", {"x": word}, index)
