"""Virtual MFA devices: made, bound to users, unbound and deleted."""

import base64
import io
from dataclasses import replace
from typing import Annotated

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.api.fields import Doc, Text
from juyong.api.shape import Shape
from juyong.base.clock import Instant, iso, iso_or_empty
from juyong.base.ids import AccountId, random_bytes
from juyong.base.names import ram_arn
from juyong.base.secret import Secret
from juyong.engines.credentials.totp import BadCodeFormat, otpauth_uri, verify_consecutive
from juyong.services.identity.credentials.tables import MfaDeviceRow
from juyong.services.identity.users.owners import Owner, for_oneself
from juyong.store.errors import Duplicate
from juyong.store.inventory import Change
from juyong.store.transaction import Transaction

RESOURCE = "ACS::RAM::MFADevice"


VIRTUAL = "VMFA"


ISSUER = "juyong"


_SEED_BYTES = 40


DeviceName = Annotated[str, Text(1, 64, chars=r"A-Za-z0-9.\-"), Doc("Unique within the account.")]


SerialNumber = Annotated[str, Text(1, 256, chars=r"\x21-\x7e"), Doc("The device.")]


class NoDevice(ApiError):
    """No such device in the account."""

    code, status = "EntityNotExist.VirtualMFADevice", 404
    text = "The virtual mfa device does not exist."


class DeviceExists(ApiError):
    """The name is taken."""

    code, status = "EntityAlreadyExists.VirtualMFADevice", 409
    text = "The virtual mfa device does already EXIST."


class TooManyDevices(ApiError):
    """The account holds its quota `ram.virtual-mfa-devices`."""

    code, status = "LimitExceeded.VirtualMFADevice", 409
    text = "The count of virtual mfa devices beyond the current limits."


class DeviceBound(ApiError):
    """It is bound to a user."""

    code, status = "EntityAlreadyExists.VirtualMFADevice.User", 409
    text = "The virtual mfa device does already been bound to a user."


class DeviceInUse(ApiError):
    """Unbind it first."""

    code, status = "DeleteConflict.VirtualMFADevice.User", 409
    text = "The virtual mfa device CAN NOT been bound to any user while deleting it."


class UserHasDevice(ApiError):
    """A user has one device."""

    code, status = "EntityAlreadyExists.User.MFADevice", 409
    text = "The user has already bound a MFA device."


class UserLacksDevice(ApiError):
    """The user has no device."""

    code, status = "EntityNotExist.User.MFADevice", 404
    text = "The user has not bound any MFA device."


class CodeMalformed(ApiError):
    """A code is not six digits."""

    code, status = "InvalidParameter.AuthenticationCode.Format", 400
    text = 'The parameter - "AuthenticationCode" MUST be 6 numbers.'


class CodeWrong(ApiError):
    """The codes are not two consecutive ones of the device."""

    code, status = "CheckAuthenticationCodeFail", 403
    text = 'The parameter - "AuthenticationCode" is inccorrect.'


class NewDevice(Shape, frozen=True, kw_only=True):
    """A device with its seed, which is shown only here; the picture carries the seed too."""

    serial_number: str
    base32_string_seed: Secret
    qrcode_png: Secret


class CreateDeviceAnswer(Shape, frozen=True, kw_only=True):
    """A device just made."""

    virtual_mfa_device: NewDevice


class Unbound(Shape, frozen=True, kw_only=True):
    """Stands where the user of an unbound device would."""


class UnboundDevice(Shape, frozen=True, kw_only=True):
    """A device by its serial number."""

    serial_number: str


class UnbindAnswer(Shape, frozen=True, kw_only=True):
    """The device that was unbound."""

    mfa_device: UnboundDevice


class MfaDevice(Shape, frozen=True, kw_only=True):
    """A user's device; Type is `VMFA`."""

    serial_number: str
    type: str


class DeviceState(Shape, frozen=True, kw_only=True):
    """What the inventory keeps of a device; nothing of the seed."""

    serial_number: str
    device_name: str
    owner_id: str
    create_date: str
    activate_date: str


def add_device(ctx: Context, device_name: str) -> MfaDeviceRow:
    """Make an unbound device with a fresh seed, for RAM and IMS alike.

    Raises:
        DeviceExists: the name is taken.
        TooManyDevices: the quota is full.
    """
    quota = ctx.quota("ram.virtual-mfa-devices", 5000)
    if ctx.tx.count(MfaDeviceRow, account_id=ctx.account_id) >= quota:
        raise TooManyDevices
    row = new_device(ctx.account_id, device_name, ctx.now)
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise DeviceExists from None
    note_device(ctx, "created", row)
    return row


def new_device(account_id: AccountId, device_name: str, now: Instant) -> MfaDeviceRow:
    """Draw the seed of a device that is not stored yet."""
    return MfaDeviceRow(
        serial_number=ram_arn(account_id, f"mfa/{device_name}"),
        account_id=account_id,
        device_name=device_name,
        seed=new_seed(),
        created_at=now,
    )


def new_seed() -> Secret:
    """Draw a seed: 64 base32 characters, 320 bits."""
    return Secret(base64.b32encode(random_bytes(_SEED_BYTES)).decode())


def qr_code(seed: Secret, account_name: str) -> Secret:
    """Return the picture authenticator apps scan: a PNG in base64. It is as secret as the seed.

    Args:
        seed: The device's seed.
        account_name: What the app shows beside the codes.
    """
    import segno  # noqa: PLC0415  # only those who make devices pay for it

    picture = io.BytesIO()
    uri = otpauth_uri(seed.reveal(), account_name=account_name, issuer=ISSUER)
    segno.make(uri, micro=False).save(picture, kind="png", scale=4)
    return Secret(base64.b64encode(picture.getvalue()).decode())


def device_numbered(ctx: Context, serial_number: str) -> MfaDeviceRow:
    """Return a device of the account by its serial number.

    Raises:
        NoDevice: there is none.
    """
    row = ctx.tx.get(MfaDeviceRow, serial_number)
    if row is None or row.account_id != ctx.account_id:
        raise NoDevice
    return row


def device_of(tx: Transaction, owner_id: str) -> MfaDeviceRow | None:
    """Return the device bound to a user, or to root, by its owner's id; None for none."""
    return tx.find_one(MfaDeviceRow, owner_id=owner_id)


def bound_device(tx: Transaction, owner: Owner) -> MfaDeviceRow:
    """Return the device bound to an owner.

    Raises:
        UserLacksDevice: it has none.
    """
    row = device_of(tx, owner.owner_id)
    if row is None:
        raise UserLacksDevice
    return row


def bind_device(
    ctx: Context, row: MfaDeviceRow, owner: Owner, code1: Secret, code2: Secret
) -> MfaDeviceRow:
    """Bind a device to a user who shows two consecutive codes of it, for RAM and IMS alike.

    Raises:
        UserHasDevice: the user has one.
        DeviceBound: the device is another user's.
        CodeMalformed: a code is not six digits.
        CodeWrong: the codes are not consecutive ones of the present minute, or were used before.
    """
    if device_of(ctx.tx, owner.owner_id) is not None:
        raise UserHasDevice
    if row.owner_id is not None:
        raise DeviceBound
    step = consecutive_step(row.seed, code1, code2, ctx.now)
    if step is None or step <= row.last_step:
        raise CodeWrong
    row = ctx.tx.update(row, owner_id=owner.owner_id, activated_at=ctx.now, last_step=step)
    note_device(ctx, "updated", row)
    return row


def consecutive_step(seed: Secret, code1: Secret, code2: Secret, now: Instant) -> int | None:
    """Return the step of the second of two consecutive codes, None if they are not.

    Raises:
        CodeMalformed: a code is not six digits.
    """
    try:
        return verify_consecutive(seed.reveal(), code1.reveal(), code2.reveal(), now=now)
    except BadCodeFormat:
        raise CodeMalformed from None


def unbind_device(ctx: Context, owner: Owner) -> MfaDeviceRow:
    """Unbind a user's device, which stays and can be bound again, for RAM and IMS alike.

    Raises:
        UserLacksDevice: the user has none.
    """
    row = ctx.tx.update(bound_device(ctx.tx, owner), owner_id=None, activated_at=None)
    note_device(ctx, "updated", row)
    return row


def remove_device(ctx: Context, row: MfaDeviceRow) -> None:
    """Delete an unbound device and its seed.

    Raises:
        DeviceInUse: it is bound.
    """
    if row.owner_id is not None:
        raise DeviceInUse
    ctx.tx.delete(row)
    note_device(ctx, "deleted", row)


def disable_device(ctx: Context, owner: Owner) -> None:
    """Unbind a user's device and delete it, as an administrator does for a lost one.

    Raises:
        UserLacksDevice: the user has none.
    """
    remove_device(ctx, unbind_device(ctx, owner))


def store_bound(ctx: Context, device: MfaDeviceRow, owner: Owner, step: int) -> MfaDeviceRow:
    """Store a device that was only offered so far, bound to its owner.

    Args:
        ctx: The surroundings.
        device: As new_device drew it.
        owner: A user or root that showed two consecutive codes.
        step: The step of the second code; neither code is good again.
    """
    device = replace(device, owner_id=owner.owner_id, activated_at=ctx.now, last_step=step)
    ctx.tx.insert(device)
    note_device(ctx, "created", device)
    return device


def device_to_offer(owner: Owner, now: Instant) -> MfaDeviceRow:
    """Draw a device that is stored once its owner has shown codes of it.

    The name is drawn too, so that no device which a user made can be in its way.
    """
    return new_device(owner.account_id, f"{owner.name}-{random_bytes(4).hex()}", now)


own_device = for_oneself(lambda preference: preference.allow_manage_mfa_devices)
"""Users bind and unbind their own device where the account allows it."""


def note_device(ctx: Context, change: Change, row: MfaDeviceRow) -> None:
    """Keep a snapshot of a device."""
    state = DeviceState(
        serial_number=row.serial_number,
        device_name=row.device_name,
        owner_id=row.owner_id or "",
        create_date=iso(row.created_at),
        activate_date=iso_or_empty(row.activated_at),
    )
    ctx.journal.record(change, RESOURCE, row.serial_number, row.device_name, state)
