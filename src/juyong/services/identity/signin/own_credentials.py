"""Acts of a signed-in owner on its own credentials: an MFA device, passkeys.

Each act writes its event. The code that calls this module asks the policies first; this module
decides whether the account's preferences and the credentials allow the act.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.engines.credentials.passkeys import Registered
from juyong.services.identity.account.password_policy import rules_of
from juyong.services.identity.account.security_preference import preference_of
from juyong.services.identity.credentials.mfa_devices import device_of, disable_device
from juyong.services.identity.credentials.passkeys import (
    PASSKEY,
    add_passkey,
    passkey_of,
    passkeys_of,
    spend_challenge,
)
from juyong.services.identity.credentials.tables import MfaDeviceRow, PasskeyRow
from juyong.services.identity.signin.answers import (
    HAS_DEVICE,
    LOCKED,
    NO_DEVICE,
    NOT_ALLOWED,
    OFFER_LAPSED,
    PASSKEY_WRONG,
    PASSKEYS_OFF,
    Enrolment,
    Refusal,
)
from juyong.services.identity.signin.events import note_signin
from juyong.services.identity.signin.factor import (
    Shown,
    check_code,
    check_enrolment,
    new_enrolment,
    use_factor,
)
from juyong.services.identity.signin.failures import is_locked_out, note_failure
from juyong.services.identity.signin.passkey import Challenge
from juyong.services.identity.users.owners import Owner

BIND, UNBIND = "BindMFADevice", "UnbindMFADevice"
CREATE_PASSKEY, DELETE_PASSKEY = "CreatePasskey", "DeletePasskey"
_OF_ROOT = {BIND: "MFABind", UNBIND: "MFAUnbind"}
May = Callable[[str, bool], bool]
"""Tells whether policies let the caller do an action to itself; the flag: preferences do."""
P = ParamSpec("P")
T = TypeVar("T")
_Act = Callable[Concatenate["Present", P], T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """A signed-in owner, with one request."""

    ctx: Context
    owner: Owner
    may: May
    mfa: bool
    started_at: Instant
    user_agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCredentials:
    """The credentials of an owner in addition to a password."""

    device: MfaDeviceRow | None
    passkeys: tuple[PasskeyRow, ...]


def _noted(name: str) -> Callable[[_Act[P, T]], _Act[P, T]]:
    """Write an act's event under a name, even if the act failed."""

    def noting(act: _Act[P, T]) -> _Act[P, T]:
        @wraps(act)
        def noted(one: Present, /, *args: P.args, **kwargs: P.kwargs) -> T:
            outcome = act(one, *args, **kwargs)
            note_signin(
                one.ctx,
                one.owner,
                user_agent=one.user_agent,
                mfa=one.mfa,
                refusal=outcome if isinstance(outcome, Refusal) else None,
                started_at=one.started_at,
                kind="ConsoleOperation",
                name=name if one.owner.user else _OF_ROOT.get(name, name),
            )
            return outcome

        return noted

    return noting


def own_credentials(one: Present) -> OwnCredentials:
    """Return the device and the passkeys of the signed-in owner."""
    return OwnCredentials(
        device=_device(one), passkeys=tuple(passkeys_of(one.ctx.tx, one.owner.owner_id))
    )


def offer_device(one: Present) -> Enrolment | Refusal:
    """Offer an MFA device, to be bound by two of its codes within ten minutes."""
    refusal = _manages_devices(one, BIND)
    if refusal is None and _device(one) is not None:
        refusal = HAS_DEVICE
    return refusal or new_enrolment(one.ctx, one.owner)


@_noted(BIND)
def bind_offered(one: Present, enrolment: Secret, codes: tuple[Secret, Secret]) -> Refusal | None:
    """Bind an offered device; sign-in asks for its code from now on."""
    refusal = _manages_devices(one, BIND) or _locked(one)
    if refusal is not None:
        return refusal
    if _device(one) is not None:
        return HAS_DEVICE
    shown = Shown(enrolment=enrolment, enrolment_codes=codes)
    factor = check_enrolment(one.ctx, one.owner, shown)
    if isinstance(factor, Refusal):
        return OFFER_LAPSED if factor.asks else _counted(one, factor)
    use_factor(one.ctx, one.owner, factor)
    return None


@_noted(UNBIND)
def unbind_own(one: Present, code: Secret) -> Refusal | None:
    """Delete the owner's device, which must give a code."""
    refusal = _manages_devices(one, UNBIND) or _locked(one)
    device = _device(one)
    if refusal is not None or device is None:
        return refusal or NO_DEVICE
    factor = check_code(one.ctx, device, code)
    if isinstance(factor, Refusal):
        return _counted(one, factor)
    disable_device(one.ctx, one.owner)
    return None


def passkey_owner(one: Present) -> Refusal | None:
    """Refuse an owner who may not register a passkey."""
    if one.owner.user is None or not _allows_passkeys(one):
        return PASSKEYS_OFF
    may = one.may(CREATE_PASSKEY, True)  # noqa: FBT003  # users may, see above
    return None if may else NOT_ALLOWED


@_noted(CREATE_PASSKEY)
def register_own(
    one: Present, name: str, proof: tuple[Challenge, Registered] | None
) -> PasskeyRow | Refusal:
    """Store a passkey that was verified against a challenge for this owner."""
    refusal = passkey_owner(one)
    if refusal is not None:
        return refusal
    if proof is None or proof[0].owner_id != one.owner.owner_id:
        return PASSKEY_WRONG
    challenge, registered = proof
    if not spend_challenge(one.ctx.tx, challenge.challenge, Instant(challenge.expires_at)):
        return PASSKEY_WRONG
    try:
        return add_passkey(one.ctx, one.owner, name, registered)
    except ApiError as fact:
        return _as_refusal(fact)


@_noted(DELETE_PASSKEY)
def delete_own(one: Present, passkey_id: str) -> Refusal | None:
    """Delete a passkey of the signed-in owner."""
    if not one.may(DELETE_PASSKEY, _allows_passkeys(one)):
        return NOT_ALLOWED
    try:
        PASSKEY.remove(one.ctx, passkey_of(one.ctx.tx, one.owner, passkey_id))
    except ApiError as fact:
        return _as_refusal(fact)
    return None


def _device(one: Present) -> MfaDeviceRow | None:
    return device_of(one.ctx.tx, one.owner.owner_id)


def _manages_devices(one: Present, action: str) -> Refusal | None:
    allowed = preference_of(one.ctx.tx, one.ctx.account_id).allow_manage_mfa_devices
    return None if one.may(action, allowed) else NOT_ALLOWED


def _allows_passkeys(one: Present) -> bool:
    return preference_of(one.ctx.tx, one.ctx.account_id).allow_login_with_passkey


def _locked(one: Present) -> Refusal | None:
    rules = rules_of(one.ctx.tx, one.ctx.account_id)
    locked = is_locked_out(one.ctx.tx, one.owner.owner_id, rules, one.ctx.now)
    return LOCKED if locked else None


def _counted(one: Present, refusal: Refusal) -> Refusal:
    if refusal.counts:
        note_failure(one.ctx.tx, one.ctx.account_id, one.owner.owner_id, one.ctx.now)
    return refusal


def _as_refusal(fact: ApiError) -> Refusal:
    return Refusal(code=fact.code, status=fact.status, message=fact.text)
