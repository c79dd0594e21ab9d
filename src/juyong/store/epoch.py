"""The epoch of an account: another random number whenever what decides authorisation changes."""

import msgspec

from juyong.base.ids import AccountId
from juyong.store.table import table


@table("store_epoch", key=("account_id",))
class EpochRow(msgspec.Struct, frozen=True, kw_only=True):
    """Read in the same transaction as each call, so a cache can never outlive a change."""

    account_id: AccountId
    epoch: int
