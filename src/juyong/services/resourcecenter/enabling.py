"""Enable and disable Resource Center. The inventory is kept either way.

Source: Resource Center API reference, EnableResourceCenter, GetResourceCenterServiceStatus
(documented); the code of a call before it is enabled (assumed).
"""

from juyong.api.context import Arguments, Context
from juyong.api.errors import ApiError
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.resourcecenter.product import PRODUCT as CENTER
from juyong.services.resourcecenter.tables import EnabledRow
from juyong.store.inventory_reads import NOT_YET, extent


class NotEnabled(ApiError):
    """The account has not enabled Resource Center."""

    code, status = "ServiceNotEnabled", 409
    text = "Resource Center is not enabled. Call EnableResourceCenter first."


class Enabled(Shape, frozen=True, kw_only=True):
    """How far enabling is: `Enabled`."""

    status: str


class ServiceStatus(Shape, frozen=True, kw_only=True):
    """`Enabled` or `Disabled`; and `Finished`, or `Pending` while the inventory is being made."""

    initial_status: str
    service_status: str


def everything(_ctx: Context, _arguments: Arguments) -> tuple[str, ...]:
    """Name `*`: the product knows no permission for one resource (documented)."""
    return ("*",)


def refuse_disabled(ctx: Context) -> None:
    """Refuse a call of an account that has not enabled Resource Center.

    Raises:
        NotEnabled: the account has not enabled it.
    """
    if ctx.tx.get(EnabledRow, ctx.account_id) is None:
        raise NotEnabled


@operation(CENTER, "EnableResourceCenter", resource=everything)
def enable_resource_center(ctx: Context) -> Enabled:
    """Let the resources of the account be searched; once enabled, nothing changes."""
    if ctx.tx.get(EnabledRow, ctx.account_id) is None:
        ctx.tx.insert(EnabledRow(account_id=ctx.account_id, enabled_at=ctx.now))
    return Enabled(status="Enabled")


@operation(CENTER, "DisableResourceCenter", resource=everything)
def disable_resource_center(ctx: Context) -> None:
    """Stop the search of the account's resources."""
    row = ctx.tx.get(EnabledRow, ctx.account_id)
    if row is not None:
        ctx.tx.delete(row)


@operation(CENTER, "GetResourceCenterServiceStatus", resource=everything, reads_only=True)
def get_resource_center_service_status(ctx: Context) -> ServiceStatus:
    """Tell whether Resource Center is enabled, and whether it knows all resources yet."""
    enabled = ctx.tx.get(EnabledRow, ctx.account_id) is not None
    return ServiceStatus(
        initial_status="Pending" if extent(ctx.tx).known_from == NOT_YET else "Finished",
        service_status="Enabled" if enabled else "Disabled",
    )
