"""A search against one index: fields and words, ready to be judged.

`lower` turns an expression into conditions on fields. `matches` judges one log by them, slowly and
plainly; the engines translate the same conditions for whole files and are compared with it.
"""

import re

import msgspec

from juyong.base.shown import shown
from juyong.engines.logsearch.errors import QueryInvalid
from juyong.engines.logsearch.index import NUMERIC, Field, FieldType, IndexConfig
from juyong.engines.logsearch.json_leaves import first_leaves, leaves
from juyong.engines.logsearch.log import Log
from juyong.engines.logsearch.parse import NUMBER, number_of
from juyong.engines.logsearch.query import (
    And,
    Bound,
    Everything,
    Node,
    Not,
    Or,
    Phrase,
    Query,
    Range,
    Value,
)
from juyong.engines.logsearch.tokens import Tokenizer
from juyong.engines.policy.wildcard import matcher

LONGEST_VALUE = 512 * 1024
"""Characters of a value that are searched. Source: SLS user guide, Search limits (documented in
bytes)."""
_LONG = re.compile(r"\s*[+-]?\d{1,19}\s*", re.ASCII)
_DOUBLE = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)
LEAST_LONG, MOST_LONG = -(2**63), 2**63 - 1


class Always(msgspec.Struct, frozen=True):
    """Holds for every log, or for none."""

    holds: bool


class Words(msgspec.Struct, frozen=True):
    """The words stand side by side in a field, or in the whole log when `field` is None."""

    field: Field | None
    words: tuple[str, ...]


class Like(msgspec.Struct, frozen=True):
    """A word of a field, or of the whole log, matches a pattern of `*` and `?`."""

    field: Field | None
    pattern: str


class Present(msgspec.Struct, frozen=True):
    """The log has the field."""

    field: Field


class Empty(msgspec.Struct, frozen=True):
    """The log has the field, and its value is the empty text."""

    field: Field


class Within(msgspec.Struct, frozen=True):
    """The number of a field lies between bounds."""

    field: Field
    low: Bound | None
    high: Bound | None


class Both(msgspec.Struct, frozen=True):
    """All parts hold."""

    parts: tuple["Predicate", ...]


class Either(msgspec.Struct, frozen=True):
    """At least one part holds."""

    parts: tuple["Predicate", ...]


class Neither(msgspec.Struct, frozen=True):
    """The part does not hold."""

    part: "Predicate"


Predicate = Always | Words | Like | Present | Empty | Within | Both | Either | Neither


def lower(node: Node, index: IndexConfig) -> Predicate:  # noqa: PLR0911  # one for each kind
    """Turn an expression into conditions on the fields of an index.

    Raises:
        QueryInvalid: a key has no index, words without a key and no line index, a comparison on
            text, text or wildcards on a number, a phrase on a number.

    Source: SLS user guide, Search syntax, and error codes of GetLogs (documented); that a
    comparison on text is refused and not read as three words (assumed).
    """
    match node:
        case Everything():
            return Always(holds=True)
        case And(parts):
            return Both(tuple(lower(part, index) for part in parts))
        case Or(parts):
            return Either(tuple(lower(part, index) for part in parts))
        case Not(part):
            return Neither(lower(part, index))
        case Range(key, low, high):
            return _range(_field(key, index), low, high)
        case Value(key, text, quoted):
            field, tokenizer = _where(key, index)
            return _value(field, tokenizer, text, quoted=quoted)
        case Phrase(key, text):
            field, tokenizer = _where(key, index)
            if field is not None and field.type in NUMERIC:
                raise QueryInvalid(f"key ({field.name}) is a number and has no phrases")
            words = tuple(tokenizer.cut(text))
            return Words(field, words) if words else Always(holds=False)


def _field(key: str, index: IndexConfig) -> Field:
    field = index.field(key)
    if field is None:
        raise QueryInvalid(f"key ({key}) is not config as key value config")
    return field


def _where(key: str | None, index: IndexConfig) -> tuple[Field | None, Tokenizer]:
    if key is not None:
        field = _field(key, index)
        return field, field.tokenizer
    if index.line is None:
        raise QueryInvalid("the logstore has no full-text index; name a key")
    return None, index.line.tokenizer


def _range(field: Field, low: Bound | None, high: Bound | None) -> Predicate:
    if field.type not in NUMERIC:
        raise QueryInvalid(f"key ({field.name}) is not a number and cannot be compared")
    return Within(field, low, high)


def _value(field: Field | None, tokenizer: Tokenizer, text: str, *, quoted: bool) -> Predicate:
    if field is not None and text == "*" and not quoted:
        return Present(field)
    if field is not None and field.type in NUMERIC:
        return _equal(field, text)
    if field is not None and not text:
        return Empty(field)
    if not quoted and ("*" in text or "?" in text):
        return _patterns(field, tokenizer, text)
    if tokenizer.chinese:
        runs = [tuple(tokenizer.cut(run)) for run in _runs(tokenizer, text)]
        found: list[Predicate] = [Words(field, run) for run in runs if run]
    else:
        found = [Words(field, (word,)) for word in dict.fromkeys(tokenizer.cut(text))]
    # Nothing but delimiters is no word, and no log has it.
    return _all(found) if found else Always(holds=False)


def _runs(tokenizer: Tokenizer, text: str) -> list[str]:
    """Cut at delimiters only: the characters of a Chinese run stand side by side."""
    return Tokenizer(tokenizer.delimiters, case_sensitive=True).cut(text)


def _patterns(field: Field | None, tokenizer: Tokenizer, text: str) -> Predicate:
    delimiters = tokenizer.delimiters.replace("*", "").replace("?", "")
    words = Tokenizer(delimiters, tokenizer.case_sensitive).cut(text)
    return _all(
        [
            Like(field, word) if "*" in word or "?" in word else Words(field, (word,))
            for word in words
        ]
    )


def _equal(field: Field, text: str) -> Predicate:
    if not NUMBER.fullmatch(text):
        raise QueryInvalid(f"key ({field.name}) is a number; {shown(text)} is none")
    bound = Bound(number_of(text), open=False)
    return Within(field, bound, bound)


def _all(parts: list[Predicate]) -> Predicate:
    return parts[0] if len(parts) == 1 else Both(tuple(parts))


def check(query: Query, index: IndexConfig) -> None:
    """Refuse a query that the index cannot answer; errors are those of `lower`."""
    lower(query.search, index)


def matches(query: Query, log: Log, index: IndexConfig) -> bool:
    """Tell whether a log is found by the search of a query, one log and one condition at a time.

    Raises:
        QueryInvalid: as `lower` does.

    Cost: conditions times characters of the log.
    """
    return holds(lower(query.search, index), log, index)


def holds(  # noqa: PLR0911  # one for each kind
    predicate: Predicate, log: Log, index: IndexConfig
) -> bool:
    """Tell whether a condition holds for a log."""
    match predicate:
        case Always(always):
            return always
        case Both(parts):
            return all(holds(part, log, index) for part in parts)
        case Either(parts):
            return any(holds(part, log, index) for part in parts)
        case Neither(part):
            return not holds(part, log, index)
        case Words(field, words):
            return any(
                tuple(cut[at : at + len(words)]) == words
                for cut in words_of(log, field, index)
                for at in range(len(cut))
            )
        case Like(field, pattern):
            like = matcher(pattern)
            return any(like(word) for cut in words_of(log, field, index) for word in cut)
        case Present(field):
            return present(log, field)
        case Empty(field):
            return text_of(log, field) == ""
        case Within(field, low, high):
            number = number_in(log, field)
            return number is not None and _between(number, low, high)


def _between(number: float, low: Bound | None, high: Bound | None) -> bool:
    above = low is None or (number > low.number if low.open else number >= low.number)
    below = high is None or (number < high.number if high.open else number <= high.number)
    return above and below


def present(log: Log, field: Field) -> bool:
    """Tell whether a log has a field; a number that cannot be read is none."""
    if field.type in NUMERIC:
        return number_in(log, field) is not None
    return text_of(log, field) is not None


def words_of(log: Log, field: Field | None, index: IndexConfig) -> list[list[str]]:
    """Return the words of each text of a field, or of each value that the line index covers."""
    if field is not None:
        cutter, found = field.tokenizer, texts(log, field)
    elif index.line is not None:
        cutter = index.line.tokenizer
        found = [value for key, value in log.contents if index.line.covers(key)]
    else:
        return []
    return [cutter.cut(text[:LONGEST_VALUE]) for text in found]


def texts(log: Log, field: Field) -> list[str]:
    """Return what is searched of a field: its text, or all leaves where it has index_all."""
    text = text_of(log, field)
    if text is None:
        return []
    if field.index_all:
        return [*first_leaves(text, field.max_depth).values()]
    return [text]


def text_of(log: Log, field: Field) -> str | None:
    """Return the text of a field: a value, or the first leaf at its path; None without one."""
    text = log.value(field.parent or field.name)
    if text is None or not field.parent:
        return text
    return next((value for path, value in leaves(text) if path == field.leaf), None)


def number_in(log: Log, field: Field) -> int | float | None:
    """Return the number of a numeric field; None when the log has none that can be read."""
    text = text_of(log, field)
    return None if text is None else number_from(text, field.type)


def number_from(text: str, kind: FieldType) -> int | float | None:
    """Read the text of a value as a number; None when it is none. NaN is no number.

    Source: SLS user guide, Data types: a value that cannot be converted is not indexed
    (documented).
    """
    if kind is FieldType.LONG:
        number = int(text) if _LONG.fullmatch(text) else None
        return number if number is not None and LEAST_LONG <= number <= MOST_LONG else None
    return float(text) if _DOUBLE.fullmatch(text) else None
