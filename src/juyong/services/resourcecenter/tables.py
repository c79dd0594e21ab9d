"""Which accounts use Resource Center."""

from dataclasses import dataclass

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("resourcecenter_account", key=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class EnabledRow:
    """An account whose resources can be searched; only services.resourcecenter writes it."""

    account_id: AccountId
    enabled_at: Instant
