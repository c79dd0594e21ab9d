"""Conditions: what a request knows about itself, against what a statement asks.

Several values of one condition are alternatives; all conditions of a statement must hold. Without
a prefix a positive operator holds when some value of the request meets it, a negated one when all
do: so a key that the request does not have fails the first and passes the second, and likewise
ForAnyValue and ForAllValues.

Source: RAM condition block (documented); missing keys under negated operators and the two prefixes
(assumed).
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from juyong.engines.policy.document import Condition, Quantifier
from juyong.engines.policy.operators import OPERATORS, ValueTest

Conditions = Mapping[str, tuple[str, ...]]
Test = Callable[[Conditions], bool]

NO_CONDITIONS: Conditions = MappingProxyType({})


def conditions_of(values: Mapping[str, str | Iterable[str]]) -> Conditions:
    """Make the conditions of a request: keys case-folded, each with all its values.

    A key whose values are empty counts as absent. Keys that differ in case only are merged.
    """
    found: dict[str, tuple[str, ...]] = {}
    for key, value in values.items():
        folded = key.casefold()
        each = (value,) if isinstance(value, str) else tuple(value)
        found[folded] = found.get(folded, ()) + each
    return MappingProxyType(found)


def compile_condition(condition: Condition, *, doubt: bool) -> Test:
    """Prepare one condition; `doubt` is what a value that cannot be read counts as.

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
    return _every(key, test) if every else _some(key, test)


def _some(key: str, test: ValueTest) -> Test:
    def some(conditions: Conditions) -> bool:
        for value in conditions.get(key, ()):  # noqa: SIM110 - a generator would double the cost
            if test(value):
                return True
        return False

    return some


def _every(key: str, test: ValueTest) -> Test:
    def every(conditions: Conditions) -> bool:
        for value in conditions.get(key, ()):  # noqa: SIM110 - a generator would double the cost
            if not test(value):
                return False
        return True

    return every
