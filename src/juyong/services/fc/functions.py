"""Functions: made, read, changed and deleted."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.fields import Only, Wire
from juyong.api.listing import NextToken
from juyong.api.operation import Faces, Route, operation
from juyong.api.wrapping import Listing
from juyong.base.ids import new_token
from juyong.base.secret import Secret
from juyong.services.fc.errors import (
    BadArgument,
    BadCode,
    FunctionExists,
    NoCodeObject,
    TooMany,
)
from juyong.services.fc.fields import (
    Code,
    CodeChecksum,
    Description,
    Environment,
    FunctionName,
    Handler,
    InstanceType,
    InternetAccess,
    Latest,
    Limit,
    MemorySize,
    OneAtATime,
    Package,
    Prefix,
    Role,
    Runtime,
    StartKey,
    Timeout,
    Withhold,
)
from juyong.services.fc.links import FunctionCode, code_link
from juyong.services.fc.packages import (
    checksum_of,
    code_needs,
    forget_code,
    keep_code,
    taken_code,
)
from juyong.services.fc.pages import page_of
from juyong.services.fc.permissions import passed_role
from juyong.services.fc.product import PRODUCT as FC
from juyong.services.fc.resources import (
    ALL,
    ALL_IN_SERVICE,
    BY_NAME,
    BY_SERVICE_AND_NAME,
    FUNCTION,
    NEW,
    NEW_IN_SERVICE,
    key_of,
    refuse_more,
)
from juyong.services.fc.shapes import Function, NextPage, ServiceFunction
from juyong.services.fc.tables import FunctionRow
from juyong.services.fc.unsupported import CURRENT, IF_MATCH, IN_SERVICE, LISTED, TAGGED
from juyong.services.fc_open.product import PRODUCT as OPEN
from juyong.store.errors import Duplicate

_ALL = "/2023-03-30/functions"
_ONE = "/2023-03-30/functions/{functionName}"
_ALL_IN_SERVICE = "/2021-04-06/services/{serviceName}/functions"
_ONE_IN_SERVICE = "/2021-04-06/services/{serviceName}/functions/{functionName}"
_CODE_IN_SERVICE = "/2021-04-06/services/{serviceName}/functions/{functionName}/code"
_SHOWN: Faces = {FC: Function, OPEN: ServiceFunction}
_REFUSED = (BadCode, NoCodeObject, BadArgument)
_REFUSED_NEW = (FunctionExists, TooMany, *_REFUSED)
_MOST_BYTES = 4096


def _given(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the role and the object with the code that a call gives: passing and reading them."""
    return (*passed_role(ctx, arguments), *code_needs(ctx, arguments))


OwnRole = Annotated[Role, Only(FC.code)]
OwnInternetAccess = Annotated[InternetAccess, Only(FC.code)]


@operation(
    FC,
    "CreateFunction",
    on=NEW,
    also=_given,
    route=Route(method="POST", path=_ALL),
    raises=_REFUSED_NEW,
    unsupported={**CURRENT, **TAGGED},
    shows=_SHOWN,
)
@operation(
    OPEN,
    "CreateFunction",
    on=NEW_IN_SERVICE,
    also=code_needs,
    route=Route(method="POST", path=_ALL_IN_SERVICE),
    raises=_REFUSED_NEW,
    unsupported=IN_SERVICE,
    shows=_SHOWN,
)
def create_function(
    ctx: Context,
    service_name: str,
    *,
    function_name: FunctionName,
    runtime: Runtime,
    handler: Handler,
    code: Code,
    package: Package | None = None,
    code_checksum: CodeChecksum | None = None,
    description: Description = "",
    timeout: Timeout = 3,
    memory_size: MemorySize = 128,
    environment_variables: Environment | None = None,
    role: OwnRole = "",
    internet_access: OwnInternetAccess = True,
    disable_inject_credentials: Withhold = "None",
    instance_type: InstanceType = "e1",  # noqa: ARG001  # nothing else is accepted
    instance_concurrency: OneAtATime = 1,  # noqa: ARG001  # nothing else is accepted
) -> FunctionRow:
    """Make a function; one of a service acts with the service's role.

    A caller that gives a function a role must be allowed `ram:PassRole` on the role.

    Args:
        function_name: Unique within its service, or within account and region.
        role: What its runs may do; it must trust `fc.aliyuncs.com` when the function runs.
    """
    environment = _sealed(environment_variables or {})
    place = {"region": ctx.region, "service_name": service_name}
    refuse_more(ctx, FunctionRow, "functions", "fc.functions", **place)
    if ctx.tx.get(FunctionRow, ctx.account_id, ctx.region, service_name, function_name):
        raise FunctionExists(name=function_name)
    blob = taken_code(ctx, code, package, code_checksum)
    try:
        row = FUNCTION.create(
            ctx,
            service_name=service_name,
            function_name=function_name,
            function_id=new_token(18),
            description=description,
            runtime=runtime,
            handler=handler,
            timeout=timeout,
            memory_size=memory_size,
            environment=environment,
            role=role,
            internet_access=internet_access,
            withhold=disable_inject_credentials,
            code_size=blob.size,
            code_checksum=checksum_of(blob),
            modified_at=ctx.now,
        )
    except Duplicate:
        raise FunctionExists(name=function_name) from None
    keep_code(ctx, key_of(row), blob)
    return row


@operation(
    FC,
    "GetFunction",
    on=BY_NAME,
    route=Route(method="GET", path=_ONE),
    shows=_SHOWN,
    reads_only=True,
)
@operation(
    OPEN,
    "GetFunction",
    on=BY_SERVICE_AND_NAME,
    route=Route(method="GET", path=_ONE_IN_SERVICE),
    shows=_SHOWN,
    reads_only=True,
)
def get_function(
    _ctx: Context,
    function: FunctionRow,
    *,
    qualifier: Latest = "LATEST",  # noqa: ARG001  # nothing else is accepted
) -> FunctionRow:
    """Return a function, with its variables and without its code."""
    return function


@operation(
    FC,
    "GetFunctionCode",
    on=BY_NAME,
    route=Route(method="GET", path="/2023-03-30/functions/{functionName}/code"),
    reads_only=True,
    scans=True,
)
@operation(
    OPEN,
    "GetFunctionCode",
    on=BY_SERVICE_AND_NAME,
    route=Route(method="GET", path=_CODE_IN_SERVICE),
    reads_only=True,
    scans=True,
)
def get_function_code(
    ctx: Context,
    function: FunctionRow,
    *,
    qualifier: Latest = "LATEST",  # noqa: ARG001  # nothing else is accepted
) -> FunctionCode:
    """Say where a function's package can be fetched; the address is good for ten minutes.

    Returns:
        The address, which needs no signature, and the package's CRC-64.
    """
    return code_link(ctx, function)


@operation(
    FC,
    "ListFunctions",
    on=ALL,
    route=Route(method="GET", path=_ALL),
    raises=(BadArgument,),
    answers="functions",
    shows=_SHOWN,
    unsupported=LISTED,
    reads_only=True,
    scans=True,
)
@operation(
    OPEN,
    "ListFunctions",
    on=ALL_IN_SERVICE,
    route=Route(method="GET", path=_ALL_IN_SERVICE),
    raises=(BadArgument,),
    answers="functions",
    shows=_SHOWN,
    reads_only=True,
    scans=True,
)
def list_functions(
    ctx: Context,
    service_name: str,
    *,
    qualifier: Annotated[Latest, Only(OPEN.code)] = "LATEST",  # noqa: ARG001  # as above
    limit: Limit = 20,
    prefix: Prefix = "",
    start_key: StartKey = "",
    next_token: NextToken = "",
) -> Listing[FunctionRow, NextPage]:
    """List the functions of the account in the region called, or of a service, by name.

    Functions of services are listed by version 2021-04-06 alone.
    """
    only = {"prefix": prefix, "start_key": start_key, "service_name": service_name}
    return page_of(ctx, FUNCTION, next_token, limit, **only)


@operation(
    FC,
    "UpdateFunction",
    on=BY_NAME,
    also=_given,
    route=Route(method="PUT", path=_ONE),
    raises=_REFUSED,
    unsupported=CURRENT,
    shows=_SHOWN,
)
@operation(
    OPEN,
    "UpdateFunction",
    on=BY_SERVICE_AND_NAME,
    also=code_needs,
    route=Route(method="PUT", path=_ONE_IN_SERVICE),
    raises=_REFUSED,
    unsupported={**IN_SERVICE, **IF_MATCH},
    shows=_SHOWN,
)
def update_function(
    ctx: Context,
    function: FunctionRow,
    *,
    runtime: Runtime | None = None,
    handler: Handler | None = None,
    code: Code | None = None,
    package: Package | None = None,
    code_checksum: CodeChecksum | None = None,
    description: Description | None = None,
    timeout: Timeout | None = None,
    memory_size: MemorySize | None = None,
    environment_variables: Environment | None = None,
    role: OwnRole | None = None,
    internet_access: OwnInternetAccess | None = None,
    disable_inject_credentials: Withhold | None = None,
    instance_type: InstanceType | None = None,  # noqa: ARG001  # nothing else is accepted
    instance_concurrency: Annotated[OneAtATime, Only(FC.code)] | None = None,  # noqa: ARG001
    concurrency: Annotated[  # noqa: ARG001  # as above; spelled otherwise in this one operation
        OneAtATime, Wire("InstanceConcurrency"), Only(OPEN.code)
    ] = 1,
) -> FunctionRow:
    """Change what is given of a function; runs under way end as they began.

    Args:
        code: Replaces the package as a whole.
        environment_variables: Replace all there were.
    """
    changes: dict[str, object] = {}
    if environment_variables is not None:
        changes["environment"] = _sealed(environment_variables)
    if code is not None:
        blob = taken_code(ctx, code, package, code_checksum)
        changes |= {"code_size": blob.size, "code_checksum": checksum_of(blob)}
        keep_code(ctx, key_of(function), blob)
    return FUNCTION.change(
        ctx,
        function,
        runtime=runtime,
        handler=handler,
        description=description,
        timeout=timeout,
        memory_size=memory_size,
        role=role,
        internet_access=internet_access,
        withhold=disable_inject_credentials,
        modified_at=ctx.now,
        **changes,
    )


@operation(FC, "DeleteFunction", on=BY_NAME, route=Route(method="DELETE", path=_ONE))
@operation(
    OPEN,
    "DeleteFunction",
    on=BY_SERVICE_AND_NAME,
    route=Route(method="DELETE", path=_ONE_IN_SERVICE),
    unsupported=IF_MATCH,
)
def delete_function(ctx: Context, function: FunctionRow) -> None:
    """Delete a function and its code; calls that still wait are dropped when their turn comes."""
    forget_code(ctx, key_of(function))
    FUNCTION.remove(ctx, function)


def _sealed(given: Mapping[str, Secret]) -> Secret:
    """Turn variables into the stored text.

    Raises:
        BadArgument: a name is none, or all are longer than 4 KB together.
    """
    plain = {name: value.reveal() for name, value in given.items()}
    size = sum(len(name.encode()) + len(value.encode()) for name, value in plain.items())
    named = all(n and "=" not in n and not n[0].isdigit() and n.isprintable() for n in plain)
    if size > _MOST_BYTES or not named:
        raise BadArgument(name="environmentVariables")
    return Secret(msgspec.json.encode(plain).decode())
