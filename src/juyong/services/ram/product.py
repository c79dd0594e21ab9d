"""The RAM product.

Source: the text of a denial (observed, 2019-03).
"""

from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, Product

PRODUCT = Product(
    code="Ram",
    ram_code="ram",
    version="2015-05-01",
    hosts=api_hosts("ram", "ram.vpc-proxy.aliyuncs.com"),
    title="Resource Access Management",
    source="RAM API reference",
    is_global=True,
    dialect=Dialect(
        denied=(
            "NoPermission",
            403,
            "You are not authorized to do this action. Resource: {resource} Action: {action}",
        )
    ),
    service_codes=("ram",),
    also_in=("juyong.services.identity",),
)
