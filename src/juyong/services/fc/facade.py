"""What other services may call of Function Compute.

A service that runs a function for itself plans in a transaction and runs outside of any:
`plan = plan_invocation(tx, platform, function_key(arn), …)`, then `invoke(plan)` on a thread of its
own, or `ctx.outside(key, partial(invoke, plan))` within a call.
"""

from juyong.base.ids import AccountId
from juyong.base.names import BadResourceName, parse_resource_name
from juyong.sandbox import Returned
from juyong.services.fc.errors import (
    BadArgument,
    BadCode,
    EntityTooLarge,
    FunctionExists,
    NoFunction,
    RoleRefused,
    TooBusy,
    TooMany,
)
from juyong.services.fc.fields import (
    CamelShape,
    Code,
    CodeChecksum,
    Description,
    Environment,
    Event,
    FunctionName,
    Handler,
    InvocationType,
    Latest,
    Limit,
    LogType,
    MemorySize,
    OneAtATime,
    Role,
    Runtime,
    ServiceName,
    Timeout,
)
from juyong.services.fc.functions import (
    RESOURCE,
    FunctionKey,
    Wanted,
    add_function,
    change_function,
    environment_of,
    function_named,
    key_of,
    remove_function,
    sealed_environment,
)
from juyong.services.fc.invocations import Plan, invoked, plan_invocation, run_plan
from juyong.services.fc.later import queued
from juyong.services.fc.links import FunctionCode, code_link
from juyong.services.fc.packages import checked_code
from juyong.services.fc.permissions import owned, passed_role
from juyong.services.fc.shapes import function_arn
from juyong.services.fc.tables import FunctionRow, ServiceRow
from juyong.services.fc.unsupported import BOTH

__all__ = [
    "BOTH",
    "RESOURCE",
    "BadArgument",
    "BadCode",
    "BadFunctionName",
    "CamelShape",
    "Code",
    "CodeChecksum",
    "Description",
    "EntityTooLarge",
    "Environment",
    "Event",
    "FunctionCode",
    "FunctionExists",
    "FunctionFailed",
    "FunctionKey",
    "FunctionName",
    "FunctionRow",
    "Handler",
    "InvocationType",
    "Latest",
    "Limit",
    "LogType",
    "MemorySize",
    "NoFunction",
    "OneAtATime",
    "Plan",
    "Role",
    "RoleRefused",
    "Runtime",
    "ServiceName",
    "ServiceRow",
    "Timeout",
    "TooBusy",
    "TooMany",
    "Wanted",
    "add_function",
    "change_function",
    "checked_code",
    "code_link",
    "environment_of",
    "function_arn",
    "function_key",
    "function_named",
    "invoke",
    "invoked",
    "key_of",
    "owned",
    "passed_role",
    "plan_invocation",
    "queued",
    "remove_function",
    "sealed_environment",
]


class BadFunctionName(ValueError):
    """The text names no function."""


class FunctionFailed(Exception):
    """A function raised or was stopped; `report` is a JSON object that says how."""

    def __init__(self, report: bytes) -> None:
        super().__init__("the function failed")
        self.report = report


def function_key(arn: str) -> FunctionKey:
    """Read `acs:fc:<region>:<account>:functions/<f>` or `…:services/<s>[.LATEST]/functions/<f>`.

    Raises:
        BadFunctionName: any other text.
    """
    try:
        named = parse_resource_name(arn)
    except BadResourceName as bad:
        raise BadFunctionName(arn) from bad
    match named.relative.split("/"):
        case ["functions", function] if function:
            service = ""
        case ["services", service, "functions", function] if service and function:
            service = service.removesuffix(".LATEST")
        case _:
            raise BadFunctionName(arn)
    if named.service != "fc" or not named.account_id.isdecimal() or not named.region:
        raise BadFunctionName(arn)
    return FunctionKey(
        account_id=AccountId(named.account_id),
        region=named.region,
        service_name=service,
        function_name=function,
    )


def invoke(plan: Plan) -> bytes:
    """Run a function once and return its output; blocks for as long as it takes.

    Raises:
        FunctionFailed: it raised, was stopped, or ended early.
        TooBusy, NotSupported: see run_plan; it did not run.
    """
    outcome = run_plan(plan)
    if isinstance(outcome, Returned):
        return outcome.output
    raise FunctionFailed(getattr(outcome, "report", b""))
