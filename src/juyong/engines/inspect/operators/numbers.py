"""Operators that compare whole numbers."""

import re

from juyong.engines.inspect.operators.base import MATCHED, Test

_NUMBER = re.compile(rb"[ \t\n\v\f\r]*([+-]?)0*([0-9]*)")
_MOST_DIGITS = 19
_GREATEST, _LEAST = 2**63 - 1, -(2**63)


def number_of(text: bytes) -> int:
    """Return the number that a text begins with, as C's atoll does; 0 where there is none.

    White space before it is skipped. Numbers beyond 64 bits are the greatest or the least of them.
    """
    found = _NUMBER.match(text)
    if found is None or not found[2]:
        return 0
    size = int(found[2]) if len(found[2]) <= _MOST_DIGITS else _GREATEST + 1
    return max(-size, _LEAST) if found[1] == b"-" else min(size, _GREATEST)


def eq(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match where the value's number is the argument's."""
    bound = number_of(argument)
    return lambda value: MATCHED if number_of(value) == bound else None


def ge(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match where the value's number is the argument's or greater."""
    bound = number_of(argument)
    return lambda value: MATCHED if number_of(value) >= bound else None


def gt(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match where the value's number is greater."""
    bound = number_of(argument)
    return lambda value: MATCHED if number_of(value) > bound else None


def le(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match where the value's number is the argument's or less."""
    bound = number_of(argument)
    return lambda value: MATCHED if number_of(value) <= bound else None


def lt(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match where the value's number is less."""
    bound = number_of(argument)
    return lambda value: MATCHED if number_of(value) < bound else None
