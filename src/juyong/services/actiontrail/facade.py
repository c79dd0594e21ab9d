"""What other services and the gateway may call of ActionTrail."""

from juyong.services.actiontrail.events import AuditEvent, UserIdentity, event_mac, record
from juyong.services.actiontrail.last_use import last_used
from juyong.services.actiontrail.seals import Sealed, SealHead, head_of, holds, seal_events
from juyong.services.actiontrail.tables import EventRow

__all__ = [
    "AuditEvent",
    "EventRow",
    "SealHead",
    "Sealed",
    "UserIdentity",
    "event_mac",
    "head_of",
    "holds",
    "last_used",
    "record",
    "seal_events",
]
