"""Read functions."""

from juyong.api.context import Context
from juyong.api.listing import NextToken
from juyong.api.operation import Route, operation
from juyong.api.wrapping import Listing
from juyong.services.fc.errors import BadArgument, NoService
from juyong.services.fc.fields import Latest, Limit, Prefix, ServiceName, StartKey
from juyong.services.fc.links import FunctionCode, code_link
from juyong.services.fc.pages import page_of
from juyong.services.fc.permissions import owned
from juyong.services.fc.product import PRODUCT as FC
from juyong.services.fc.resources import BY_NAME, IN_SERVICE, SERVICE
from juyong.services.fc.shapes import Function, NextPage, ServiceFunction
from juyong.services.fc.tables import FunctionRow
from juyong.services.fc.unsupported import TAGGED
from juyong.services.fc_open.product import PRODUCT as OPEN


@operation(
    FC,
    "GetFunction",
    on=BY_NAME,
    route=Route(method="GET", path="/2023-03-30/functions/{functionName}"),
    reads_only=True,
)
def get_function(
    _ctx: Context,
    function: FunctionRow,
    *,
    qualifier: Latest = "LATEST",  # noqa: ARG001  # nothing else is accepted
) -> Function:
    """Return a function, with its variables and without its code."""
    return Function.of(function)


@operation(
    OPEN,
    "GetFunction",
    on=IN_SERVICE,
    route=Route(method="GET", path="/2021-04-06/services/{serviceName}/functions/{functionName}"),
    reads_only=True,
)
def get_function_of_service(
    _ctx: Context,
    function: FunctionRow,
    *,
    qualifier: Latest = "LATEST",  # noqa: ARG001  # nothing else is accepted
) -> ServiceFunction:
    """Return a function, with its variables and without its code."""
    return ServiceFunction.of(function)


@operation(
    FC,
    "ListFunctions",
    resource=owned("functions/*"),
    route=Route(method="GET", path="/2023-03-30/functions"),
    raises=(BadArgument,),
    answers="functions",
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
    ctx: Context, *, limit: Limit = 20, prefix: Prefix = "", next_token: NextToken = ""
) -> Listing[Function, NextPage]:
    """List the functions of the account in the region called, by name.

    Those of services are listed by version 2021-04-06.
    """
    found = page_of(
        ctx, FunctionRow, "function_name", next_token, limit, prefix=prefix, service_name=""
    )
    return found.map(Function.of)


@operation(
    OPEN,
    "ListFunctions",
    resource=owned("services/{service_name}/functions/*"),
    route=Route(method="GET", path="/2021-04-06/services/{serviceName}/functions"),
    raises=(NoService, BadArgument),
    answers="functions",
    reads_only=True,
    scans=True,
)
def list_functions_of_service(
    ctx: Context,
    *,
    service_name: ServiceName,
    qualifier: Latest = "LATEST",  # noqa: ARG001  # nothing else is accepted
    limit: Limit = 20,
    prefix: Prefix = "",
    start_key: StartKey = "",
    next_token: NextToken = "",
) -> Listing[ServiceFunction, NextPage]:
    """List the functions of a service, by name."""
    SERVICE.find(ctx, service_name)
    found = page_of(
        ctx,
        FunctionRow,
        "function_name",
        next_token,
        limit,
        prefix=prefix,
        start_key=start_key,
        service_name=service_name,
    )
    return found.map(ServiceFunction.of)


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
    on=IN_SERVICE,
    route=Route(
        method="GET", path="/2021-04-06/services/{serviceName}/functions/{functionName}/code"
    ),
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
