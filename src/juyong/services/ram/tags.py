"""Tags on roles and policies."""

from typing import Annotated

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items, OneOf
from juyong.api.listing import Marker, PageSize, bad_token, by_token
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.services.identity.policies.catalogue import NoPolicy, custom_named
from juyong.services.identity.policies.policies import TAGGED_AS as POLICY
from juyong.services.identity.policies.policies import note_policy
from juyong.services.identity.roles.roles import RESOURCE as ROLE_RESOURCE
from juyong.services.identity.roles.roles import TAGGED_AS as ROLE
from juyong.services.identity.roles.roles import NoRole, role_named, role_state
from juyong.services.identity.roles.tables import RoleRow
from juyong.services.identity.tagging import (
    BadTag,
    Tags,
    TooManyTags,
    remove_tags,
    request_tags,
    resource_tags,
    set_tags,
    tagged_with,
    tags_by_resource,
)
from juyong.services.ram.product import PRODUCT as RAM

ResourceType = Annotated[str, OneOf((ROLE, POLICY)), Doc("`role` or `policy`.")]
ResourceNames = Annotated[list[str], Items(1, 50), Doc("1 to 50 names; each must be allowed.")]
TagKeys = Annotated[list[str], Items(1, 20)]
_PAGING = by_token(bad_token("NextToken"))


class NothingToUntag(ApiError):
    """Neither keys nor All were given."""

    code, status, text = "MissingTagKeys", 400, "TagKeys is mandatory for this action."


class TagResource(Shape, frozen=True, kw_only=True):
    """One tag of one resource."""

    resource_type: str
    resource_name: str
    tag_key: str
    tag_value: str


class ListTagResourcesAnswer(Shape, frozen=True, kw_only=True):
    """A page of tags, flat; NextToken is left out of the last one."""

    tag_resources: list[TagResource]
    next_token: str | msgspec.UnsetType = msgspec.UNSET


def _named(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    names = arguments.get("resource_names") or ["*"]
    sort = arguments["resource_type"]
    return tuple(f"acs:ram:*:{ctx.account_id}:{sort}/{name}" for name in dict.fromkeys(names))


def _id_of(ctx: Context, resource_type: str, name: str) -> str:
    """Return the id tags are kept under.

    Raises:
        NoRole, NoPolicy: there is no such resource.
    """
    if resource_type == ROLE:
        return role_named(ctx.tx, ctx.account_id, name).role_id
    return custom_named(ctx.tx, ctx.account_id, name).policy_name


def _note(ctx: Context, resource_type: str, name: str) -> None:
    if resource_type == POLICY:
        note_policy(ctx, custom_named(ctx.tx, ctx.account_id, name))
        return
    row = role_named(ctx.tx, ctx.account_id, name)
    ctx.journal.record("updated", ROLE_RESOURCE, row.role_id, row.role_name, role_state(ctx, row))


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
) -> Empty:
    """Add tags to roles or custom policies, or change their values.

    Source: RAM API reference, TagResources (documented); LimitExceeded.Tag (assumed).
    """
    for name in dict.fromkeys(resource_names):
        set_tags(ctx, resource_type, _id_of(ctx, resource_type, name), tag)
        _note(ctx, resource_type, name)
    return Empty()


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
) -> Empty:
    """Take tags off roles or custom policies; keys they do not bear are passed over.

    Args:
        tag_keys: 1 to 20 keys.
        all: Without tag_keys, take off all tags.

    Source: RAM API reference, UntagResources (documented); that tag_keys win over all (assumed).
    """
    if tag_keys is None and not all:
        raise NothingToUntag
    for name in dict.fromkeys(resource_names):
        remove_tags(ctx, resource_type, _id_of(ctx, resource_type, name), tag_keys)
        _note(ctx, resource_type, name)
    return Empty()


@operation(
    RAM,
    "ListTagResources",
    resource=_named,
    resource_conditions=resource_tags,
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
) -> ListTagResourcesAnswer:
    """List tags of roles or custom policies, by resource name and key.

    Args:
        resource_names: Only these, 1 to 50; one that does not exist has no tags.
        tag: Only resources that bear all these tags; an empty value means any.
        page_size: 1 to 100 tags.

    Returns:
        A page; NextToken is there only when more follow.

    Cost: all tags on the account's resources of the type are read.
    Source: RAM API reference, ListTagResources (documented); the default of page_size (assumed).
    """
    held = tags_by_resource(ctx, resource_type)
    chosen = set(held) if tag is None else tagged_with(held, tag)
    names = _names(ctx, resource_type, resource_names)
    rows = (
        (name, key, value)
        for resource_id, name in names.items()
        if resource_id in chosen
        for key, value in held[resource_id].items()
    )
    found = _PAGING.part(
        "tags", rows, key=lambda row: row[:2], token=next_token, limit=page_size, width=2
    )
    return ListTagResourcesAnswer(
        tag_resources=[
            TagResource(resource_type=resource_type, resource_name=n, tag_key=k, tag_value=v)
            for n, k, v in found.items
        ],
        next_token=found.page.next_token,
    )


def _names(ctx: Context, resource_type: str, wanted: list[str] | None) -> dict[str, str]:
    """Return resource id to name: of a policy both are the same."""
    if resource_type == POLICY:
        names = tags_by_resource(ctx, resource_type) if wanted is None else wanted
        return {name: name for name in names}
    rows = ctx.tx.find(RoleRow, account_id=ctx.account_id)
    keys = None if wanted is None else {name.lower() for name in wanted}
    return {row.role_id: row.role_name for row in rows if keys is None or row.role_key in keys}
