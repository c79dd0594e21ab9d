"""The account's rules for passwords: the rules of RAM, and further ones."""

from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Between
from juyong.api.operation import operation
from juyong.api.shape import Shape
from juyong.engines.credentials.passwords import RANGES
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
from juyong.services.ims.product import PRODUCT as IMS

InitialAge = Annotated[int, Between(*RANGES["initial_password_age_days"])]
DifferentCharacters = Annotated[int, Between(*RANGES["minimum_password_different_character"])]


class PasswordPolicy(Shape, frozen=True, kw_only=True):
    """The rules; ages in days."""

    minimum_password_length: int
    require_lowercase_characters: bool
    require_uppercase_characters: bool
    require_numbers: bool
    require_symbols: bool
    hard_expire: bool
    max_password_age: int
    password_reuse_prevention: int
    max_login_attempts: int = msgspec.field(name="MaxLoginAttemps")
    initial_password_age: int
    minimum_password_different_character: int
    password_not_contain_user_name: bool
    intercept_risk_password_on_api: bool


@operation(IMS, "SetPasswordPolicy", resource=acs("ram", "*"), answers="PasswordPolicy")
def set_password_policy(
    ctx: Context,
    *,
    minimum_password_length: MinimumLength | None = None,
    require_lowercase_characters: bool | None = None,
    require_uppercase_characters: bool | None = None,
    require_numbers: bool | None = None,
    require_symbols: bool | None = None,
    hard_expire: bool | None = None,
    max_password_age: MaxAge | None = None,
    password_reuse_prevention: ReusePrevention | None = None,
    max_login_attempts: MaxLoginAttempts | None = None,
    initial_password_age: InitialAge | None = None,
    minimum_password_different_character: DifferentCharacters | None = None,
    password_not_contain_user_name: bool | None = None,
    intercept_risk_password_on_api: bool | None = None,
) -> PasswordPolicy:
    """Change the password policy; what is not sent stays as it is.

    Args:
        require_lowercase_characters: At least one a to z.
        require_uppercase_characters: At least one A to Z.
        require_numbers: At least one digit.
        require_symbols: At least one ASCII symbol.
        hard_expire: An expired password locks its user out until an administrator resets it.
        initial_password_age: Days an administrator's password is good unused, 0 to 90; 0 is for
            ever.
        minimum_password_different_character: 0 to 8.
        password_not_contain_user_name: The user name may be no part of the password.
        intercept_risk_password_on_api: Notoriously common passwords are refused.

    Source: IMS API reference, SetPasswordPolicy (documented); unsent fields stay (observed in
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
            "hard_expiry": hard_expire,
            "max_age_days": max_password_age,
            "reuse_prevention": password_reuse_prevention,
            "max_login_attempts": max_login_attempts,
            "initial_age_days": initial_password_age,
            "minimum_different_characters": minimum_password_different_character,
            "not_contain_user_name": password_not_contain_user_name,
            "intercept_risk_password_on_api": intercept_risk_password_on_api,
        },
    )
    return _policy(row)


@operation(
    IMS, "GetPasswordPolicy", resource=acs("ram", "*"), answers="PasswordPolicy", reads_only=True
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
        hard_expire=row.hard_expiry,
        max_password_age=row.max_age_days,
        password_reuse_prevention=row.reuse_prevention,
        max_login_attempts=row.max_login_attempts,
        initial_password_age=row.initial_age_days,
        minimum_password_different_character=row.minimum_different_characters,
        password_not_contain_user_name=row.not_contain_user_name,
        intercept_risk_password_on_api=row.intercept_risk_password_on_api,
    )
