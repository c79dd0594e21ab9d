"""Pages of services and functions, by name."""

from functools import partial
from typing import TypeVar

from juyong.api.context import Context
from juyong.api.listing import Paging
from juyong.api.resource import Resource
from juyong.api.wrapping import Listing
from juyong.services.fc.errors import BadArgument
from juyong.services.fc.shapes import NextPage

R = TypeVar("R")

_PAGING = Paging(lambda token: NextPage(next_token=token), partial(BadArgument, name="nextToken"))


def page_of(
    ctx: Context,
    resource: Resource[R],
    token: str,
    limit: int,
    *,
    prefix: str = "",
    start_key: str = "",
    **equal: str,
) -> Listing[R, NextPage]:
    """Read one page of the services or functions in the region called.

    Args:
        ctx: The call.
        resource: Their type.
        token: As the page before gave it.
        limit: The most rows of a page.
        prefix: Only names that begin so.
        start_key: Only names from this one on.
        **equal: Further column values.

    Raises:
        BadArgument: the token is of another listing.
    """

    def listed(row: R) -> bool:
        text: str = getattr(row, resource.name)
        return text.startswith(prefix) and text >= start_key

    place = {"region": ctx.region, **equal}
    return _PAGING.stored(
        ctx, resource.row, resource.name, token=token, limit=limit, keep=listed, **place
    )
