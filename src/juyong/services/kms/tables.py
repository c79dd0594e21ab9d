"""The instance of an account."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("kms_instance", key=("account_id",))
class InstanceRow(msgspec.Struct, frozen=True, kw_only=True):
    """The changes of an account's instance; without a row nothing was changed.

    released_at: Since then the account has none.
    """

    account_id: AccountId
    deletion_protected: bool = False
    protection_note: str = ""
    released_at: Instant | None = None
    version: int = 0
