"""Virtual MFA devices, by principal name."""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Arguments, Context
from juyong.api.fields import Between
from juyong.api.listing import MARKED, Marker, MarkerPage
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import iso_or_empty
from juyong.base.ids import UserId
from juyong.base.names import ram_arn
from juyong.base.secret import Secret
from juyong.services.identity.account.principal_names import default_domain, principal_name
from juyong.services.identity.credentials.mfa_devices import (
    VIRTUAL,
    CodeMalformed,
    CodeWrong,
    CreateDeviceAnswer,
    DeviceBound,
    DeviceExists,
    DeviceInUse,
    DeviceName,
    MfaDevice,
    NewDevice,
    NoDevice,
    SerialNumber,
    TooManyDevices,
    UnbindAnswer,
    Unbound,
    UnboundDevice,
    UserHasDevice,
    UserLacksDevice,
    add_device,
    bind_device,
    device_numbered,
    device_of,
    disable_device,
    qr_code,
    remove_device,
    unbind_device,
)
from juyong.services.identity.credentials.tables import MfaDeviceRow
from juyong.services.identity.fields import UserPrincipalName
from juyong.services.identity.users.lookup import (
    for_oneself,
    own_or_named,
    owner_by_name,
    user_resource,
)
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import NoUser
from juyong.services.ims.product import PRODUCT as IMS

MaxItems = Annotated[int, Between(1, 1000)]


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


class DeviceList(Shape, frozen=True, kw_only=True):
    """The wrapper IMS puts around a list of devices."""

    virtual_mfa_device: list[ListedDevice]


class ListDevicesAnswer(MarkerPage, frozen=True, kw_only=True):
    """A page of devices."""

    virtual_mfa_devices: DeviceList


class UserMfaAnswer(Shape, frozen=True, kw_only=True):
    """Whether a user has a device, and which."""

    is_mfa_enable: bool
    mfa_device: MfaDevice | msgspec.UnsetType = msgspec.UNSET


class AccountMfaAnswer(Shape, frozen=True, kw_only=True):
    """Whether root has a device."""

    is_mfa_enable: bool


_own_device = for_oneself(lambda preference: preference.allow_manage_mfa_devices)


def _device_resource(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the device a call is about; a serial number of another account names none."""
    own = ram_arn(ctx.account_id, "mfa/")
    serial: str = arguments["serial_number"]
    name = serial.removeprefix(own) if serial.startswith(own) else "*"
    return (f"acs:ram:*:{ctx.account_id}:mfa/{name}",)


@operation(
    IMS,
    "CreateVirtualMFADevice",
    imports=("segno",),
    resource=acs("ram", "mfa/*"),
    raises=(DeviceExists, TooManyDevices),
)
def create_virtual_mfa_device(
    ctx: Context, *, virtual_mfa_device_name: DeviceName
) -> CreateDeviceAnswer:
    """Make a virtual MFA device, to be bound to a user.

    Returns:
        Its serial number, and its seed as text and as a QR code; no other call returns the seed.

    Source: IMS API reference, CreateVirtualMFADevice (documented).
    """
    row = add_device(ctx, virtual_mfa_device_name)
    return CreateDeviceAnswer(
        virtual_mfa_device=NewDevice(
            serial_number=row.serial_number,
            base32_string_seed=row.seed,
            qrcode_png=qr_code(row.seed, f"{row.device_name}@{ctx.account_id}"),
        )
    )


@operation(IMS, "ListVirtualMFADevices", resource=acs("ram", "mfa/*"), reads_only=True, scans=True)
def list_virtual_mfa_devices(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems = 100
) -> ListDevicesAnswer:
    """List virtual MFA devices by serial number.

    Args:
        max_items: 1 to 1000.

    Returns:
        A page, bound or not; an unbound device has an empty User and ActivateDate.

    Cost: one read for each bound device of the page.
    Source: IMS API reference, ListVirtualMFADevices (documented); the page's bounds (assumed).
    """
    found = MARKED.stored(ctx, MfaDeviceRow, "serial_number", token=marker, limit=max_items)
    domain = default_domain(ctx.tx, ctx.account_id)
    devices = [
        ListedDevice(
            serial_number=row.serial_number,
            activate_date=iso_or_empty(row.activated_at),
            user=_bound(ctx, row, domain),
        )
        for row in found.items
    ]
    return ListDevicesAnswer(
        virtual_mfa_devices=DeviceList(virtual_mfa_device=devices),
        is_truncated=found.page.is_truncated,
        marker=found.page.marker,
    )


@operation(IMS, "DeleteVirtualMFADevice", resource=_device_resource, raises=(NoDevice, DeviceInUse))
def delete_virtual_mfa_device(ctx: Context, *, serial_number: SerialNumber) -> Empty:
    """Delete an unbound virtual MFA device.

    Source: IMS API reference, DeleteVirtualMFADevice (documented).
    """
    remove_device(ctx, device_numbered(ctx, serial_number))
    return Empty()


@operation(
    IMS,
    "BindMFADevice",
    resource=user_resource,
    self_service=_own_device,
    raises=(NoUser, NoDevice, UserHasDevice, DeviceBound, CodeMalformed, CodeWrong),
)
def bind_mfa_device(
    ctx: Context,
    *,
    serial_number: SerialNumber,
    user_principal_name: UserPrincipalName,
    authentication_code1: Secret,
    authentication_code2: Secret,
) -> Empty:
    """Bind a virtual MFA device to a user; from now on its sign-in asks for a code.

    Args:
        authentication_code1: A code of the device.
        authentication_code2: The very next one.

    Source: IMS API reference, BindMFADevice (documented).
    """
    owner = owner_by_name(ctx, user_principal_name)
    row = device_numbered(ctx, serial_number)
    bind_device(ctx, row, owner, authentication_code1, authentication_code2)
    return Empty()


@operation(
    IMS,
    "UnbindMFADevice",
    resource=user_resource,
    self_service=_own_device,
    raises=(NoUser, UserLacksDevice),
)
def unbind_mfa_device(ctx: Context, *, user_principal_name: UserPrincipalName) -> UnbindAnswer:
    """Unbind a user's MFA device, which stays and can be bound again.

    Returns:
        The device's serial number.

    Source: IMS API reference, UnbindMFADevice (documented).
    """
    row = unbind_device(ctx, owner_by_name(ctx, user_principal_name))
    return UnbindAnswer(mfa_device=UnboundDevice(serial_number=row.serial_number))


@operation(IMS, "DisableVirtualMFA", resource=user_resource, raises=(NoUser, UserLacksDevice))
def disable_virtual_mfa(ctx: Context, *, user_principal_name: UserPrincipalName) -> Empty:
    """Unbind a user's virtual MFA device and delete it, as for one that was lost.

    Source: IMS API metadata, DisableVirtualMFA (documented); that the device is deleted (assumed).
    """
    disable_device(ctx, owner_by_name(ctx, user_principal_name))
    return Empty()


@operation(
    IMS,
    "GetUserMFAInfo",
    resource=own_or_named,
    self_service=_own_device,
    raises=(NoUser,),
    reads_only=True,
)
def get_user_mfa_info(
    ctx: Context, *, user_principal_name: UserPrincipalName | None = None
) -> UserMfaAnswer:
    """Tell whether a user has an MFA device, and which.

    Args:
        user_principal_name: The user; absent is the caller.

    Returns:
        IsMFAEnable, and the device where there is one; its type is `VMFA`.

    Source: IMS API reference, GetUserMFAInfo (documented); that no device is no error (assumed).
    """
    row = device_of(ctx.tx, owner_by_name(ctx, user_principal_name).owner_id)
    if row is None:
        return UserMfaAnswer(is_mfa_enable=False)
    return UserMfaAnswer(
        is_mfa_enable=True,
        mfa_device=MfaDevice(serial_number=row.serial_number, type=VIRTUAL),
    )


@operation(IMS, "GetAccountMFAInfo", resource=acs("ram", "*"), reads_only=True)
def get_account_mfa_info(ctx: Context) -> AccountMfaAnswer:
    """Tell whether the account's root has an MFA device.

    Returns:
        IsMFAEnable.

    Source: IMS API reference, GetAccountMFAInfo (documented).
    """
    return AccountMfaAnswer(is_mfa_enable=device_of(ctx.tx, ctx.account_id) is not None)


def _bound(ctx: Context, row: MfaDeviceRow, domain: str) -> BoundUser | Unbound:
    user = ctx.tx.get(UserRow, UserId(row.owner_id)) if row.owner_id else None
    if user is None:
        return Unbound()
    return BoundUser(
        user_id=user.user_id,
        user_principal_name=principal_name(user.user_name, domain),
        display_name=user.display_name,
    )
