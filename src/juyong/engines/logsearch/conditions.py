"""Conditions as SQL over the columns of a file, for DuckDB and ClickHouse alike.

A word is a substring of packed words, so that neither engine needs to cut text. Regular expressions
are RE2 in both: their time is linear in the text. A column that is NULL holds for nothing, and its
negation holds.
"""

import re
from collections.abc import Callable
from typing import Protocol

from juyong.engines.logsearch.columns import number_column, words_column
from juyong.engines.logsearch.index import NUMERIC, Field
from juyong.engines.logsearch.predicates import (
    Always,
    Both,
    Either,
    Empty,
    Like,
    Neither,
    Predicate,
    Present,
    Within,
    Words,
)
from juyong.engines.logsearch.query import Bound
from juyong.engines.logsearch.tokens import BEFORE_LEAF, BEFORE_WORD, EMPTY_LEAF, packed

_SPECIAL = re.compile(r"([^A-Za-z0-9_\x80-\U0010ffff])")
_IN_WORD = f"[^{EMPTY_LEAF}-{BEFORE_WORD}]"
_WORDS_OF_LEAF = f"([^{BEFORE_LEAF}]*{BEFORE_WORD})?"
_LEAST_HINT = 2


class Writer(Protocol):
    """How an engine writes the few operations that a search needs."""

    def text(self, value: str) -> str:
        """Write a text constant."""

    def contains(self, column: str, part: str) -> str:
        """Write that a column contains a constant text."""

    def finds(self, column: str, pattern: str) -> str:
        """Write that a regular expression matches somewhere in a column."""


class DuckWriter:
    """Operations as DuckDB has them."""

    def text(self, value: str) -> str:
        """Write a text constant; a quote is doubled, and nothing else is special."""
        doubled = value.replace("'", "''")
        return f"'{doubled}'"

    def contains(self, column: str, part: str) -> str:
        """Write that a column contains a constant text."""
        return f"contains({column}, {self.text(part)})"

    def finds(self, column: str, pattern: str) -> str:
        """Write that a regular expression matches somewhere in a column."""
        return f"regexp_matches({column}, {self.text(pattern)})"


def condition(predicate: Predicate, writer: Writer) -> str:
    """Write a predicate as SQL. Only constants of the caller's are quoted texts and numbers."""
    match predicate:
        case Always(holds):
            return "true" if holds else "false"
        case Both(parts):
            return "(" + " AND ".join(condition(part, writer) for part in parts) + ")"
        case Either(parts):
            return "(" + " OR ".join(condition(part, writer) for part in parts) + ")"
        case Neither(part):
            return f"NOT coalesce({condition(part, writer)}, false)"
        case _:
            return _single(predicate, writer)


def _single(predicate: Words | Like | Present | Empty | Within, writer: Writer) -> str:
    match predicate:
        case Words(field, words):
            return _words(field, words, writer)
        case Like(field, pattern):
            return _like(field, pattern, writer)
        case Within(field, low, high):
            return _within(number_column(field), low, high)
        case Present(field):
            return _present(field, writer)
        case Empty(field):
            column = f'"{words_column(field)}"'
            if leaf := leaf_of(field):
                return writer.contains(column, _head(leaf) + EMPTY_LEAF + BEFORE_WORD)
            return f"{column} = ''"


def _present(field: Field, writer: Writer) -> str:
    if leaf := leaf_of(field):
        return writer.contains(f'"{words_column(field)}"', _head(leaf))
    column = number_column(field) if field.type in NUMERIC else words_column(field)
    return f'"{column}" IS NOT NULL'


def leaf_of(field: Field | None) -> str:
    """Return the path behind which the words of a field are packed; "" where they are alone."""
    return field.leaf if field is not None and field.scoped else ""


def _head(leaf: str) -> str:
    return BEFORE_LEAF + leaf + BEFORE_WORD


def _words(field: Field | None, words: tuple[str, ...], writer: Writer) -> str:
    column, wanted = f'"{words_column(field)}"', packed(words)
    found = writer.contains(column, wanted)
    if leaf := leaf_of(field):
        pattern = _escaped(_head(leaf)) + _WORDS_OF_LEAF + _escaped(wanted[1:])
        return f"({found} AND {writer.finds(column, pattern)})"
    return found


def _like(field: Field | None, pattern: str, writer: Writer) -> str:
    """Look for the longest plain part of the pattern first: that is several times faster."""
    column = f'"{words_column(field)}"'
    plain = re.split(r"[*?]", pattern)
    leaf = leaf_of(field)
    if not leaf and pattern.endswith("*") and len(plain) == 2 and not plain[1]:  # noqa: PLR2004
        return writer.contains(column, BEFORE_WORD + plain[0])
    longest = max(plain, key=len)
    hint = BEFORE_WORD + longest if longest == plain[0] else longest
    inner = "".join(_WILD.get(part) or _escaped(part) for part in re.split(r"([*?])", pattern))
    start = _escaped(_head(leaf)) + _WORDS_OF_LEAF if leaf else BEFORE_WORD
    found = writer.finds(column, start + inner + BEFORE_WORD)
    if len(hint) < _LEAST_HINT:
        return found
    return f"({writer.contains(column, hint)} AND {found})"


_WILD = {"*": _IN_WORD + "*", "?": _IN_WORD}


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text) if text else ""


def _within(column: str, low: Bound | None, high: Bound | None) -> str:
    parts = []
    if low is not None:
        parts.append(f'"{column}" {">" if low.open else ">="} {low.number!r}')
    if high is not None:
        parts.append(f'"{column}" {"<" if high.open else "<="} {high.number!r}')
    return "(" + " AND ".join(parts) + ")" if parts else "true"


def may_hold(predicate: Predicate, may_have: Callable[[str], bool]) -> bool:
    """Tell whether a predicate can hold in a file, by a filter of the file's words.

    Errs on yes: negations and wildcards are not judged.
    """
    match predicate:
        case Always(holds):
            return holds
        case Both(parts):
            return all(may_hold(part, may_have) for part in parts)
        case Either(parts):
            return any(may_hold(part, may_have) for part in parts)
        case Words(_, words):
            return all(may_have(word) for word in words)
        case _:
            return True
