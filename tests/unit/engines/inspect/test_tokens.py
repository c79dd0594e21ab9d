"""Detection and false positives of the tokenisers, by class, printed and asserted."""

import os
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.engines.inspect.benign_texts import benign_texts
from tests.unit.engines.inspect.injections import HTML, SQL

from juyong.engines.inspect.tokens import sqli, xss
from juyong.engines.inspect.tokens.sql import fingerprints
from juyong.engines.inspect.tokens.sql_rules import LEAVING, RULES, STANDING, rules_of
from juyong.engines.inspect.transforms import TRANSFORMS


def test_lists_are_long_enough():
    assert sum(map(len, SQL.values())) >= 150
    assert sum(map(len, HTML.values())) >= 75
    texts = benign_texts()
    assert len(set(texts)) == len(texts) >= 2_000


@pytest.mark.parametrize("kind", SQL)
def test_injections_of_sql_are_found(kind):
    missed = [text for text in SQL[kind] if sqli(text.encode()) is None]
    print(f"SQL {kind}: {len(SQL[kind]) - len(missed)} of {len(SQL[kind])}")
    assert missed == []


@pytest.mark.parametrize("kind", HTML)
def test_html_that_runs_code_is_found(kind):
    missed = [text for text in HTML[kind] if xss(text.encode()) is None]
    print(f"HTML {kind}: {len(HTML[kind]) - len(missed)} of {len(HTML[kind])}")
    assert missed == []


def test_benign_values_pass():
    texts = benign_texts()
    as_sql = [text for text in texts if sqli(text.encode()) is not None]
    as_html = [text for text in texts if xss(text.encode()) is not None]
    print(f"false positives of {len(texts)}: SQL {len(as_sql)}, HTML {len(as_html)}")
    assert len(as_sql) <= 5
    assert as_html == []


@pytest.mark.parametrize(
    "text",
    [
        "O'Brien",
        "D'Angelo and O'Neil",
        "it's 5 or 6",
        "rock 'n' roll",
        "the boys' and girls' school",
        "1 or 2 items",
        "select one from the list",
        "use '-' instead of '+'",
        'say "#hello" now',
        "union square",
        "drop the table",
        "24-7-TEAM",
        "5' 6\" tall -- really",
        "a=1&b=2",
        "count(*)",
        "1-1",
        "'quoted'",
        "SELECT",
        "--",
        "x -- a note",
        "(select one)",
        "time (5) and place",
        'use "--infile" or "--outfile"',
        '"--no-color",',
    ],
)
def test_near_misses_of_sql_pass(text):
    assert sqli(text.encode()) is None


@pytest.mark.parametrize(
    "text",
    [
        "a < b",
        "<b>x</b>",
        "</script>",
        "<a href='/x'>y</a>",
        "<img src=data:image/png;base64,AA==>",
        "List<Object> x",
        "turn it on = true",
        "JavaScript: The Good Parts (2008)",
        "<p style='color: red'>",
        "<!-- a note -->",
        "<on>=x",
        "onion=5",
    ],
)
def test_near_misses_of_html_pass(text):
    assert xss(text.encode()) is None


def test_each_rule_has_an_injection_that_it_finds():
    """A rule that nothing draws would be dead."""
    drawn: set[str] = set()
    for texts in SQL.values():
        for text in texts:
            for each, quoted in fingerprints(text.encode()):
                drawn.update(rules_of(each, quoted=quoted))
    assert {*RULES, *STANDING, *LEAVING} - drawn == set()


def test_tags_in_tags_are_bounded():
    assert xss(b"<a b=<" * 20_000) == b"tags"
    assert xss(b'<a b="' * 20_000) is None


_SQL = ("utf8tounicode", "urldecodeuni", "removenulls")
_HTML = (
    "utf8tounicode",
    "urldecodeuni",
    "htmlentitydecode",
    "jsdecode",
    "cssdecode",
    "removenulls",
)
_RULES = {"942100": _SQL, "942101": _SQL, "941100": _HTML, "941101": _HTML}
_HEADERS = {
    "942100": ("User-Agent", "Referer"),
    "942101": (),
    "941100": ("User-Agent",),
    "941101": ("Referer",),
}
_LOST = {("942101", 11)}
"""Where libinjection finds nothing and the tokeniser does: `24 union all select 1,2,3 from aa/bar`."""


def _suite() -> Path | None:
    named = os.environ.get("JUYONG_CRS_TESTS")
    if named:
        return Path(named)
    cache = Path(os.environ.get("GOMODCACHE", Path.home() / "go/pkg/mod"))
    found = sorted(cache.glob("github.com/corazawaf/coraza-coreruleset/v4@*/tests"))
    return found[-1] if found else None


def _cases(folder: Path) -> Iterator[tuple[str, int, bool, list[bytes]]]:
    for rule in _RULES:
        for path in folder.glob(f"*/{rule}.yaml"):
            for test in yaml.safe_load(path.read_text())["tests"]:
                stage = test["stages"][0]
                expected = int(rule) in stage["output"]["log"].get("expect_ids", [])
                yield rule, test["test_id"], expected, list(_values(rule, stage["input"]))


def _values(rule: str, request: dict[str, Any]) -> Iterator[bytes]:
    path, _, query = request.get("uri", "/").partition("?")
    if rule.endswith("1"):
        yield urllib.parse.unquote_to_bytes(path)
    for name in _HEADERS[rule]:
        yield request["headers"].get(name, "").encode()
    if rule.endswith("0"):
        for pair in (*query.split("&"), *str(request.get("data", "")).split("&")):
            for part in pair.split("=", 1):
                yield urllib.parse.unquote_to_bytes(part.replace("+", " "))


def _decoded(rule: str, value: bytes) -> bytes:
    for name in _RULES[rule]:
        value = TRANSFORMS[name](value)
    return value


def test_stages_of_the_core_rule_set():
    """Each stage of the rules that ask the tokenisers ends as the suite says, `_LOST` excepted."""
    folder = _suite()
    if folder is None:
        pytest.skip("the Go module github.com/corazawaf/coraza-coreruleset/v4 is not in Go's cache")
    differing, count = set(), 0
    for rule, number, expected, values in _cases(folder):
        detect = sqli if rule.startswith("942") else xss
        count += 1
        if expected != any(detect(_decoded(rule, value)) for value in values):
            differing.add((rule, number))
    print(f"{count} stages, {len(differing)} other than expected")
    assert count >= 30
    assert differing == _LOST
