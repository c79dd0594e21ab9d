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
    """One event: its whole body, and the columns that LookupEvents filters by.

    INVARIANT: rows are inserted, never changed, and deleted by audit.ledger.expiring alone. `mac`
    binds the body and the evidence to account and id under a key that is not in the database, so
    `juyong check` finds any row changed afterwards.
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
    evidence: str = ""
    """The authorisation questions that were asked, see audit.evidence. Empty for an act that is no
    API call and asked none, for the copy that an owner gets, and for events of older versions."""


@table(
    "audit_use",
    key=(
        *("account_id", "principal_id", "access_key_id", "service_name", "action", "outcome"),
        "resource",
    ),
    index=(("access_key_id", "last_at"), ("account_id", "action", "last_at")),
)
class UseRow(msgspec.Struct, frozen=True, kw_only=True):
    """The uses of one action on one resource by one principal; the row outlives its events.

    account_id: Of the principal. principal_id: Of a role session the role's id alone.
    access_key_id: Empty for temporary keys and sessions.
    service_name: The product called, as events spell it.
    action: The permission that was asked for; the operation's name where none was.
    outcome: `allowed` or `refused`.
    resource: OTHERS where too many are counted by name already (see audit.use_folding).
    first_at, last_at: Of the events that are summed up. count: How often, in them.
    """

    account_id: AccountId
    principal_id: str
    access_key_id: str
    service_name: str
    action: str
    outcome: str
    resource: str
    first_at: Instant
    last_at: Instant
    count: int
    version: int = 0


@table("audit_use_position", key=("slot",))
class UsePositionRow(msgspec.Struct, frozen=True, kw_only=True):
    """Up to which event the uses are summed up; one row, slot 1."""

    slot: int = 1
    seq: int
    version: int = 0
