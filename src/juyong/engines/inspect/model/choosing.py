"""Selectors to values: which members of which collections a link tests, and in which order."""

from collections.abc import Callable, Iterator
from functools import cache

from juyong.engines.inspect.gates import Value
from juyong.engines.inspect.model.state import KEPT, State
from juyong.engines.inspect.plan.factors import pattern_clauses
from juyong.engines.inspect.rules import Selector
from juyong.engines.inspect.seclang.patterns import compiled

Takes = Callable[[bytes], bool]
"""Tells whether a selector takes the member of a key."""


class Chooser:
    """The selectors of a link, made ready."""

    def __init__(self, selectors: tuple[Selector, ...]) -> None:
        """Compile; selectors: With those that take members out."""
        self.selectors = selectors
        self.steady = not any(one.collection in KEPT for one in selectors)
        """Whether no rule changes what is chosen while a phase runs."""
        self._wanted = [(one, takes(one)) for one in selectors if not one.excluded]
        patterns = [(one, one.pattern) for one in selectors if one.pattern is not None]
        self._literals = {one: literal_of(pattern) for one, pattern in patterns}
        self._gone: dict[str, list[Takes]] = {}
        for one in selectors:
            if one.excluded:
                self._gone.setdefault(one.collection, []).append(takes(one))

    def choose(self, state: State) -> list[Value]:
        """Return the values to test: by selector, then in the order of the collection.

        A member that several selectors take comes once, with the first of them. A count comes as a
        value of the collection with `&` before its name.
        """
        seen: set[tuple[str, int, bytes]] = set()
        found: list[Value] = []
        for selector, taken in self._wanted:
            members = self._members(state, selector, taken)
            if selector.count:
                count = b"%d" % sum(1 for _ in members)
                found.append(Value(f"&{selector.collection}", selector.key or b"", count))
                continue
            for at, value in members:
                mark = (selector.collection, at, value.key)
                if mark not in seen:
                    seen.add(mark)
                    found.append(value)
        return found

    def _members(
        self, state: State, selector: Selector, taken: Takes
    ) -> Iterator[tuple[int, Value]]:
        gone = self._gone.get(selector.collection, ())
        if selector.collection == "TX" and selector.key is not None and not gone:
            # COST: most rules of scoring sets read one of some sixty members.
            text = state.tx.get(selector.key)
            if text is not None:
                yield 0, Value("TX", selector.key, text)
            return
        if selector.collection == "TX":
            # COST: names are in lower case, so that most are ruled out by the literal alone.
            literal = self._literals.get(selector, b"")
            for key, text in state.tx.items():
                if literal in key and taken(key) and not any(out(key) for out in gone):
                    yield 0, Value("TX", key, text)
            return
        for at, one in enumerate(state.members(selector.collection)):
            if taken(one.key) and not any(out(one.key) for out in gone):
                yield at, one


def takes(selector: Selector) -> Takes:
    """Return the test of a key.

    Source: ModSecurity 2.9 and 3 (observed): keys are compared without regard to case.
    """
    if selector.pattern is not None:
        search = compiled(selector.pattern).search
        return lambda key: search(key) is not None
    if selector.key is None:
        return lambda _key: True
    wanted = selector.key
    return lambda key: key.lower() == wanted


@cache
def literal_of(pattern: str) -> bytes:
    """Return a literal in lower case that every match of a pattern holds; empty where none is."""
    clauses = pattern_clauses(pattern.encode())
    return next(iter(clauses[0])) if clauses and len(clauses[0]) == 1 else b""
