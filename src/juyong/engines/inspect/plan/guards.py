"""Guards of rules without a gate, and of links behind a gate: cheap tests that must hold.

A guard reads a link whose operator is constant: a count of members, the presence of a member, or a
member of TX. Where a guard fails, the link matches nothing, and the rule need not be judged. A rule
from which a request took targets is judged without guards, as a count may then fall.

Counts of members of the traffic stay as they are while a phase runs, so that they are asked once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from juyong.engines.inspect.model.choosing import literal_of
from juyong.engines.inspect.model.program import ReadyLink
from juyong.engines.inspect.model.state import KEPT, State
from juyong.engines.inspect.operators import OPERATORS, OperatorRefused, make_test
from juyong.engines.inspect.plan.members import acts, reads_match
from juyong.engines.inspect.rules import Operator, Selector

_TOTAL = frozenset(
    {"beginswith", "contains", "endswith", "eq", "ge", "gt", "le", "lt", "streq", "within"}
)
"""Operators that take every argument, so that macros in it never end a request."""
Guard = Callable[[State], bool]
"""Tells whether a link may match."""
_TABLE = 16
"""Counts whose answers are known at load."""
_NONE: Mapping[bytes, int] = {}


class Counted(msgspec.Struct, frozen=True):
    """A guard that asks how many members a collection of the traffic has.

    key: The key of the members, in lower case; None for all. table: Answers for small counts.
    test: For other counts, as text.
    """

    collection: str
    key: bytes | None
    table: tuple[bool, ...]
    test: Callable[[bytes], bool]

    def __call__(self, state: State) -> bool:
        """Tell whether the link may match."""
        (answer,) = answers_of((self,), state)
        return answer


def answers_of(guards: Sequence[Counted], state: State) -> tuple[bool, ...]:
    """Return whether each guard holds; cheap for guards of one collection that follow each other.

    Args:
        guards: In any order.
        state: Of a request.
    """
    answers = []
    name, counts, whole = "", None, 0
    for guard in guards:
        if guard.collection != name or counts is None:
            name = guard.collection
            whole = len(state.variable(name))
            counts = state.counts(name) if whole else _NONE
        count = whole if guard.key is None else counts.get(guard.key, 0)
        answers.append(guard.table[count] if count < _TABLE else guard.test(b"%d" % count))
    return tuple(answers)


_MOST_ANSWERS = 256
_LONGEST_KEPT = 64
"""Bytes of the longest text whose answer a guard remembers."""


def guards_of(
    links: Sequence[ReadyLink], argument: bytes | None, *, alone: bool
) -> tuple[Guard, ...]:
    """Return the guards of a rule.

    Args:
        links: The links of the rule.
        argument: The argument of the first link's operator, with known macros filled in.
        alone: Whether links may be tested before the links ahead of them.
    """
    found: list[Guard] = []
    for number, link in enumerate(tested_alone(links, alone=alone)):
        operator = link.link.operator
        if number == 0 and argument is not None:
            operator = msgspec.structs.replace(operator, argument=argument)
        if (guard := _guard(link, operator)) is not None:
            found.append(guard)
    return tuple(found)


def either_of(link: ReadyLink, argument: bytes | None) -> tuple[Counted, ...]:
    """Return counts; where a first link matches, one of them holds. None where others may do.

    Args:
        link: The first one of a rule, with several selectors.
        argument: As of `guards_of`.
    """
    operator, selectors = link.link.operator, link.link.selectors
    if argument is not None:
        operator = msgspec.structs.replace(operator, argument=argument)
    plain = [
        one
        for one in selectors
        if one.count and not one.excluded and one.pattern is None and one.collection not in KEPT
    ]
    if link.link.transforms or len(selectors) == 1 or len(plain) < len(selectors):
        return ()
    # COST: the test is made last, since a pattern takes milliseconds and every start waits for it.
    holds = _answers(operator)
    return () if holds is None else tuple(_counted(one, holds) for one in plain)


def tested_alone(links: Sequence[ReadyLink], *, alone: bool) -> Iterator[ReadyLink]:
    """Yield the links of a rule that may be tested before those ahead: these do nothing but test.

    Args:
        links: Of the rule; the first one is always among them.
        alone: As of `guards_of`.
    """
    for number, link in enumerate(links):
        if number and not (alone and _only_tests(links[number - 1]) and not reads_match(link)):
            return
        yield link


def _only_tests(link: ReadyLink) -> bool:
    """Tell whether a link does nothing but a test, and the test ends in every request."""
    operator = link.link.operator
    ends = operator.name in (_TOTAL if operator.has_macros else OPERATORS)
    return ends and operator.name != "geolookup" and not acts(link)


def _guard(link: ReadyLink, operator: Operator) -> Guard | None:
    selectors = link.link.selectors
    if len(selectors) != 1 or selectors[0].excluded:
        return None
    only = selectors[0]
    if only.collection == "TX":
        return _guard_of_members(only, link, operator)
    if only.pattern is not None or only.collection in KEPT:
        return None
    if not only.count and only.key is not None:
        return _present(only.collection, only.key)
    asks = only.count or only.collection == "REQUEST_METHOD"
    holds = _answers(operator) if asks and not link.link.transforms else None
    if holds is None:
        return None
    return _counted(only, holds) if only.count else _of_method(holds)


def _guard_of_members(only: Selector, link: ReadyLink, operator: Operator) -> Guard | None:
    """Return the guard of a link that reads TX."""
    if only.count:
        return None
    if only.pattern is not None:
        return _matched_member(only.pattern)
    holds = None if link.link.transforms else _answers(operator)
    return None if holds is None or only.key is None else _member(only.key, holds)


def _answers(operator: Operator) -> Callable[[bytes], bool] | None:
    """Return whether an operator holds for a text; None for one that is not constant."""
    if operator.name not in OPERATORS or operator.has_macros:
        return None
    try:
        test = make_test(operator.name, operator.argument, operator.phrases)
    except OperatorRefused:
        return None
    negated = operator.negated
    answers: dict[bytes, bool] = {}

    def holds(text: bytes) -> bool:
        answer = answers.get(text)
        if answer is None:
            answer = (test(text) is None) == negated
            if len(text) <= _LONGEST_KEPT:
                if len(answers) >= _MOST_ANSWERS:
                    answers.clear()
                answers[text] = answer
        return answer

    return holds


def _counted(selector: Selector, holds: Callable[[bytes], bool]) -> Counted:
    table = tuple(holds(b"%d" % count) for count in range(_TABLE))
    return Counted(selector.collection, selector.key, table, holds)


def _present(name: str, key: bytes) -> Guard:
    return Counted(name, key, (False, *[True] * (_TABLE - 1)), lambda _count: True)


def _of_method(holds: Callable[[bytes], bool]) -> Guard:
    """Return the guard of a link that tests the method, as links of rules on lengths do."""
    return lambda state: holds(state.request.method)


def tested_member(link: ReadyLink) -> bytes | None:
    """Return the member of TX whose guard says all that the test of a link says; None for others.

    So where the guard of the member holds, the link matches the member as it is.
    """
    told, operator = link.link, link.link.operator
    if len(told.selectors) != 1 or told.transforms or told.multi_match or told.capture:
        return None
    (only,) = told.selectors
    plain = only.collection == "TX" and not (only.count or only.excluded)
    return only.key if plain and operator.name != "geolookup" and _answers(operator) else None


def _member(key: bytes, holds: Callable[[bytes], bool]) -> Guard:
    def guard(state: State) -> bool:
        text = state.tx.get(key)
        return text is not None and holds(text)

    return guard


def _matched_member(pattern: str) -> Guard | None:
    """Return whether some name holds a text that all names which match a pattern hold."""
    literal = literal_of(pattern)
    if not literal:
        return None
    # COST: one search for all names; names are in lower case, and clauses too.
    return lambda state: literal in b"\0".join(state.tx)
