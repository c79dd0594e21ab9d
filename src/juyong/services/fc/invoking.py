"""Call functions."""

from juyong.api.answers import RawAnswer
from juyong.api.context import Context
from juyong.api.operation import Route, operation
from juyong.services.fc.errors import EntityTooLarge, RoleRefused, TooBusy, TooMany
from juyong.services.fc.fields import Event, InvocationType, Latest, LogType
from juyong.services.fc.invocations import invoked, queued
from juyong.services.fc.product import PRODUCT as FC
from juyong.services.fc.resources import BY_NAME, BY_SERVICE_AND_NAME
from juyong.services.fc.tables import FunctionRow
from juyong.services.fc_open.product import PRODUCT as OPEN

_TASKS = "asynchronous calls are not kept once they have run"
_RAISES = (RoleRefused, TooBusy, EntityTooLarge, TooMany)
_IN_SERVICE = "/2021-04-06/services/{serviceName}/functions/{functionName}/invocations"


@operation(
    FC,
    "InvokeFunction",
    on=BY_NAME,
    route=Route(method="POST", path="/2023-03-30/functions/{functionName}/invocations"),
    raises=_RAISES,
    unsupported={"x-fc-async-task-id": _TASKS},
)
@operation(
    OPEN,
    "InvokeFunction",
    on=BY_SERVICE_AND_NAME,
    route=Route(method="POST", path=_IN_SERVICE),
    raises=_RAISES,
    unsupported={
        "X-Fc-Stateful-Async-Invocation-Enable": _TASKS,
        "X-Fc-Stateful-Async-Invocation-Id": _TASKS,
    },
)
def invoke_function(
    ctx: Context,
    function: FunctionRow,
    *,
    body: Event,
    qualifier: Latest = "LATEST",  # noqa: ARG001  # nothing else is accepted
    invocation_type: InvocationType = "Sync",
    log_type: LogType = "None",
) -> RawAnswer:
    """Run a function with the body as its event, and answer with its output.

    Returns:
        The function's output, at most 6 MB. When the function failed, a JSON object that says how,
        under status 200 and the header X-Fc-Error-Type.

    Source: InvokeFunction of both versions (documented); that failures keep status 200 (assumed).
    """
    if invocation_type == "Async":
        return queued(ctx, function, body)
    return invoked(ctx, function, body, log_type)
