"""The conditions of a search for resources.

Source: Resource Center API reference, SearchResources (documented): the keys, and the match types
of each. A tag is sent as JSON, `{"key": "k", "value": "v"}`; without a value, any will do.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from juyong.api.errors import BadParameter
from juyong.api.shape import Shape
from juyong.store.inventory import Ref, ResourceEventRow, ResourceRow, tags_held

Row = ResourceRow | ResourceEventRow
Has = Row | Ref
"""The keys of conditions on type, region and id."""
_MOST_VALUES = 10


class Filter(Shape, frozen=True, kw_only=True):
    """One condition: the resource has any of the values."""

    key: str
    match_type: str = "Equals"
    value: list[str] = msgspec.field(default_factory=list)


class ShownFilter(Shape, frozen=True, kw_only=True):
    """A condition as the answer of a count repeats it."""

    key: str
    values: list[str]


class SearchFilter(ShownFilter, frozen=True, kw_only=True):
    """A condition as the answer of a search repeats it."""

    match_type: str


class _SentTag(msgspec.Struct, frozen=True):
    key: str
    value: str | None = None


_sent = msgspec.json.Decoder(_SentTag)
_COMPARED: Mapping[str, Callable[[str, str], bool]] = {
    "Equals": lambda held, wanted: held == wanted,
    "Prefix": lambda held, wanted: held.startswith(wanted),
    "Contains": lambda held, wanted: wanted in held,
}
_NEGATED = {"NotEquals": "Equals", "NotPrefix": "Prefix", "NotContains": "Contains"}
_COLUMNS = {
    "ResourceType": "resource_type",
    "RegionId": "region",
    "ResourceId": "resource_id",
    "ResourceName": "name",
}
Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Search:
    """The tests of a search; a resource of the answer passes all of them."""

    tests: tuple[Test, ...]

    def __call__(self, row: Has) -> bool:
        """Tell whether a resource is one of the answer."""
        return all(test(row) for test in self.tests)


def search_of(filters: list[Filter] | None, expression: str) -> Search:
    """Return the search that a call asks for.

    Raises:
        BadParameter: a key or a match type that the inventory cannot answer, or too many values.
    """
    tests = [_test(each) for each in filters or []]
    return Search((*tests, _keyword(expression.lower())) if expression else tuple(tests))


def _test(asked: Filter) -> Test:
    match = _NEGATED.get(asked.match_type, asked.match_type)
    if not 1 <= len(asked.value) <= _MOST_VALUES or match not in _COMPARED:
        raise bad_filter(asked.key)
    if asked.key == "Tag":
        found = _tag_test(asked)
    elif asked.key in _COLUMNS:
        column, compared = _COLUMNS[asked.key], _COMPARED[match]

        def found(row: Row) -> bool:
            return any(compared(getattr(row, column), value) for value in asked.value)
    else:
        raise bad_filter(asked.key)
    return (lambda row: not found(row)) if asked.match_type in _NEGATED else found


def _tag_test(asked: Filter) -> Test:
    try:
        wanted = [_sent.decode(value) for value in asked.value]
    except msgspec.DecodeError:
        raise bad_filter("Tag") from None

    def found(row: Row) -> bool:
        held = tags_held(row)
        return any(t.key in held and t.value in (None, held[t.key]) for t in wanted)

    return found


def _keyword(word: str) -> Test:
    return lambda row: any(word in text.lower() for text in _texts(row))


def _texts(row: Row) -> Iterator[str]:
    yield from (row.resource_id, row.name, row.resource_type, row.region)
    for key, value in tags_held(row).items():
        yield from (key, value)


def bad_filter(key: str) -> BadParameter:
    """Make the error for a condition that the inventory cannot answer."""
    return BadParameter("InvalidParameter.Filter", f"The specified filter {key} is not valid.")
