"""What both versions of Function Compute say alike: error codes, and what they refuse.

Source: error codes of Function Compute (documented); the texts for parameters (assumed).
"""

from juyong.api.errors import Throttled
from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, Spelling

_ALIASES = "functions have no versions, so there is nothing an alias could name"
_CAPACITY = "a function has no instances between its runs: each run starts one"
_DOMAINS = "functions are reached through InvokeFunction only"
_EVENTS = "no event source calls functions"
_LAYERS = "a function sees the code of its own package and the server's Python"
_VPCS = "functions share the network of the server"

HOSTS = api_hosts(
    "fc",
    "{region}.fc.aliyuncs.com",
    "{region}-internal.fc.aliyuncs.com",
    "{account}.{region}.fc.aliyuncs.com",
    "{account}.{region}-internal.fc.aliyuncs.com",
)
"""Source: endpoints of Function Compute (documented), without an account (observed)."""

DIALECT = Dialect(
    missing=("InvalidArgument", "{name} is required but not provided"),
    invalid_code="InvalidArgument",
    invalid_texts={
        "Length": "{name} has an invalid length",
        "InvalidChars": "{name} contains invalid characters",
        "Format": "{name} is not well formed",
        "Range": "{name} must be between {low} and {high}",
        "": "{name} is set to an invalid value",
    },
    denied=("AccessDenied", 403, "the caller is not authorized to perform this operation"),
    spellings={Throttled: Spelling("ResourceThrottled", 429)},
    # The SDKs read Code and Message; older clients of this product look for the other two.
    error_twins={"ErrorCode": "Code", "ErrorMessage": "Message"},
)

REFUSED = {
    **dict.fromkeys(("CreateAlias", "GetAlias", "ListAliases", "UpdateAlias"), _ALIASES),
    "DeleteAlias": _ALIASES,
    **dict.fromkeys(
        ("CreateCustomDomain", "DeleteCustomDomain", "GetCustomDomain", "ListCustomDomains"),
        _DOMAINS,
    ),
    "UpdateCustomDomain": _DOMAINS,
    **dict.fromkeys(
        ("CreateTrigger", "DeleteTrigger", "GetTrigger", "ListTriggers", "UpdateTrigger"), _EVENTS
    ),
    **dict.fromkeys(
        (
            *("CreateLayerVersion", "DeleteLayerVersion", "GetLayerVersion", "ListLayerVersions"),
            *("ListLayers", "PutLayerACL"),
        ),
        _LAYERS,
    ),
    **dict.fromkeys(("CreateVpcBinding", "DeleteVpcBinding", "ListVpcBindings"), _VPCS),
    **dict.fromkeys(
        ("GetProvisionConfig", "ListProvisionConfigs", "PutProvisionConfig", "ListInstances"),
        _CAPACITY,
    ),
}
"""What neither version serves."""
