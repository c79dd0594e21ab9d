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


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
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


INVALID = Refusal(
    code="InvalidCredentials",
    status=401,
    message="the login name or the password is wrong",
    counts=True,
)
LOCKED = Refusal(
    code="SigninLocked", status=403, message="too many failures: sign-in is locked for a while"
)
ADDRESS_NOT_ALLOWED = Refusal(
    code="AddressNotAllowed",
    status=403,
    message="the account lets no user sign in from this address",
)
DISABLED = Refusal(
    code="SigninDisabled", status=403, message="sign-in is switched off for this user"
)
IDLE = Refusal(
    code="SigninIdle",
    status=403,
    message="the user was idle for too long: an administrator has to renew its login profile",
)
EXPIRED = Refusal(
    code="PasswordExpired",
    status=403,
    message="the password has expired: an administrator has to reset it",
)
CODE_REQUIRED = Refusal(
    code="MFACodeRequired", status=401, message="a code of the MFA device is needed", asks=True
)
CODE_WRONG = Refusal(
    code="MFACodeIncorrect",
    status=401,
    message="the code is wrong or was used already",
    counts=True,
)
BIND_REQUIRED = Refusal(
    code="MFABindRequired",
    status=403,
    message="an MFA device must be bound: send two consecutive codes with the enrolment",
    asks=True,
)
RESET_REQUIRED = Refusal(
    code="PasswordResetRequired", status=403, message="a new password is needed", asks=True
)
WEAK = Refusal(
    code="NewPassword.TooWeak",
    status=400,
    message="the new password falls short of the account's password policy",
)
REUSED = Refusal(
    code="NewPassword.ReusePrevention", status=400, message="the new password was used before"
)
PASSKEY_REQUIRED = Refusal(
    code="PasskeyRequired",
    status=403,
    message="a second factor is needed: sign in with a passkey of this user",
    asks=True,
)
PASSKEY_WRONG = Refusal(
    code="InvalidPasskey",
    status=401,
    message="the passkey is unknown, or its answer belongs to another challenge",
)
PASSKEY_COPIED = Refusal(
    code="PasskeyCounterRegressed",
    status=401,
    message="the passkey counts fewer uses than before: it may have been copied",
)
PASSKEYS_OFF = Refusal(
    code="PasskeyNotAllowed",
    status=403,
    message="the account does not let its users have passkeys, and root has none",
)
NO_SITE = Refusal(
    code="PasskeySiteUnknown",
    status=403,
    message="passkeys work at `localhost`, or at the origin of the setting `signin_origin`",
)
NOT_ALLOWED = Refusal(
    code="NoPermission", status=403, message="the user is not allowed to change this"
)
NO_DEVICE = Refusal(code="NoMFADevice", status=404, message="no MFA device is bound")
HAS_DEVICE = Refusal(code="MFADeviceBound", status=409, message="an MFA device is bound already")
OFFER_LAPSED = Refusal(
    code="OfferLapsed", status=400, message="the offered device is out of time: ask for another"
)
