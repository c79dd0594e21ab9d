r"""Read a query: `search [| SELECT …]`.

    search := "*" | "" | or
    or     := and { "or" and }
    and    := un { ["and"] un | "not" un }
    un     := "not" un | "(" or ")" | term
    term   := key op value | key ":" "(" or ")" | key "in" range | value
    value  := word with * and ? | "string" | #"phrase"
    range  := ("[" | "(") number (" " | ",") number ("]" | ")")

`and`, `or` and `not` are read in any case, `in` in lower case only. In a string `\"` is a quote and
`\\` a backslash.

Source: SLS user guide, Search syntax (documented); that `not a and b` is `(not a) and b` (assumed).
"""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from juyong.base.shown import shown
from juyong.engines.logsearch.errors import QueryInvalid
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

MOST_CHARS: Final = 16 * 1024
MOST_CONDITIONS: Final = 30
MOST_WILDCARD: Final = 64
_DEEPEST = 32
_SPACE = re.compile(r"\s*+")
_WORD = re.compile(r'[^\s"()|:=<>]++')
_STRING = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\])')
_OPERATOR = re.compile(r">=|<=|[:=<>]")
_NUMBER_TEXT = r"[+-]?\d{1,18}(?:\.\d{1,18})?"
NUMBER = re.compile(_NUMBER_TEXT, re.ASCII)
_RANGE = re.compile(
    rf"([\[(])\s*({_NUMBER_TEXT})(?:\s*,\s*|\s+)({_NUMBER_TEXT})\s*([\])])", re.ASCII
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_OPERATORS = frozenset({"and", "or", "not"})
_RESERVED = frozenset({"sort", "asc", "desc", "avg", "sum", "min", "max", "limit"})
_SQL = re.compile(r"\s*(?:select|with)\b", re.IGNORECASE)
_FIRST_WORD = re.compile(r"[^\s(]*")


def parse(text: str) -> Query:
    """Read a query.

    Args:
        text: The `query` of GetLogs.

    Returns:
        The query; its SQL, if any, is not read here.

    Raises:
        QueryInvalid: not of the grammar; more than 16 KiB, 30 conditions or 32 levels; SQL without
            a search before it; behind `|` stands something other than SELECT or WITH.

    Cost: linear in the text.
    """
    if len(text) > MOST_CHARS:
        raise QueryInvalid(f"the query has more than {MOST_CHARS} characters")
    if _CONTROL.search(text):
        raise QueryInvalid("the query holds a control character, or half of a surrogate pair")
    reader = _Reader(text)
    search = reader.whole()
    if reader.at == len(text):
        return Query(search)
    behind = text[reader.at + 1 :]
    if not _SQL.match(behind):
        word = _FIRST_WORD.match(behind.strip())
        named = word[0] if word else ""
        raise QueryInvalid(f"only SELECT may follow `|`; {shown(named)} is not supported")
    if not text[: reader.at].strip():
        raise QueryInvalid("sql query must follow search query")
    if reader.phrases:
        raise QueryInvalid("a phrase search cannot be followed by SQL")
    return Query(search, behind.strip())


class _Reader(msgspec.Struct):
    """Reads from `at` on."""

    text: str
    at: int = 0
    conditions: int = 0
    phrases: int = 0
    depth: int = 0

    def whole(self) -> Node:
        if self._next() in {"", "|"}:
            return Everything()
        found = self.either(None)
        if self._next() not in {"", "|"}:
            raise self.unexpected()
        return found

    def either(self, key: str | None) -> Node:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise QueryInvalid(f"the query nests deeper than {_DEEPEST} levels")
        parts = [self.both(key)]
        while self.keyword("or"):
            parts.append(self.both(key))
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def both(self, key: str | None) -> Node:
        parts = [self.single(key)]
        while self._next() not in {"", "|", ")"} and not self.keyword("or", take=False):
            self.keyword("and")
            parts.append(self.single(key))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def single(self, key: str | None) -> Node:
        negations = 0
        while self.keyword("not"):
            negations += 1
        if self._next() == "(":
            found = self.group(key)
        elif key is None:
            found = self.term()
        else:
            found = self.value(key)
        return Not(found) if negations % 2 else found

    def group(self, key: str | None) -> Node:
        self.at += 1
        found = self.either(key)
        if self._next() != ")":
            raise QueryInvalid("a parenthesis is not closed")
        self.at += 1
        return found

    def term(self) -> Node:
        """Read a key with its condition, or a value for the whole log."""
        start = self.at
        key = self.word_or_string()
        if key is not None:
            operator = self.take(_OPERATOR)
            if key == "__tag__" and operator == ":":
                # The name of a tag is part of the key.
                key = f"__tag__:{self.word_or_string() or ''}"
                operator = self.take(_OPERATOR)
            if operator is not None:
                return self.condition(key, operator)
            if found := self.range(key):
                return found
        self.at = start
        return self.value(None)

    def condition(self, key: str, operator: str) -> Node:
        if not key:
            raise QueryInvalid("a condition has no key")
        if operator in {":", "="}:
            return self.group(key) if self._next() == "(" else self.value(key)
        self.count()
        number = self.take(NUMBER)
        if number is None:
            raise QueryInvalid(f"a number must follow {shown(key + operator)}")
        bound = Bound(number_of(number), open="=" not in operator)
        return Range(key, low=bound) if operator[0] == ">" else Range(key, high=bound)

    def range(self, key: str) -> Node | None:
        start = self.at
        if self.take(_WORD) != "in" or self._next() not in {"[", "("}:
            # `in[1 2]` is one word for the pattern of words.
            self.at = start
            if not self.text.startswith("in[", self._skip()):
                self.at = start
                return None
            self.at += 2
        found = _RANGE.match(self.text, self._skip())
        if found is None:
            raise QueryInvalid(f"a range such as [1 100] must follow {shown(key + ' in')}")
        self.count()
        self.at = found.end()
        low, high = number_of(found[2]), number_of(found[3])
        return Range(key, Bound(low, open=found[1] == "("), Bound(high, open=found[4] == ")"))

    def value(self, key: str | None) -> Node:
        self.count()
        if self._next() == "#" and self.text.startswith('"', self.at + 1):
            self.at += 1
            self.phrases += 1
            return Phrase(key, self.string() or "")
        quoted = self.string()
        if quoted is not None:
            return Value(key, quoted, quoted=True)
        start = self.at
        word = self.take(_WORD)
        if word is None or word.lower() in _OPERATORS:
            self.at = start
            raise self.unexpected()
        if key is None:
            self.refuse_reserved(word)
            if word == "*":
                return Everything()
        if word not in {"*", ""}:
            check_wildcards(word)
        return Value(key, word)

    def refuse_reserved(self, word: str) -> None:
        lower = word.lower()
        if lower in _RESERVED or (lower == "group" and self.keyword("by", take=False)):
            raise QueryInvalid(f"{shown(word)} is a reserved word; put it in double quotes")

    def keyword(self, wanted: str, *, take: bool = True) -> bool:
        """Tell whether an operator stands here, and go behind it."""
        start = self._skip()
        word = self.take(_WORD)
        if word is not None and word.lower() == wanted and self._next() not in {":", "="}:
            if not take:
                self.at = start
            return True
        self.at = start
        return False

    def word_or_string(self) -> str | None:
        if self._next() == "#":
            return None
        found = self.string()
        return self.take(_WORD) if found is None else found

    def string(self) -> str | None:
        if self._next() != '"':
            return None
        found = _STRING.match(self.text, self.at)
        if found is None:
            raise QueryInvalid("a double quote is not closed")
        self.at = found.end()
        return _ESCAPE.sub(r"\1", found[1])

    def take(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.text, self._skip())
        if found is None:
            return None
        self.at = found.end()
        return found[0]

    def count(self) -> None:
        self.conditions += 1
        if self.conditions > MOST_CONDITIONS:
            raise QueryInvalid(f"the query has more than {MOST_CONDITIONS} conditions")

    def unexpected(self) -> QueryInvalid:
        rest = self.text[self.at :].strip()
        return QueryInvalid(f"unexpected {shown(rest)}" if rest else "the query ends too early")

    def _skip(self) -> int:
        space = _SPACE.match(self.text, self.at)
        if space is not None:
            self.at = space.end()
        return self.at

    def _next(self) -> str:
        self._skip()
        return self.text[self.at : self.at + 1]


def number_of(text: str) -> int | float:
    """Read a number of the grammar: whole numbers stay exact."""
    reader: Callable[[str], int | float] = float if "." in text else int
    return reader(text)


def check_wildcards(word: str) -> None:
    """Refuse a word that begins with a wildcard, or is too long to have one.

    Source: SLS user guide, Fuzzy search (documented).
    """
    if "*" not in word and "?" not in word:
        return
    if word[0] in "*?":
        raise QueryInvalid(f"{shown(word)} begins with a wildcard")
    if len(word) > MOST_WILDCARD:
        raise QueryInvalid(f"a word with wildcards has at most {MOST_WILDCARD} characters")
