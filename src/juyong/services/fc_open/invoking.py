"""Call functions of a service."""

from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.operation import Route, operation
from juyong.services.fc.facade import (
    EntityTooLarge,
    Event,
    FunctionName,
    InvocationType,
    Latest,
    LogType,
    NoFunction,
    RoleRefused,
    ServiceName,
    TooBusy,
    TooMany,
    invoked,
    key_of,
    owned,
    queued,
)
from juyong.services.fc_open.product import PRODUCT as FC

_TASKS = "asynchronous calls are not kept once they have run"


@operation(
    FC,
    "InvokeFunction",
    resource=owned("services/{service_name}/functions/{function_name}"),
    route=Route(
        method="POST",
        path="/2021-04-06/services/{serviceName}/functions/{functionName}/invocations",
    ),
    raises=(NoFunction, RoleRefused, TooBusy, EntityTooLarge, TooMany),
    unsupported={
        "X-Fc-Stateful-Async-Invocation-Enable": _TASKS,
        "X-Fc-Stateful-Async-Invocation-Id": _TASKS,
    },
)
def invoke_function(
    ctx: Context,
    *,
    service_name: ServiceName,
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

    Source: InvokeFunction of version 2021-04-06 (documented); that failures keep status 200
    (assumed).
    """
    key = key_of(ctx, function_name, service_name)
    if invocation_type == "Async":
        return queued(ctx, key, body)
    return invoked(ctx, key, body, log_type)
