"""Read functions."""

from juyong.api.context import Context
from juyong.api.listing import NextToken
from juyong.api.operation import Route, operation
from juyong.services.fc.errors import BadArgument, NoFunction
from juyong.services.fc.fields import FunctionName, Latest, Limit
from juyong.services.fc.functions import (
    NO_SERVICE,
    RESOURCE,
    Wanted,
    function_named,
    key_of,
)
from juyong.services.fc.links import FunctionCode, code_link
from juyong.services.fc.permissions import owned
from juyong.services.fc.product import PRODUCT as FC
from juyong.services.fc.shapes import Function, FunctionList, function_of
from juyong.services.fc.unsupported import TAGGED


@operation(
    FC,
    "GetFunction",
    resource=owned("functions/{function_name}"),
    route=Route(method="GET", path="/2023-03-30/functions/{functionName}"),
    raises=(NoFunction,),
    reads_only=True,
)
def get_function(
    ctx: Context,
    *,
    function_name: FunctionName,
    qualifier: Latest = "LATEST",  # noqa: ARG001  # nothing else is accepted
) -> Function:
    """Return a function, with its variables and without its code.

    Returns:
        The function.

    Source: GetFunction of version 2023-03-30 (documented).
    """
    row = function_named(ctx.tx, key_of(ctx, function_name))
    ctx.journal.refer(RESOURCE, row.function_name)
    return function_of(row)


@operation(
    FC,
    "ListFunctions",
    resource=owned("functions/*"),
    route=Route(method="GET", path="/2023-03-30/functions"),
    raises=(BadArgument,),
    unsupported={
        **TAGGED,
        "description": "functions are found by name",
        "functionName": "functions are found by prefix",
        "fcVersion": "each version lists its own functions",
        "gpuType": "there are no GPUs",
        "runtime": "functions are found by name",
    },
    reads_only=True,
    scans=True,
)
def list_functions(
    ctx: Context, *, limit: Limit = 20, prefix: str = "", next_token: NextToken = ""
) -> FunctionList:
    """List the functions of the account in the region called, by name.

    Those of services are listed by version 2021-04-06.

    Args:
        prefix: Only names that begin so.

    Returns:
        One page.

    Source: ListFunctions of version 2023-03-30 (documented).
    """
    wanted = Wanted(limit=limit, prefix=prefix, next_token=next_token)
    found = wanted.functions(ctx, NO_SERVICE)
    return FunctionList(functions=[function_of(row) for row in found.items], next_token=found.page)


@operation(
    FC,
    "GetFunctionCode",
    resource=owned("functions/{function_name}"),
    route=Route(method="GET", path="/2023-03-30/functions/{functionName}/code"),
    raises=(NoFunction,),
    reads_only=True,
    scans=True,
)
def get_function_code(
    ctx: Context,
    *,
    function_name: FunctionName,
    qualifier: Latest = "LATEST",  # noqa: ARG001  # nothing else is accepted
) -> FunctionCode:
    """Say where a function's package can be fetched; the address is good for ten minutes.

    Returns:
        The address, which needs no signature, and the package's CRC-64.

    Source: GetFunctionCode of version 2023-03-30 (documented).
    """
    row = function_named(ctx.tx, key_of(ctx, function_name))
    ctx.journal.refer(RESOURCE, row.function_name)
    return code_link(ctx, row)
