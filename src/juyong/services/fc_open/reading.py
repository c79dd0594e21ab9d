"""Read functions of a service."""

from juyong.api.context import Context
from juyong.api.listing import NextToken
from juyong.api.operation import Route, operation
from juyong.services.fc.facade import (
    RESOURCE,
    BadArgument,
    FunctionCode,
    FunctionName,
    Latest,
    Limit,
    NoFunction,
    ServiceName,
    Wanted,
    code_link,
    function_named,
    key_of,
    owned,
)
from juyong.services.fc_open.product import PRODUCT as FC
from juyong.services.fc_open.service_rows import NoService, service_named
from juyong.services.fc_open.shapes import Function, FunctionList, function_of


@operation(
    FC,
    "GetFunction",
    resource=owned("services/{service_name}/functions/{function_name}"),
    route=Route(method="GET", path="/2021-04-06/services/{serviceName}/functions/{functionName}"),
    raises=(NoFunction,),
    reads_only=True,
)
def get_function(
    ctx: Context,
    *,
    service_name: ServiceName,
    function_name: FunctionName,
    qualifier: Latest = "LATEST",  # noqa: ARG001  # nothing else is accepted
) -> Function:
    """Return a function, with its variables and without its code.

    Returns:
        The function.

    Source: GetFunction of version 2021-04-06 (documented).
    """
    row = function_named(ctx.tx, key_of(ctx, function_name, service_name))
    ctx.journal.refer(RESOURCE, row.function_name)
    return function_of(row)


@operation(
    FC,
    "ListFunctions",
    resource=owned("services/{service_name}/functions/*"),
    route=Route(method="GET", path="/2021-04-06/services/{serviceName}/functions"),
    raises=(NoService, BadArgument),
    reads_only=True,
    scans=True,
)
def list_functions(
    ctx: Context,
    *,
    service_name: ServiceName,
    qualifier: Latest = "LATEST",  # noqa: ARG001  # nothing else is accepted
    limit: Limit = 20,
    prefix: str = "",
    start_key: str = "",
    next_token: NextToken = "",
) -> FunctionList:
    """List the functions of a service, by name.

    Args:
        prefix: Only names that begin so.
        start_key: Only names from this one on.

    Returns:
        One page.

    Source: ListFunctions of version 2021-04-06 (documented).
    """
    service_named(ctx, service_name)
    wanted = Wanted(limit=limit, prefix=prefix, start_key=start_key, next_token=next_token)
    found = wanted.functions(ctx, service_name)
    return FunctionList(functions=[function_of(row) for row in found.items], next_token=found.page)


@operation(
    FC,
    "GetFunctionCode",
    resource=owned("services/{service_name}/functions/{function_name}"),
    route=Route(
        method="GET", path="/2021-04-06/services/{serviceName}/functions/{functionName}/code"
    ),
    raises=(NoFunction,),
    reads_only=True,
    scans=True,
)
def get_function_code(
    ctx: Context,
    *,
    service_name: ServiceName,
    function_name: FunctionName,
    qualifier: Latest = "LATEST",  # noqa: ARG001  # nothing else is accepted
) -> FunctionCode:
    """Say where a function's package can be fetched; the address is good for ten minutes.

    Returns:
        The address, which needs no signature, and the package's CRC-64.

    Source: GetFunctionCode of version 2021-04-06 (documented).
    """
    row = function_named(ctx.tx, key_of(ctx, function_name, service_name))
    ctx.journal.refer(RESOURCE, row.function_name)
    return code_link(ctx, row)
