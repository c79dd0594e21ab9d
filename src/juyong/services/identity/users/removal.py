"""Deleting users, and what stands against that."""

from juyong.api.context import Context
from juyong.api.errors import ApiError
from juyong.services.identity.credentials.passkeys import PASSKEY
from juyong.services.identity.credentials.tables import (
    AccessKeyRow,
    LoginProfileRow,
    MfaDeviceRow,
    PasskeyRow,
)
from juyong.services.identity.policies.policies import attached
from juyong.services.identity.users.tables import MembershipRow, UserRow
from juyong.services.identity.users.users import USER
from juyong.store.tally import tally


class UserInGroup(ApiError):
    """Leave the groups first."""

    code, status = "DeleteConflict.User.Group", 409
    text = "The user CAN NOT be in any group while deleting the user."


class UserHasAccessKey(ApiError):
    """Delete the AccessKeys first."""

    code, status = "DeleteConflict.User.AccessKey", 409
    text = "The user CAN NOT has any access key while deleting the user."


class UserHasLoginProfile(ApiError):
    """Delete the login profile first."""

    code, status = "DeleteConflict.User.LoginProfile", 409
    text = "The user CAN NOT has any login profile while deleting the user."


class UserHasMfaDevice(ApiError):
    """Unbind the MFA device first."""

    code, status = "DeleteConflict.User.MFADevice", 409
    text = "The user CAN NOT has any mfa device while deleting the user."


class UserHasPolicy(ApiError):
    """Detach the policies first."""

    code, status = "DeleteConflict.User.Policy", 409
    text = "The user CAN NOT has any attached policy while deleting the user."


def remove_user(ctx: Context, row: UserRow) -> None:
    """Delete a user that nothing hangs on any more, with its tags and passkeys.

    Raises:
        UserInGroup, UserHasAccessKey, UserHasLoginProfile, UserHasMfaDevice, UserHasPolicy.
    """
    tx, user_id = ctx.tx, row.user_id
    if tx.count(MembershipRow, user_id=user_id):
        raise UserInGroup
    if tx.count(AccessKeyRow, account_id=ctx.account_id, owner_id=user_id):
        raise UserHasAccessKey
    if tx.count(LoginProfileRow, owner_id=user_id):
        raise UserHasLoginProfile
    if tx.count(MfaDeviceRow, owner_id=user_id):
        raise UserHasMfaDevice
    if attached(tx, ctx.account_id, "user", user_id):
        raise UserHasPolicy
    for passkey in tx.find(PasskeyRow, owner_id=user_id):
        PASSKEY.remove(ctx, passkey)
    held = tally(tx, UserRow, ctx.account_id, "ram.users")
    USER.remove(ctx, row)
    tx.update(held, value=held.value - 1)
