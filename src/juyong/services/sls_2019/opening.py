"""The service itself, which is always open, as the older version tells.

Source: the older official SDK (observed); Terraform's provider reads `Success`, `Enabled` and
`Status` (observed).
"""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.resource import Collection
from juyong.api.shape import Shape
from juyong.services.sls_2019.product import PRODUCT as SLS

_SERVICE = Collection(arn=lambda ctx, _arguments: (f"acs:log:{ctx.region}:{ctx.account_id}:*",))


class Opened(Shape, frozen=True, kw_only=True):
    """Success of a call."""

    success: bool = True


class Service(Opened, frozen=True, kw_only=True):
    """Whether the service is open to the account."""

    enabled: bool = True
    status: str = "Opened"


@operation(SLS, "GetSlsService", on=_SERVICE, reads_only=True)
def get_sls_service(_ctx: Context) -> Service:
    """Tell that the service is open."""
    return Service()


@operation(SLS, "OpenSlsService", on=_SERVICE)
def open_sls_service(_ctx: Context) -> Opened:
    """Open the service, which is open."""
    return Opened()
