"""Operators that compare texts."""

from juyong.engines.inspect.operators.base import MATCHED, OperatorRefused, Test
from juyong.engines.inspect.patterns import Captures, Pattern, PatternRefused, compile_pattern

_MOST_MATCHES = 1_000


def rx(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match a regular expression anywhere; captures the match and its groups."""
    return _pattern(argument).search


def rx_global(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """As rx, over all matches; a group's capture is that of the last match with this group.

    At most the first 1,000 matches count.
    """
    pattern = _pattern(argument)
    return lambda value: pattern.search_all(value, _MOST_MATCHES)


def _pattern(argument: bytes) -> Pattern:
    try:
        return compile_pattern(argument)
    except PatternRefused as refused:
        raise OperatorRefused(f"regular expression: {refused}") from None


def contains(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match where the argument is in the value; also strmatch."""
    return lambda value: MATCHED if argument in value else None


def begins_with(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match where the value begins with the argument."""
    return lambda value: MATCHED if value.startswith(argument) else None


def ends_with(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match where the value ends with the argument."""
    return lambda value: MATCHED if value.endswith(argument) else None


def streq(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match where value and argument are the same."""
    return lambda value: MATCHED if value == argument else None


def within(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match where the value is in the argument; an empty value always is."""
    return lambda value: MATCHED if value in argument else None


_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def contains_word(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match where the argument is in the value with no ASCII letter next to it."""
    size = len(argument)

    def test(value: bytes) -> Captures | None:
        at = value.find(argument)
        while at >= 0:
            after = at + size
            free = at == 0 or value[at - 1] not in _LETTERS
            if free and (after == len(value) or value[after] not in _LETTERS):
                return MATCHED
            at = value.find(argument, at + 1)
        return None

    return test if argument else unconditional_match(argument)


def unconditional_match(_argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match always."""
    return lambda _value: MATCHED


def no_match(_argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match never."""
    return lambda _value: None
