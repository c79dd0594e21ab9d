"""Console access of users."""

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.engines.credentials.passwords import PasswordStatus, password_state
from juyong.services.identity.account.password_policy import password_policy_of, rules_of
from juyong.services.identity.credentials.passwords import (
    checked_hash,
    forget_passwords,
    store_password,
)
from juyong.services.identity.credentials.profile_rows import (
    note_profile,
)
from juyong.services.identity.credentials.tables import LoginProfileRow
from juyong.services.identity.signin.sessions import end_sessions
from juyong.services.identity.users.owners import Owner
from juyong.store.errors import Duplicate
from juyong.store.transaction import Transaction


class LoginProfileExists(ApiError):
    """The user has console access already."""

    code, status = "EntityAlreadyExists.User.LoginProfile", 409
    text = "The user login profile does already EXIST."


def add_login_profile(
    ctx: Context,
    owner: Owner,
    password: Secret,
    prepared: Secret | None,
    *,
    active: bool = True,
    mfa_bind_required: bool = False,
    reset_required: bool = False,
) -> LoginProfileRow:
    """Give a user console access, for RAM and IMS alike.

    Args:
        ctx: The call.
        owner: The user.
        password: Its initial password.
        prepared: The hash of it, as HASH_GIVEN made it.
        active: False keeps sign-in switched off.
        mfa_bind_required: The user has to bind an MFA device when it signs in.
        reset_required: The user has to change the password when it signs in.

    Raises:
        LoginProfileExists: it has one.
        WeakPassword: the policy refuses the password.
    """
    if ctx.tx.get(LoginProfileRow, owner.owner_id) is not None:
        raise LoginProfileExists
    row = LoginProfileRow(
        owner_id=owner.owner_id,
        account_id=ctx.account_id,
        password_hash=checked_hash(ctx, password, prepared, owner.name),
        active=active,
        mfa_bind_required=mfa_bind_required,
        password_reset_required=reset_required,
        password_changed_at=ctx.now,
        created_at=ctx.now,
        updated_at=ctx.now,
    )
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise LoginProfileExists from None
    note_profile(ctx, "created", owner, row)
    return row


def change_login_profile(
    ctx: Context,
    owner: Owner,
    row: LoginProfileRow,
    *,
    password: Secret | None = None,
    prepared: Secret | None = None,
    active: bool | None = None,
    mfa_bind_required: bool | None = None,
    reset_required: bool | None = None,
) -> LoginProfileRow:
    """Store changes to a login profile (None: leave as is), for RAM and IMS alike.

    A new password, or switching sign-in off, ends the owner's sessions.

    Raises:
        WeakPassword: the policy refuses the password.
    """
    changes = {
        "active": active,
        "mfa_bind_required": mfa_bind_required,
        "password_reset_required": reset_required,
    }
    given = {name: value for name, value in changes.items() if value is not None}
    if password is not None:
        row = store_password(
            ctx.tx,
            row,
            checked_hash(ctx, password, prepared, owner.name),
            ctx.now,
            initial=True,
            reset_required=row.password_reset_required,
        )
    row = ctx.tx.update(row, updated_at=ctx.now, **given)
    if not row.active:
        end_sessions(ctx.tx, row.owner_id)
    note_profile(ctx, "updated", owner, row)
    return row


def remove_login_profile(ctx: Context, owner: Owner, row: LoginProfileRow) -> None:
    """Take console access away: sessions end, former passwords are forgotten."""
    forget_passwords(ctx.tx, row.owner_id)
    ctx.tx.delete(row)
    note_profile(ctx, "deleted", owner, row)


def password_status(ctx: Context, row: LoginProfileRow) -> PasswordStatus:
    """Return what IMS reports of the password."""
    rules = rules_of(password_policy_of(ctx.tx, row.account_id))
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
