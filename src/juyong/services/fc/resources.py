"""Services and functions: their names in calls of both versions, and the inventory's state.

A function of version 2023-03-30 has no service; it is kept under an empty service name.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeVar

from juyong.api.context import Arguments, Context
from juyong.api.resource import Links, Resource, Target
from juyong.base.ids import AccountId
from juyong.services.fc.errors import NoFunction, NoService, TooMany
from juyong.services.fc.fields import FunctionName, ServiceName
from juyong.services.fc.permissions import owned
from juyong.services.fc.shapes import FunctionState, Service
from juyong.services.fc.tables import FunctionRow, InvocationRow, ServiceRow
from juyong.store.inventory import Ref
from juyong.store.transaction import Transaction

R = TypeVar("R", ServiceRow, FunctionRow)


class FunctionKey(NamedTuple):
    """The key of a function."""

    account_id: AccountId
    region: str
    service_name: str
    function_name: str


def key_of(row: FunctionRow | InvocationRow) -> FunctionKey:
    """Return the key of a row's function."""
    return FunctionKey(row.account_id, row.region, row.service_name, row.function_name)


def function_named(tx: Transaction, key: FunctionKey) -> FunctionRow:
    """Return a function.

    Raises:
        NoFunction: there is none.
    """
    row = tx.get(FunctionRow, *key)
    if row is None:
        raise NoFunction(name=key.function_name)
    return row


def _service(ctx: Context, name: str) -> ServiceRow:
    row = ctx.tx.get(ServiceRow, ctx.account_id, ctx.region, name)
    if row is None:
        raise NoService(name=name)
    return row


def _function(ctx: Context, path: str) -> FunctionRow:
    service, _, name = path.rpartition("/")
    return function_named(ctx.tx, FunctionKey(ctx.account_id, ctx.region, service, name))


def _in_service(tx: Transaction, row: FunctionRow) -> Iterator[Ref]:
    service = tx.get(ServiceRow, row.account_id, row.region, row.service_name)
    if service is not None:
        yield SERVICE.ref(service)


SERVICE = Resource(
    kind="ACS::FC::Service",
    row=ServiceRow,
    id="service_id",
    name="service_name",
    arn="fc:services/",
    regional=True,
    find=_service,
    missing=NoService,
    state=Service,
)
FUNCTION = Resource(
    kind="ACS::FC::Function",
    row=FunctionRow,
    id="function_id",
    name="function_name",
    arn="fc:",
    label="path",
    regional=True,
    find=_function,
    missing=NoFunction,
    state=FunctionState,
    links=(Links("in", _in_service),),
)
RESOURCES = (SERVICE, FUNCTION)


def _target(resource: Resource[R], relative: str, **parameters: Any) -> Target[R]:
    """Name a resource of the account that the host names, by one parameter or by two."""

    def find(ctx: Context, arguments: Arguments) -> R:
        return resource.the(ctx, "/".join(arguments[name] for name in parameters))

    return Target(parameters=parameters, arn=owned(relative), find=find, errors=resource.errors)


BY_SERVICE = _target(SERVICE, "services/{service_name}", service_name=ServiceName)
BY_NAME = _target(FUNCTION, "functions/{function_name}", function_name=FunctionName)
BY_SERVICE_AND_NAME = _target(
    FUNCTION,
    "services/{service_name}/functions/{function_name}",
    service_name=ServiceName,
    function_name=FunctionName,
)


def _among(relative: str, **parameters: Any) -> Target[str]:
    """Name the functions of a service, or those of none; calls get the service's name, or ""."""

    def find(ctx: Context, arguments: Arguments) -> str:
        return _service(ctx, arguments["service_name"]).service_name if parameters else ""

    errors = SERVICE.errors if parameters else ()
    return Target(parameters=parameters, arn=owned(relative), find=find, errors=errors)


ALL = _among("functions/*")
NEW = _among("functions/{function_name}")
ALL_IN_SERVICE = _among("services/{service_name}/functions/*", service_name=ServiceName)
NEW_IN_SERVICE = _among(
    "services/{service_name}/functions/{function_name}", service_name=ServiceName
)


def refuse_more(ctx: Context, row_type: type, what: str, quota: str, **place: str) -> None:
    """Refuse one more row of the caller's at a place where there are as many as the quota allows.

    Raises:
        TooMany: its text has the noun `what`.
    """
    most = ctx.quota(quota)
    if ctx.tx.count(row_type, account_id=ctx.account_id, **place) >= most:
        raise TooMany(what=what, most=str(most))
