"""The shared table of vectors: both languages run it, byte for byte.

In vectors/*.json a text stands for bytes, one character each.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from juyong.engines.inspect.operators import make_test
from juyong.engines.inspect.patterns import compile_pattern
from juyong.engines.inspect.tokens import sqli, xss
from juyong.engines.inspect.tokens.sql import fingerprints
from juyong.engines.inspect.transforms import TRANSFORMS

_FOLDER = Path(__file__).parent / "vectors"
_LEAST = {"transforms": 600, "operators": 160, "patterns": 70, "sqli": 400, "xss": 300}
_ALIASES = {"normalisepath", "normalisepathwin"}


def _vectors(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((_FOLDER / f"{name}.json").read_text())
    assert len(rows) >= _LEAST[name]
    return rows


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")


def _texts(captures: tuple[bytes, ...] | None) -> list[str] | None:
    return None if captures is None else [each.decode("latin-1") for each in captures]


def _wrong(name: str, got_of: Any, wanted: str) -> list[tuple[Any, Any]]:
    return [(row, got) for row in _vectors(name) if (got := got_of(row)) != row[wanted]]


def test_transformations():
    def got(row: dict[str, Any]) -> str:
        return TRANSFORMS[row["name"]](_bytes(row["input"])).decode("latin-1")

    assert _wrong("transforms", got, "output") == []
    assert {row["name"] for row in _vectors("transforms")} == set(TRANSFORMS) - _ALIASES


def test_operators():
    def got(row: dict[str, Any]) -> list[str] | None:
        phrases = tuple(map(_bytes, row["phrases"]))
        return _texts(
            make_test(row["name"], _bytes(row["argument"]), phrases)(_bytes(row["input"]))
        )

    assert _wrong("operators", got, "captures") == []


def test_patterns():
    def got(row: dict[str, Any]) -> list[str] | None:
        pattern = compile_pattern(_bytes(row["pattern"]))
        assert pattern.exact == row["exact"]
        return _texts(pattern.search(_bytes(row["value"])))

    assert _wrong("patterns", got, "captures") == []


def test_sql():
    def got(row: dict[str, Any]) -> str | None:
        found = sqli(_bytes(row["value"]))
        return None if found is None else found.decode()

    assert _wrong("sqli", got, "found") == []


def test_fingerprints_of_sql():
    def got(row: dict[str, Any]) -> list[list[Any]]:
        return [[each.decode(), quoted] for each, quoted in fingerprints(_bytes(row["value"]))]

    assert _wrong("sqli", got, "fingerprints") == []


def test_html():
    def got(row: dict[str, Any]) -> str | None:
        found = xss(_bytes(row["value"]))
        return None if found is None else found.decode("latin-1")

    assert _wrong("xss", got, "found") == []


@pytest.mark.parametrize("name", sorted(TRANSFORMS))
def test_a_value_that_does_not_change_is_the_same_object(name):
    transform = TRANSFORMS[name]
    for row in _vectors("transforms"):
        value = _bytes(row["input"])
        changed = transform(value)
        if changed == value and value and name not in _MAKES_ANEW:
            assert changed is value, (name, value)


_MAKES_ANEW = {
    "base64decode",
    "base64decodeext",
    "base64encode",
    "hexdecode",
    "hexencode",
    "length",
    "md5",
    "sha1",
}
