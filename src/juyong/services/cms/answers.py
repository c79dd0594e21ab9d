"""The members that answers of CloudMonitor have in common.

Source: CloudMonitor API reference; the Terraform provider of Alibaba Cloud takes an answer whose
Code is not `200` for a failure (observed in its source).
"""

from collections.abc import Sequence
from typing import Annotated, TypeVar

from juyong.api.fields import Between, Doc
from juyong.api.listing import page_of
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing

T = TypeVar("T")

PageNumber = Annotated[int, Between(1, 100_000_000), Doc("From 1.")]
PageSize = Annotated[int, Between(1, 100), Doc("1 to 100.")]


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


class CountedByNumber(Shape, frozen=True, kw_only=True):
    """A page of rules: Code is a number here. Source: the models of the official SDK (observed)."""

    code: int = 200
    message: str = ""
    success: bool = True
    total: str


DONE = Done()


def counted(items: Sequence[T], number: int, size: int) -> Listing[T, Counted]:
    """Return one page of items that are all in memory; a page behind the last is empty."""
    return Listing(page_of(items, number, size), Counted(total=len(items)))
