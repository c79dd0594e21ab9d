"""The operations on the tags of the resources of ECS.

Source: ECS API reference, TagResources, UntagResources, ListTagResources (documented); that the id
of a key pair is its name (observed in the Terraform provider); the codes of calls that name too
little, the page of 50, and the types of lists (assumed).
"""

from typing import Any

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.listing import NextToken, TokenPage
from juyong.api.operation import operation
from juyong.api.resource import Resource
from juyong.api.tagging import Named, TagResource, named_by
from juyong.api.tags import AllTags, TagKeys, pairs_of
from juyong.api.wrapping import Listing
from juyong.services.ecs.disks.disk import DISK
from juyong.services.ecs.disks.snapshot import SNAPSHOT
from juyong.services.ecs.groups.group import SECURITY_GROUP
from juyong.services.ecs.images.image import IMAGE
from juyong.services.ecs.interfaces.interface import INTERFACE
from juyong.services.ecs.key_pairs import KEY_PAIR, NoRegion, Region, check_region
from juyong.services.ecs.lists.port_lists import PORT_LIST
from juyong.services.ecs.machines.machine import INSTANCE
from juyong.services.ecs.places import PAGING
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.snapshot_groups.group import SNAPSHOT_GROUP
from juyong.services.ecs.snapshot_policies.policy import SNAPSHOT_POLICY
from juyong.services.ecs.tags import TagFilter, Tags, TooManyTags
from juyong.services.ecs.templates.template import TEMPLATE
from juyong.services.network.lists.prefix_lists import PREFIX_LIST
from juyong.services.network.tags import NothingAsked, NothingToUntag

_PAGE = 50
NoResource = fact(
    "InvalidResourceId.NotFound",
    404,
    "The specified ResourceIds are not found in our records.",
    why="The region has no resource of the type under one of the ids.",
)
TAGGED: dict[str, Resource[Any]] = {
    "disk": DISK,
    "eni": INTERFACE,
    "image": IMAGE,
    "instance": INSTANCE,
    "keypair": KEY_PAIR,
    "launchtemplate": TEMPLATE,
    "portrangelist": PORT_LIST,
    "prefixlist": PREFIX_LIST,
    "securitygroup": SECURITY_GROUP,
    "snapshot": SNAPSHOT,
    "snapshotgroup": SNAPSHOT_GROUP,
    "snapshotpolicy": SNAPSHOT_POLICY,
}
"""The types of resources that have tags, as calls write them."""
_SOME, _ANY = named_by(
    "resource_id",
    {kind: each.found(each.find, NoResource) for kind, each in TAGGED.items()},
    check=lambda ctx, arguments: check_region(ctx, arguments["region_id"]),
    errors=(NoRegion,),
    region_id=Region,
)


@operation(ECS, "TagResources", on=_SOME, raises=(TooManyTags,))
def tag_resources(ctx: Context, named: Named, *, tag: Tags) -> None:
    """Add tags to resources, or change their values."""
    named.tag(ctx, pairs_of(tag))


@operation(ECS, "UntagResources", on=_SOME, raises=(NothingToUntag,))
def untag_resources(
    ctx: Context, named: Named, *, tag_key: TagKeys | None = None, all: AllTags = False
) -> None:
    """Take tags off resources; keys that they do not have are passed over."""
    named.untag_asked(ctx, tag_key, all=all, neither=NothingToUntag)


@operation(
    ECS,
    "ListTagResources",
    on=_ANY,
    unsupported={"TagFilter": "tags are filtered by Tag"},
    raises=(NothingAsked,),
    answers="TagResources.TagResource",
    reads_only=True,
    scans=True,
)
def list_tag_resources(
    ctx: Context, named: Named, *, tag: TagFilter | None = None, next_token: NextToken = ""
) -> Listing[TagResource, TokenPage]:
    """List tags of resources, by id and key; a resource that does not exist has none.

    Returns:
        A page of up to 50 tags.
    """
    if named.labels is None and tag is None:
        raise NothingAsked
    return named.listed(named.held(ctx), tag, PAGING, TagResource, token=next_token, limit=_PAGE)
