"""Resource snapshots: what every mutation leaves for Config, posture, search and topology."""

from dataclasses import dataclass
from typing import Literal

from juyong.base.clock import Instant
from juyong.base.ids import AccountId, RequestId
from juyong.store.table import UNASSIGNED, Serial, table

Change = Literal["created", "updated", "deleted"]


@table(
    "store_resource_event",
    key=("seq",),
    index=(("account_id", "resource_type", "resource_id"),),
)
@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceEventRow:
    """One state a resource took, in the order of commits on SQLite; never updated."""

    seq: Serial = UNASSIGNED
    account_id: AccountId
    region: str
    resource_type: str
    resource_id: str
    name: str
    change: str
    snapshot: str
    request_id: RequestId
    at: Instant
