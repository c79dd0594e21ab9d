"""The notation in which the catalogue is written."""

import json

import pytest

from juyong.content.policies.evidence import Evidence
from juyong.content.policies.notation import document, read_entries


def statement(text):
    body = json.loads(document([text]))
    assert body["Version"] == "1"
    (only,) = body["Statement"]
    return only


CASES = {
    "allow *": {"Effect": "Allow", "Action": "*", "Resource": "*"},
    "allow a:B c:D": {"Effect": "Allow", "Action": ["a:B", "c:D"], "Resource": "*"},
    "allow a:{B}": {"Effect": "Allow", "Action": "a:B", "Resource": "*"},
    "allow a:{B,C*} d:E": {"Effect": "Allow", "Action": ["a:B", "a:C*", "d:E"], "Resource": "*"},
    "allow a:{read,Check*}": {
        "Effect": "Allow",
        "Action": ["a:Get*", "a:Describe*", "a:Query*", "a:List*", "a:Check*"],
        "Resource": "*",
    },
    "allow a:B on acs:a:*:*:x": {"Effect": "Allow", "Action": "a:B", "Resource": "acs:a:*:*:x"},
    "allow a:B on acs:x acs:y if StringLike a:k v w": {
        "Effect": "Allow",
        "Action": "a:B",
        "Resource": ["acs:x", "acs:y"],
        "Condition": {"StringLike": {"a:k": ["v", "w"]}},
    },
    "allow-except a:* b:*": {"Effect": "Allow", "NotAction": ["a:*", "b:*"], "Resource": "*"},
    "pass fc": {
        "Effect": "Allow",
        "Action": "ram:PassRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"acs:Service": "fc.aliyuncs.com"}},
    },
    "link x y.z": {
        "Effect": "Allow",
        "Action": "ram:CreateServiceLinkedRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"ram:ServiceName": ["x.aliyuncs.com", "y.z.aliyuncs.com"]}},
    },
    "unlink x": {
        "Effect": "Allow",
        "Action": "ram:DeleteServiceLinkedRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"ram:ServiceName": "x.aliyuncs.com"}},
    },
}


@pytest.mark.parametrize(("text", "expected"), CASES.items(), ids=list(CASES))
def test_a_statement_stands_for_its_json(text, expected):
    assert statement(text) == expected


def test_every_form_of_statement_was_tried():
    assert {text.split()[0] for text in CASES} == {
        *("allow", "allow-except", "pass", "link", "unlink")
    }
    assert len(CASES) == 11


def test_an_unknown_word_is_refused():
    with pytest.raises(ValueError, match="`permit` begins no statement"):
        document(["permit a:B"])


def test_documents_are_compact():
    assert document(["allow a:B c:D"]) == (
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":["a:B","c:D"],"Resource":"*"}]}'
    )


def test_entries_are_read_with_their_continued_lines():
    first, second = read_entries(
        """
One v3 documented: First: of two.
  allow a:B
    c:D
  allow e:F
Two v1 assumed: Second.
  allow *
"""
    )
    assert (first.name, first.tag, first.evidence) == ("One", "v3", Evidence.DOCUMENTED)
    assert first.text == "First: of two."
    assert first.statements == ("allow a:B c:D", "allow e:F")
    assert (second.name, second.statements) == ("Two", ("allow *",))


@pytest.mark.parametrize("header", ["One v1: no grade.", "One v1 guessed: Unknown grade."])
def test_a_bad_header_is_refused(header):
    with pytest.raises(ValueError, match=r"no header|guessed"):
        list(read_entries(f"{header}\n  allow *\n"))
