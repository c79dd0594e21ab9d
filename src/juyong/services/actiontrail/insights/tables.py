"""Types that are switched on, counts of calls, and where an insight is looked up."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("actiontrail_insight_switch", key=("account_id", "insight_type"))
class InsightSwitchRow(msgspec.Struct, frozen=True, kw_only=True):
    """A type of insights that is switched on. since_at: Events of this second on are counted."""

    account_id: AccountId
    insight_type: str
    since_at: Instant
    version: int = 0


@table(
    "actiontrail_insight_series",
    key=("account_id", "insight_type", "object"),
    index=(("newest_hour",),),
)
class InsightSeriesRow(msgspec.Struct, frozen=True, kw_only=True):
    """The counts of one object; see engines.insight.series. Hours are numbered from 1970.

    counts: JSON array of pairs of hour and count. newest_hour: The last of these.
    """

    account_id: AccountId
    insight_type: str
    object: str
    counts: str
    first_hour: int
    newest_hour: int
    rang_hour: int
    version: int = 0


@table("actiontrail_insight_position", key=("slot",))
class InsightPositionRow(msgspec.Struct, frozen=True, kw_only=True):
    """Up to which event calls are counted; one row, slot 1."""

    slot: int = 1
    seq: int
    version: int = 0


@table("actiontrail_insight", key=("account_id", "event_id"), index=(("account_id", "at"), ("at",)))
class InsightRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where an insight is found; its content is the event of the id, in the audit record.

    region: Of the event by which it was found; empty for global products. service_name, event_name,
    source_ip, access_key_id: What the insight is about; each empty where it is about another thing.
    """

    account_id: AccountId
    event_id: str
    at: Instant
    region: str
    insight_type: str
    insight_object: str
    service_name: str = ""
    event_name: str = ""
    source_ip: str = ""
    access_key_id: str = ""
