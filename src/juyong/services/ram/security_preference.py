"""What users may do for themselves, and how they sign in."""

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.identity.account.security_preference import (
    LoginNetworkMasks,
    LoginSessionDuration,
    SecurityPreference,
    change_preference,
    preference_of,
    shown_preference,
)
from juyong.services.ram.product import PRODUCT as RAM


class SecurityPreferenceAnswer(Shape, frozen=True, kw_only=True):
    """The account's preferences."""

    security_preference: SecurityPreference


@operation(RAM, "SetSecurityPreference", resource=acs("ram", "*"))
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
) -> SecurityPreferenceAnswer:
    """Change the account's preferences; what is not sent stays as it is.

    Args:
        enable_save_mfa_ticket: Remember a checked MFA code on the user's browser for seven days.
        allow_user_to_change_password: Users may call ChangePassword.
        allow_user_to_manage_access_keys: Users may manage their own AccessKeys.
        allow_user_to_manage_mfa_devices: Users may bind and unbind their own MFA device.
        allow_user_to_manage_public_keys: Kept and returned; no product here has public keys.

    Returns:
        The preferences as stored.

    Source: RAM API reference, SetSecurityPreference (documented); unsent fields stay (observed in
    Terraform).
    """
    row = change_preference(
        ctx,
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
    return SecurityPreferenceAnswer(security_preference=shown_preference(row))


@operation(RAM, "GetSecurityPreference", resource=acs("ram", "*"), reads_only=True)
def get_security_preference(ctx: Context) -> SecurityPreferenceAnswer:
    """Return the account's preferences.

    Returns:
        The preferences, or the defaults.

    Source: RAM API reference, GetSecurityPreference (documented).
    """
    row = preference_of(ctx.tx, ctx.account_id)
    return SecurityPreferenceAnswer(security_preference=shown_preference(row))
