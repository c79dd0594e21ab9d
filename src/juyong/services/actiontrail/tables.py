"""The audit record."""

from dataclasses import dataclass

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import Serial, table


@table(
    "actiontrail_event",
    key=("seq",),
    index=(("account_id", "at"), ("account_id", "event_id"), ("access_key_id", "at")),
)
@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One event: its whole body, and beside it what LookupEvents filters by.

    INVARIANT: rows are only ever inserted. `mac` binds the body to its account and id under a key
    that is not in the database, so `juyong check` finds any row changed afterwards.
    """

    seq: Serial = Serial(0)
    account_id: AccountId
    event_id: str
    at: Instant
    event_name: str
    service_name: str
    event_rw: str
    event_type: str
    user_name: str
    principal_id: str
    role_name: str
    access_key_id: str
    source_ip: str
    resource_types: str
    resource_names: str
    error_code: str
    sensitive: bool
    body: str
    mac: str
