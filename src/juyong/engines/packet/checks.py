"""Checks that many parts of a network share: unique ids, names that lead on, blocks apart."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import Protocol, TypeVar

from juyong.engines.packet.addresses import Cidr
from juyong.engines.packet.errors import Duplicate, Mismatch, NotFound


class _Named(Protocol):
    @property
    def id(self) -> str: ...


_N = TypeVar("_N", bound=_Named)


def by_id(things: Iterable[_N]) -> dict[str, _N]:
    """Return things by their ids.

    Raises:
        Duplicate: two have one id.
    """
    found: dict[str, _N] = {}
    for thing in things:
        if thing.id in found:
            raise Duplicate(f"`{thing.id}` is there twice")
        found[thing.id] = thing
    return found


def find(things: Mapping[str, _N], name: str) -> _N:
    """Return the thing of an id, or raise NotFound."""
    if name not in things:
        raise NotFound(f"there is no `{name}`")
    return things[name]


def no_overlap(cidrs: Iterable[Cidr]) -> None:
    """Raise Mismatch when an address is in two of the blocks."""
    for one, other in combinations(cidrs, 2):
        if one.overlaps(other):
            raise Mismatch(f"{one} and {other} overlap")


def within(part: Cidr, whole: Cidr) -> bool:
    """Tell whether all addresses of one block are in another."""
    return part.version == whole.version and whole.first <= part.first and part.last <= whole.last
