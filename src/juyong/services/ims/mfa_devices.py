"""Virtual MFA devices, by principal name."""

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.api.wrapping import Listing
from juyong.base.clock import iso_or_empty
from juyong.base.ids import UserId
from juyong.services.identity.account.principal_names import default_domain, principal_name
from juyong.services.identity.credentials.mfa_devices import (
    MFA_DEVICE,
    VIRTUAL,
    MfaDevice,
    Unbound,
    UserLacksDevice,
    device_of,
    disable_device,
    own_device,
)
from juyong.services.identity.credentials.tables import MfaDeviceRow
from juyong.services.identity.users.naming import BY_PRINCIPAL, OWNER_BY_PRINCIPAL
from juyong.services.identity.users.owners import Owner, owner_of_user
from juyong.services.identity.users.tables import UserRow
from juyong.services.ims.product import PRODUCT as IMS


class BoundUser(Shape, frozen=True, kw_only=True):
    """The user a device is bound to."""

    user_id: str
    user_principal_name: str
    display_name: str


class ListedDevice(Shape, frozen=True, kw_only=True):
    """A device as ListVirtualMFADevices returns it; ActivateDate is empty while unbound."""

    serial_number: str
    activate_date: str
    user: BoundUser | Unbound


class UserMfaAnswer(Shape, frozen=True, kw_only=True):
    """Whether a user has a device, and which."""

    is_mfa_enable: bool
    mfa_device: MfaDevice | msgspec.UnsetType = msgspec.UNSET


@operation(
    IMS,
    "ListVirtualMFADevices",
    on=MFA_DEVICE.all,
    answers="VirtualMFADevices.VirtualMFADevice",
    reads_only=True,
    scans=True,
)
def list_virtual_mfa_devices(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems = 100
) -> Listing[ListedDevice, MarkerPage]:
    """List virtual MFA devices by serial number.

    Returns:
        A page, bound or not; an unbound device has an empty User and ActivateDate.

    Cost: one read for each bound device of the page.
    Assumed: the page's bounds.
    """
    domain = default_domain(ctx.tx, ctx.account_id)
    return MARKED.stored(ctx, MfaDeviceRow, "serial_number", token=marker, limit=max_items).map(
        lambda row: ListedDevice(
            serial_number=row.serial_number,
            activate_date=iso_or_empty(row.activated_at),
            user=_bound(ctx, row, domain),
        )
    )


@operation(IMS, "DisableVirtualMFA", on=BY_PRINCIPAL, raises=(UserLacksDevice,))
def disable_virtual_mfa(ctx: Context, user: UserRow) -> None:
    """Unbind a user's virtual MFA device and delete it, as for one that was lost.

    Source: IMS API metadata, DisableVirtualMFA (documented); that the device is deleted (assumed).
    """
    disable_device(ctx, owner_of_user(user))


@operation(IMS, "GetUserMFAInfo", on=OWNER_BY_PRINCIPAL, self_service=own_device, reads_only=True)
def get_user_mfa_info(ctx: Context, owner: Owner) -> UserMfaAnswer:
    """Tell whether a user has an MFA device, and which.

    Returns:
        IsMFAEnable, and the device where there is one; its type is `VMFA`.

    Assumed: that no device is no error.
    """
    row = device_of(ctx.tx, owner.owner_id)
    if row is None:
        return UserMfaAnswer(is_mfa_enable=False)
    return UserMfaAnswer(
        is_mfa_enable=True, mfa_device=MfaDevice(serial_number=row.serial_number, type=VIRTUAL)
    )


@operation(
    IMS, "GetAccountMFAInfo", resource=acs("ram", "*"), answers="IsMFAEnable", reads_only=True
)
def get_account_mfa_info(ctx: Context) -> bool:
    """Tell whether the account's root has an MFA device."""
    return device_of(ctx.tx, ctx.account_id) is not None


def _bound(ctx: Context, row: MfaDeviceRow, domain: str) -> BoundUser | Unbound:
    user = ctx.tx.get(UserRow, UserId(row.owner_id)) if row.owner_id else None
    if user is None:
        return Unbound()
    return BoundUser(
        user_id=user.user_id,
        user_principal_name=principal_name(user.user_name, domain),
        display_name=user.display_name,
    )
