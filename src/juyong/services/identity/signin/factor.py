"""The second factor of a sign-in: a code, a remembered code, or a device to be bound first."""

from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from juyong.api.context import Context
from juyong.base.secret import Secret
from juyong.engines.credentials.totp import BadCodeFormat, verify_code
from juyong.services.identity.account.tables import SecurityPreferenceRow
from juyong.services.identity.credentials.mfa_devices import (
    CodeMalformed,
    consecutive_step,
    device_of,
    device_to_offer,
    new_device,
    qr_code,
    store_bound,
)
from juyong.services.identity.credentials.tables import LoginProfileRow, MfaDeviceRow, PasskeyRow
from juyong.services.identity.signin.answers import (
    BIND_REQUIRED,
    CODE_REQUIRED,
    CODE_WRONG,
    PASSKEY_REQUIRED,
    Enrolment,
    Refusal,
)
from juyong.services.identity.signin.notes import open_note, seal_note
from juyong.services.identity.signin.sessions import PURPOSE
from juyong.services.identity.users.owners import Owner

TICKET_SECONDS = 7 * 86_400
ENROLMENT_SECONDS = 600
MANDATORY = "mandatory"
_ENROLMENT = b"signin/enrolment"
_TICKET = b"signin/mfa-ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The data of a sign-in in addition to the password."""

    code: Secret | None = None
    ticket: Secret | None = None
    enrolment: Secret | None = None
    enrolment_codes: tuple[Secret, Secret] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A second factor that holds.

    device: None if no device is needed. step: The newest step that the device has accepted after
        this; None if no code was used up. is_new: The device must still be stored and bound.
    """

    device: MfaDeviceRow | None
    step: int | None = None
    is_new: bool = False


class _Enrolling(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    owner_id: str
    device_name: str
    seed: str
    expires_at: int


class _Remembered(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    owner_id: str
    serial_number: str
    issued_at: int


def check_factor(
    ctx: Context,
    owner: Owner,
    profile: LoginProfileRow,
    preference: SecurityPreferenceRow,
    shown: Shown,
) -> Factor | Refusal:
    """Check the second factor of an owner whose password was right; stores nothing.

    A bound device is always needed, even if the account asks only on risk, since no sign-in is
    known to be free of risk.
    """
    device = device_of(ctx.tx, owner.owner_id)
    if device is not None:
        if shown.code is not None:
            return check_code(ctx, device, shown.code)
        spared = preference.enable_save_mfa_ticket and _ticket_holds(
            ctx, device, profile, shown.ticket
        )
        return Factor(device=device) if spared else CODE_REQUIRED
    mandatory = owner.user is not None and preference.mfa_operation_for_login == MANDATORY
    if not mandatory and not profile.mfa_bind_required:
        return Factor(device=None)
    if preference.allow_login_with_passkey and ctx.tx.count(PasskeyRow, owner_id=owner.owner_id):
        # SECURITY: a thief of the password must not enrol a device of his own.
        return PASSKEY_REQUIRED
    return check_enrolment(ctx, owner, shown)


def use_factor(ctx: Context, owner: Owner, factor: Factor) -> MfaDeviceRow | None:
    """Store the changes of a sign-in: the code is used up, or the new device is bound."""
    device = factor.device
    if device is None or factor.step is None:
        return device
    if not factor.is_new:
        return ctx.tx.update(device, last_step=factor.step)
    return store_bound(ctx, device, owner, factor.step)


def mfa_ticket(ctx: Context, owner: Owner, device: MfaDeviceRow) -> Secret:
    """Make the ticket with which a browser needs no code for seven days."""
    remembered = _Remembered(
        owner_id=owner.owner_id, serial_number=device.serial_number, issued_at=ctx.now
    )
    return seal_note(ctx.key(PURPOSE), remembered, _TICKET)


def check_code(ctx: Context, device: MfaDeviceRow, code: Secret) -> Factor | Refusal:
    """Check a code of a bound device, which is good once; stores nothing."""
    try:
        step = verify_code(
            device.seed.reveal(), code.reveal(), now=ctx.now, last_step=device.last_step
        )
    except BadCodeFormat:
        step = None
    return CODE_WRONG if step is None else Factor(device=device, step=step)


def _ticket_holds(
    ctx: Context, device: MfaDeviceRow, profile: LoginProfileRow, ticket: Secret | None
) -> bool:
    """SECURITY: a new password or another device makes the tickets of all browsers worthless."""
    remembered = open_note(ctx.key(PURPOSE), ticket, _TICKET, _Remembered)
    return (
        remembered is not None
        and remembered.owner_id == device.owner_id
        and remembered.serial_number == device.serial_number
        and remembered.issued_at >= max(profile.password_changed_at, device.activated_at or 0)
        and ctx.now < remembered.issued_at + TICKET_SECONDS
    )


def check_enrolment(ctx: Context, owner: Owner, shown: Shown) -> Factor | Refusal:
    """Check two codes of a device that was offered; without any, offer one. Stores nothing."""
    enrolling = open_note(ctx.key(PURPOSE), shown.enrolment, _ENROLMENT, _Enrolling)
    if (
        enrolling is None
        or shown.enrolment_codes is None
        or enrolling.owner_id != owner.owner_id
        or ctx.now >= enrolling.expires_at
    ):
        return replace(BIND_REQUIRED, enrolment=new_enrolment(ctx, owner))
    device = replace(
        new_device(ctx.account_id, enrolling.device_name, ctx.now), seed=Secret(enrolling.seed)
    )
    try:
        step = consecutive_step(device.seed, *shown.enrolment_codes, ctx.now)
    except CodeMalformed:
        step = None
    return CODE_WRONG if step is None else Factor(device=device, step=step, is_new=True)


def new_enrolment(ctx: Context, owner: Owner) -> Enrolment:
    """Offer a device to an owner, for ten minutes."""
    device = device_to_offer(owner, ctx.now)
    enrolling = _Enrolling(
        owner_id=owner.owner_id,
        device_name=device.device_name,
        seed=device.seed.reveal(),
        expires_at=ctx.now + ENROLMENT_SECONDS,
    )
    return Enrolment(
        token=seal_note(ctx.key(PURPOSE), enrolling, _ENROLMENT),
        seed=device.seed,
        qrcode_png=qr_code(device.seed, f"{owner.name}@{ctx.account_id}"),
    )
