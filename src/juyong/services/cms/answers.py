"""The members that answers of CloudMonitor have in common.

Source: CloudMonitor API reference; the Terraform provider of Alibaba Cloud takes an answer whose
Code is not `200` for a failure (observed in its source).
"""

from collections.abc import Sequence
from typing import Annotated, TypeVar, Unpack

from juyong.api.access import acs
from juyong.api.fields import Between, Doc
from juyong.api.listing import page_of
from juyong.api.operation import Options
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import Instant

T = TypeVar("T")

EVERYTHING = acs("cms", "*")
PageNumber = Annotated[int, Between(1, 100_000_000), Doc("From 1.")]
PageSize = Annotated[int, Between(1, 100), Doc("1 to 100.")]


def reads(**options: Unpack[Options]) -> Options:
    """Return how operations that read lists are declared."""
    return {**options, "reads_only": True, "scans": True}


def reads_data(**options: Unpack[Options]) -> Options:
    """Return the same of metrics and events, which are read too often for the audit."""
    return {**reads(**options), "resource": EVERYTHING, "audit": "data"}


def millis(at: Instant) -> int:
    """Return an instant in milliseconds."""
    return at * 1000


def millis_text(at: Instant) -> str:
    """Return an instant in milliseconds, as text."""
    return str(at * 1000)


CreateTime = Annotated[int, Of("created_at", millis)]
UpdateTime = Annotated[int, Of("updated_at", millis)]
ProductOf = Annotated[str, Of("namespace", lambda namespace: namespace.removeprefix("acs_"))]
"""The product that a namespace is of."""


class Told(Shape, frozen=True, kw_only=True):
    """An answer that has no Success."""

    code: str = "200"
    message: str = ""


class Done(Told, frozen=True, kw_only=True):
    """An answer that says that the call succeeded."""

    success: bool = True


class Counted(Done, frozen=True, kw_only=True):
    """A page, and how many items there are in all."""

    total: int


class CountedInText(Done, frozen=True, kw_only=True):
    """A page, and how many items there are in all, as text."""

    total: str


class DoneByNumber(Shape, frozen=True, kw_only=True):
    """Code is a number here. Source: the models of the official SDK (observed)."""

    code: int = 200
    message: str = ""
    success: bool = True


DONE = Done()


def counted(items: Sequence[T], number: int, size: int) -> Listing[T, Counted]:
    """Return one page of items that are all in memory; a page behind the last is empty."""
    return Listing(page_of(items, number, size), Counted(total=len(items)))
