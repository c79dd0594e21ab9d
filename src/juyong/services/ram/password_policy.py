"""The account's rules for passwords, those that RAM knows."""

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.identity.account.password_policy import (
    PASSWORD_POLICY,
    MaxAge,
    MaxLoginAttempts,
    MinimumLength,
    ReusePrevention,
    password_policy_of,
)
from juyong.services.identity.account.settings import change_setting
from juyong.services.identity.account.tables import PasswordPolicyRow
from juyong.services.ram.product import PRODUCT as RAM


class PasswordPolicy(Shape, frozen=True, kw_only=True):
    """The rules RAM knows; IMS knows more. MaxPasswordAge in days."""

    minimum_password_length: int
    require_lowercase_characters: bool
    require_uppercase_characters: bool
    require_numbers: bool
    require_symbols: bool
    hard_expiry: bool
    max_password_age: int
    password_reuse_prevention: int
    max_login_attempts: int = msgspec.field(name="MaxLoginAttemps")


@operation(RAM, "SetPasswordPolicy", resource=acs("ram", "*"), answers="PasswordPolicy")
def set_password_policy(
    ctx: Context,
    *,
    minimum_password_length: MinimumLength | None = None,
    require_lowercase_characters: bool | None = None,
    require_uppercase_characters: bool | None = None,
    require_numbers: bool | None = None,
    require_symbols: bool | None = None,
    hard_expiry: bool | None = None,
    max_login_attempts: MaxLoginAttempts | None = None,
    password_reuse_prevention: ReusePrevention | None = None,
    max_password_age: MaxAge | None = None,
) -> PasswordPolicy:
    """Change the password policy; what is not sent stays as it is.

    Args:
        require_lowercase_characters: At least one a to z.
        require_uppercase_characters: At least one A to Z.
        require_numbers: At least one digit.
        require_symbols: At least one ASCII symbol.
        hard_expiry: An expired password locks its user out until an administrator resets it.

    Source: RAM API reference, SetPasswordPolicy (documented); unsent fields stay (observed in
    Terraform).
    """
    row = change_setting(
        ctx,
        PASSWORD_POLICY,
        {
            "minimum_length": minimum_password_length,
            "require_lowercase": require_lowercase_characters,
            "require_uppercase": require_uppercase_characters,
            "require_numbers": require_numbers,
            "require_symbols": require_symbols,
            "hard_expiry": hard_expiry,
            "max_login_attempts": max_login_attempts,
            "reuse_prevention": password_reuse_prevention,
            "max_age_days": max_password_age,
        },
    )
    return _policy(row)


@operation(
    RAM, "GetPasswordPolicy", resource=acs("ram", "*"), answers="PasswordPolicy", reads_only=True
)
def get_password_policy(ctx: Context) -> PasswordPolicy:
    """Return the password policy.

    Returns:
        The policy, or the default one.
    """
    return _policy(password_policy_of(ctx.tx, ctx.account_id))


def _policy(row: PasswordPolicyRow) -> PasswordPolicy:
    return PasswordPolicy(
        minimum_password_length=row.minimum_length,
        require_lowercase_characters=row.require_lowercase,
        require_uppercase_characters=row.require_uppercase,
        require_numbers=row.require_numbers,
        require_symbols=row.require_symbols,
        hard_expiry=row.hard_expiry,
        max_password_age=row.max_age_days,
        password_reuse_prevention=row.reuse_prevention,
        max_login_attempts=row.max_login_attempts,
    )
