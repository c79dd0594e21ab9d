"""Operators that look for numbers with a check digit: cards and register numbers."""

from collections.abc import Callable
from itertools import pairwise

from juyong.engines.inspect.operators.base import OperatorRefused, Test
from juyong.engines.inspect.patterns import Captures, PatternRefused, compile_pattern

_MOST_TRIES = 4_096
_DIGITS = frozenset(b"0123456789")
_ZERO = ord("0")


def _numbers(argument: bytes, holds: Callable[[list[int]], bool]) -> Test:
    """Return a test for a match of the argument's pattern whose digits pass the check.

    Each place of the value is tried, at most 4,096 of them: beyond, the value counts as a match.
    Captures the number as it stands.
    """
    try:
        pattern = compile_pattern(argument)
    except PatternRefused as refused:
        raise OperatorRefused(f"regular expression: {refused}") from None

    def test(value: bytes) -> Captures | None:
        at = 0
        for _ in range(_MOST_TRIES):
            span = pattern.span(value, at) if at < len(value) else None
            if span is None:
                return None
            text = value[span[0] : span[1]]
            if holds([c - _ZERO for c in text if c in _DIGITS]):
                return (text,)
            at = span[0] + 1
        return (value[at : at + 1],)

    return test


_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def _card(digits: list[int]) -> bool:
    total = sum(digits[-1::-2]) + sum([_DOUBLED[d] for d in digits[-2::-2]])
    return bool(digits) and total % 10 == 0


_SSN_DIGITS, _SSN_AREAS, _SSN_NEVER = 9, 740, 666


def _ssn(digits: list[int]) -> bool:
    if len(digits) != _SSN_DIGITS:
        return False
    steps = {after - before for before, after in pairwise(digits)}
    if steps in ({0}, {1}):
        return False
    area = digits[0] * 100 + digits[1] * 10 + digits[2]
    group, serial = any(digits[3:5]), any(digits[5:])
    return 0 < area < _SSN_AREAS and area != _SSN_NEVER and group and serial


_CPF_DIGITS = 11


def _cpf(digits: list[int]) -> bool:
    if len(digits) < _CPF_DIGITS:
        return False
    digits = digits[:_CPF_DIGITS]
    if len(set(digits)) == 1 or digits == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0]:
        return False
    first = sum([d * f for d, f in zip(digits, range(10, 1, -1), strict=False)]) % 11
    first = 0 if first < 2 else 11 - first  # noqa: PLR2004  # two remainders stand for 0
    second = sum([d * f for d, f in zip([*digits[:9], first], range(11, 1, -1), strict=True)]) % 11
    second = 0 if second < 2 else 11 - second  # noqa: PLR2004
    return digits[9:] == [first, second]


_SVNR_DIGITS = 10
_SVNR_FACTORS = (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)


def _svnr(digits: list[int]) -> bool:
    if len(digits) < _SVNR_DIGITS:
        return False
    digits = digits[:_SVNR_DIGITS]
    rising = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    if len(set(digits)) == 1 or digits in (rising, [*rising[1:], 0]):
        return False
    total = sum([d * f for d, f in zip(digits, _SVNR_FACTORS, strict=True)])
    return total % 11 % 10 == digits[3]


def verify_cc(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match a card number that passes the Luhn check; argument: The pattern of numbers."""
    return _numbers(argument, _card)


def verify_ssn(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match a social security number of the United States; argument: The pattern of numbers.

    Nine digits, not all the same nor rising by one; no part is zero; area below 740, not 666.
    """
    return _numbers(argument, _ssn)


def verify_cpf(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match a tax number of Brazil by its two check digits; argument: The pattern of numbers."""
    return _numbers(argument, _cpf)


def verify_svnr(argument: bytes, _phrases: tuple[bytes, ...] = ()) -> Test:
    """Match a social security number of Austria by its check digit; argument: The pattern."""
    return _numbers(argument, _svnr)
