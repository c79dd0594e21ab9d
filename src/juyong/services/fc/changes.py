"""Make, change and delete functions."""

from juyong.api.answers import RawAnswer, nothing
from juyong.api.context import Context
from juyong.api.operation import Route, operation
from juyong.base.secret import Secret
from juyong.services.fc.errors import BadArgument, BadCode, FunctionExists, NoFunction, TooMany
from juyong.services.fc.fields import (
    Code,
    Description,
    Environment,
    FunctionName,
    Handler,
    MemorySize,
    OneAtATime,
    Role,
    Runtime,
    Timeout,
    Withhold,
)
from juyong.services.fc.functions import (
    RESOURCE,
    add_function,
    change_function,
    function_named,
    key_of,
    remove_function,
    sealed_environment,
)
from juyong.services.fc.packages import checked_code
from juyong.services.fc.permissions import owned, passed_role
from juyong.services.fc.product import PRODUCT as FC
from juyong.services.fc.shapes import Function, function_of
from juyong.services.fc.unsupported import CURRENT, TAGGED

_ONE = "/2023-03-30/functions/{functionName}"


@operation(
    FC,
    "CreateFunction",
    resource=owned("functions/{function_name}"),
    also=passed_role,
    route=Route(method="POST", path="/2023-03-30/functions"),
    raises=(FunctionExists, TooMany, BadCode, BadArgument),
    unsupported={**CURRENT, **TAGGED},
)
def create_function(
    ctx: Context,
    *,
    function_name: FunctionName,
    runtime: Runtime,
    handler: Handler,
    code: Code,
    description: Description = "",
    timeout: Timeout = 3,
    memory_size: MemorySize = 128,
    environment_variables: Environment | None = None,
    role: Role = "",
    internet_access: bool = True,
    disable_inject_credentials: Withhold = "None",
    instance_concurrency: OneAtATime = 1,  # noqa: ARG001  # nothing else is accepted
) -> Function:
    """Make a function.

    Whoever gives it a role must be allowed `ram:PassRole` on that.

    Args:
        function_name: Unique within account and region.
        code: A zip package in base64. The gateway takes no body above 4 MB, so a package may have
            about 3 MB.
        role: What its runs may do; it must trust `fc.aliyuncs.com` when the function runs.
        internet_access: False leaves its runs without any network.

    Returns:
        The function.

    Source: CreateFunction of version 2023-03-30 (documented).
    """
    row = add_function(
        ctx,
        key_of(ctx, function_name),
        checked_code(ctx, code),
        description=description,
        runtime=runtime,
        handler=handler,
        timeout=timeout,
        memory_size=memory_size,
        environment=sealed_environment(environment_variables or {}) or Secret("{}"),
        role=role,
        internet_access=internet_access,
        withhold=disable_inject_credentials,
    )
    shown = function_of(row)
    ctx.journal.record("created", RESOURCE, row.function_id, row.function_name, shown)
    return shown


@operation(
    FC,
    "UpdateFunction",
    resource=owned("functions/{function_name}"),
    also=passed_role,
    route=Route(method="PUT", path=_ONE),
    raises=(NoFunction, BadCode, BadArgument),
    unsupported=CURRENT,
)
def update_function(
    ctx: Context,
    *,
    function_name: FunctionName,
    runtime: Runtime | None = None,
    handler: Handler | None = None,
    code: Code | None = None,
    description: Description | None = None,
    timeout: Timeout | None = None,
    memory_size: MemorySize | None = None,
    environment_variables: Environment | None = None,
    role: Role | None = None,
    internet_access: bool | None = None,
    disable_inject_credentials: Withhold | None = None,
    instance_concurrency: OneAtATime | None = None,  # noqa: ARG001  # nothing else is accepted
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
        internet_access: As for CreateFunction.
        instance_concurrency: As for CreateFunction.

    Returns:
        The function as it is now.

    Source: UpdateFunction of version 2023-03-30 (documented).
    """
    row = function_named(ctx.tx, key_of(ctx, function_name))
    changed = change_function(
        ctx,
        row,
        checked_code(ctx, code) if code is not None else None,
        {
            "runtime": runtime,
            "handler": handler,
            "description": description,
            "timeout": timeout,
            "memory_size": memory_size,
            "environment": sealed_environment(environment_variables),
            "role": role,
            "internet_access": internet_access,
            "withhold": disable_inject_credentials,
        },
    )
    shown = function_of(changed)
    ctx.journal.record("updated", RESOURCE, row.function_id, row.function_name, shown)
    return shown


@operation(
    FC,
    "DeleteFunction",
    resource=owned("functions/{function_name}"),
    route=Route(method="DELETE", path=_ONE),
    raises=(NoFunction,),
)
def delete_function(ctx: Context, *, function_name: FunctionName) -> RawAnswer:
    """Delete a function and its code; calls that still wait are dropped when their turn comes.

    Returns:
        Nothing, with status 204.

    Source: DeleteFunction of version 2023-03-30 (documented).
    """
    row = function_named(ctx.tx, key_of(ctx, function_name))
    remove_function(ctx.tx, row)
    ctx.journal.record("deleted", RESOURCE, row.function_id, row.function_name, function_of(row))
    return nothing()
