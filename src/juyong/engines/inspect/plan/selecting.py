"""Selectors: which values of which collections a gate tests."""

from collections.abc import Sequence

from juyong.engines.inspect.patterns import Pattern, compile_pattern
from juyong.engines.inspect.rules import Selector


class Selection:
    """The selectors of one gate, compiled; keys are compared without case."""

    __slots__ = ("_excluded", "_wanted")

    def __init__(self, selectors: Sequence[Selector]) -> None:
        """Compile.

        Raises:
            PatternRefused: a pattern over keys is malformed.
        """
        self._wanted = [_One(at) for at in selectors if not at.excluded]
        self._excluded = [_One(at) for at in selectors if at.excluded]

    def takes(self, collection: str, key: bytes) -> bool:
        """Tell whether a value is tested; key: As sent."""
        folded = key.lower()
        return any(at.takes(collection, folded) for at in self._wanted) and not any(
            at.takes(collection, folded) for at in self._excluded
        )


class _One:
    """A selector; key and pattern are None where all members are meant."""

    __slots__ = ("collection", "key", "pattern")

    def __init__(self, selector: Selector) -> None:
        self.collection = selector.collection
        self.key = selector.key
        self.pattern: Pattern | None = None
        if selector.pattern is not None:
            self.pattern = compile_pattern(selector.pattern.encode())

    def takes(self, collection: str, folded: bytes) -> bool:
        if collection != self.collection:
            return False
        if self.pattern is not None:
            return self.pattern.span(folded) is not None
        return self.key is None or self.key == folded
