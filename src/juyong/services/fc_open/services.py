"""Make, read, change and delete services."""

import msgspec

from juyong.api.answers import RawAnswer, nothing
from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.listing import NextToken
from juyong.api.operation import Route, operation
from juyong.base.ids import new_token
from juyong.services.fc.facade import (
    BadArgument,
    CamelShape,
    Description,
    FunctionRow,
    Latest,
    Limit,
    Role,
    ServiceName,
    ServiceRow,
    TooMany,
    Wanted,
    owned,
    passed_role,
)
from juyong.services.fc_open.product import PRODUCT as FC
from juyong.services.fc_open.service_rows import (
    IF_MATCH,
    RESOURCE,
    UNSUPPORTED,
    NoService,
    Service,
    service_named,
    service_of,
)
from juyong.store.errors import Duplicate

_ALL = "/2021-04-06/services"
_ONE = "/2021-04-06/services/{serviceName}"
_MOST_SERVICES = 50


class ServiceExists(ApiError):
    """The name is taken."""

    code, status, text = "ServiceAlreadyExists", 409, "service '{name}' already exists"


class ServiceNotEmpty(ApiError):
    """The service has functions yet (status assumed)."""

    code, status, text = "ServiceNotEmpty", 409, "service '{name}' is not empty"


class ServiceList(CamelShape, frozen=True, kw_only=True):
    """One page of services."""

    services: list[Service]
    next_token: str | msgspec.UnsetType = msgspec.UNSET


@operation(
    FC,
    "CreateService",
    resource=owned("services/{service_name}"),
    also=passed_role,
    route=Route(method="POST", path=_ALL),
    raises=(ServiceExists, TooMany),
    unsupported=UNSUPPORTED,
)
def create_service(
    ctx: Context,
    *,
    service_name: ServiceName,
    description: Description = "",
    role: Role = "",
    internet_access: bool = True,
) -> Service:
    """Make a service.

    Whoever gives it a role must be allowed `ram:PassRole` on that.

    Args:
        service_name: Unique within account and region.
        role: What the runs of its functions may do; it must trust `fc.aliyuncs.com` by then.
        internet_access: False leaves the runs of its functions without any network.

    Returns:
        The service.

    Source: CreateService of version 2021-04-06 (documented).
    """
    most = ctx.quota("fc.services", _MOST_SERVICES)
    if ctx.tx.count(ServiceRow, account_id=ctx.account_id, region=ctx.region) >= most:
        raise TooMany(what="services", most=str(most))
    row = ServiceRow(
        account_id=ctx.account_id,
        region=ctx.region,
        service_name=service_name,
        service_id=new_token(18),
        description=description,
        role=role,
        internet_access=internet_access,
        created_at=ctx.now,
        modified_at=ctx.now,
    )
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise ServiceExists(name=service_name) from None
    shown = service_of(row)
    ctx.journal.record("created", RESOURCE, row.service_id, service_name, shown)
    return shown


@operation(
    FC,
    "GetService",
    resource=owned("services/{service_name}"),
    route=Route(method="GET", path=_ONE),
    raises=(NoService,),
    reads_only=True,
)
def get_service(
    ctx: Context,
    *,
    service_name: ServiceName,
    qualifier: Latest = "LATEST",  # noqa: ARG001  # nothing else is accepted
) -> Service:
    """Return a service.

    Args:
        service_name: Which.

    Returns:
        The service.

    Source: GetService of version 2021-04-06 (documented).
    """
    row = service_named(ctx, service_name)
    ctx.journal.refer(RESOURCE, row.service_name)
    return service_of(row)


@operation(
    FC,
    "ListServices",
    resource=owned("services/*"),
    route=Route(method="GET", path=_ALL),
    raises=(BadArgument,),
    reads_only=True,
    scans=True,
)
def list_services(
    ctx: Context,
    *,
    limit: Limit = 20,
    prefix: str = "",
    start_key: str = "",
    next_token: NextToken = "",
) -> ServiceList:
    """List the services of the account in the region called, by name.

    Args:
        prefix: Only names that begin so.
        start_key: Only names from this one on.

    Returns:
        One page.

    Source: ListServices of version 2021-04-06 (documented).
    """
    wanted = Wanted(limit=limit, prefix=prefix, start_key=start_key, next_token=next_token)
    found = wanted.page_of(ctx, ServiceRow, "service_name")
    return ServiceList(services=[service_of(row) for row in found.items], next_token=found.page)


@operation(
    FC,
    "UpdateService",
    resource=owned("services/{service_name}"),
    also=passed_role,
    route=Route(method="PUT", path=_ONE),
    raises=(NoService,),
    unsupported={**UNSUPPORTED, **IF_MATCH},
)
def update_service(
    ctx: Context,
    *,
    service_name: ServiceName,
    description: Description | None = None,
    role: Role | None = None,
    internet_access: bool | None = None,
) -> Service:
    """Change what is given of a service; runs under way end as they began.

    Args:
        service_name: Which.
        internet_access: False leaves the runs of its functions without any network.

    Returns:
        The service as it is now.

    Source: UpdateService of version 2021-04-06 (documented).
    """
    row = service_named(ctx, service_name)
    wanted = {"description": description, "role": role, "internet_access": internet_access}
    given = {name: value for name, value in wanted.items() if value is not None}
    shown = service_of(ctx.tx.update(row, modified_at=ctx.now, **given))
    ctx.journal.record("updated", RESOURCE, row.service_id, service_name, shown)
    return shown


@operation(
    FC,
    "DeleteService",
    resource=owned("services/{service_name}"),
    route=Route(method="DELETE", path=_ONE),
    raises=(NoService, ServiceNotEmpty),
    unsupported=IF_MATCH,
)
def delete_service(ctx: Context, *, service_name: ServiceName) -> RawAnswer:
    """Delete a service that has no functions.

    Args:
        service_name: Which.

    Returns:
        Nothing, with status 204.

    Source: DeleteService of version 2021-04-06 (documented).
    """
    row = service_named(ctx, service_name)
    if ctx.tx.find_one(
        FunctionRow,
        account_id=ctx.account_id,
        region=ctx.region,
        service_name=service_name,
    ):
        raise ServiceNotEmpty(name=service_name)
    ctx.tx.delete(row)
    ctx.journal.record("deleted", RESOURCE, row.service_id, service_name, service_of(row))
    return nothing()
