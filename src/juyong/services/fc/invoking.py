"""Call functions."""

from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.operation import Route, operation
from juyong.services.fc.errors import (
    EntityTooLarge,
    NoFunction,
    RoleRefused,
    TooBusy,
    TooMany,
)
from juyong.services.fc.fields import Event, FunctionName, InvocationType, Latest, LogType
from juyong.services.fc.functions import key_of
from juyong.services.fc.invocations import invoked
from juyong.services.fc.later import queued
from juyong.services.fc.permissions import owned
from juyong.services.fc.product import PRODUCT as FC


@operation(
    FC,
    "InvokeFunction",
    resource=owned("functions/{function_name}"),
    route=Route(method="POST", path="/2023-03-30/functions/{functionName}/invocations"),
    raises=(NoFunction, RoleRefused, TooBusy, EntityTooLarge, TooMany),
    unsupported={"x-fc-async-task-id": "asynchronous calls are not kept once they have run"},
)
def invoke_function(
    ctx: Context,
    *,
    function_name: FunctionName,
    body: Event = b"",
    qualifier: Latest = "LATEST",  # noqa: ARG001  # nothing else is accepted
    invocation_type: InvocationType = "Sync",
    log_type: LogType = "None",
) -> RawAnswer:
    """Run a function with the body as its event, and answer with what it returns.

    Args:
        invocation_type: `Async` answers 202 at once; the call then runs within a minute or so,
            and up to three times more if it fails.

    Returns:
        The function's output, at most 6 MB. When the function failed, a JSON object that says how,
        under status 200 and the header X-Fc-Error-Type.

    Source: InvokeFunction of version 2023-03-30 (documented); that failures keep status 200
    (assumed).
    """
    key = key_of(ctx, function_name)
    if invocation_type == "Async":
        return queued(ctx, key, body)
    return invoked(ctx, key, body, log_type)
