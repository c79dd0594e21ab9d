"""The region in which an account keeps the events of products that have no region.

The events say so in `acsRegion`. LookupEvents finds them in every region, and trails deliver them
with those of their home, wherever they are kept.

Source: ActionTrail API reference, UpdateGlobalEventsStorageRegion (documented): that an account can
choose. Assumed: where events are kept of an account that chose nothing, and that `acsRegion` tells.
"""

from typing import Any

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.epoch_cache import EpochCache
from juyong.store.table import table
from juyong.store.transaction import Transaction

_MEMORY = "audit.global_events"
_LIMIT = 10_000


@table("actiontrail_global_events", key=("account_id",), decides="always")
class GlobalEventsRow(msgspec.Struct, frozen=True, kw_only=True):
    """The region that an account chose."""

    account_id: AccountId
    region: str
    updated_at: Instant
    version: int = 0


def global_events_region(
    tx: Transaction, account_id: AccountId | str, own: str, memory: dict[str, Any] | None = None
) -> str:
    """Return the region of an account's events of global products.

    Args:
        tx: That of the act.
        account_id: The account; empty for none.
        own: The platform's region, in which events are of an account that chose nothing.
        memory: What the platform keeps while it is open; None: the row is read.

    PERF: the region is kept under the account's epoch, which each call reads anyway.
    """
    account = AccountId(account_id)
    if not account:
        return own
    if memory is None:
        return _read(tx, account) or own
    cache: EpochCache[str] | None = memory.get(_MEMORY)
    if cache is None:
        cache = memory.setdefault(_MEMORY, EpochCache(_LIMIT))
    held = cache.get(tx, account)
    if held is None:
        held = cache.put(tx, account, account, _read(tx, account))
    return held or own


def _read(tx: Transaction, account_id: AccountId) -> str:
    row = tx.get(GlobalEventsRow, account_id)
    return row.region if row else ""
