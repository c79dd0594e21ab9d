"""The configurations of resources.

Source: Resource Center API reference, GetResourceConfiguration, BatchGetResourceConfigurations
(documented); the code for a resource that does not exist (assumed).
"""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Items, Text
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.resourcecenter.enabling import NotEnabled, everything, refuse_disabled
from juyong.services.resourcecenter.found import Configuration, configuration_of
from juyong.services.resourcecenter.product import PRODUCT as CENTER
from juyong.store.inventory import Ref
from juyong.store.inventory_reads import resource_at

ResourceId = Annotated[str, Text(1, 256), Doc("The id.")]
ResourceType = Annotated[str, Text(1, 128), Doc("Such as `ACS::KMS::Key`.")]
RegionId = Annotated[str, Text(1, 64), Doc("The region, or `global`.")]


class NoResource(ApiError):
    """The account has no such resource."""

    code, status, text = "NotExists.Resource", 404, "The specified resource does not exist."


class Asked(Shape, frozen=True, kw_only=True):
    """A resource that a batch asks for."""

    region_id: str
    resource_id: str
    resource_type: str


class Configurations(Shape, frozen=True, kw_only=True):
    """The configurations of those resources that exist."""

    resources: list[Configuration]


@operation(
    CENTER,
    "GetResourceConfiguration",
    resource=everything,
    raises=(NotEnabled, NoResource),
    reads_only=True,
)
def get_resource_configuration(
    ctx: Context,
    *,
    resource_region_id: RegionId,
    resource_type: ResourceType,
    resource_id: ResourceId,
) -> Configuration:
    """Return all that the inventory keeps of a resource."""
    refuse_disabled(ctx)
    row = resource_at(ctx.tx, Ref(ctx.account_id, resource_region_id, resource_type, resource_id))
    if row is None:
        raise NoResource
    return configuration_of(row)


@operation(
    CENTER,
    "BatchGetResourceConfigurations",
    resource=everything,
    raises=(NotEnabled,),
    reads_only=True,
    scans=True,
)
def batch_get_resource_configurations(
    ctx: Context,
    *,
    resources: Annotated[list[Asked], Items(1, 100), Doc("1 to 100 resources.")],
) -> Configurations:
    """Return all that the inventory keeps of several resources; others are left out."""
    refuse_disabled(ctx)
    found = (
        resource_at(
            ctx.tx, Ref(ctx.account_id, each.region_id, each.resource_type, each.resource_id)
        )
        for each in resources
    )
    return Configurations(resources=[configuration_of(row) for row in found if row])
