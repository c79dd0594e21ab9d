"""The JSON of an index: what is read, and what is refused."""

import json

import pytest
from tests.logsearch_corpus import INDEX_JSON

from juyong.engines.logsearch import FieldType, IndexInvalid, parse_index

TEXT = {"type": "text", "token": [","]}


def test_an_index_is_read():
    index = parse_index(json.dumps(INDEX_JSON))
    assert index == parse_index(INDEX_JSON) == parse_index(json.dumps(INDEX_JSON).encode())
    event = index.field("event.eventName")
    assert event is not None
    assert (event.parent, event.leaf) == ("event", "eventName")
    assert event.tokenizer.delimiters.startswith(", '")
    assert index.field("event.sourceIpAddress").alias == "source_ip"
    assert index.field("event.other.leaf").scoped
    assert index.field("event.a.b.c.d") is None
    assert index.field("nothing") is None
    assert index.field("status").type is FieldType.LONG
    assert index.line is not None
    assert not index.line.covers("secret")


def test_a_key_named_source_is_itself():
    assert parse_index({"line": {"token": []}}).field("source").name == "__source__"
    assert parse_index({"keys": {"source": TEXT}}).field("source").name == "source"


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "not JSON"),
        ("[]", "must be an object"),
        ("{" * 100_000, "not JSON"),
        ('"' + "a" * (1 << 20), "more than"),
        ({}, "neither line nor keys"),
        ({"keys": {}}, "neither line nor keys"),
        ({"line": []}, "`line` must be an object"),
        ({"line": {"token": "x"}}, "single characters"),
        ({"line": {"token": ["ab"]}}, "single characters"),
        ({"line": {"token": [], "caseSensitive": 1}}, "caseSensitive must be true or false"),
        ({"line": {"token": [], "include_keys": ["a"], "exclude_keys": ["b"]}}, "both"),
        ({"line": {"token": [], "include_keys": "a"}}, "list of keys"),
        ({"keys": []}, None),
        ({"keys": {"a": 1}}, "must be an object"),
        ({"keys": {"": TEXT}}, "not the name"),
        ({"keys": {"a\n": TEXT}}, "not the name"),
        ({"keys": {"a" * 300: TEXT}}, "not the name"),
        ({"keys": {"a": {"type": "int"}}}, "type must be one of double, json, long, text"),
        ({"keys": {"a": {**TEXT, "chn": "yes"}}}, "chn must be"),
        ({"keys": {"a": {**TEXT, "alias": 5}}}, "alias must be a string"),
        ({"keys": {"a": {**TEXT, "alias": "x"}, "b": {**TEXT, "alias": "x"}}}, "alias `x`"),
        (
            {"keys": {"j": {"type": "json", "token": [], "json_keys": {"a": {"type": "json"}}}}},
            "type",
        ),
        ({"keys": {"j": {"type": "json", "token": [], "max_depth": 0}}}, "at least 1"),
        ({"keys": {"j": {"type": "json", "token": [], "max_depth": True}}}, "whole number"),
        (
            {
                "keys": {
                    "j": {"type": "json", "token": [], "json_keys": {"a": {"type": "long"}}},
                    "j.a": TEXT,
                }
            },
            "indexed twice",
        ),
        ({"keys": {"a": TEXT}, "max_text_len": 63}, "from 64 to 16384"),
        ({"keys": {"a": TEXT}, "max_text_len": "64"}, "whole number"),
    ],
)
def test_an_index_is_refused(document, words):
    with pytest.raises(IndexInvalid, match=words) as refused:
        parse_index(document)
    assert refused.value.code == "IndexInfoInvalid"


@pytest.mark.parametrize("length", [64, 16384])
def test_both_ends_of_max_text_len(length):
    assert parse_index({"keys": {"a": TEXT}, "max_text_len": length}).max_text_len == length
