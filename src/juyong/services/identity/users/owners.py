"""The owner of AccessKeys, passwords and MFA devices: a user, or the account's root."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from juyong.api.resource import Links
from juyong.base.ids import AccountId
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import USER
from juyong.store.inventory import GLOBAL, Ref
from juyong.store.transaction import Transaction

ROOT_NAME = "root"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A user or root. `owner_id`: the user id, or the account id for root."""

    account_id: AccountId
    owner_id: str
    name: str
    user: UserRow | None
    """None for root."""


def owner_of_user(user: UserRow) -> Owner:
    """Return a user as an owner."""
    return Owner(account_id=user.account_id, owner_id=user.user_id, name=user.user_name, user=user)


def root_owner(account_id: AccountId) -> Owner:
    """Return the account's root as an owner."""
    return Owner(account_id=account_id, owner_id=account_id, name=ROOT_NAME, user=None)


def owner_by_id(tx: Transaction, account_id: AccountId, owner_id: str) -> Owner | None:
    """Return the owner with an id, or None if it is gone."""
    if owner_id == account_id:
        return root_owner(account_id)
    user = tx.get(UserRow, owner_id)
    return owner_of_user(user) if user and user.account_id == account_id else None


def owner_links(kind: str) -> Links[Any]:
    """Declare the user that credentials are linked to; those of root are linked to none."""

    def targets(_tx: Transaction, row: Any) -> Iterator[Ref]:
        if row.owner_id is not None and row.owner_id != row.account_id:
            yield USER.ref_of(row.account_id, GLOBAL, row.owner_id)

    return Links(kind, targets)
