"""The account's rules for passwords."""

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.services.identity.account.password_policy import (
    MaxAge,
    MaxLoginAttempts,
    MinimumLength,
    PasswordPolicy,
    ReusePrevention,
    change_password_policy,
    password_policy_of,
    shown_policy,
)
from juyong.services.ram.product import PRODUCT as RAM


class PasswordPolicyAnswer(Shape, frozen=True, kw_only=True):
    """The account's rules."""

    password_policy: PasswordPolicy


@operation(RAM, "SetPasswordPolicy", resource=acs("ram", "*"))
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
) -> PasswordPolicyAnswer:
    """Change the password policy; what is not sent stays as it is.

    Args:
        require_lowercase_characters: At least one a to z.
        require_uppercase_characters: At least one A to Z.
        require_numbers: At least one digit.
        require_symbols: At least one ASCII symbol.
        hard_expiry: An expired password locks its user out until an administrator resets it.

    Returns:
        The policy as stored.

    Source: RAM API reference, SetPasswordPolicy (documented); unsent fields stay (observed in
    Terraform).
    """
    row = change_password_policy(
        ctx,
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
    return PasswordPolicyAnswer(password_policy=shown_policy(row))


@operation(RAM, "GetPasswordPolicy", resource=acs("ram", "*"), reads_only=True)
def get_password_policy(ctx: Context) -> PasswordPolicyAnswer:
    """Return the password policy.

    Returns:
        The policy, or the default one.

    Source: RAM API reference, GetPasswordPolicy (documented).
    """
    return PasswordPolicyAnswer(
        password_policy=shown_policy(password_policy_of(ctx.tx, ctx.account_id))
    )
