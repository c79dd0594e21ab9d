"""Pages of services and functions, by name."""

from functools import partial
from typing import TypeVar

from juyong.api.context import Context
from juyong.api.listing import Paging
from juyong.api.wrapping import Listing
from juyong.services.fc.errors import BadArgument
from juyong.services.fc.shapes import NextPage

R = TypeVar("R")

_PAGING = Paging(lambda token: NextPage(next_token=token), partial(BadArgument, name="nextToken"))


def page_of(
    ctx: Context,
    row_type: type[R],
    name: str,
    token: str,
    limit: int,
    *,
    prefix: str = "",
    start_key: str = "",
    **equal: str,
) -> Listing[R, NextPage]:
    """Read one page of the rows in the region called.

    Args:
        ctx: The call.
        row_type: The table.
        name: Its column with the names, which order the page.
        token: As the page before gave it.
        limit: The most rows of a page.
        prefix: Only names that begin so.
        start_key: Only names from this one on.
        **equal: Further column values.

    Raises:
        BadArgument: the token is of another listing.
    """

    def listed(row: R) -> bool:
        text: str = getattr(row, name)
        return text.startswith(prefix) and text >= start_key

    return _PAGING.stored(
        ctx, row_type, name, token=token, limit=limit, keep=listed, region=ctx.region, **equal
    )
