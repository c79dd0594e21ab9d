"""The account's rules for passwords."""

from typing import Annotated

import msgspec

from juyong.api.context import Context
from juyong.api.fields import Between, Doc, Wire
from juyong.api.shape import Shape
from juyong.base.ids import AccountId
from juyong.engines.credentials.passwords import RANGES
from juyong.engines.credentials.passwords import PasswordPolicy as Rules
from juyong.services.identity.account.tables import PasswordPolicyRow
from juyong.store.errors import Duplicate
from juyong.store.transaction import Transaction

RESOURCE = "ACS::RAM::PasswordPolicy"


MinimumLength = Annotated[
    int,
    Between(*RANGES["minimum_password_length"]),
    Doc("8 to 32 characters."),
]


MaxAge = Annotated[
    int,
    Between(*RANGES["max_password_age_days"]),
    Doc("Days, 0 to 1095; 0 is for ever."),
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


class PasswordPolicyState(PasswordPolicy, frozen=True, kw_only=True):
    """What the inventory keeps: also the rules that only IMS knows. InitialPasswordAge in days."""

    initial_password_age: int
    minimum_password_different_character: int
    password_not_contain_user_name: bool
    intercept_risk_password_on_api: bool


def password_policy_of(tx: Transaction, account_id: AccountId) -> PasswordPolicyRow:
    """Return an account's password policy; the defaults if it never set one."""
    return tx.get(PasswordPolicyRow, account_id) or PasswordPolicyRow(account_id=account_id)


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


def change_password_policy(ctx: Context, changes: dict[str, object]) -> PasswordPolicyRow:
    """Store changes to the password policy (None: leave as is), for RAM and IMS alike.

    Args:
        ctx: The call.
        changes: Column of PasswordPolicyRow to its new value.
    """
    given = {name: value for name, value in changes.items() if value is not None}
    row = ctx.tx.get(PasswordPolicyRow, ctx.account_id)
    if row is None:
        row = PasswordPolicyRow(account_id=ctx.account_id)
        try:
            ctx.tx.insert(row)
        except Duplicate:
            # Another call made the first policy just now; these changes go on top of it.
            row = password_policy_of(ctx.tx, ctx.account_id)
    row = ctx.tx.update(row, **given)
    ctx.journal.record("updated", RESOURCE, ctx.account_id, ctx.account_id, _state(row))
    return row


def shown_policy(row: PasswordPolicyRow) -> PasswordPolicy:
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


def _state(row: PasswordPolicyRow) -> PasswordPolicyState:
    return PasswordPolicyState(
        **msgspec.structs.asdict(shown_policy(row)),
        initial_password_age=row.initial_age_days,
        minimum_password_different_character=row.minimum_different_characters,
        password_not_contain_user_name=row.not_contain_user_name,
        intercept_risk_password_on_api=row.intercept_risk_password_on_api,
    )
