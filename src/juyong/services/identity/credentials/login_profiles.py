"""Console access of users."""

from juyong.api.context import Context
from juyong.api.operation import operation
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.engines.credentials.passwords import PasswordStatus, password_state
from juyong.services.identity.account.password_policy import rules_of
from juyong.services.identity.credentials.passwords import (
    checked_hash,
    forget_passwords,
    store_password,
)
from juyong.services.identity.credentials.profile_rows import (
    LOGIN_PROFILE,
    LoginProfileExists,
    NoLoginProfile,
    profile_of,
)
from juyong.services.identity.credentials.tables import LoginProfileRow
from juyong.services.identity.signin.sessions import end_sessions
from juyong.services.identity.users.naming import BY_NAME, BY_PRINCIPAL
from juyong.services.identity.users.tables import UserRow
from juyong.services.ims.product import PRODUCT as IMS
from juyong.services.ram.product import PRODUCT as RAM
from juyong.store.transaction import Transaction


def add_login_profile(
    ctx: Context,
    user: UserRow,
    password: Secret,
    prepared: Secret | None,
    *,
    active: bool = True,
    mfa_bind_required: bool,
    reset_required: bool,
) -> LoginProfileRow:
    """Give a user console access.

    Args:
        ctx: The call.
        user: The user.
        password: Its initial password.
        prepared: The hash of it, as HASH_GIVEN made it.
        active: False keeps sign-in switched off.
        mfa_bind_required: The user has to bind an MFA device when it signs in.
        reset_required: The user has to change the password when it signs in.

    Raises:
        LoginProfileExists: it has one.
        WeakPassword: the policy refuses the password.
    """
    if ctx.tx.get(LoginProfileRow, user.user_id) is not None:
        raise LoginProfileExists
    row = LoginProfileRow(
        owner_id=user.user_id,
        account_id=ctx.account_id,
        password_hash=checked_hash(ctx, password, prepared, user.user_name),
        active=active,
        mfa_bind_required=mfa_bind_required,
        password_reset_required=reset_required,
        password_changed_at=ctx.now,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    return LOGIN_PROFILE.add(ctx, row)


def change_login_profile(
    ctx: Context,
    user: UserRow,
    *,
    password: Secret | None,
    prepared: Secret | None,
    active: bool | None = None,
    mfa_bind_required: bool | None,
    reset_required: bool | None,
) -> LoginProfileRow:
    """Store changes to a user's login profile (None: leave as is).

    A new password, or switching sign-in off, ends the user's sessions.

    Raises:
        NoLoginProfile: the user has none.
        WeakPassword: the policy refuses the password.
    """
    row = profile_of(ctx.tx, user.user_id)
    if password is not None:
        row = store_password(
            ctx.tx,
            row,
            checked_hash(ctx, password, prepared, user.user_name),
            ctx.now,
            initial=True,
            reset_required=row.password_reset_required,
        )
    row = LOGIN_PROFILE.change(
        ctx,
        row,
        updated_at=ctx.now,
        active=active,
        mfa_bind_required=mfa_bind_required,
        password_reset_required=reset_required,
    )
    if not row.active:
        end_sessions(ctx.tx, row.owner_id)
    return row


def remove_login_profile(ctx: Context, row: LoginProfileRow) -> None:
    """Take console access away: sessions end, former passwords are forgotten."""
    forget_passwords(ctx.tx, row.owner_id)
    LOGIN_PROFILE.remove(ctx, row)


def password_status(ctx: Context, row: LoginProfileRow) -> PasswordStatus:
    """Return the status of the password as IMS reports it."""
    rules = rules_of(ctx.tx, row.account_id)
    return password_state(rules, row.password_changed_at, row.initial, ctx.now).status


def set_root_password(
    tx: Transaction, account_id: AccountId, password_hash: Secret, now: Instant
) -> None:
    """Give the account's root a password, on the operator's behalf; its sessions end."""
    row = tx.get(LoginProfileRow, account_id)
    if row is not None:
        store_password(tx, row, password_hash, now, initial=False, reset_required=False)
        return
    tx.insert(
        LoginProfileRow(
            owner_id=account_id,
            account_id=account_id,
            password_hash=password_hash,
            initial=False,
            password_changed_at=now,
            created_at=now,
            updated_at=now,
        )
    )


@operation({RAM: BY_NAME, IMS: BY_PRINCIPAL}, "DeleteLoginProfile", raises=(NoLoginProfile,))
def delete_login_profile(ctx: Context, user: UserRow) -> None:
    """Take a user's console access away; its sessions end."""
    remove_login_profile(ctx, profile_of(ctx.tx, user.user_id))
