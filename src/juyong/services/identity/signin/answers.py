"""The ends of a sign-in: a session, or one of these refusals.

The codes are juyong's own; the real sign-in page publishes none (assumed).
"""

import msgspec

from juyong.base.secret import Secret
from juyong.services.identity.signin.sessions import SigninSession
from juyong.services.identity.users.owners import Owner


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """An MFA device that becomes the user's once two of its codes come back with the token."""

    token: Secret
    seed: Secret
    qrcode_png: Secret


class Refusal(msgspec.Struct, frozen=True):
    """The reason why a sign-in was refused.

    counts: The refusal counts as a failed guess. asks: The sign-in needs a further proof, which is
        no failure.
    """

    code: str
    status: int
    message: str
    counts: bool = False
    asks: bool = False
    enrolment: Enrolment | None = None


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session was opened. `mfa_ticket` spares this browser the code for seven days."""

    owner: Owner
    session: SigninSession
    token: Secret
    mfa_ticket: Secret | None


INVALID = Refusal("InvalidCredentials", 401, "the login name or the password is wrong", counts=True)
LOCKED = Refusal("SigninLocked", 403, "too many failures: sign-in is locked for a while")
ADDRESS_NOT_ALLOWED = Refusal(
    "AddressNotAllowed", 403, "the account lets no user sign in from this address"
)
DISABLED = Refusal("SigninDisabled", 403, "sign-in is switched off for this user")
IDLE = Refusal(
    "SigninIdle",
    403,
    "the user was idle for too long: an administrator has to renew its login profile",
)
EXPIRED = Refusal(
    "PasswordExpired", 403, "the password has expired: an administrator has to reset it"
)
CODE_REQUIRED = Refusal("MFACodeRequired", 401, "a code of the MFA device is needed", asks=True)
CODE_WRONG = Refusal("MFACodeIncorrect", 401, "the code is wrong or was used already", counts=True)
BIND_REQUIRED = Refusal(
    "MFABindRequired",
    403,
    "an MFA device must be bound: send two consecutive codes with the enrolment",
    asks=True,
)
RESET_REQUIRED = Refusal("PasswordResetRequired", 403, "a new password is needed", asks=True)
WEAK = Refusal(
    "NewPassword.TooWeak", 400, "the new password falls short of the account's password policy"
)
REUSED = Refusal("NewPassword.ReusePrevention", 400, "the new password was used before")
PASSKEY_REQUIRED = Refusal(
    "PasskeyRequired",
    403,
    "a second factor is needed: sign in with a passkey of this user",
    asks=True,
)
PASSKEY_WRONG = Refusal(
    "InvalidPasskey", 401, "the passkey is unknown, or its answer belongs to another challenge"
)
PASSKEY_COPIED = Refusal(
    "PasskeyCounterRegressed",
    401,
    "the passkey counts fewer uses than before: it may have been copied",
)
PASSKEYS_OFF = Refusal(
    "PasskeyNotAllowed", 403, "the account does not let its users have passkeys, and root has none"
)
NO_SITE = Refusal(
    "PasskeySiteUnknown",
    403,
    "passkeys work at `localhost`, or at the origin of the setting `signin_origin`",
)
NOT_ALLOWED = Refusal("NoPermission", 403, "the user is not allowed to change this")
NO_DEVICE = Refusal("NoMFADevice", 404, "no MFA device is bound")
HAS_DEVICE = Refusal("MFADeviceBound", 409, "an MFA device is bound already")
OFFER_LAPSED = Refusal("OfferLapsed", 400, "the offered device is out of time: ask for another")
