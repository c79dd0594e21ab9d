"""Services as they are stored and shown."""

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.base.clock import iso
from juyong.services.fc.facade import CamelShape, ServiceRow

RESOURCE = "ACS::FC::Service"

UNSUPPORTED = {
    "logConfig": "the end of a function's log is in the answer to its call; none is kept",
    "tracingConfig": "no traces are kept",
    "nasConfig": "a function has no file systems but its code and a private /tmp of 64 MB",
    "ossMountConfig": "a function has no file systems but its code and a private /tmp of 64 MB",
    "vpcConfig": "functions share the network of the server",
}
IF_MATCH = {"If-Match": "services and functions have no ETag"}


class NoService(ApiError):
    """The account has no such service here."""

    code, status, text = "ServiceNotFound", 404, "service '{name}' does not exist"


class Service(CamelShape, frozen=True, kw_only=True):
    """One service."""

    service_name: str
    service_id: str
    description: str
    role: str
    internet_access: bool
    created_time: str
    last_modified_time: str


def service_of(row: ServiceRow) -> Service:
    """Show a service to a caller."""
    return Service(
        service_name=row.service_name,
        service_id=row.service_id,
        description=row.description,
        role=row.role,
        internet_access=row.internet_access,
        created_time=iso(row.created_at),
        last_modified_time=iso(row.modified_at),
    )


def service_named(ctx: Context, name: str) -> ServiceRow:
    """Return a service of the caller's account in the region called.

    Raises:
        NoService: there is none.
    """
    row = ctx.tx.get(ServiceRow, ctx.account_id, ctx.region, name)
    if row is None:
        raise NoService(name=name)
    return row
