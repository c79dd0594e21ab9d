"""Condition operators: tests of one value of a request.

A value of the request that the operator cannot read decides against the caller: it meets the
condition of a Deny, and not that of an Allow.

Source: RAM condition operators (documented); case of Bool values and readings in doubt (assumed).
"""

import operator
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from juyong.engines.policy.values import (
    Reader,
    read_address,
    read_date,
    read_network,
    read_number,
    read_truth,
)
from juyong.engines.policy.wildcard import matcher

T = TypeVar("T")
W = TypeVar("W")
ValueTest = Callable[[str], bool]


class Unreadable(ValueError):
    """A value of the document does not fit its operator."""


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """One operator.

    `test(wanted, doubt)` prepares a test for one request value: met by any wanted value, or, when
    `negated`, by none of them. It raises Unreadable for a wanted value of the wrong form. `noun`
    says what the values are; `takes_prefix` whether ForAllValues and ForAnyValue may stand before.
    """

    noun: str
    negated: bool
    takes_prefix: bool
    test: Callable[[tuple[str, ...], bool], ValueTest]


def _equals(wanted: tuple[str, ...], _doubt: bool) -> ValueTest:
    return frozenset(wanted).__contains__


def _equals_folded(wanted: tuple[str, ...], _doubt: bool) -> ValueTest:
    folded = frozenset(value.casefold() for value in wanted)
    return lambda text: text.casefold() in folded


def _like(wanted: tuple[str, ...], _doubt: bool) -> ValueTest:
    tests = tuple(matcher(pattern) for pattern in wanted)
    return tests[0] if len(tests) == 1 else lambda text: any(test(text) for test in tests)


def _negation(
    make: Callable[[tuple[str, ...], bool], ValueTest],
) -> Callable[[tuple[str, ...], bool], ValueTest]:
    """Negate a test; doubt is negated too, so that it still decides against the caller."""

    def negated(wanted: tuple[str, ...], doubt: bool) -> ValueTest:
        test = make(wanted, not doubt)
        return lambda text: not test(text)

    return negated


def _typed(
    read: Reader[T], read_wanted: Reader[W], related: Callable[[T, W], bool]
) -> Callable[[tuple[str, ...], bool], ValueTest]:
    def make(wanted: tuple[str, ...], doubt: bool) -> ValueTest:
        against: list[W] = []
        for text in wanted:
            if (value := read_wanted(text)) is None:
                raise Unreadable(text)
            against.append(value)

        def test(text: str) -> bool:
            value = read(text)
            if value is None:
                return doubt
            for each in against:  # noqa: SIM110 - a generator would double the cost
                if related(value, each):
                    return True
            return False

        return test

    return make


def _pair(
    noun: str,
    names: tuple[str, str],
    make: Callable[[tuple[str, ...], bool], ValueTest],
    *,
    takes_prefix: bool = False,
) -> dict[str, Operator]:
    positive, negative = names
    return {
        positive: Operator(noun=noun, negated=False, takes_prefix=takes_prefix, test=make),
        negative: Operator(
            noun=noun, negated=True, takes_prefix=takes_prefix, test=_negation(make)
        ),
    }


_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


def _ordered(prefix: str, noun: str, read: Reader[T]) -> dict[str, Operator]:
    equals = _typed(read, read, operator.eq)
    return _pair(noun, (f"{prefix}Equals", f"{prefix}NotEquals"), equals) | {
        f"{prefix}{name}": Operator(
            noun=noun, negated=False, takes_prefix=False, test=_typed(read, read, related)
        )
        for name, related in _ORDER.items()
    }


OPERATORS: dict[str, Operator] = {
    **_pair("a string", ("StringEquals", "StringNotEquals"), _equals, takes_prefix=True),
    **_pair(
        "a string",
        ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
        _equals_folded,
        takes_prefix=True,
    ),
    **_pair("a string", ("StringLike", "StringNotLike"), _like, takes_prefix=True),
    **_ordered("Numeric", "a number", read_number),
    **_ordered("Date", "a date with `Z` or an offset", read_date),
    "Bool": Operator(
        noun="`true` or `false`",
        negated=False,
        takes_prefix=False,
        test=_typed(read_truth, read_truth, operator.eq),
    ),
    **_pair(
        "an address or CIDR block",
        ("IpAddress", "NotIpAddress"),
        _typed(read_address, read_network, lambda address, network: network.holds(address)),
    ),
}
