"""The Function Compute product in its older version; its operations are a face of `fc`."""

from juyong.api.hosts import api_hosts
from juyong.api.naming import camel_name
from juyong.api.product import Product, Style, because
from juyong.content.function_compute import DIALECT, HOSTS, REFUSED

PRODUCT = Product(
    code="FC-Open",
    ram_code="fc",
    version="2021-04-06",
    hosts=(*HOSTS, *api_hosts("fc-open")),
    title="Function Compute (2021-04-06)",
    source="Function Compute API reference 2021-04-06",
    style=Style.ROA,
    spell=camel_name,
    dialect=DIALECT,
    service_codes=("fc-open",),
    receiving=(
        ("POST", "/2021-04-06/services/{serviceName}/functions"),
        ("PUT", "/2021-04-06/services/{serviceName}/functions/{functionName}"),
        ("POST", "/2021-04-06/services/{serviceName}/functions/{functionName}/invocations"),
    ),
    also_in=("juyong.services.fc",),
    refused={
        **REFUSED,
        **because(
            {
                "functions have no versions": "*ServiceVersion*",
                "a function has no instances between its runs: each run starts one": (
                    "*OnDemandConfig* ListReservedCapacities *GPUInstance"
                ),
                "services and functions carry no tags": "*Tag* UntagResource",
                "no event source calls functions": "*EventSource*",
                "an account has no settings of its own": "GetAccountSettings",
            }
        ),
    },
)
