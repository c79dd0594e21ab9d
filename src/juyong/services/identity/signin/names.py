"""Login names: each means a RAM user of an account, or the account's root."""

import hashlib
import re
from dataclasses import dataclass

from juyong.base.ids import AccountId
from juyong.services.identity.account.alias import DOMAIN_SUFFIX
from juyong.services.identity.account.tables import AccountRow
from juyong.services.identity.users.owners import Owner, owner_of_user, root_owner
from juyong.services.identity.users.tables import UserRow
from juyong.store.transaction import Transaction

LONGEST_NAME = 160
_ACCOUNT_ID = re.compile(r"[0-9]{16}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The identity of a login name. `owner` is None if the account has no such user.

    `counted_as`: The name under which failures are counted; unknown names have one too, so that
        they behave like known names.
    """

    account: AccountRow
    owner: Owner | None
    counted_as: str

    @property
    def is_root(self) -> bool:
        """Whether it is the account's root."""
        return self.owner is not None and self.owner.user is None


def subject_of(tx: Transaction, login_name: str) -> Subject | None:
    """Find the identity of a login name; None if there is no such account.

    A login name is `<user>@<domain>` for a RAM user, the domain alone for root. A domain is the
    account's alias or id, with or without `.onaliyun.com`; root may also be named by the operator's
    name of the account.
    """
    user_name, at, domain = login_name.rpartition("@")
    if at:
        account = _account_of_domain(tx, domain)
        if account is None:
            return None
        user = tx.find_one(UserRow, account_id=account.account_id, user_name=user_name)
        owner = owner_of_user(user) if user else None
        counted_as = owner.owner_id if owner else _nobody(account.account_id, user_name)
        return Subject(account=account, owner=owner, counted_as=counted_as)
    account = _account_of_domain(tx, domain) or tx.find_one(AccountRow, account_name=domain)
    if account is None:
        return None
    root = root_owner(account.account_id)
    return Subject(account=account, owner=root, counted_as=root.owner_id)


def _account_of_domain(tx: Transaction, domain: str) -> AccountRow | None:
    """SECURITY: ids are looked up first and aliases cannot look like one."""
    label = domain.lower().removesuffix(DOMAIN_SUFFIX)
    if _ACCOUNT_ID.fullmatch(label):
        return tx.get(AccountRow, AccountId(label))
    return tx.find_one(AccountRow, alias=label) if label else None


def _nobody(account_id: AccountId, user_name: str) -> str:
    """Return a digest for an unknown name, since people type passwords into the wrong field."""
    digest = hashlib.sha256(f"{account_id}\x1f{user_name}".encode()).hexdigest()
    return f"nobody/{digest}"
