"""Selectors of data events, the events that wait for their delivery, and how deliveries stand."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import UNASSIGNED, Serial, table


@table("actiontrail_data_selector", key=("account_id", "trail_name"), decides="always")
class DataSelectorRow(msgspec.Struct, frozen=True, kw_only=True):
    """The selectors of one trail.

    selectors: JSON as it was sent. all_regions: Whether events of every region are selected.
    regions: Else the regions, with commas between them. active: Whether the trail is on.
    """

    account_id: AccountId
    trail_name: str
    selectors: str
    all_regions: bool
    regions: str
    active: bool
    created_at: Instant
    updated_at: Instant
    version: int = 0


@table(
    "actiontrail_data_event",
    key=("seq",),
    index=(("account_id", "trail_name", "region", "seq"),),
)
class DataEventRow(msgspec.Struct, frozen=True, kw_only=True):
    """One data event of one trail; the row goes with the commit that delivers the event.

    account_id: Of the trail. region: Where the call was made. body: The event, JSON.
    """

    seq: Serial = UNASSIGNED
    account_id: AccountId
    trail_name: str
    region: str
    at: Instant
    body: str


@table("actiontrail_data_target", key=("account_id", "trail_name", "region"))
class DataTargetRow(msgspec.Struct, frozen=True, kw_only=True):
    """How the delivery of a trail's data events of one region stands.

    created_at: When an event was tried first. error_code, error: Why the newest attempt failed,
    empty for none; failed_at: When it did first.
    """

    account_id: AccountId
    trail_name: str
    region: str
    created_at: Instant
    error_code: str = ""
    error: str = ""
    failed_at: Instant | None = None
    version: int = 0
