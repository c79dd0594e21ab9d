"""Accounts, and the settings of each for all of its users."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("ram_account", key=("account_id",), unique=(("alias",), ("account_name",)))
class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant. The root user's password and MFA live with the other login profiles."""

    account_id: AccountId
    account_name: str
    alias: str | None = None
    created_at: Instant
    version: int = 0


@table("ram_password_policy", key=("account_id",))
class PasswordPolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """The account's password rules; RAM and IMS edit the same ones."""

    account_id: AccountId
    minimum_length: int = 8
    require_lowercase: bool = False
    require_uppercase: bool = False
    require_numbers: bool = False
    require_symbols: bool = False
    hard_expiry: bool = False
    max_age_days: int = 0
    reuse_prevention: int = 0
    max_login_attempts: int = 0
    initial_age_days: int = 14
    minimum_different_characters: int = 0
    not_contain_user_name: bool = False
    intercept_risk_password_on_api: bool = False
    version: int = 0


@table("ram_security_preference", key=("account_id",), decides="always")
class SecurityPreferenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """The rights of users over themselves, and their sign-in."""

    account_id: AccountId
    allow_change_password: bool = True
    allow_login_with_passkey: bool = True
    enable_save_mfa_ticket: bool = False
    login_session_hours: int = 6
    login_network_masks: str = ""
    mfa_operation_for_login: str = "independent"
    operation_for_risk_login: str = "autonomous"
    allow_manage_access_keys: bool = False
    allow_manage_service_credentials: bool = False
    allow_manage_mfa_devices: bool = True
    allow_manage_public_keys: bool = False
    allow_manage_personal_dingtalk: bool = True
    max_idle_days_users: int = 730
    max_idle_days_access_keys: int = 730
    version: int = 0
