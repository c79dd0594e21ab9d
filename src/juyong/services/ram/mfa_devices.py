"""Virtual MFA devices: made, bound to users, unbound and deleted."""

from juyong.api.access import acs
from juyong.api.context import Arguments, Context
from juyong.api.operation import operation
from juyong.api.shape import Empty, Shape
from juyong.base.clock import iso_or_empty
from juyong.base.names import ram_arn
from juyong.base.secret import Secret
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
    bound_device,
    device_numbered,
    own_device,
    qr_code,
    remove_device,
    unbind_device,
)
from juyong.services.identity.credentials.tables import MfaDeviceRow
from juyong.services.identity.fields import UserName
from juyong.services.identity.users.owners import owner_named
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import NoUser
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


class DeviceList(Shape, frozen=True, kw_only=True):
    """The wrapper RAM puts around a list of devices."""

    virtual_mfa_device: list[ListedDevice]


class ListDevicesAnswer(Shape, frozen=True, kw_only=True):
    """Every device of the account."""

    virtual_mfa_devices: DeviceList


class MfaInfoAnswer(Shape, frozen=True, kw_only=True):
    """A user's device."""

    mfa_device: MfaDevice


def devices_of_account(ctx: Context) -> list[tuple[MfaDeviceRow, UserRow | None]]:
    """Return every device of the account by serial number, each with the user it is bound to."""
    rows = ctx.tx.find(MfaDeviceRow, order=("serial_number",), account_id=ctx.account_id)
    return [(row, ctx.tx.get(UserRow, row.owner_id) if row.owner_id else None) for row in rows]


def _device_resource(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the device a call is about; a serial number of another account names none."""
    own = ram_arn(ctx.account_id, "mfa/")
    serial: str = arguments["serial_number"]
    name = serial.removeprefix(own) if serial.startswith(own) else "*"
    return (f"acs:ram:*:{ctx.account_id}:mfa/{name}",)


_OF_USER = acs("ram", "user/{user_name}")


@operation(
    RAM,
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

    Source: RAM API reference, CreateVirtualMFADevice (documented).
    """
    row = add_device(ctx, virtual_mfa_device_name)
    return CreateDeviceAnswer(
        virtual_mfa_device=NewDevice(
            serial_number=row.serial_number,
            base32_string_seed=row.seed,
            qrcode_png=qr_code(row.seed, f"{row.device_name}@{ctx.account_id}"),
        )
    )


@operation(RAM, "ListVirtualMFADevices", resource=acs("ram", "mfa/*"), reads_only=True, scans=True)
def list_virtual_mfa_devices(ctx: Context) -> ListDevicesAnswer:
    """List every virtual MFA device by serial number.

    Returns:
        All of them, bound or not; an unbound one has an empty User and ActivateDate.

    Cost: one read for each bound device; the operation has no paging.
    Source: RAM API reference, ListVirtualMFADevices (documented).
    """
    devices = [_listed(row, user) for row, user in devices_of_account(ctx)]
    return ListDevicesAnswer(virtual_mfa_devices=DeviceList(virtual_mfa_device=devices))


@operation(RAM, "DeleteVirtualMFADevice", resource=_device_resource, raises=(NoDevice, DeviceInUse))
def delete_virtual_mfa_device(ctx: Context, *, serial_number: SerialNumber) -> Empty:
    """Delete an unbound virtual MFA device.

    Source: RAM API reference, DeleteVirtualMFADevice (documented).
    """
    remove_device(ctx, device_numbered(ctx, serial_number))
    return Empty()


@operation(
    RAM,
    "BindMFADevice",
    resource=_OF_USER,
    self_service=own_device,
    raises=(NoUser, NoDevice, UserHasDevice, DeviceBound, CodeMalformed, CodeWrong),
)
def bind_mfa_device(
    ctx: Context,
    *,
    serial_number: SerialNumber,
    user_name: UserName,
    authentication_code1: Secret,
    authentication_code2: Secret,
) -> Empty:
    """Bind a virtual MFA device to a user; from now on its sign-in asks for a code.

    Args:
        authentication_code1: A code of the device.
        authentication_code2: The very next one.

    Source: RAM API reference, BindMFADevice (documented).
    """
    owner = owner_named(ctx, user_name)
    row = device_numbered(ctx, serial_number)
    bind_device(ctx, row, owner, authentication_code1, authentication_code2)
    return Empty()


@operation(
    RAM,
    "UnbindMFADevice",
    resource=_OF_USER,
    self_service=own_device,
    raises=(NoUser, UserLacksDevice),
)
def unbind_mfa_device(ctx: Context, *, user_name: UserName) -> UnbindAnswer:
    """Unbind a user's MFA device, which stays and can be bound again.

    Returns:
        The device's serial number.

    Source: RAM API reference, UnbindMFADevice (documented).
    """
    row = unbind_device(ctx, owner_named(ctx, user_name))
    return UnbindAnswer(mfa_device=UnboundDevice(serial_number=row.serial_number))


@operation(
    RAM,
    "GetUserMFAInfo",
    resource=_OF_USER,
    self_service=own_device,
    raises=(NoUser, UserLacksDevice),
    reads_only=True,
)
def get_user_mfa_info(ctx: Context, *, user_name: UserName) -> MfaInfoAnswer:
    """Return the MFA device bound to a user.

    Returns:
        Its serial number; the type is `VMFA`.

    Source: RAM API reference, GetUserMFAInfo (documented).
    """
    row = bound_device(ctx.tx, owner_named(ctx, user_name))
    return MfaInfoAnswer(mfa_device=MfaDevice(serial_number=row.serial_number, type=VIRTUAL))


def _listed(row: MfaDeviceRow, user: UserRow | None) -> ListedDevice:
    bound: BoundUser | Unbound = Unbound()
    if user is not None:
        bound = BoundUser(
            user_id=user.user_id, user_name=user.user_name, display_name=user.display_name
        )
    return ListedDevice(
        serial_number=row.serial_number,
        activate_date=iso_or_empty(row.activated_at),
        user=bound,
    )
