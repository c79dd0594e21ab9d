"""The Resource Center product."""

from juyong.api.hosts import api_hosts
from juyong.api.product import Product, because

PRODUCT = Product(
    code="ResourceCenter",
    ram_code="resourcecenter",
    version="2022-12-01",
    hosts=api_hosts("resourcecenter"),
    title="Resource Center",
    source="Resource Center API reference",
    is_global=True,
    service_codes=("resourcecenter",),
    refused=because(
        {
            "there is no resource directory: every account stands alone": "*MultiAccount*",
            "nothing is delivered elsewhere; read the inventory instead": "*DeliveryChannel*",
            "there is no SQL over the inventory": "*SQL* *SavedQuer* *ExampleQuer*",
            "filters are not stored; send them with each search": "*Filter*",
        }
    ),
)
