"""The service itself, which is always open.

Source: SLS API reference, GetSlsService, OpenSlsService (documented); `Opened` (observed in
Terraform's provider).
"""

from juyong.api.context import Context
from juyong.api.operation import Route, operation
from juyong.api.resource import Collection
from juyong.services.sls.fields import CamelShape
from juyong.services.sls.product import PRODUCT as SLS

_SERVICE = Collection(arn=lambda ctx, _arguments: (f"acs:log:{ctx.region}:{ctx.account_id}:*",))


class Service(CamelShape, frozen=True, kw_only=True):
    """Whether the service is open to the account."""

    enabled: bool = True
    status: str = "Opened"


@operation(
    SLS,
    "GetSlsService",
    on=_SERVICE,
    route=Route(method="GET", path="/slsservice"),
    reads_only=True,
)
def get_sls_service(_ctx: Context) -> Service:
    """Tell that the service is open."""
    return Service()


@operation(SLS, "OpenSlsService", on=_SERVICE, route=Route(method="POST", path="/slsservice"))
def open_sls_service(_ctx: Context) -> None:
    """Open the service, which is open."""
