"""How calls name a resource of a region, and how lists go on after a page."""

from functools import partial
from typing import TypeVar

from msgspec.structs import replace

from juyong.api.context import Arguments, Context
from juyong.api.errors import BadParameter
from juyong.api.listing import by_token
from juyong.api.resource import Target
from juyong.services.ecs.key_pairs import Region, check_region

R = TypeVar("R")
PAGING = by_token(
    partial(
        BadParameter,
        "InvalidNextToken.Malformed",
        'The specified parameter "NextToken" is not valid.',
    )
)
"""Lists that go on after a NextToken; the code of a wrong one is assumed."""


def in_region(target: Target[R]) -> Target[R]:
    """Return how a call names the same resource with a RegionId, which must be the region called.

    Raises, when it finds the resource:
        NoRegion: the parameter names another region.
    """

    def find(ctx: Context, arguments: Arguments) -> R:
        check_region(ctx, arguments["region_id"])
        return target.find(ctx, arguments)

    return replace(target, parameters={"region_id": Region, **target.parameters}, find=find)
