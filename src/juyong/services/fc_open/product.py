"""The Function Compute product in its older version."""

from juyong.api.hosts import api_hosts
from juyong.api.naming import camel_name
from juyong.api.product import Product, Style
from juyong.content.function_compute import DIALECT, HOSTS, REFUSED

_VERSIONS = "functions have no versions"
_TASKS = "asynchronous calls are not kept once they have run"
_CAPACITY = "a function has no instances between its runs: each run starts one"
_TAGS = "services and functions carry no tags"
_EVENTS = "no event source calls functions"

PRODUCT = Product(
    code="FC-Open",
    ram_code="fc",
    version="2021-04-06",
    hosts=(*HOSTS, *api_hosts("fc-open")),
    title="Function Compute (2021-04-06)",
    style=Style.ROA,
    spell=camel_name,
    dialect=DIALECT,
    service_codes=("fc-open",),
    refused={
        **REFUSED,
        **dict.fromkeys(
            ("PublishServiceVersion", "ListServiceVersions", "DeleteServiceVersion"), _VERSIONS
        ),
        **dict.fromkeys(
            (
                *("GetFunctionAsyncInvokeConfig", "ListFunctionAsyncInvokeConfigs"),
                *("PutFunctionAsyncInvokeConfig", "DeleteFunctionAsyncInvokeConfig"),
                *("GetStatefulAsyncInvocation", "ListStatefulAsyncInvocations"),
                *("ListStatefulAsyncInvocationFunctions", "StopStatefulAsyncInvocation"),
            ),
            _TASKS,
        ),
        **dict.fromkeys(
            (
                *("GetFunctionOnDemandConfig", "ListOnDemandConfigs", "ListReservedCapacities"),
                *("PutFunctionOnDemandConfig", "DeleteFunctionOnDemandConfig"),
                *("ClaimGPUInstance", "ReleaseGPUInstance"),
            ),
            _CAPACITY,
        ),
        **dict.fromkeys(
            ("TagResource", "UntagResource", "GetResourceTags", "ListTaggedResources"), _TAGS
        ),
        **dict.fromkeys(
            ("RegisterEventSource", "DeregisterEventSource", "ListEventSources"), _EVENTS
        ),
        "GetAccountSettings": "an account has no settings of its own",
        "DescribeRegions": "the location service lists them",
    },
)
