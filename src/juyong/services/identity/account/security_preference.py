"""The rights of users over themselves, and their sign-in."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import BadParameter, InvalidField, NotSupported
from juyong.api.fields import Between, Clearable, Doc, Items, OneOf
from juyong.api.operation import Faces, operation
from juyong.api.shape import Of, Shape
from juyong.base.ids import AccountId
from juyong.engines.credentials.network import BadMask, parse_masks
from juyong.services.identity.account.settings import (
    change_setting,
    changes_of,
    setting,
    setting_of,
)
from juyong.services.identity.account.tables import SecurityPreferenceRow
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ram.product import PRODUCT as RAM
from juyong.store.transaction import Transaction

IDLE_DAYS = (90, 180, 365, 730)
NO_CODES = "nothing here sends text messages or mail, so that no code could arrive"
SECURITY_PREFERENCE = setting("SecurityPreference", SecurityPreferenceRow)


class NetworkMasks:
    """Addresses and CIDR blocks separated by `;`, at most 40 and 512 characters."""

    def check(self, name: str, value: str) -> None:
        """Refuse masks that the sign-in could not read."""
        try:
            parse_masks(value)
        except BadMask as bad:
            raise InvalidField(name, "Format") from bad


class AccessKeyPreference(Shape, frozen=True, kw_only=True):
    """Whether users manage their own AccessKeys."""

    allow_user_to_manage_access_keys: Annotated[
        bool, Of("allow_manage_access_keys"), Doc("Users may manage their own AccessKeys.")
    ]


class CredentialPreference(AccessKeyPreference, frozen=True, kw_only=True):
    """Whether users manage their own credentials."""

    allow_user_to_manage_service_credentials: Annotated[
        bool,
        Of("allow_manage_service_credentials"),
        Doc("Kept and returned; there are none here."),
    ]


class LoginPreference(Shape, frozen=True, kw_only=True):
    """How users sign in, as RAM knows it."""

    allow_user_to_change_password: Annotated[
        bool, Of("allow_change_password"), Doc("Users may call ChangePassword.")
    ]
    enable_save_mfa_ticket: Annotated[
        bool, Doc("Remember a checked MFA code on the user's browser for seven days.")
    ]
    login_network_masks: Annotated[
        str, NetworkMasks(), Clearable(), Doc("From where users may sign in; empty is anywhere.")
    ]
    login_session_duration: Annotated[
        int, Of("login_session_hours"), Between(1, 24), Doc("1 to 24 hours.")
    ]


class FullLoginPreference(LoginPreference, frozen=True, kw_only=True):
    """How users sign in."""

    allow_user_to_login_with_passkey: Annotated[
        bool,
        Of("allow_login_with_passkey"),
        Doc("Users may register passkeys and sign in with them."),
    ]
    mfa_operation_for_login: Annotated[
        str,
        OneOf(("mandatory", "independent", "adaptive")),
        Doc("The users who need MFA: `mandatory`, `independent` or `adaptive`."),
    ]
    operation_for_risk_login: Annotated[
        str, OneOf(("autonomous", "enforceVerify")), Doc("Kept and returned; deprecated.")
    ]


class MfaPreference(Shape, frozen=True, kw_only=True):
    """Whether users bind and unbind their own MFA devices."""

    allow_user_to_manage_mfa_devices: Annotated[
        bool,
        Of("allow_manage_mfa_devices"),
        Doc("Users may bind and unbind their own MFA device."),
    ]


class PublicKeyPreference(Shape, frozen=True, kw_only=True):
    """Whether users manage their own public keys."""

    allow_user_to_manage_public_keys: Annotated[
        bool,
        Of("allow_manage_public_keys"),
        Doc("Kept and returned; no product here has public keys."),
    ]


class MaxIdleDays(Shape, frozen=True, kw_only=True):
    """After how many days without use a credential is switched off."""

    max_idle_days_for_access_keys: Annotated[
        int, Of("max_idle_days_access_keys"), Doc("90, 180, 365 or 730.")
    ]
    max_idle_days_for_users: Annotated[int, Of("max_idle_days_users"), Doc("90, 180, 365 or 730.")]


class PersonalInfoPreference(Shape, frozen=True, kw_only=True):
    """The accounts elsewhere that users attach to themselves."""

    allow_user_to_manage_personal_ding_talk: Annotated[
        bool,
        Of("allow_manage_personal_dingtalk"),
        Doc("Kept and returned; there is no DingTalk here."),
    ]


class VerificationPreference(Shape, frozen=True, kw_only=True):
    """The second factors other than a device: none, flat."""

    verification_types: list[str] = msgspec.field(default_factory=list)


class RamPreference(Shape, frozen=True, kw_only=True):
    """The preferences that RAM knows."""

    access_key_preference: AccessKeyPreference
    login_profile_preference: LoginPreference
    mfa_preference: MfaPreference
    public_key_preference: PublicKeyPreference


class ImsPreference(Shape, frozen=True, kw_only=True):
    """The preferences that IMS knows: all but that of public keys."""

    access_key_preference: CredentialPreference
    login_profile_preference: FullLoginPreference
    mfa_preference: MfaPreference
    max_idle_days: MaxIdleDays
    personal_info_preference: PersonalInfoPreference
    verification_preference: VerificationPreference


_FACES: Faces = {RAM: RamPreference, IMS: ImsPreference}


def preference_of(tx: Transaction, account_id: AccountId) -> SecurityPreferenceRow:
    """Return an account's preferences; the defaults if it never set any."""
    return setting_of(tx, SecurityPreferenceRow, account_id)


@operation(
    {RAM: changes_of(SECURITY_PREFERENCE, RamPreference)},
    "SetSecurityPreference",
    answers="SecurityPreference",
    shows=_FACES,
)
def set_preference(ctx: Context, changes: Mapping[str, object]) -> SecurityPreferenceRow:
    """Change the account's preferences; what is not sent stays as it is.

    Source: RAM API reference, SetSecurityPreference (documented); unsent fields stay (observed in
    Terraform).
    """
    return change_setting(ctx, SECURITY_PREFERENCE, changes)


@operation(
    {IMS: changes_of(SECURITY_PREFERENCE, ImsPreference)},
    "SetSecurityPreference",
    raises=(NotSupported,),
    answers="SecurityPreference",
    shows=_FACES,
)
def set_security_preference(
    ctx: Context,
    changes: Mapping[str, object],
    *,
    enforce_mfa_for_login: bool | None = None,
    verification_types: Annotated[list[Literal["sms", "email"]], Items(0, 2)] | None = None,
) -> SecurityPreferenceRow:
    """Change the account's preferences; what is not sent stays as it is.

    Args:
        enforce_mfa_for_login: The older way to say `mandatory` or `independent`; yields to the
            newer one.
        verification_types: Must be empty, since no codes are sent here.

    Source: IMS API reference, SetSecurityPreference (documented); unsent fields stay (observed in
    Terraform).
    """
    if verification_types:
        raise NotSupported(name="VerificationTypes", reason=NO_CODES)
    _check_idle("MaxIdleDaysForAccessKeys", changes["max_idle_days_access_keys"])
    _check_idle("MaxIdleDaysForUsers", changes["max_idle_days_users"])
    if changes["mfa_operation_for_login"] is None and enforce_mfa_for_login is not None:
        said = "mandatory" if enforce_mfa_for_login else "independent"
        changes = {**changes, "mfa_operation_for_login": said}
    return change_setting(ctx, SECURITY_PREFERENCE, changes)


@operation(
    (RAM, IMS),
    "GetSecurityPreference",
    resource=acs("ram", "*"),
    answers="SecurityPreference",
    shows=_FACES,
    reads_only=True,
)
def get_security_preference(ctx: Context) -> SecurityPreferenceRow:
    """Return the account's preferences, or the defaults."""
    return preference_of(ctx.tx, ctx.account_id)


def _check_idle(name: str, days: object) -> None:
    if days is not None and days not in IDLE_DAYS:
        raise BadParameter(f"InvalidParameter.{name}", f'The parameter - "{name}" is incorrect.')
