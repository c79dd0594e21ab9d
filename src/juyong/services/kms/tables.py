"""The instance of an account."""

import hashlib

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table

_DIGITS = 20


def default_instance_id(account_id: AccountId) -> str:
    """Return the id of an account's instance; the same for ever."""
    return "kst-" + hashlib.sha256(f"kms-instance:{account_id}".encode()).hexdigest()[:_DIGITS]


@table("kms_instance", key=("account_id",))
class InstanceRow(msgspec.Struct, frozen=True, kw_only=True):
    """The instance of an account, made with the account; the account has none once it is released.

    protection_note: Why it is protected.
    """

    account_id: AccountId
    deletion_protected: bool = False
    protection_note: str = ""
    created_at: Instant
    version: int = 0

    @property
    def instance_id(self) -> str:
        """The instance's id."""
        return default_instance_id(self.account_id)
