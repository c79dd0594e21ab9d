"""Conditions of alerts: what is read has an answer for every row, or says that there is none."""

from juyong.engines.alerting.expression import BadExpression, Unanswered, holds, parse

SEEDS: list[bytes] = [
    b"n > 5 && contains(s, 'a') || !(x == \"y\")",
    b"$1.n + 2 * (-3) % 4 / 5 >= $0.n",
    b"[5xx %] != 0.5",
    b"((((true))))",
    b"n =~ 'a'",
]
_ROWS = (
    {},
    {"n": "5", "s": "abc", "x": "y", "5xx %": "1e300"},
    {"n": "", "s": "\x00", "$1.n": "9"},
)


def target(data: bytes) -> None:
    """Read a condition and its opposite, and judge rows by both."""
    text = data.decode("utf-8", "replace")
    try:
        condition, opposite = parse(text), parse(f"!({text})")
    except BadExpression:
        return
    for row in _ROWS:
        try:
            found = holds(condition, row)
            other = holds(opposite, row)
        except Unanswered:
            continue
        assert not (found and other)
