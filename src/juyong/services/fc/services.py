"""Services of version 2021-04-06: what their functions have in common."""

from juyong.api.context import Context
from juyong.api.listing import NextToken
from juyong.api.operation import Route, operation
from juyong.api.wrapping import Listing
from juyong.base.ids import new_token
from juyong.services.fc.errors import BadArgument, ServiceExists, ServiceNotEmpty, TooMany
from juyong.services.fc.fields import (
    Description,
    InternetAccess,
    Latest,
    Limit,
    Prefix,
    Role,
    ServiceName,
    StartKey,
)
from juyong.services.fc.pages import page_of
from juyong.services.fc.permissions import owned, passed_role
from juyong.services.fc.resources import BY_SERVICE, SERVICE, refuse_more
from juyong.services.fc.shapes import NextPage, Service
from juyong.services.fc.tables import FunctionRow, ServiceRow
from juyong.services.fc.unsupported import IF_MATCH
from juyong.services.fc.unsupported import OF_SERVICE as UNSUPPORTED
from juyong.services.fc_open.product import PRODUCT as OPEN
from juyong.store.errors import Duplicate

_ALL = "/2021-04-06/services"
_ONE = "/2021-04-06/services/{serviceName}"


@operation(
    OPEN,
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
    internet_access: InternetAccess = True,
) -> Service:
    """Make a service.

    A caller that gives a service a role must be allowed `ram:PassRole` on the role.

    Args:
        service_name: Unique within account and region.
        role: What the runs of its functions may do; it must trust `fc.aliyuncs.com` by then.
    """
    refuse_more(ctx, ServiceRow, "services", "fc.services", region=ctx.region)
    try:
        row = SERVICE.create(
            ctx,
            service_name=service_name,
            service_id=new_token(18),
            description=description,
            role=role,
            internet_access=internet_access,
            modified_at=ctx.now,
        )
    except Duplicate:
        raise ServiceExists(name=service_name) from None
    return Service.of(row)


@operation(OPEN, "GetService", on=BY_SERVICE, route=Route(method="GET", path=_ONE), reads_only=True)
def get_service(
    _ctx: Context,
    service: ServiceRow,
    *,
    qualifier: Latest = "LATEST",  # noqa: ARG001  # nothing else is accepted
) -> Service:
    """Return a service."""
    return Service.of(service)


@operation(
    OPEN,
    "ListServices",
    resource=owned("services/*"),
    route=Route(method="GET", path=_ALL),
    raises=(BadArgument,),
    answers="services",
    reads_only=True,
    scans=True,
)
def list_services(
    ctx: Context,
    *,
    limit: Limit = 20,
    prefix: Prefix = "",
    start_key: StartKey = "",
    next_token: NextToken = "",
) -> Listing[Service, NextPage]:
    """List the services of the account in the region called, by name."""
    found = page_of(ctx, SERVICE, next_token, limit, prefix=prefix, start_key=start_key)
    return found.map(Service.of)


@operation(
    OPEN,
    "UpdateService",
    on=BY_SERVICE,
    also=passed_role,
    route=Route(method="PUT", path=_ONE),
    unsupported={**UNSUPPORTED, **IF_MATCH},
)
def update_service(
    ctx: Context,
    service: ServiceRow,
    *,
    description: Description | None = None,
    role: Role | None = None,
    internet_access: InternetAccess | None = None,
) -> Service:
    """Change the given settings of a service; runs under way end as they began."""
    changes = {"description": description, "role": role, "internet_access": internet_access}
    return Service.of(SERVICE.change(ctx, service, modified_at=ctx.now, **changes))


@operation(
    OPEN,
    "DeleteService",
    on=BY_SERVICE,
    route=Route(method="DELETE", path=_ONE),
    raises=(ServiceNotEmpty,),
    unsupported=IF_MATCH,
)
def delete_service(ctx: Context, service: ServiceRow) -> None:
    """Delete a service that has no functions."""
    name = service.service_name
    if ctx.tx.find_one(
        FunctionRow, account_id=service.account_id, region=service.region, service_name=name
    ):
        raise ServiceNotEmpty(name=name)
    SERVICE.remove(ctx, service)
