"""Tags on roles and policies."""

from collections.abc import Iterable
from typing import Annotated, Any

from juyong.api.context import Arguments, Context
from juyong.api.errors import fact
from juyong.api.fields import Doc, Items, OneOf
from juyong.api.listing import Marker, PageSize, TokenPage, bad_token, by_token
from juyong.api.operation import operation
from juyong.api.resource import Resource
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.services.identity.policies.holders import resource_tags
from juyong.services.identity.policies.policies import POLICY, NoPolicy
from juyong.services.identity.roles.roles import ROLE, NoRole
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.tagging import (
    BadTag,
    Tags,
    TooManyTags,
    checked_tags,
    request_tags,
    tagged_with,
)
from juyong.services.ram.product import PRODUCT as RAM

_TYPES: dict[str, Resource[Any]] = {"role": ROLE, "policy": POLICY}
ResourceType = Annotated[str, OneOf(tuple(_TYPES)), Doc("`role` or `policy`.")]
ResourceNames = Annotated[list[str], Items(1, 50), Doc("1 to 50 names; each must be allowed.")]
TagKeys = Annotated[list[str], Items(1, 20)]
_PAGING = by_token(bad_token("NextToken"))
NothingToUntag = fact(
    "MissingTagKeys",
    400,
    "TagKeys is mandatory for this action.",
    why="Neither keys nor All were given.",
)


class TagResource(Shape, frozen=True, kw_only=True):
    """One tag of one resource."""

    resource_type: str
    resource_name: str
    tag_key: str
    tag_value: str


def _named(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    names = arguments.get("resource_names") or ["*"]
    sort = arguments["resource_type"]
    return tuple(f"acs:ram:*:{ctx.account_id}:{sort}/{name}" for name in dict.fromkeys(names))


@operation(
    RAM,
    "TagResources",
    resource=_named,
    conditions=request_tags,
    resource_conditions=resource_tags,
    raises=(NoRole, NoPolicy, BadTag, TooManyTags),
)
def tag_resources(
    ctx: Context, *, resource_type: ResourceType, resource_names: ResourceNames, tag: Tags
) -> None:
    """Add tags to roles or custom policies, or change their values.

    Assumed: LimitExceeded.Tag.
    """
    resource = _TYPES[resource_type]
    for name in dict.fromkeys(resource_names):
        resource.tag(ctx, resource.the(ctx, name), checked_tags(tag))


@operation(
    RAM,
    "UntagResources",
    resource=_named,
    conditions=request_tags,
    resource_conditions=resource_tags,
    raises=(NoRole, NoPolicy, NothingToUntag),
)
def untag_resources(
    ctx: Context,
    *,
    resource_type: ResourceType,
    resource_names: ResourceNames,
    tag_keys: TagKeys | None = None,
    all: bool = False,
) -> None:
    """Take tags off roles or custom policies; keys that they do not have are passed over.

    Args:
        tag_keys: 1 to 20 keys.
        all: Without tag_keys, take off all tags.

    Assumed: that tag_keys win over all.
    """
    if tag_keys is None and not all:
        raise NothingToUntag
    resource = _TYPES[resource_type]
    for name in dict.fromkeys(resource_names):
        resource.untag(ctx, resource.the(ctx, name), tag_keys)


@operation(
    RAM,
    "ListTagResources",
    resource=_named,
    resource_conditions=resource_tags,
    answers="TagResources",
    reads_only=True,
    scans=True,
)
def list_tag_resources(
    ctx: Context,
    *,
    resource_type: ResourceType,
    resource_names: ResourceNames | None = None,
    tag: Tags | None = None,
    next_token: Marker = "",
    page_size: PageSize = 100,
) -> Listing[TagResource, TokenPage]:
    """List tags of roles or custom policies, by resource name and key.

    Args:
        resource_names: Only these, 1 to 50; one that does not exist has no tags.
        tag: Only resources that have all these tags; an empty value means any.
        page_size: 1 to 100 tags.

    Cost: all tags on the account's resources of the type are read.
    Assumed: the default of page_size.
    """
    held = _TYPES[resource_type].tags_by_id(ctx)
    chosen = set(held) if tag is None else tagged_with(held, tag)
    names = _names(ctx, resource_type, resource_names, held)
    rows = (
        (name, key, value)
        for resource_id, name in names.items()
        if resource_id in chosen
        for key, value in held[resource_id].items()
    )
    return _PAGING.part(
        "tags", rows, key=lambda row: row[:2], token=next_token, limit=page_size, width=2
    ).map(
        lambda row: TagResource(
            resource_type=resource_type, resource_name=row[0], tag_key=row[1], tag_value=row[2]
        )
    )


def _names(
    ctx: Context, resource_type: str, wanted: list[str] | None, tagged: Iterable[str]
) -> dict[str, str]:
    """Return resource id to name: of a policy both are the same."""
    if resource_type == "policy":
        return {name: name for name in (tagged if wanted is None else wanted)}
    rows = ctx.tx.find(RoleRow, account_id=ctx.account_id)
    keys = None if wanted is None else {name.lower() for name in wanted}
    return {row.role_id: row.role_name for row in rows if keys is None or row.role_key in keys}
