"""Parameters that many operations take, and the shape of answers.

Source: SLS API reference (documented).
"""

from collections.abc import Sequence
from typing import Annotated, TypeVar

from juyong.api.fields import Between, Doc
from juyong.api.naming import camel_name
from juyong.api.shape import Shape

T = TypeVar("T")
ProjectName = Annotated[str, Doc("The project.")]
LogstoreName = Annotated[str, Doc("The logstore.")]
Offset = Annotated[int, Between(0, 2**31 - 1), Doc("How many are passed over.")]
Size = Annotated[int, Between(1, 500), Doc("1 to 500.")]


class CamelShape(Shape, frozen=True, kw_only=True, rename=camel_name):
    """A shape whose names begin with a small letter."""


class Page(CamelShape, frozen=True, kw_only=True):
    """How many are shown, and how many there are."""

    count: int
    total: int


def shown_of(found: Sequence[T], offset: int, size: int) -> Sequence[T]:
    """Return the page of a list that is in memory."""
    return found[offset : offset + size]
