"""Virtual MFA devices as they are stored, for all that touch them."""

import base64
import io
from typing import Annotated

from msgspec.structs import replace

from juyong.api.context import Context
from juyong.api.errors import fact
from juyong.api.resource import Quota, Resource
from juyong.api.shape import CreateDate, Of, Shape
from juyong.base.clock import Instant, iso_or_empty
from juyong.base.ids import AccountId, random_bytes
from juyong.base.names import ram_arn
from juyong.base.secret import Secret
from juyong.engines.credentials.totp import BadCodeFormat, otpauth_uri, verify_consecutive
from juyong.services.identity.credentials.tables import MfaDeviceRow
from juyong.services.identity.errors import full, missing, taken
from juyong.services.identity.users.owners import Owner, owner_links
from juyong.store.transaction import Transaction

ISSUER = "juyong"
_SEED_BYTES = 40
ActivateDate = Annotated[str, Of("activated_at", iso_or_empty)]
"""Empty while the device is unbound."""
NoDevice = missing("EntityNotExist.VirtualMFADevice", "virtual mfa device")
DeviceExists = taken("EntityAlreadyExists.VirtualMFADevice", "virtual mfa device")
TooManyDevices = full(
    "LimitExceeded.VirtualMFADevice", "virtual mfa devices", "ram.virtual-mfa-devices"
)
DeviceBound = fact(
    "EntityAlreadyExists.VirtualMFADevice.User",
    409,
    "The virtual mfa device does already been bound to a user.",
    why="It is bound to a user.",
)
DeviceInUse = fact(
    "DeleteConflict.VirtualMFADevice.User",
    409,
    "The virtual mfa device CAN NOT been bound to any user while deleting it.",
    why="Unbind it first.",
)
UserHasDevice = fact(
    "EntityAlreadyExists.User.MFADevice",
    409,
    "The user has already bound a MFA device.",
    why="A user has one device.",
)
UserLacksDevice = fact(
    "EntityNotExist.User.MFADevice",
    404,
    "The user has not bound any MFA device.",
    why="The user has no device.",
)
CodeMalformed = fact(
    "InvalidParameter.AuthenticationCode.Format",
    400,
    'The parameter - "AuthenticationCode" MUST be 6 numbers.',
    why="A code is not six digits.",
)
CodeWrong = fact(
    "CheckAuthenticationCodeFail",
    403,
    'The parameter - "AuthenticationCode" is inccorrect.',
    why="The codes are not two consecutive ones of the device.",
)


class DeviceState(Shape, frozen=True, kw_only=True):
    """The inventory's state of a device; nothing of the seed."""

    serial_number: str
    device_name: str
    owner_id: Annotated[str, Of(through=lambda owner_id: owner_id or "")]
    create_date: CreateDate
    activate_date: ActivateDate


def _find(ctx: Context, serial_number: str) -> MfaDeviceRow | None:
    row = ctx.tx.get(MfaDeviceRow, serial_number)
    return row if row is not None and row.account_id == ctx.account_id else None


def _arn(ctx: Context, serial_number: str) -> str:
    """Name the device a call is about; a serial number of another account names none."""
    own = ram_arn(ctx.account_id, "mfa/")
    name = serial_number.removeprefix(own) if serial_number.startswith(own) else "*"
    return f"acs:ram:*:{ctx.account_id}:mfa/{name}"


MFA_DEVICE: Resource[MfaDeviceRow] = Resource(
    kind="ACS::RAM::MFADevice",
    row=MfaDeviceRow,
    id="serial_number",
    name="device_name",
    arn="ram:mfa/",
    resolve=_arn,
    find=_find,
    missing=NoDevice,
    taken=DeviceExists,
    quota=Quota("ram.virtual-mfa-devices", TooManyDevices),
    state=DeviceState,
    links=(owner_links("attached-to"),),
)


def new_device(account_id: AccountId, device_name: str, now: Instant) -> MfaDeviceRow:
    """Draw the seed of a device that is not stored yet: 64 base32 characters, 320 bits."""
    return MfaDeviceRow(
        serial_number=ram_arn(account_id, f"mfa/{device_name}"),
        account_id=account_id,
        device_name=device_name,
        seed=Secret(base64.b32encode(random_bytes(_SEED_BYTES)).decode()),
        created_at=now,
    )


def qr_code(seed: Secret, account_name: str) -> Secret:
    """Return the picture authenticator apps scan: a PNG in base64. It is as secret as the seed.

    account_name: The name that the app shows next to the codes.
    """
    import segno  # noqa: PLC0415  # only those who make devices pay for it

    picture = io.BytesIO()
    uri = otpauth_uri(seed.reveal(), account_name=account_name, issuer=ISSUER)
    segno.make(uri, micro=False).save(picture, kind="png", scale=4)
    return Secret(base64.b64encode(picture.getvalue()).decode())


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
    """Unbind the device of a user or root; the device stays and can be bound again.

    Raises:
        UserLacksDevice: the owner has none.
    """
    row = ctx.tx.update(bound_device(ctx.tx, owner), owner_id=None, activated_at=None)
    MFA_DEVICE.note(ctx.tx, ctx.journal, "updated", row)
    return row


def disable_device(ctx: Context, owner: Owner) -> None:
    """Unbind an owner's device and delete it, as an administrator does for a lost one.

    Raises:
        UserLacksDevice: the owner has none.
    """
    MFA_DEVICE.remove(ctx, unbind_device(ctx, owner))


def store_bound(ctx: Context, device: MfaDeviceRow, owner: Owner, step: int) -> MfaDeviceRow:
    """Store a device of new_device, bound to an owner that showed two consecutive codes of it.

    step: The step of the second code; neither code is good again.
    """
    device = replace(device, owner_id=owner.owner_id, activated_at=ctx.now, last_step=step)
    ctx.tx.insert(device)
    MFA_DEVICE.note(ctx.tx, ctx.journal, "created", device)
    return device


def device_to_offer(owner: Owner, now: Instant) -> MfaDeviceRow:
    """Draw a device that is stored once its owner has shown codes of it.

    The name is drawn too, so that no device of a user can have the same name.
    """
    return new_device(owner.account_id, f"{owner.name}-{random_bytes(4).hex()}", now)
