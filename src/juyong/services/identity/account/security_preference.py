"""What users may do for themselves, and how they sign in."""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.errors import InvalidField
from juyong.api.fields import Between, Clearable, Doc
from juyong.api.shape import Shape
from juyong.base.ids import AccountId
from juyong.engines.credentials.network import BadMask, parse_masks
from juyong.services.identity.account.tables import SecurityPreferenceRow
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


def shown_preference(row: SecurityPreferenceRow) -> SecurityPreference:
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
        **msgspec.structs.asdict(shown_preference(row)),
        allow_user_to_login_with_passkey=row.allow_login_with_passkey,
        mfa_operation_for_login=row.mfa_operation_for_login,
        operation_for_risk_login=row.operation_for_risk_login,
        allow_user_to_manage_service_credentials=row.allow_manage_service_credentials,
        allow_user_to_manage_personal_ding_talk=row.allow_manage_personal_dingtalk,
        max_idle_days_for_users=row.max_idle_days_users,
        max_idle_days_for_access_keys=row.max_idle_days_access_keys,
    )
