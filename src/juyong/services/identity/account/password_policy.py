"""The account's rules for passwords."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from juyong.api.access import acs
from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Wire
from juyong.api.operation import Faces, operation
from juyong.api.shape import Of, Shape
from juyong.base.ids import AccountId
from juyong.engines.credentials.passwords import RANGES
from juyong.engines.credentials.passwords import PasswordPolicy as Rules
from juyong.services.identity.account.settings import (
    change_setting,
    changes_of,
    setting,
    setting_of,
)
from juyong.services.identity.account.tables import PasswordPolicyRow
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ram.product import PRODUCT as RAM
from juyong.store.transaction import Transaction

_LOCKS_OUT = Doc("An expired password locks its user out until an administrator resets it.")
PASSWORD_POLICY = setting("PasswordPolicy", PasswordPolicyRow)


class _Common(Shape, frozen=True, kw_only=True):
    """The rules that RAM and IMS spell alike."""

    minimum_password_length: Annotated[
        int,
        Of("minimum_length"),
        Between(*RANGES["minimum_password_length"]),
        Doc("8 to 32 characters."),
    ]
    require_lowercase_characters: Annotated[
        bool, Of("require_lowercase"), Doc("At least one a to z.")
    ]
    require_uppercase_characters: Annotated[
        bool, Of("require_uppercase"), Doc("At least one A to Z.")
    ]
    require_numbers: Annotated[bool, Doc("At least one digit.")]
    require_symbols: Annotated[bool, Doc("At least one ASCII symbol.")]
    max_password_age: Annotated[
        int,
        Of("max_age_days"),
        Between(*RANGES["max_password_age_days"]),
        Doc("Days, 0 to 1095; 0 is for ever."),
    ]
    password_reuse_prevention: Annotated[
        int,
        Of("reuse_prevention"),
        Between(*RANGES["password_reuse_prevention"]),
        Doc("How many former passwords may not return, 0 to 24."),
    ]
    max_login_attempts: Annotated[
        int,
        Between(*RANGES["max_login_attempts"]),
        Wire("MaxLoginAttemps"),
        Doc("Failures in one hour that lock sign-in for an hour, 0 to 32; 0 is never."),
    ] = msgspec.field(name="MaxLoginAttemps")


class RamPasswordPolicy(_Common, frozen=True, kw_only=True):
    """The rules that RAM knows."""

    hard_expiry: Annotated[bool, _LOCKS_OUT]


class ImsPasswordPolicy(_Common, frozen=True, kw_only=True):
    """The rules, all of which IMS knows."""

    hard_expire: Annotated[bool, Of("hard_expiry"), _LOCKS_OUT]
    initial_password_age: Annotated[
        int,
        Of("initial_age_days"),
        Between(*RANGES["initial_password_age_days"]),
        Doc("Days an administrator's password is good unused, 0 to 90; 0 is for ever."),
    ]
    minimum_password_different_character: Annotated[
        int,
        Of("minimum_different_characters"),
        Between(*RANGES["minimum_password_different_character"]),
        Doc("0 to 8."),
    ]
    password_not_contain_user_name: Annotated[
        bool,
        Of("not_contain_user_name"),
        Doc("The user name may be no part of the password."),
    ]
    intercept_risk_password_on_api: Annotated[
        bool, Doc("Notoriously common passwords are refused.")
    ]


_FACES: Faces = {RAM: RamPasswordPolicy, IMS: ImsPasswordPolicy}


def rules_of(tx: Transaction, account_id: AccountId) -> Rules:
    """Return an account's password policy as the engine that judges passwords takes it."""
    row = setting_of(tx, PasswordPolicyRow, account_id)
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


@operation(
    {
        RAM: changes_of(PASSWORD_POLICY, RamPasswordPolicy),
        IMS: changes_of(PASSWORD_POLICY, ImsPasswordPolicy),
    },
    "SetPasswordPolicy",
    answers="PasswordPolicy",
    shows=_FACES,
)
def set_password_policy(ctx: Context, changes: Mapping[str, object]) -> PasswordPolicyRow:
    """Change the password policy; what is not sent stays as it is.

    Source: RAM and IMS API references, SetPasswordPolicy (documented); unsent fields stay (observed
    in Terraform).
    """
    return change_setting(ctx, PASSWORD_POLICY, changes)


@operation(
    (RAM, IMS),
    "GetPasswordPolicy",
    resource=acs("ram", "*"),
    answers="PasswordPolicy",
    shows=_FACES,
    reads_only=True,
)
def get_password_policy(ctx: Context) -> PasswordPolicyRow:
    """Return the password policy, or the default one."""
    return setting_of(ctx.tx, PasswordPolicyRow, ctx.account_id)
