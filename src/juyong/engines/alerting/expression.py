"""The conditions of alerts: a small language over the columns of a row.

Total and pure: a condition that was read ends with a value or with `Unanswered`, in time that is
linear in its length.

Source: SLS user guide, syntax of evaluation expressions (documented). Regular expressions (`=~`,
`!~`) are refused: the language has them of RE2, and no other engine promises linear time.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

MOST_CHARACTERS: Final = 128
MOST_DEPTH: Final = 16
MOST_VALUE: Final = 1024
Value = float | str | bool
Row = Mapping[str, str]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<column>(?:\$\d\.)?(?:[A-Za-z_]\w*|\[[^\]\[]+\]))"
    r"|(?P<sign>=~|!~|==|!=|>=|<=|&&|\|\||[-+*/%<>!(),]))",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


class BadExpression(ValueError):
    """The text is no condition; it says why."""


class Unanswered(Exception):
    """A condition has no answer for a row; the text says why, and shows no value of the row."""


class Const(msgspec.Struct, frozen=True):
    """A number, a text, true or false."""

    value: Value


class Column(msgspec.Struct, frozen=True):
    """The value of a column: `a`, or `$1.a` of one of several queries."""

    name: str


class Unary(msgspec.Struct, frozen=True):
    """`!` or `-` before something."""

    sign: str
    of: "Expression"


class Binary(msgspec.Struct, frozen=True):
    """Two sides and a sign; `contains` is one."""

    sign: str
    left: "Expression"
    right: "Expression"


Expression = Const | Column | Unary | Binary
_LEVELS: Final = (
    ("||",),
    ("&&",),
    ("==", "!=", ">", ">=", "<", "<="),
    ("+", "-"),
    ("*", "/", "%"),
)
"""Signs of two sides, those that bind least first."""


def parse(text: str) -> Expression:
    """Read a condition.

    Raises:
        BadExpression: it is longer than 128 characters, nests too deep, or is none.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadExpression(f"a condition has at most {MOST_CHARACTERS} characters")
    return _Reader(text).whole()


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._depth = 0

    def whole(self) -> Expression:
        found = self._level(0)
        if self._at < len(self._tokens):
            raise BadExpression(f"the condition is not understood at `{self._tokens[self._at][1]}`")
        return found

    def _sign(self, *signs: str) -> str:
        """Take one of some signs, or return the empty text."""
        if self._at < len(self._tokens):
            kind, text = self._tokens[self._at]
            if kind == "sign" and text in signs:
                self._at += 1
                return text
        return ""

    def _level(self, level: int) -> Expression:
        if level == len(_LEVELS):
            return self._single()
        found = self._level(level + 1)
        while sign := self._sign(*_LEVELS[level]):
            found = Binary(sign, found, self._level(level + 1))
        return found

    def _single(self) -> Expression:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise BadExpression("the condition nests too deep")
        try:
            if sign := self._sign("!", "-"):
                return Unary(sign, self._single())
            if self._sign("("):
                return self._closed()
            return self._leaf()
        finally:
            self._depth -= 1

    def _closed(self) -> Expression:
        found = self._level(0)
        if not self._sign(")"):
            raise BadExpression("a bracket of the condition is not closed")
        return found

    def _leaf(self) -> Expression:
        if self._at == len(self._tokens):
            raise BadExpression("the condition ends early")
        kind, text = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            return Const(float(text))
        if kind == "text":
            return Const(text[1:-1])
        if kind == "sign":
            raise BadExpression(f"the condition is not understood at `{text}`")
        if text in ("true", "false"):
            return Const(text == "true")
        return self._contains() if text == "contains" and self._sign("(") else Column(_plain(text))

    def _contains(self) -> Expression:
        left = self._level(0)
        if not self._sign(","):
            raise BadExpression("contains() takes a column and a text")
        right = self._level(0)
        if not self._sign(")"):
            raise BadExpression("contains() takes a column and a text")
        return Binary("contains", left, right)


def _plain(name: str) -> str:
    """Return the name of a column without the brackets around an odd one."""
    start, dot, rest = name.partition(".") if name.startswith("$") else ("", "", name)
    return f"{start}{dot}{rest[1:-1] if rest.startswith('[') else rest}"


def _tokens(text: str) -> "list[tuple[str, str]]":
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        token = _TOKEN.match(text, at)
        if token is None or token.lastgroup is None:
            raise BadExpression(f"the condition is not understood at character {at}")
        if token[token.lastgroup] in ("=~", "!~"):
            raise BadExpression("regular expressions are not served in conditions, but in queries")
        found.append((token.lastgroup, token[token.lastgroup]))
        at = token.end()
    return found


def holds(condition: Expression, row: Row) -> bool:
    """Tell whether a condition is true of a row; any value but `true` is not.

    Raises:
        Unanswered: a column is absent, or a sum is over no numbers.
    """
    return _value(condition, row) is True


def _value(expression: Expression, row: Row) -> Value:
    match expression:
        case Const(value):
            return value
        case Column(name):
            return _column(name, row)
        case Unary(sign, of):
            inner = _value(of, row)
            return not _truth(inner) if sign == "!" else -_number(inner)
        case Binary(sign, left, right):
            return _of_two(sign, left, right, row)


def _of_two(sign: str, left: Expression, right: Expression, row: Row) -> Value:
    first = _value(left, row)
    if sign in ("&&", "||"):
        # As in other languages, the right side is not asked where the left one decides.
        return _truth(first) if _truth(first) == (sign == "||") else _truth(_value(right, row))
    second = _value(right, row)
    if sign == "contains":
        return _text(second) in _text(first)
    return (_compared if sign in _LEVELS[2] else _computed)(sign, first, second)


def _column(name: str, row: Row) -> str:
    for known in (name, name.removeprefix("$0.")):
        if known in row:
            return row[known][:MOST_VALUE]
    raise Unanswered(f"there is no column `{name}`")


def _compared(sign: str, left: Value, right: Value) -> bool:
    numbers = number_of(left), number_of(right)
    if None not in numbers:
        return _ordered(sign, *numbers)  # type: ignore[arg-type]  # none is None
    return _ordered(sign, _text(left), _text(right))


def _ordered(sign: str, left: str | float, right: str | float) -> bool:
    below, same = left < right, left == right  # type: ignore[operator]  # both of one type
    return {
        "==": same,
        "!=": not same,
        "<": below,
        "<=": below or same,
        ">": not (below or same),
        ">=": not below,
    }[sign]


def _computed(sign: str, left: Value, right: Value) -> float:
    a, b = _number(left), _number(right)
    if sign in "/%" and b == 0:
        raise Unanswered("a number is divided by zero")
    try:
        found = {"+": a + b, "-": a - b, "*": a * b, "/": a / (b or 1), "%": a % (b or 1)}[sign]
    except OverflowError:
        raise Unanswered("a number is too large") from None
    if found != found or found in (float("inf"), float("-inf")):  # noqa: PLR0124  # not a number
        raise Unanswered("a number is too large")
    return found


def _number(value: Value) -> float:
    found = number_of(value)
    if found is None:
        raise Unanswered("a sum is over a text that is no number")
    return found


def number_of(value: Value) -> float | None:
    """Return a value as a number, or None for one that is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return value
    text = value.strip()
    if len(text) > 64 or _NUMBER.fullmatch(text) is None:  # noqa: PLR2004
        return None
    found = float(text)
    return None if found in (float("inf"), float("-inf")) else found


def _truth(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise Unanswered("a part of the condition is neither true nor false")


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else str(value)
    return value
