"""What users may do for themselves, and how they sign in."""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.errors import InvalidField
from juyong.api.fields import Between, Clearable, Doc
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.base.ids import AccountId
from juyong.engines.credentials.network import BadMask, parse_masks
from juyong.services.ram.product import PRODUCT as RAM
from juyong.services.ram.tables import SecurityPreferenceRow
from juyong.store.errors import Duplicate
from juyong.store.transaction import Transaction

RESOURCE = "ACS::RAM::SecurityPreference"


class NetworkMasks:
    """Addresses and CIDR blocks separated by `;`, at most 40 and 512 characters."""

    def check(self, name: str, value: str) -> None:
        """Refuse what the sign-in could not read."""
        try:
            parse_masks(value)
        except BadMask as bad:
            raise InvalidField(name, "Format") from bad


LoginNetworkMasks = Annotated[
    str,
    NetworkMasks(),
    Clearable(),
    Doc("From where users may sign in; empty is anywhere."),
]
LoginSessionDuration = Annotated[int, Between(1, 24), Doc("1 to 24 hours.")]


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


class SecurityPreferenceState(SecurityPreference, frozen=True, kw_only=True):
    """What the inventory keeps: also the preferences that only IMS knows."""

    allow_user_to_login_with_passkey: bool
    mfa_operation_for_login: str
    operation_for_risk_login: str
    allow_user_to_manage_service_credentials: bool
    allow_user_to_manage_personal_ding_talk: bool
    max_idle_days_for_users: int
    max_idle_days_for_access_keys: int


class SecurityPreferenceAnswer(Shape, frozen=True, kw_only=True):
    """The account's preferences."""

    security_preference: SecurityPreference


def preference_of(tx: Transaction, account_id: AccountId) -> SecurityPreferenceRow:
    """Return an account's preferences; the defaults if it never set any."""
    row = tx.get(SecurityPreferenceRow, account_id)
    return row or SecurityPreferenceRow(account_id=account_id)


def change_preference(ctx: Context, changes: dict[str, object]) -> SecurityPreferenceRow:
    """Store changes to the preferences (None: leave as is), for RAM and IMS alike.

    Args:
        ctx: The call.
        changes: Column of SecurityPreferenceRow to its new value.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    row = ctx.tx.get(SecurityPreferenceRow, ctx.account_id)
    if row is None:
        row = SecurityPreferenceRow(account_id=ctx.account_id)
        try:
            ctx.tx.insert(row)
        except Duplicate:
            # Another call made the first settings just now; these go on top of them.
            row = preference_of(ctx.tx, ctx.account_id)
    row = ctx.tx.update(row, **given)
    ctx.journal.record("updated", RESOURCE, ctx.account_id, ctx.account_id, _state(row))
    return row


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
    return SecurityPreferenceAnswer(security_preference=_preference(row))


@operation(RAM, "GetSecurityPreference", resource=acs("ram", "*"), reads_only=True)
def get_security_preference(ctx: Context) -> SecurityPreferenceAnswer:
    """Return the account's preferences.

    Returns:
        The preferences, or the defaults.

    Source: RAM API reference, GetSecurityPreference (documented).
    """
    row = preference_of(ctx.tx, ctx.account_id)
    return SecurityPreferenceAnswer(security_preference=_preference(row))


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


def _state(row: SecurityPreferenceRow) -> SecurityPreferenceState:
    return SecurityPreferenceState(
        **msgspec.structs.asdict(_preference(row)),
        allow_user_to_login_with_passkey=row.allow_login_with_passkey,
        mfa_operation_for_login=row.mfa_operation_for_login,
        operation_for_risk_login=row.operation_for_risk_login,
        allow_user_to_manage_service_credentials=row.allow_manage_service_credentials,
        allow_user_to_manage_personal_ding_talk=row.allow_manage_personal_dingtalk,
        max_idle_days_for_users=row.max_idle_days_users,
        max_idle_days_for_access_keys=row.max_idle_days_access_keys,
    )
