"""The accounts that use Resource Center."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("resourcecenter_account", key=("account_id",))
class EnabledRow(msgspec.Struct, frozen=True, kw_only=True):
    """An account whose resources can be searched; only services.resourcecenter writes it."""

    account_id: AccountId
    enabled_at: Instant
