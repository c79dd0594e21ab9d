"""The account's rules for passwords."""

from typing import Annotated

from juyong.api.fields import Between, Doc, Wire
from juyong.base.ids import AccountId
from juyong.engines.credentials.passwords import RANGES
from juyong.engines.credentials.passwords import PasswordPolicy as Rules
from juyong.services.identity.account.settings import setting, setting_of
from juyong.services.identity.account.tables import PasswordPolicyRow
from juyong.store.transaction import Transaction

MinimumLength = Annotated[
    int, Between(*RANGES["minimum_password_length"]), Doc("8 to 32 characters.")
]
MaxAge = Annotated[
    int, Between(*RANGES["max_password_age_days"]), Doc("Days, 0 to 1095; 0 is for ever.")
]
ReusePrevention = Annotated[
    int,
    Between(*RANGES["password_reuse_prevention"]),
    Doc("How many former passwords may not return, 0 to 24."),
]
MaxLoginAttempts = Annotated[
    int,
    Between(*RANGES["max_login_attempts"]),
    Wire("MaxLoginAttemps"),
    Doc("Failures in one hour that lock sign-in for an hour, 0 to 32; 0 is never."),
]
PASSWORD_POLICY = setting("PasswordPolicy", PasswordPolicyRow)


def password_policy_of(tx: Transaction, account_id: AccountId) -> PasswordPolicyRow:
    """Return an account's password policy; the defaults if it never set one."""
    return setting_of(tx, PasswordPolicyRow, account_id)


def rules_of(row: PasswordPolicyRow) -> Rules:
    """Present a password policy to the engine that judges passwords."""
    return Rules(
        minimum_password_length=row.minimum_length,
        require_lowercase_characters=row.require_lowercase,
        require_uppercase_characters=row.require_uppercase,
        require_numbers=row.require_numbers,
        require_symbols=row.require_symbols,
        hard_expiry=row.hard_expiry,
        max_password_age_days=row.max_age_days,
        password_reuse_prevention=row.reuse_prevention,
        max_login_attempts=row.max_login_attempts,
        initial_password_age_days=row.initial_age_days,
        minimum_password_different_character=row.minimum_different_characters,
        password_not_contain_user_name=row.not_contain_user_name,
        intercept_risk_password_on_api=row.intercept_risk_password_on_api,
    )
