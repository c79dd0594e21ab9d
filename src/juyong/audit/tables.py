"""The audit record as it is stored."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import UNASSIGNED, Serial, table


@table(
    "actiontrail_event",
    key=("seq",),
    index=(("account_id", "at"), ("account_id", "event_id"), ("access_key_id", "at")),
    from_reads=True,
)
class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event: its whole body, and beside it what LookupEvents filters by.

    INVARIANT: rows are only ever inserted. `mac` binds the body to its account and id under a key
    that is not in the database, so `juyong check` finds any row changed afterwards.
    """

    seq: Serial = UNASSIGNED  # the identity
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
    region: str
    """Where the call was made; empty for global products, whose events show in every region."""
    source_ip: str
    resource_types: str
    resource_names: str
    error_code: str
    sensitive: bool
    body: str
    mac: str
