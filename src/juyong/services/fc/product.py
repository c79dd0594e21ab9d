"""The Function Compute product in its current version: functions without services."""

from juyong.api.hosts import api_hosts
from juyong.api.naming import camel_name
from juyong.api.product import Product, Style, because
from juyong.content.function_compute import DIALECT, HOSTS, REFUSED

PRODUCT = Product(
    code="FC",
    ram_code="fc",
    version="2023-03-30",
    hosts=(*api_hosts("fcv3"), *HOSTS),
    title="Function Compute",
    source="Function Compute API reference 2023-03-30",
    style=Style.ROA,
    spell=camel_name,
    dialect=DIALECT,
    service_codes=("fc",),
    receiving=(
        ("POST", "/2023-03-30/functions"),
        ("PUT", "/2023-03-30/functions/{functionName}"),
        ("POST", "/2023-03-30/functions/{functionName}/invocations"),
    ),
    quotas={
        "fc.code-bytes": 100 * 1024 * 1024,
        "fc.code-bytes-from-oss": 500 * 1024 * 1024,
        "fc.functions": 200,
        "fc.services": 50,
        "fc.waiting-invocations": 1000,
    },
    refused={
        **REFUSED,
        **because(
            {
                "a function has no instances between its runs: each run starts one": (
                    "*ConcurrencyConfig* *ScalingConfig*"
                ),
                "functions have no versions": "*FunctionVersion*",
                "functions carry no tags and belong to no resource group": (
                    "*TagResources UntagResources ChangeResourceGroup"
                ),
                "a run keeps no state for a session": "*Session* *Snapshot*",
                "delete the function, or take away the permission to call it": (
                    "*ableFunctionInvocation"
                ),
            }
        ),
    },
)
