"""Marker paging, as RAM and IMS lists do it."""

from typing import TypeVar

import msgspec

from juyong.api.context import Context
from juyong.api.errors import BadParameter
from juyong.api.shape import Shape
from juyong.base.paging import page_position, page_token

R = TypeVar("R")


class Page(Shape, frozen=True, kw_only=True):
    """A page; Marker is left out of the last one."""

    is_truncated: bool
    marker: str | msgspec.UnsetType = msgspec.UNSET


def page_of(
    ctx: Context,
    row_type: type[R],
    *,
    order: str,
    marker: str,
    limit: int,
    **equal: object,
) -> tuple[list[R], bool, str | msgspec.UnsetType]:
    """Read one page of an account's rows in the order of a unique column.

    Returns:
        (rows, truncated, marker of the next page or UNSET).

    Raises:
        BadParameter: the marker is not one of this listing.
    """
    listing = row_type.__name__
    after: tuple[str, object] | None = None
    if marker:
        try:
            (position,) = page_position(listing, marker)
        except ValueError as bad:
            raise BadParameter(
                "InvalidParameter.Marker", 'The parameter - "Marker" is incorrect.'
            ) from bad
        after = (order, position)
    rows = ctx.tx.find(
        row_type,
        order=(order,),
        after=after,
        limit=limit + 1,
        account_id=ctx.account_id,
        **equal,
    )
    if len(rows) <= limit:
        return rows, False, msgspec.UNSET
    rows = rows[:limit]
    return rows, True, page_token(listing, [getattr(rows[-1], order)])
