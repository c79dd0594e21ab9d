"""The location product."""

from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, Product

PRODUCT = Product(
    code="Location",
    ram_code="location",
    version="2015-06-12",
    hosts=(*api_hosts("location"), *api_hosts("location-readonly")),
    title="Location Service",
    source="Location API reference",
    is_global=True,
    dialect=Dialect(
        missing=("MissingParameter", 'The parameter "{name}" is mandatory.'),
        denied=("NoPermission", 403, "You are not authorized to do this action."),
    ),
    service_codes=("location",),
    refused={"*": "DescribeEndpoints says where a product answers"},
)
