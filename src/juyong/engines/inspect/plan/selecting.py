"""Selectors of a gate: which values the gate tests, and in which order."""

from collections.abc import Sequence

from juyong.engines.inspect.gates import Row
from juyong.engines.inspect.model.choosing import takes
from juyong.engines.inspect.rules import Selector


class Selection:
    """The selectors of one gate, compiled."""

    __slots__ = ("_gone", "_wanted")

    def __init__(self, selectors: Sequence[Selector]) -> None:
        """Compile."""
        self._wanted = [(one.collection, takes(one)) for one in selectors if not one.excluded]
        self._gone = [(one.collection, takes(one)) for one in selectors if one.excluded]

    def place(self, collection: str, key: bytes) -> int:
        """Return the place of the first selector that takes a value, -1 where none does.

        A gate tests its values by place, and of one place in the order of the collection.
        """
        for at, (name, taken) in enumerate(self._wanted):
            if name == collection and taken(key):
                gone = any(other == collection and out(key) for other, out in self._gone)
                return -1 if gone else at
        return -1

    def order(self, rows: list[Row]) -> None:
        """Put matches into the order in which the gate tests their values; stable."""
        if len(self._wanted) > 1:
            rows.sort(key=lambda row: self.place(row[0], row[1]))
