"""Numbered pages, as all KMS lists have them."""

from typing import Annotated, TypeVar

from juyong.api.fields import Between, Doc
from juyong.api.shape import Shape

R = TypeVar("R")

PageNumber = Annotated[int, Between(1, 1_000_000), Doc("From 1.")]
PageSize = Annotated[int, Between(1, 100), Doc("1 to 100.")]


class Page(Shape, frozen=True, kw_only=True):
    """The members every numbered page has."""

    page_number: int
    page_size: int
    total_count: int


def page_of(rows: list[R], page_number: int, page_size: int) -> list[R]:
    """Return one page of rows that are all known; a page behind the last is empty."""
    start = (page_number - 1) * page_size
    return rows[start : start + page_size]
