"""DescribeEndpoints: older clients ask where a product is before they call it."""

from typing import Annotated

import msgspec

from juyong.api import registry
from juyong.api.access import Entry
from juyong.api.context import Context
from juyong.api.fields import Text
from juyong.api.operation import operation
from juyong.api.shape import Shape, Within
from juyong.api.wrapping import Listing
from juyong.content.regions import regions_with
from juyong.services.location.product import PRODUCT as LOCATION

_OPEN_API = "openAPI"


class Endpoint(Shape, frozen=True, kw_only=True):
    """One product's host in one region."""

    id: str
    endpoint: str
    namespace: str
    serivce_code: str = msgspec.field(name="SerivceCode")
    """The service's own misspelling; clients look for either."""
    service_code: str
    type: str
    protocols: Annotated[list[str], Within("Protocols")]


class Found(Shape, frozen=True, kw_only=True):
    """The hosts found; Success is true even when there is none."""

    success: bool = True


@operation(
    LOCATION,
    "DescribeEndpoints",
    entry=Entry.IDENTIFIED,
    answers="Endpoints.Endpoint",
    reads_only=True,
)
def describe_endpoints(
    ctx: Context,
    *,
    id: Annotated[str, Text(1, 64)],  # the API's name
    service_code: Annotated[str, Text(1, 64)],
    type: Annotated[str, Text(1, 32)] = _OPEN_API,  # the API's name
) -> Listing[Endpoint, Found]:
    """Say where a product answers in a region.

    Args:
        id: The region.
        service_code: The product's location code; case does not matter.
        type: Only `openAPI` endpoints exist.

    Returns:
        One endpoint, or an empty list for an unknown region, code or type: clients then fall back
        to the table they carry. A global product has the same host in every region.

    Source: requests and readers of the official clients (observed).
    """
    asked = service_code.casefold()
    products = [
        product
        for product in registry.packages().values()
        if asked in map(str.casefold, product.service_codes)
    ]
    known = {region.region_id for region in regions_with(ctx.platform.region)}
    if not products or id not in known or type != _OPEN_API:
        return Listing([], Found())
    endpoint = Endpoint(
        id=id,
        endpoint=products[0].host_in(id),
        namespace=service_code,
        serivce_code=service_code,
        service_code=service_code,
        type=_OPEN_API,
        protocols=["HTTP", "HTTPS"],
    )
    return Listing([endpoint], Found())
