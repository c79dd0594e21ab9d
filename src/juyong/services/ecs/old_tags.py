"""DescribeTags, the older way to list tags, which clients still call for each image.

Source: ECS API reference, DescribeTags (documented); that Terraform asks for the tags of images
(observed).
"""

from collections import Counter
from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, Grouped, OneOf, Text
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.tags import bears, pairs_of
from juyong.api.wrapping import Listing
from juyong.services.ecs.key_pairs import Region, check_region
from juyong.services.ecs.pages import NumberedAnswer, NumberedParameters, by_number
from juyong.services.ecs.product import PRODUCT as ECS
from juyong.services.ecs.tagging import TAGGED
from juyong.services.ecs.tags import TagFilter


class TypeCount(Shape, frozen=True, kw_only=True):
    """How many resources of each type have a tag."""

    disk: int = 0
    eni: int = 0
    image: int = 0
    instance: int = 0
    key_pair: int = msgspec.field(default=0, name="KeyPair")
    snapshot: int = 0
    securitygroup: int = 0
    ddh: int = 0
    launch_template: int = 0
    reserved_instance: int = 0
    snapshot_policy: int = 0
    volume: int = 0


class CountedTag(Shape, frozen=True, kw_only=True):
    """One tag."""

    tag_key: str
    tag_value: str
    resource_type_count: TypeCount


@operation(
    ECS,
    "DescribeTags",
    resource=acs("ecs", "*"),
    answers="Tags.Tag",
    unsupported={"Category": "tags have no categories"},
    reads_only=True,
    scans=True,
)
def describe_tags(
    ctx: Context,
    *,
    region_id: Region,
    resource_type: Annotated[str, OneOf(tuple(TAGGED)), Doc("Only these.")] | None = None,
    resource_id: Annotated[str, Text(1, 128), Doc("Only of this resource.")] | None = None,
    tag: TagFilter | None = None,
    pages: Annotated[NumberedParameters, Grouped()],
) -> Listing[CountedTag, NumberedAnswer]:
    """List the tags of a region's resources, each once, by key and value."""
    check_region(ctx, region_id)
    wanted = pairs_of(tag)
    counts: dict[tuple[str, str], Counter[str]] = {}
    for kind, resource in TAGGED.items():
        if resource_type not in (None, kind):
            continue
        for held_by, held in resource.tags_by_id(ctx).items():
            if resource_id in (None, held_by) and bears(held, wanted):
                for pair in held.items():
                    counts.setdefault(pair, Counter())[_MEMBERS.get(kind, kind)] += 1
    found = [
        CountedTag(tag_key=key, tag_value=value, resource_type_count=_count(counts[key, value]))
        for key, value in sorted(counts)
    ]
    return by_number(found, pages)


def _count(found: Counter[str]) -> TypeCount:
    """Show how many resources have a tag; older clients do not know all types."""
    known = {name: found[name] for name in TypeCount.__struct_fields__ if name in found}
    return TypeCount(**known)


_MEMBERS = {"keypair": "key_pair"}
"""The members of TypeCount whose names are not those of their types."""
