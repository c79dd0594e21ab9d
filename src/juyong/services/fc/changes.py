"""Make, change and delete functions."""

from typing import Annotated

from juyong.api.answers import RawAnswer, nothing
from juyong.api.context import Context
from juyong.api.fields import Wire
from juyong.api.operation import Route, operation
from juyong.services.fc.errors import BadArgument, BadCode, FunctionExists, NoService, TooMany
from juyong.services.fc.fields import (
    Code,
    CodeChecksum,
    Description,
    Environment,
    FunctionName,
    Handler,
    InstanceType,
    InternetAccess,
    MemorySize,
    OneAtATime,
    Role,
    Runtime,
    ServiceName,
    Timeout,
    Withhold,
)
from juyong.services.fc.functions import add_function, change_function, remove_function
from juyong.services.fc.permissions import owned, passed_role
from juyong.services.fc.product import PRODUCT as FC
from juyong.services.fc.resources import BY_NAME, IN_SERVICE, SERVICE
from juyong.services.fc.shapes import Function, ServiceFunction
from juyong.services.fc.tables import FunctionRow
from juyong.services.fc.unsupported import CURRENT, IF_MATCH, TAGGED
from juyong.services.fc.unsupported import IN_SERVICE as UNSUPPORTED
from juyong.services.fc_open.product import PRODUCT as OPEN


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
    internet_access: InternetAccess = True,
    disable_inject_credentials: Withhold = "None",
    instance_concurrency: OneAtATime = 1,  # noqa: ARG001  # nothing else is accepted
) -> Function:
    """Make a function.

    A caller that gives a function a role must be allowed `ram:PassRole` on the role.

    Args:
        function_name: Unique within account and region.
        role: What its runs may do; it must trust `fc.aliyuncs.com` when the function runs.
    """
    row = add_function(
        ctx,
        "",
        function_name,
        code,
        environment_variables,
        description=description,
        runtime=runtime,
        handler=handler,
        timeout=timeout,
        memory_size=memory_size,
        role=role,
        internet_access=internet_access,
        withhold=disable_inject_credentials,
    )
    return Function.of(row)


@operation(
    OPEN,
    "CreateFunction",
    resource=owned("services/{service_name}/functions/{function_name}"),
    route=Route(method="POST", path="/2021-04-06/services/{serviceName}/functions"),
    raises=(NoService, FunctionExists, TooMany, BadCode, BadArgument),
    unsupported=UNSUPPORTED,
)
def create_function_of_service(
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
) -> ServiceFunction:
    """Make a function of a service; it acts with the service's role.

    Args:
        function_name: Unique within the service.
    """
    SERVICE.find(ctx, service_name)
    row = add_function(
        ctx,
        service_name,
        function_name,
        code,
        environment_variables,
        claimed=code_checksum,
        description=description,
        runtime=runtime,
        handler=handler,
        timeout=timeout,
        memory_size=memory_size,
        role="",
        internet_access=True,
        withhold="None",
    )
    return ServiceFunction.of(row)


@operation(
    FC,
    "UpdateFunction",
    on=BY_NAME,
    also=passed_role,
    route=Route(method="PUT", path="/2023-03-30/functions/{functionName}"),
    raises=(BadCode, BadArgument),
    unsupported=CURRENT,
)
def update_function(
    ctx: Context,
    function: FunctionRow,
    *,
    runtime: Runtime | None = None,
    handler: Handler | None = None,
    code: Code | None = None,
    description: Description | None = None,
    timeout: Timeout | None = None,
    memory_size: MemorySize | None = None,
    environment_variables: Environment | None = None,
    role: Role | None = None,
    internet_access: InternetAccess | None = None,
    disable_inject_credentials: Withhold | None = None,
    instance_concurrency: OneAtATime | None = None,  # noqa: ARG001  # nothing else is accepted
) -> Function:
    """Change what is given of a function; runs under way end as they began.

    Args:
        code: Replaces the package as a whole.
        environment_variables: Replace all there were.
    """
    changed = change_function(
        ctx,
        function,
        code,
        environment_variables,
        runtime=runtime,
        handler=handler,
        description=description,
        timeout=timeout,
        memory_size=memory_size,
        role=role,
        internet_access=internet_access,
        withhold=disable_inject_credentials,
    )
    return Function.of(changed)


@operation(
    OPEN,
    "UpdateFunction",
    on=IN_SERVICE,
    route=Route(method="PUT", path="/2021-04-06/services/{serviceName}/functions/{functionName}"),
    raises=(BadCode, BadArgument),
    unsupported={**UNSUPPORTED, **IF_MATCH},
)
def update_function_of_service(
    ctx: Context,
    function: FunctionRow,
    *,
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
) -> ServiceFunction:
    """Change what is given of a function; runs under way end as they began.

    Args:
        code: Replaces the package as a whole.
        environment_variables: Replace all there were.
    """
    changed = change_function(
        ctx,
        function,
        code,
        environment_variables,
        claimed=code_checksum,
        runtime=runtime,
        handler=handler,
        description=description,
        timeout=timeout,
        memory_size=memory_size,
    )
    return ServiceFunction.of(changed)


@operation(
    FC,
    "DeleteFunction",
    on=BY_NAME,
    route=Route(method="DELETE", path="/2023-03-30/functions/{functionName}"),
)
@operation(
    OPEN,
    "DeleteFunction",
    on=IN_SERVICE,
    route=Route(
        method="DELETE", path="/2021-04-06/services/{serviceName}/functions/{functionName}"
    ),
    unsupported=IF_MATCH,
)
def delete_function(ctx: Context, function: FunctionRow) -> RawAnswer:
    """Delete a function and its code; calls that still wait are dropped when their turn comes.

    Returns:
        Nothing, with status 204.
    """
    remove_function(ctx, function)
    return nothing()
