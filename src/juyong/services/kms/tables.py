"""What belongs to the product as a whole: tags, and the instance of an account."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table(
    "kms_tag",
    key=("account_id", "region", "resource_type", "resource_id", "tag_key"),
)
class TagRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tag; resource_type is `key`, `secret` or `instance`, resource_id its id or name.

    region: Empty for an instance, which every region shows.
    """

    account_id: AccountId
    region: str
    resource_type: str
    resource_id: str
    tag_key: str
    tag_value: str
    version: int = 0


@table("kms_instance", key=("account_id",))
class InstanceRow(msgspec.Struct, frozen=True, kw_only=True):
    """What was changed of an account's instance; without a row it is as it was from the start.

    released_at: Since then the account has none.
    """

    account_id: AccountId
    deletion_protected: bool = False
    protection_note: str = ""
    released_at: Instant | None = None
    version: int = 0
