"""The rights of users over themselves, and their sign-in, as RAM knows them."""

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.identity.account.security_preference import (
    SECURITY_PREFERENCE,
    LoginNetworkMasks,
    LoginSessionDuration,
    preference_of,
)
from juyong.services.identity.account.settings import change_setting
from juyong.services.identity.account.tables import SecurityPreferenceRow
from juyong.services.ram.product import PRODUCT as RAM


class AccessKeyPreference(Shape, frozen=True, kw_only=True):
    """Whether users manage their own AccessKeys."""

    allow_user_to_manage_access_keys: bool


class LoginProfilePreference(Shape, frozen=True, kw_only=True):
    """How users sign in; the session lasts hours."""

    allow_user_to_change_password: bool
    enable_save_mfa_ticket: bool
    login_network_masks: str
    login_session_duration: int


class MfaPreference(Shape, frozen=True, kw_only=True):
    """Whether users bind and unbind their own MFA devices."""

    allow_user_to_manage_mfa_devices: bool


class PublicKeyPreference(Shape, frozen=True, kw_only=True):
    """Whether users manage their own public keys."""

    allow_user_to_manage_public_keys: bool


class SecurityPreference(Shape, frozen=True, kw_only=True):
    """The preferences RAM knows; IMS knows more."""

    access_key_preference: AccessKeyPreference
    login_profile_preference: LoginProfilePreference
    mfa_preference: MfaPreference
    public_key_preference: PublicKeyPreference


@operation(RAM, "SetSecurityPreference", resource=acs("ram", "*"), answers="SecurityPreference")
def set_security_preference(
    ctx: Context,
    *,
    enable_save_mfa_ticket: bool | None = None,
    allow_user_to_change_password: bool | None = None,
    allow_user_to_manage_access_keys: bool | None = None,
    allow_user_to_manage_mfa_devices: bool | None = None,
    allow_user_to_manage_public_keys: bool | None = None,
    login_session_duration: LoginSessionDuration | None = None,
    login_network_masks: LoginNetworkMasks | None = None,
) -> SecurityPreference:
    """Change the account's preferences; what is not sent stays as it is.

    Args:
        enable_save_mfa_ticket: Remember a checked MFA code on the user's browser for seven days.
        allow_user_to_change_password: Users may call ChangePassword.
        allow_user_to_manage_access_keys: Users may manage their own AccessKeys.
        allow_user_to_manage_mfa_devices: Users may bind and unbind their own MFA device.
        allow_user_to_manage_public_keys: Kept and returned; no product here has public keys.

    Source: RAM API reference, SetSecurityPreference (documented); unsent fields stay (observed in
    Terraform).
    """
    row = change_setting(
        ctx,
        SECURITY_PREFERENCE,
        {
            "enable_save_mfa_ticket": enable_save_mfa_ticket,
            "allow_change_password": allow_user_to_change_password,
            "allow_manage_access_keys": allow_user_to_manage_access_keys,
            "allow_manage_mfa_devices": allow_user_to_manage_mfa_devices,
            "allow_manage_public_keys": allow_user_to_manage_public_keys,
            "login_session_hours": login_session_duration,
            "login_network_masks": login_network_masks,
        },
    )
    return _preference(row)


@operation(
    RAM,
    "GetSecurityPreference",
    resource=acs("ram", "*"),
    answers="SecurityPreference",
    reads_only=True,
)
def get_security_preference(ctx: Context) -> SecurityPreference:
    """Return the account's preferences.

    Returns:
        The preferences, or the defaults.
    """
    return _preference(preference_of(ctx.tx, ctx.account_id))


def _preference(row: SecurityPreferenceRow) -> SecurityPreference:
    return SecurityPreference(
        access_key_preference=AccessKeyPreference(
            allow_user_to_manage_access_keys=row.allow_manage_access_keys
        ),
        login_profile_preference=LoginProfilePreference(
            allow_user_to_change_password=row.allow_change_password,
            enable_save_mfa_ticket=row.enable_save_mfa_ticket,
            login_network_masks=row.login_network_masks,
            login_session_duration=row.login_session_hours,
        ),
        mfa_preference=MfaPreference(allow_user_to_manage_mfa_devices=row.allow_manage_mfa_devices),
        public_key_preference=PublicKeyPreference(
            allow_user_to_manage_public_keys=row.allow_manage_public_keys
        ),
    )
