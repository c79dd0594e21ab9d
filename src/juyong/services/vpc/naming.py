"""How calls of VPC name VPCs and vSwitches, and what their lists have in common."""

from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

from juyong.api.access import ResourceConditionRule, ResourceRule, each
from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, Text
from juyong.api.resource import Resource
from juyong.api.tags import bears, pairs_of
from juyong.services.network.errors import NoVpc
from juyong.services.network.tags import TagFilter
from juyong.services.vpc.resources import VPCS

R = TypeVar("R")
VpcId = Annotated[str, Text(1, 64), Doc("The VPC.")]
VSwitchId = Annotated[str, Text(1, 64), Doc("The vSwitch.")]
OfVpc = Annotated[str, Text(1, 64), Doc("Only those of this VPC.")]
OfName = Annotated[str, Text(1, 128), Doc("Only those with this name.")]
Several = Annotated[str, Text(1, 2048), Doc("Only these: up to 20 ids, separated by commas.")]

IN_VPC = VPCS.found(VPCS.find, NoVpc).by(vpc_id=VpcId)
"""The VPC in which a call makes something."""


def new_in_vpc(resource: Resource[R]) -> ResourceRule:
    """Return the permission to make a resource in a VPC: on both."""
    return each(resource.new.arn, IN_VPC.arn)


def of_vpc(ctx: Context, arguments: Arguments) -> dict[str, tuple[str, ...]]:
    """Return `vpc:VPC`, the ARN of the VPC that a call names."""
    vpc_id = arguments.get("vpc_id")
    return {"vpc:VPC": (VPCS.arn_named(ctx, vpc_id),)} if vpc_id else {}


def tags_of_each(*resources: Resource[Any]) -> ResourceConditionRule:
    """Return the condition keys that tags bring, of calls on resources of several types."""

    def conditions(ctx: Context, arn: str) -> dict[str, tuple[str, ...]]:
        brought = (resource.tag_conditions(ctx, arn) for resource in resources)
        return {key: values for each in brought for key, values in each.items()}

    return conditions


def ids_of(text: str | None) -> frozenset[str] | None:
    """Return the ids that a filter names; None without a filter."""
    return None if text is None else frozenset(each.strip() for each in text.split(","))


def tagged(
    ctx: Context, resource: Resource[R], rows: Iterable[R], tag: TagFilter | None
) -> list[R]:
    """Return those of some rows that have all tags of a filter."""
    wanted = pairs_of(tag)
    if not wanted:
        return list(rows)
    held = resource.tags_by_id(ctx)
    return [row for row in rows if bears(held.get(getattr(row, resource.id), {}), wanted)]
