"""Make, change and delete functions of a service."""

from typing import Annotated

from juyong.api.answers import RawAnswer, nothing
from juyong.api.context import Context
from juyong.api.fields import OneOf, Wire
from juyong.api.operation import Route, operation
from juyong.base.secret import Secret
from juyong.services.fc.facade import (
    BOTH,
    RESOURCE,
    BadArgument,
    BadCode,
    Code,
    CodeChecksum,
    Description,
    Environment,
    FunctionExists,
    FunctionName,
    Handler,
    MemorySize,
    NoFunction,
    OneAtATime,
    Runtime,
    ServiceName,
    Timeout,
    TooMany,
    add_function,
    change_function,
    checked_code,
    function_named,
    key_of,
    owned,
    remove_function,
    sealed_environment,
)
from juyong.services.fc_open.product import PRODUCT as FC
from juyong.services.fc_open.service_rows import IF_MATCH, NoService, service_named
from juyong.services.fc_open.shapes import Function, function_of

_ALL = "/2021-04-06/services/{serviceName}/functions"
_ONE = "/2021-04-06/services/{serviceName}/functions/{functionName}"
_RUN = "each run has a process of its own that is started for it and ends with it"
_UNSUPPORTED = {
    **BOTH,
    "caPort": "functions are Python packages",
    "customHealthCheckConfig": "functions are Python packages",
    "gpuMemorySize": "there are no GPUs",
    "initializer": _RUN,
    "initializationTimeout": _RUN,
    "instanceSoftConcurrency": _RUN,
}
InstanceType = Annotated[str, OneOf(("e1",))]


@operation(
    FC,
    "CreateFunction",
    resource=owned("services/{service_name}/functions/{function_name}"),
    route=Route(method="POST", path=_ALL),
    raises=(NoService, FunctionExists, TooMany, BadCode, BadArgument),
    unsupported=_UNSUPPORTED,
)
def create_function(
    ctx: Context,
    *,
    service_name: ServiceName,
    function_name: FunctionName,
    runtime: Runtime,
    handler: Handler,
    code: Code,
    code_checksum: CodeChecksum | None = None,
    description: Description = "",
    timeout: Timeout = 3,
    memory_size: MemorySize = 128,
    environment_variables: Environment | None = None,
    instance_type: InstanceType = "e1",  # noqa: ARG001  # nothing else is accepted
    instance_concurrency: OneAtATime = 1,  # noqa: ARG001  # nothing else is accepted
) -> Function:
    """Make a function of a service; it acts with the service's role.

    Args:
        function_name: Unique within the service.
        code: A zip package in base64. The gateway takes no body above 4 MB, so a package may have
            about 3 MB.
        instance_type: There is only `e1`.

    Returns:
        The function.

    Source: CreateFunction of version 2021-04-06 (documented).
    """
    service_named(ctx, service_name)
    row = add_function(
        ctx,
        key_of(ctx, function_name, service_name),
        checked_code(ctx, code, code_checksum),
        description=description,
        runtime=runtime,
        handler=handler,
        timeout=timeout,
        memory_size=memory_size,
        environment=sealed_environment(environment_variables or {}) or Secret("{}"),
        role="",
        internet_access=True,
        withhold="None",
    )
    shown = function_of(row)
    ctx.journal.record("created", RESOURCE, row.function_id, row.function_name, shown)
    return shown


@operation(
    FC,
    "UpdateFunction",
    resource=owned("services/{service_name}/functions/{function_name}"),
    route=Route(method="PUT", path=_ONE),
    raises=(NoFunction, BadCode, BadArgument),
    unsupported={**_UNSUPPORTED, **IF_MATCH},
)
def update_function(
    ctx: Context,
    *,
    service_name: ServiceName,
    function_name: FunctionName,
    runtime: Runtime | None = None,
    handler: Handler | None = None,
    code: Code | None = None,
    code_checksum: CodeChecksum | None = None,
    description: Description | None = None,
    timeout: Timeout | None = None,
    memory_size: MemorySize | None = None,
    environment_variables: Environment | None = None,
    instance_type: InstanceType | None = None,  # noqa: ARG001  # nothing else is accepted
    instance_concurrency: Annotated[OneAtATime, Wire("InstanceConcurrency")] = 1,  # noqa: ARG001
) -> Function:
    """Change what is given of a function; runs under way end as they began.

    Args:
        runtime: As for CreateFunction.
        handler: As for CreateFunction.
        code: Replaces the package as a whole.
        description: As for CreateFunction.
        timeout: As for CreateFunction.
        memory_size: As for CreateFunction.
        environment_variables: Replace all there were.
        instance_type: As for CreateFunction.
        instance_concurrency: As for CreateFunction.

    Returns:
        The function as it is now.

    Source: UpdateFunction of version 2021-04-06 (documented).
    """
    row = function_named(ctx.tx, key_of(ctx, function_name, service_name))
    changed = change_function(
        ctx,
        row,
        checked_code(ctx, code, code_checksum) if code is not None else None,
        {
            "runtime": runtime,
            "handler": handler,
            "description": description,
            "timeout": timeout,
            "memory_size": memory_size,
            "environment": sealed_environment(environment_variables),
        },
    )
    shown = function_of(changed)
    ctx.journal.record("updated", RESOURCE, row.function_id, row.function_name, shown)
    return shown


@operation(
    FC,
    "DeleteFunction",
    resource=owned("services/{service_name}/functions/{function_name}"),
    route=Route(method="DELETE", path=_ONE),
    raises=(NoFunction,),
    unsupported=IF_MATCH,
)
def delete_function(
    ctx: Context, *, service_name: ServiceName, function_name: FunctionName
) -> RawAnswer:
    """Delete a function and its code; calls that still wait are dropped when their turn comes.

    Returns:
        Nothing, with status 204.

    Source: DeleteFunction of version 2021-04-06 (documented).
    """
    row = function_named(ctx.tx, key_of(ctx, function_name, service_name))
    remove_function(ctx.tx, row)
    ctx.journal.record("deleted", RESOURCE, row.function_id, row.function_name, function_of(row))
    return nothing()
