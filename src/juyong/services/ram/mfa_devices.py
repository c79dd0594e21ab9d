"""Virtual MFA devices, as RAM lists and shows them."""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.clock import iso_or_empty
from juyong.services.identity.credentials.mfa_devices import (
    MFA_DEVICE,
    VIRTUAL,
    MfaDevice,
    Unbound,
    UserLacksDevice,
    bound_device,
    own_device,
)
from juyong.services.identity.credentials.tables import MfaDeviceRow
from juyong.services.identity.users.naming import BY_NAME
from juyong.services.identity.users.owners import owner_of_user
from juyong.services.identity.users.tables import UserRow
from juyong.services.ram.product import PRODUCT as RAM


class BoundUser(Shape, frozen=True, kw_only=True):
    """The user a device is bound to."""

    user_id: str
    user_name: str
    display_name: str


class ListedDevice(Shape, frozen=True, kw_only=True):
    """A device as ListVirtualMFADevices returns it; ActivateDate is empty while unbound."""

    serial_number: str
    activate_date: str
    user: BoundUser | Unbound


@operation(
    RAM,
    "ListVirtualMFADevices",
    on=MFA_DEVICE.all,
    answers="VirtualMFADevices.VirtualMFADevice",
    reads_only=True,
    scans=True,
)
def list_virtual_mfa_devices(ctx: Context) -> list[ListedDevice]:
    """List every virtual MFA device by serial number.

    Returns:
        All of them, bound or not; an unbound one has an empty User and ActivateDate.

    Cost: one read for each bound device; the operation has no paging.
    """
    rows = ctx.tx.find(MfaDeviceRow, order=("serial_number",), account_id=ctx.account_id)
    return [
        ListedDevice(
            serial_number=row.serial_number,
            activate_date=iso_or_empty(row.activated_at),
            user=_bound(ctx, row),
        )
        for row in rows
    ]


@operation(
    RAM,
    "GetUserMFAInfo",
    on=BY_NAME,
    self_service=own_device,
    raises=(UserLacksDevice,),
    answers="MFADevice",
    reads_only=True,
)
def get_user_mfa_info(ctx: Context, user: UserRow) -> MfaDevice:
    """Return the MFA device bound to a user.

    Returns:
        Its serial number; the type is `VMFA`.
    """
    row = bound_device(ctx.tx, owner_of_user(user))
    return MfaDevice(serial_number=row.serial_number, type=VIRTUAL)


def _bound(ctx: Context, row: MfaDeviceRow) -> BoundUser | Unbound:
    user = ctx.tx.get(UserRow, row.owner_id) if row.owner_id else None
    if user is None:
        return Unbound()
    return BoundUser(user_id=user.user_id, user_name=user.user_name, display_name=user.display_name)
