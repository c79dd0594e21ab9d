"""The types of resources that can be searched."""

from typing import Annotated

from juyong.api import registry
from juyong.api.context import Context
from juyong.api.fields import Doc, Items, OneOf, Text
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.resourcecenter.enabling import everything
from juyong.services.resourcecenter.product import PRODUCT as CENTER

_FILTERS = ["ResourceId", "ResourceName", "RegionId", "ResourceType"]


class ResourceType(Shape, frozen=True, kw_only=True):
    """A type, and the filters that its resources answer to."""

    resource_type: str
    resource_type_name: str
    product_name: str
    filter_keys: list[str]


class ResourceTypes(Shape, frozen=True, kw_only=True):
    """The types, by name."""

    resource_types: list[ResourceType]


@operation(CENTER, "ListResourceTypes", resource=everything, reads_only=True)
def list_resource_types(
    _ctx: Context,
    *,
    resource_type: Annotated[str, Text(1, 128), Doc("Only this type.")] | None = None,
    accept_language: Annotated[str, OneOf(("en-US", "zh-CN"))] = "en-US",  # noqa: ARG001
    query: Annotated[list[str], Items(1, 10)] | None = None,  # noqa: ARG001
) -> ResourceTypes:
    """List the types of resources that the inventory keeps, whether the account has any or not.

    Args:
        accept_language: `en-US` or `zh-CN`; names are those of the types.
        query: The further facts wanted; the answer always has all of them.
    """
    return ResourceTypes(
        resource_types=[
            _shown(kind, tagged=each.tags is not None)
            for kind, each in sorted(registry.resources().items())
            if resource_type in (None, kind)
        ]
    )


def _shown(kind: str, *, tagged: bool) -> ResourceType:
    _, product, name = kind.split("::")
    return ResourceType(
        resource_type=kind,
        resource_type_name=name,
        product_name=product,
        filter_keys=[*_FILTERS, *(["Tag"] if tagged else [])],
    )
