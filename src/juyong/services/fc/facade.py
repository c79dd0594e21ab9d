"""The functions of Function Compute for other services.

A service that runs a function for itself plans in a transaction and runs outside of any:
`plan = plan_invocation(tx, platform, function_key(arn), …)`, then `invoke(plan)` on a thread of its
own, or `ctx.outside(key, partial(invoke, plan))` within a call.
"""

from juyong.base.ids import AccountId
from juyong.base.names import BadResourceName, parse_resource_name
from juyong.sandbox import Returned
from juyong.services.fc.errors import NoFunction
from juyong.services.fc.invocations import Plan, plan_invocation, run_plan
from juyong.services.fc.resources import FunctionKey


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
    return FunctionKey(AccountId(named.account_id), named.region, service, function)


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
