"""Accounts: made by the operator, each with a RAM administrator to start from.

Root gets no AccessKey and no password: the administrator, a RAM user, is the first identity to use.
"""

import msgspec
from msgspec.structs import replace

from juyong.base.clock import Instant
from juyong.base.ids import (
    AccessKeyId,
    AccountId,
    UserId,
    new_access_key_id,
    new_access_key_secret,
    new_account_id,
    new_request_id,
    new_user_id,
)
from juyong.base.secret import Secret
from juyong.services.identity.account.alias import ACCOUNT_ALIAS
from juyong.services.identity.account.tables import AccountRow
from juyong.services.identity.credentials.access_keys import ACCESS_KEY
from juyong.services.identity.credentials.tables import AccessKeyRow
from juyong.services.identity.policies.tables import AttachmentRow
from juyong.services.identity.users.tables import UserRow
from juyong.services.identity.users.users import USER
from juyong.store.inventory import Cause, write
from juyong.store.transaction import Transaction

FIRST_ACCOUNT = "default"
"""The account that the first start makes."""
ADMINISTRATOR = "administrator"


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """An account and the one AccessKey that opens it; the secret is shown nowhere else."""

    account_id: AccountId
    account_name: str
    user_name: str
    access_key_id: AccessKeyId
    secret: Secret


def create_account(tx: Transaction, account_name: str, now: Instant) -> NewAccount:
    """Create an account with an administrator user and its AccessKey.

    Raises:
        Duplicate: an account of that name exists.
    """
    made = NewAccount(
        account_id=new_account_id(),
        account_name=account_name,
        user_name=ADMINISTRATOR,
        access_key_id=new_access_key_id(),
        secret=Secret(new_access_key_secret()),
    )
    store_account(tx, made, new_user_id(), now)
    return made


def store_account(tx: Transaction, made: NewAccount, user_id: UserId, now: Instant) -> None:
    """Store an account as create_account leaves it, under ids chosen before.

    Raises:
        Duplicate: the name or one of the ids is taken.
    """
    from juyong.services.kms.facade import new_instance  # noqa: PLC0415  # rare

    account_id = made.account_id
    user = UserRow(
        user_id=user_id,
        account_id=account_id,
        user_name=made.user_name,
        display_name="Administrator",
        created_at=now,
        updated_at=now,
    )
    attachment = AttachmentRow(
        account_id=account_id,
        policy_type="System",
        policy_name="AdministratorAccess",
        entity_type="user",
        entity_id=user_id,
        attached_at=now,
    )
    key = AccessKeyRow(
        access_key_id=made.access_key_id,
        account_id=account_id,
        owner_id=user_id,
        secret=made.secret,
        active=True,
        created_at=now,
        updated_at=now,
    )
    account = AccountRow(account_id=account_id, account_name=made.account_name, created_at=now)
    for row in (account, user, attachment, key):
        tx.insert(row)
    changes = (
        ACCOUNT_ALIAS.noted("created", account),
        replace(USER.noted("created", user), take=lambda tx: USER.picture(tx, user)),
        ACCESS_KEY.noted("created", key),
    )
    write(tx, (*changes, new_instance(tx, account_id, now)), Cause(new_request_id(), now))


def account_named(tx: Transaction, account_name: str) -> AccountRow | None:
    """Return an account by the operator's name for it."""
    return tx.find_one(AccountRow, account_name=account_name)


def account_made_at(tx: Transaction, account_id: AccountId) -> Instant:
    """Return when an account was made, the beginning of time for one that is gone."""
    row = tx.get(AccountRow, account_id)
    return row.created_at if row else Instant(0)


def active_key_of(tx: Transaction, account_id: AccountId, user_name: str) -> AccessKeyRow | None:
    """Return an active AccessKey of a user, for commands the operator runs as that user."""
    user = tx.find_one(UserRow, account_id=account_id, user_name=user_name)
    if user is None:
        return None
    return tx.find_one(AccessKeyRow, account_id=account_id, owner_id=user.user_id, active=True)
