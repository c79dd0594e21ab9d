"""Conditions: tests of a statement against the condition values of a request.

Several values of one condition are alternatives; all conditions of a statement must hold. Without
a prefix a positive operator holds when some value of the request meets it, a negated one when all
do: so a key that the request does not have fails the first and passes the second, and likewise
ForAnyValue and ForAllValues.

Condition keys have no case, but the names they are made of may have: tags, names of an encryption
context, attributes of an assertion. Where a request has such a key in several spellings, each
spelling is one reading of the key. A Deny asks whether its condition holds for any reading, an
Allow whether its condition holds for every reading, so that no spelling hides another.

Source: RAM condition block (documented); missing keys under negated operators and the two prefixes,
keys in several spellings (assumed).
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Self

from juyong.engines.policy.document import Condition, Quantifier
from juyong.engines.policy.operators import OPERATORS, ValueTest

Conditions = Mapping[str, tuple[str, ...]]
Test = Callable[[Conditions], bool]
Weigh = Callable[[Iterable[bool]], bool]

NO_CONDITIONS: Conditions = MappingProxyType({})


class Contested(tuple[str, ...]):  # noqa: SLOT001  # a tuple takes no slots
    """The values of a key that a request has in several spellings: those of all spellings.

    readings: The values of each spelling.
    """

    readings: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, readings: tuple[tuple[str, ...], ...]) -> Self:
        """Join the values of several spellings."""
        joined = cls(value for reading in readings for value in reading)
        joined.readings = readings
        return joined


def conditions_of(values: Mapping[str, str | Iterable[str]]) -> Conditions:
    """Make the conditions of a request: keys case-folded, each with all its values.

    A key whose values are empty counts as absent. Keys that differ in case only are Contested.
    """
    found: dict[str, tuple[str, ...]] = {}
    for key, value in values.items():
        each = _values(value)
        if each:
            folded = key.casefold()
            held = found.get(folded)
            found[folded] = each if held is None else _contested(held, each)
    return MappingProxyType(found)


def _values(value: str | Iterable[str]) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, tuple) else tuple(value)


def _contested(*spellings: tuple[str, ...]) -> Contested:
    return Contested.of(
        tuple(
            reading
            for each in spellings
            for reading in (each.readings if isinstance(each, Contested) else (each,))
        )
    )


def compile_condition(condition: Condition, *, doubt: bool) -> Test:
    """Prepare one condition.

    Args:
        condition: Of a statement.
        doubt: The result for a value that cannot be read, and for readings that disagree: true for
            a Deny, false for an Allow.

    Raises:
        Unreadable: a value of the document does not fit its operator.
        KeyError: there is no such operator.
    """
    operator = OPERATORS[condition.operator]
    test = operator.test(condition.values, doubt)
    key = condition.key.casefold()
    if condition.quantifier is None:
        every = operator.negated
    else:
        every = condition.quantifier is Quantifier.ALL
    weigh = any if doubt else all
    return _every(key, test, weigh) if every else _some(key, test, weigh)


def _some(key: str, test: ValueTest, weigh: Weigh) -> Test:
    def some(conditions: Conditions) -> bool:
        values = conditions.get(key, ())
        if isinstance(values, Contested):
            return weigh(any(map(test, reading)) for reading in values.readings)
        for value in values:  # noqa: SIM110 - a generator would double the cost
            if test(value):
                return True
        return False

    return some


def _every(key: str, test: ValueTest, weigh: Weigh) -> Test:
    def every(conditions: Conditions) -> bool:
        values = conditions.get(key, ())
        if isinstance(values, Contested):
            return weigh(all(map(test, reading)) for reading in values.readings)
        for value in values:  # noqa: SIM110 - a generator would double the cost
            if not test(value):
                return False
        return True

    return every
