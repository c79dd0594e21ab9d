"""The operations on virtual MFA devices."""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Doc, Text
from juyong.api.listing import MARKED, Marker, MarkerPage, MaxItems
from juyong.api.operation import operation
from juyong.api.shape import Of, Shape
from juyong.api.wrapping import Listing
from juyong.base.secret import Secret
from juyong.services.identity.account.principal_names import default_domain, principal_name
from juyong.services.identity.credentials.mfa_devices import (
    MFA_DEVICE,
    ActivateDate,
    CodeMalformed,
    CodeWrong,
    DeviceBound,
    DeviceInUse,
    NoDevice,
    UserHasDevice,
    UserLacksDevice,
    bound_device,
    consecutive_step,
    device_of,
    disable_device,
    new_device,
    qr_code,
    unbind_device,
)
from juyong.services.identity.credentials.tables import MfaDeviceRow
from juyong.services.identity.users.naming import (
    BY_NAME,
    BY_PRINCIPAL,
    OWNER_BY_PRINCIPAL,
    for_oneself,
)
from juyong.services.identity.users.owners import Owner, owner_of_user
from juyong.services.identity.users.tables import UserRow
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ram.product import PRODUCT as RAM

VIRTUAL = "VMFA"
DeviceName = Annotated[str, Text(1, 64, chars=r"A-Za-z0-9.\-"), Doc("Unique within the account.")]
SerialNumber = Annotated[str, Text(1, 256, chars=r"\x21-\x7e"), Doc("The device.")]


class NewDevice(Shape, frozen=True, kw_only=True):
    """A device with its seed, which is shown only here; the picture carries the seed too."""

    serial_number: str
    base32_string_seed: Annotated[Secret, Of("seed")]
    qrcode_png: Secret


class MfaDevice(Shape, frozen=True, kw_only=True):
    """A user's device; Type is `VMFA`."""

    serial_number: str
    type: str


class UserMfaAnswer(Shape, frozen=True, kw_only=True):
    """Whether a user has a device, and which."""

    is_mfa_enable: bool
    mfa_device: MfaDevice | msgspec.UnsetType = msgspec.UNSET


class Unbound(Shape, frozen=True, kw_only=True):
    """The place of the user in an unbound device, which has none."""


class RamBoundUser(Shape, frozen=True, kw_only=True):
    """The user a device is bound to, as RAM shows it."""

    user_id: str
    user_name: str
    display_name: str


class ImsBoundUser(Shape, frozen=True, kw_only=True):
    """The user a device is bound to, as IMS shows it."""

    user_id: str
    user_principal_name: str
    display_name: str


class _Listed(Shape, frozen=True, kw_only=True):
    """A device as ListVirtualMFADevices returns it."""

    serial_number: str
    activate_date: ActivateDate


class RamListedDevice(_Listed, frozen=True, kw_only=True):
    """A device as RAM lists it."""

    user: RamBoundUser | Unbound


class ImsListedDevice(_Listed, frozen=True, kw_only=True):
    """A device as IMS lists it."""

    user: ImsBoundUser | Unbound


own_device = for_oneself(lambda preference: preference.allow_manage_mfa_devices)
"""Users bind and unbind their own device where the account allows it."""


@operation(
    (RAM, IMS),
    "CreateVirtualMFADevice",
    on=MFA_DEVICE.new,
    imports=("segno",),
    answers="VirtualMFADevice",
)
def create_virtual_mfa_device(ctx: Context, *, virtual_mfa_device_name: DeviceName) -> NewDevice:
    """Make a virtual MFA device, to be bound to a user.

    Returns:
        Its serial number, and its seed as text and as a QR code; no other call returns the seed.
    """
    row = MFA_DEVICE.add(ctx, new_device(ctx.account_id, virtual_mfa_device_name, ctx.now))
    return NewDevice.of(row, qrcode_png=qr_code(row.seed, f"{row.device_name}@{ctx.account_id}"))


@operation(
    (RAM, IMS),
    "DeleteVirtualMFADevice",
    on=MFA_DEVICE.by(serial_number=SerialNumber),
    raises=(DeviceInUse,),
)
def delete_virtual_mfa_device(ctx: Context, device: MfaDeviceRow) -> None:
    """Delete an unbound virtual MFA device."""
    if device.owner_id is not None:
        raise DeviceInUse
    MFA_DEVICE.remove(ctx, device)


@operation(
    {RAM: BY_NAME, IMS: BY_PRINCIPAL},
    "BindMFADevice",
    self_service=own_device,
    raises=(NoDevice, UserHasDevice, DeviceBound, CodeMalformed, CodeWrong),
)
def bind_mfa_device(
    ctx: Context,
    user: UserRow,
    *,
    serial_number: SerialNumber,
    authentication_code1: Secret,
    authentication_code2: Secret,
) -> None:
    """Bind a virtual MFA device to a user; from now on its sign-in asks for a code.

    Args:
        authentication_code1: A code of the device.
        authentication_code2: The very next one; neither may have been used before.
    """
    row = MFA_DEVICE.the(ctx, serial_number)
    if device_of(ctx.tx, user.user_id) is not None:
        raise UserHasDevice
    if row.owner_id is not None:
        raise DeviceBound
    step = consecutive_step(row.seed, authentication_code1, authentication_code2, ctx.now)
    if step is None or step <= row.last_step:
        raise CodeWrong
    changes = {"owner_id": user.user_id, "activated_at": ctx.now, "last_step": step}
    MFA_DEVICE.change(ctx, row, **changes)


@operation(
    {RAM: BY_NAME, IMS: BY_PRINCIPAL},
    "UnbindMFADevice",
    self_service=own_device,
    raises=(UserLacksDevice,),
    answers="MFADevice.SerialNumber",
)
def unbind_mfa_device(ctx: Context, user: UserRow) -> str:
    """Unbind a user's MFA device, which stays and can be bound again."""
    return unbind_device(ctx, owner_of_user(user)).serial_number


@operation(IMS, "DisableVirtualMFA", on=BY_PRINCIPAL, raises=(UserLacksDevice,))
def disable_virtual_mfa(ctx: Context, user: UserRow) -> None:
    """Unbind a user's virtual MFA device and delete it, as for one that was lost.

    Source: IMS API metadata, DisableVirtualMFA (documented); that the device is deleted (assumed).
    """
    disable_device(ctx, owner_of_user(user))


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
    """Return serial number and type, which is `VMFA`, of the MFA device bound to a user."""
    return _shown(bound_device(ctx.tx, owner_of_user(user)))


@operation(IMS, "GetUserMFAInfo", on=OWNER_BY_PRINCIPAL, self_service=own_device, reads_only=True)
def find_user_mfa_info(ctx: Context, owner: Owner) -> UserMfaAnswer:
    """Tell whether a user has an MFA device, and which; its type is `VMFA`.

    Assumed: that no device is no error.
    """
    row = device_of(ctx.tx, owner.owner_id)
    if row is None:
        return UserMfaAnswer(is_mfa_enable=False)
    return UserMfaAnswer(is_mfa_enable=True, mfa_device=_shown(row))


def _shown(row: MfaDeviceRow) -> MfaDevice:
    return MfaDevice(serial_number=row.serial_number, type=VIRTUAL)


@operation(
    IMS, "GetAccountMFAInfo", resource=acs("ram", "*"), answers="IsMFAEnable", reads_only=True
)
def get_account_mfa_info(ctx: Context) -> bool:
    """Tell whether the account's root has an MFA device."""
    return device_of(ctx.tx, ctx.account_id) is not None


@operation(
    RAM,
    "ListVirtualMFADevices",
    on=MFA_DEVICE.all,
    answers="VirtualMFADevices.VirtualMFADevice",
    reads_only=True,
    scans=True,
)
def list_virtual_mfa_devices(ctx: Context) -> list[RamListedDevice]:
    """List all virtual MFA devices by serial number; an unbound one has an empty User.

    Cost: one read for each bound device; the operation has no paging.
    """
    rows = ctx.tx.find(MfaDeviceRow, order=("serial_number",), account_id=ctx.account_id)
    held = [(row, _user_of(ctx, row)) for row in rows]
    return [
        RamListedDevice.of(row, user=RamBoundUser.of(user) if user else Unbound())
        for row, user in held
    ]


@operation(
    IMS,
    "ListVirtualMFADevices",
    on=MFA_DEVICE.all,
    answers="VirtualMFADevices.VirtualMFADevice",
    reads_only=True,
    scans=True,
)
def list_page_of_devices(
    ctx: Context, *, marker: Marker = "", max_items: MaxItems = 100
) -> Listing[ImsListedDevice, MarkerPage]:
    """List virtual MFA devices by serial number; an unbound one has an empty User.

    Cost: one read for each bound device of the page.
    Assumed: the page's bounds.
    """
    domain = default_domain(ctx.tx, ctx.account_id)

    def shown(row: MfaDeviceRow) -> ImsListedDevice:
        user = _user_of(ctx, row)
        if user is None:
            return ImsListedDevice.of(row, user=Unbound())
        name = principal_name(user.user_name, domain)
        return ImsListedDevice.of(row, user=ImsBoundUser.of(user, user_principal_name=name))

    found = MARKED.stored(ctx, MfaDeviceRow, "serial_number", token=marker, limit=max_items)
    return found.map(shown)


def _user_of(ctx: Context, row: MfaDeviceRow) -> UserRow | None:
    return ctx.tx.get(UserRow, row.owner_id) if row.owner_id else None
