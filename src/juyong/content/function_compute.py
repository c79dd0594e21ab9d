"""The parts that both versions of Function Compute share: error codes, refused operations.

Source: error codes of Function Compute (documented); the texts for parameters (assumed).
"""

from juyong.api.errors import Throttled
from juyong.api.hosts import api_hosts
from juyong.api.product import Dialect, Spelling, because

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

REFUSED = because(
    {
        "functions have no versions, so there is nothing an alias could name": "*Alias*",
        "functions are reached through InvokeFunction only": "*CustomDomain*",
        "no event source calls functions": "*Trigger*",
        "a function sees the code of its own package and the server's Python": "*Layer*",
        "functions share the network of the server": "*VpcBinding*",
        "a function has no instances between its runs: each run starts one": (
            "*ProvisionConfig* ListInstances"
        ),
        "asynchronous calls are not kept once they have run": "*Async*",
        "regions are listed by ActionTrail, ECS, KMS and RDS": "DescribeRegions",
    }
)
"""The operations that neither version serves."""
