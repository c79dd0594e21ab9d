"""The Function Compute product in its current version: functions without services."""

from juyong.api.hosts import api_hosts
from juyong.api.naming import camel_name
from juyong.api.product import Product, Style
from juyong.content.function_compute import DIALECT, HOSTS, REFUSED

_ALIASES = "functions have no versions, so there is nothing an alias could name"
_CAPACITY = "a function has no instances between its runs: each run starts one"
_LAYERS = "a function sees the code of its own package and the server's Python"
_TASKS = "asynchronous calls are not kept once they have run"
_TAGS = "functions carry no tags and belong to no resource group"
_SESSIONS = "a run keeps nothing that a session could come back to"
_REGIONS = "the location service lists them"
_SWITCH = "delete the function, or take away the permission to call it"

PRODUCT = Product(
    code="FC",
    ram_code="fc",
    version="2023-03-30",
    hosts=(*api_hosts("fcv3"), *HOSTS),
    title="Function Compute",
    style=Style.ROA,
    spell=camel_name,
    dialect=DIALECT,
    service_codes=("fc",),
    refused={
        **REFUSED,
        "GetLayerVersionByArn": _LAYERS,
        "DeleteProvisionConfig": _CAPACITY,
        **dict.fromkeys(
            (
                *("GetConcurrencyConfig", "ListConcurrencyConfigs", "PutConcurrencyConfig"),
                *("DeleteConcurrencyConfig", "GetScalingConfig", "ListScalingConfigs"),
                *("PutScalingConfig", "DeleteScalingConfig"),
            ),
            _CAPACITY,
        ),
        **dict.fromkeys(
            (
                *("GetAsyncInvokeConfig", "ListAsyncInvokeConfigs", "PutAsyncInvokeConfig"),
                *("DeleteAsyncInvokeConfig", "GetAsyncTask", "ListAsyncTasks", "StopAsyncTask"),
            ),
            _TASKS,
        ),
        **dict.fromkeys(
            ("ListFunctionVersions", "PublishFunctionVersion", "DeleteFunctionVersion"), _ALIASES
        ),
        **dict.fromkeys(
            ("ChangeResourceGroup", "ListTagResources", "TagResources", "UntagResources"), _TAGS
        ),
        **dict.fromkeys(
            (
                *("CreateSession", "DeleteSession", "GetSession", "ListSessions", "UpdateSession"),
                *("PauseSession", "ResumeSession"),
                *("CreateSnapshot", "DeleteSnapshot", "GetSnapshot", "ListSnapshots"),
            ),
            _SESSIONS,
        ),
        "DescribeRegions": _REGIONS,
        "EnableFunctionInvocation": _SWITCH,
        "DisableFunctionInvocation": _SWITCH,
    },
)
