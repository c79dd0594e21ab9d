"""Rotate the AccessKeys of a RAM user, in one transaction.

The key behind ACSPrevious is deleted, a new one is made and becomes current, and the former current
one stays as ACSPrevious until the next rotation: a client that read the secret a moment ago can go
on.

Source: KMS, "Dynamic RAM secrets" (documented); that keys outside of the secret are never deleted
(assumed).
"""

from juyong.api.context import Context
from juyong.services.identity import facade as identity
from juyong.services.kms.secrets.config import RamConfig
from juyong.services.kms.secrets.rotation.outcome import RotationFailed
from juyong.services.kms.secrets.rotation.role import require_role
from juyong.services.kms.secrets.stages import PREVIOUS
from juyong.services.kms.secrets.tables import SecretRow
from juyong.services.kms.secrets.values import AccessKey, access_key_of
from juyong.services.kms.secrets.versions import value_at


def new_access_key(ctx: Context, row: SecretRow, config: RamConfig) -> AccessKey:
    """Delete the key that is not current, and make a new one; raises NoRole, RotationFailed."""
    try:
        user = identity.user_named(ctx.tx, ctx.account_id, config.user_name)
    except identity.NoUser:
        raise RotationFailed(reason=f"there is no user `{config.user_name}`") from None
    require_role(ctx, user.user_name)
    owner = identity.owner_of_user(user)
    _remove_previous(ctx, row, owner)
    try:
        made = identity.add_access_key(ctx, owner)
    except identity.TooManyAccessKeys:
        raise RotationFailed(
            reason=f"the user `{config.user_name}` has AccessKeys that are not the secret's"
        ) from None
    return AccessKey(access_key_id=made.access_key_id, access_key_secret=made.secret)


def _remove_previous(ctx: Context, row: SecretRow, owner: identity.Owner) -> None:
    value = value_at(ctx, row, PREVIOUS)
    name = access_key_of(value).access_key_id if value is not None else None
    for key in identity.keys_of(ctx, owner):
        if key.access_key_id == name:
            identity.ACCESS_KEY.remove(ctx, key)
