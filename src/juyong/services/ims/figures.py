"""The state of every credential of an account, for the account's reports."""

from collections import defaultdict
from dataclasses import dataclass

from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.services.identity.credentials.access_keys import last_use
from juyong.services.identity.credentials.tables import AccessKeyRow, LoginProfileRow, MfaDeviceRow
from juyong.services.identity.users.tables import UserRow


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigures:
    """An AccessKey and its newest use, None for never."""

    key: AccessKeyRow
    used_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The credentials of one identity; `user` is None for root. Keys stand oldest first."""

    user: UserRow | None
    profile: LoginProfileRow | None
    mfa: bool
    keys: tuple[KeyFigures, ...]


def figures_of(ctx: Context) -> list[Figures]:
    """Read the credentials of root and of every user, root first, users by name.

    Cost: four reads of the account's rows, and one indexed read of events an AccessKey.
    """
    tx, account_id = ctx.tx, ctx.account_id
    profiles = {row.owner_id: row for row in tx.find(LoginProfileRow, account_id=account_id)}
    bound = {row.owner_id for row in tx.find(MfaDeviceRow, account_id=account_id)}
    keys: defaultdict[str, list[KeyFigures]] = defaultdict(list)
    for key in tx.find(AccessKeyRow, order=("created_at", "access_key_id"), account_id=account_id):
        keys[key.owner_id].append(KeyFigures(key=key, used_at=last_use(tx, key).at))
    users = tx.find(UserRow, order=("user_name",), account_id=account_id)
    owners: list[tuple[str, UserRow | None]] = [(account_id, None)]
    owners += [(user.user_id, user) for user in users]
    return [
        Figures(
            user=user,
            profile=profiles.get(owner_id),
            mfa=owner_id in bound,
            keys=tuple(keys[owner_id]),
        )
        for owner_id, user in owners
    ]
