"""Deleting users, and the errors that prevent it."""

from juyong.api.context import Context
from juyong.services.identity.credentials.passkeys import PASSKEY
from juyong.services.identity.credentials.tables import (
    AccessKeyRow,
    LoginProfileRow,
    MfaDeviceRow,
    PasskeyRow,
)
from juyong.services.identity.errors import in_use
from juyong.services.identity.policies.policies import attached
from juyong.services.identity.users.tables import MembershipRow, UserRow
from juyong.services.identity.users.users import USER
from juyong.store.tally import count_more

UserInGroup = in_use("DeleteConflict.User.Group", "be in any group", "Leave the groups first.")
UserHasAccessKey = in_use(
    "DeleteConflict.User.AccessKey", "has any access key", "Delete the AccessKeys first."
)
UserHasLoginProfile = in_use(
    "DeleteConflict.User.LoginProfile", "has any login profile", "Delete the login profile first."
)
UserHasMfaDevice = in_use(
    "DeleteConflict.User.MFADevice", "has any mfa device", "Unbind the MFA device first."
)
UserHasPolicy = in_use(
    "DeleteConflict.User.Policy", "has any attached policy", "Detach the policies first."
)


def remove_user(ctx: Context, row: UserRow) -> None:
    """Delete a user without keys, devices, policies or groups; its tags and passkeys go too.

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
    count_more(tx, UserRow, ctx.account_id, "ram.users", -1)
    USER.remove(ctx, row)
