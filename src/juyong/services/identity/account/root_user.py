"""The root user of an account, as the operator sees and changes it.

Source: RAM documentation, the root user and its virtual MFA device (documented); that the operator
stands in for the console, in which root binds its device, is this platform's own.
"""

from dataclasses import dataclass

from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.base.ids import AccessKeyId, AccountId
from juyong.base.secret import Secret
from juyong.services.identity.credentials.access_keys import last_use
from juyong.services.identity.credentials.login_profiles import set_root_password
from juyong.services.identity.credentials.mfa_devices import (
    CodeWrong,
    UserHasDevice,
    consecutive_step,
    device_of,
    disable_device,
    store_bound,
)
from juyong.services.identity.credentials.profile_rows import LOGIN_PROFILE, profile_of
from juyong.services.identity.credentials.tables import AccessKeyRow, LoginProfileRow, MfaDeviceRow
from juyong.services.identity.fields import status_of
from juyong.services.identity.signin.sessions import end_sessions
from juyong.services.identity.users.owners import root_owner
from juyong.store.inventory import Change
from juyong.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RootKey:
    """An AccessKey of root.

    status: `Active` or `Inactive`.
    used_at, used_with: Its newest proven use and the product called.
    """

    access_key_id: AccessKeyId
    status: str
    created_at: Instant
    used_at: Instant | None
    used_with: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RootUser:
    """The credentials of an account's root; None for what it does not have or never did.

    password_set_at: When its present password was set. last_login_at: Its newest sign-in.
    mfa_serial, mfa_bound_at: Its MFA device. keys: Oldest first.
    """

    password_set_at: Instant | None
    last_login_at: Instant | None
    mfa_serial: str | None
    mfa_bound_at: Instant | None
    keys: tuple[RootKey, ...]


def root_user(tx: Transaction, account_id: AccountId) -> RootUser:
    """Read the credentials of an account's root.

    Cost: three reads, and one indexed read of events for each AccessKey.
    """
    profile = tx.get(LoginProfileRow, account_id)
    device = device_of(tx, account_id)
    keys = tx.find(
        AccessKeyRow,
        order=("created_at", "access_key_id"),
        account_id=account_id,
        owner_id=account_id,
    )
    return RootUser(
        password_set_at=profile.password_changed_at if profile else None,
        last_login_at=profile.last_login_at if profile else None,
        mfa_serial=device.serial_number if device else None,
        mfa_bound_at=device.activated_at if device else None,
        keys=tuple(_key(tx, row) for row in keys),
    )


def give_root_password(ctx: Context, password_hash: Secret) -> None:
    """Give the account's root a sign-in password; sessions under the one before end."""
    change: Change = "updated" if ctx.tx.get(LoginProfileRow, ctx.account_id) else "created"
    set_root_password(ctx.tx, ctx.account_id, password_hash, ctx.now)
    LOGIN_PROFILE.note(ctx.tx, ctx.journal, change, profile_of(ctx.tx, ctx.account_id))


def bind_root_device(ctx: Context, device: MfaDeviceRow, code1: Secret, code2: Secret) -> None:
    """Bind a device of device_to_offer to root, whose sign-in asks for a code from now on.

    Raises:
        UserHasDevice: root has a device.
        CodeMalformed: a code is not six digits.
        CodeWrong: the codes are not consecutive ones of the present minute.
    """
    owner = root_owner(ctx.account_id)
    if device_of(ctx.tx, owner.owner_id) is not None:
        raise UserHasDevice
    step = consecutive_step(device.seed, code1, code2, ctx.now)
    if step is None:
        raise CodeWrong
    store_bound(ctx, device, owner, step)


def remove_root_device(ctx: Context) -> None:
    """Delete the MFA device of the account's root, as for one that was lost.

    SECURITY: sessions of root end too, since a device that is lost may be in use.

    Raises:
        UserLacksDevice: root has none.
    """
    disable_device(ctx, root_owner(ctx.account_id))
    end_sessions(ctx.tx, ctx.account_id)


def _key(tx: Transaction, row: AccessKeyRow) -> RootKey:
    used = last_use(tx, row)
    return RootKey(
        access_key_id=row.access_key_id,
        status=status_of(row.active),
        created_at=row.created_at,
        used_at=used.at,
        used_with=used.service,
    )
