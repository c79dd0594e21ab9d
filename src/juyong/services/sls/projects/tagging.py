"""Tags of projects and logstores, and the resource group, which is the account's default one.

Source: SLS API reference, TagResources, UntagResources, ListTagResources, ChangeResourceGroup
(documented); types in either case, and `<project>#<logstore>` for a logstore (observed in the Go
SDK and in Terraform's provider).
"""

from typing import Annotated, Any

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Doc, Items, Judged, OneOf, Raises
from juyong.api.listing import NextToken, Paging
from juyong.api.operation import Route, operation
from juyong.api.resource import Resource, Target
from juyong.api.tagging import Named, TagResource, named_by
from juyong.api.tags import TagParameter, pairs_of, sent_tags, tag_keys
from juyong.api.wrapping import Listing
from juyong.services.sls.errors import BadArgument, NoProject
from juyong.services.sls.fields import CamelShape
from juyong.services.sls.logstores.logstore import LOGSTORE
from juyong.services.sls.product import PRODUCT as SLS
from juyong.services.sls.projects.errors import NoGroup
from juyong.services.sls.projects.project import PROJECT, arn_in, project_policy, the_project
from juyong.services.sls.projects.projects import check_group
from juyong.services.sls.tables import ProjectRow

_MOST = 100
_TYPES: dict[str, Resource[Any]] = {
    **dict.fromkeys(("project", "PROJECT"), PROJECT),
    **dict.fromkeys(("logstore", "LOGSTORE"), LOGSTORE),
}
SOME, ANY = named_by("resource_id", _TYPES)


class SentTag(TagParameter, frozen=True, kw_only=True):
    """One tag, as requests give it; as a filter, an empty value means any."""

    key: str = msgspec.field(name="key")
    value: str = msgspec.field(name="value", default="")


SentTags = Annotated[
    list[SentTag],
    Items(1, 20),
    Judged(sent_tags),
    Raises(PROJECT.tags.errors if PROJECT.tags else ()),
    Doc("1 to 20 tags."),
]


class HeldTag(CamelShape, frozen=True, kw_only=True):
    """One tag of one resource."""

    resource_type: str
    resource_id: str
    tag_key: str
    tag_value: str


class TokenPage(CamelShape, frozen=True, kw_only=True):
    """A page; nextToken is empty on the last one."""

    next_token: str


PAGING = Paging(
    lambda token: TokenPage(next_token="" if token is msgspec.UNSET else token),
    lambda: BadArgument(why="nextToken is not valid."),
)


@operation(SLS, "TagResources", on=SOME, route=Route(method="POST", path="/tag"))
def tag_resources(ctx: Context, named: Named, *, tags: SentTags) -> None:
    """Add tags to projects or logstores, or change their values."""
    named.tag(ctx, pairs_of(tags))


@operation(SLS, "UntagResources", on=SOME, route=Route(method="POST", path="/untag"))
def untag_resources(
    ctx: Context,
    named: Named,
    *,
    tags: Annotated[list[str] | None, Items(1, 20), Judged(tag_keys), Doc("1 to 20 keys.")] = None,
    all: Annotated[bool, Doc("Without keys, take off all tags.")] = False,
) -> None:
    """Take tags off projects or logstores; keys that one does not have are passed over."""
    if tags or all:
        named.untag(ctx, tags or None)


@operation(
    SLS,
    "ListTagResources",
    on=ANY,
    answers="tagResources",
    raises=(BadArgument,),
    route=Route(method="GET", path="/tags"),
    reads_only=True,
    scans=True,
)
def list_tag_resources(
    ctx: Context,
    named: Named,
    *,
    tags: Annotated[list[SentTag] | None, Items(1, 20), Doc("Only what has all of them.")] = None,
    next_token: NextToken = "",
) -> Listing[HeldTag, TokenPage]:
    """List tags of projects or logstores, by resource and key."""
    held = named.held(ctx)
    return named.listed(held, tags, PAGING, TagResource, token=next_token, limit=_MOST).map(
        HeldTag.of
    )


CHANGED: Target[ProjectRow] = Target(
    parameters={"resource_id": Annotated[str, Doc("The project.")]},
    arn=lambda ctx, arguments: (arn_in(ctx, arguments.get("resource_id") or "*"),),
    find=lambda ctx, arguments: the_project(ctx, arguments["resource_id"]),
    errors=(NoProject,),
    policy=lambda ctx, arguments: project_policy(ctx, {"project": arguments["resource_id"]}),
)


@operation(
    SLS,
    "ChangeResourceGroup",
    on=CHANGED,
    raises=(NoGroup,),
    route=Route(method="PUT", path="/resourcegroup"),
)
def change_resource_group(
    _ctx: Context,
    row: ProjectRow,
    *,
    resource_group_id: Annotated[str, Doc("The account's default resource group.")],
    resource_type: Annotated[str, OneOf(("PROJECT", "project")), Doc("PROJECT.")] = "PROJECT",  # noqa: ARG001  # there is one
) -> None:
    """Put a project into the default resource group, where it is; other groups do not exist."""
    check_group(row.account_id, resource_group_id)
