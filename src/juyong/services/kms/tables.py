"""Tags of keys and secrets."""

from dataclasses import dataclass

from juyong.base.ids import AccountId
from juyong.store.table import table


@table(
    "kms_tag",
    key=("account_id", "region", "resource_type", "resource_id", "tag_key"),
)
@dataclass(frozen=True, slots=True, kw_only=True)
class TagRow:
    """One tag; resource_type is `key` or `secret`, resource_id a key id or a secret name."""

    account_id: AccountId
    region: str
    resource_type: str
    resource_id: str
    tag_key: str
    tag_value: str
    version: int = 0
