"""What other services and the gateway may call of ActionTrail."""

from juyong.services.actiontrail.events import AuditEvent, UserIdentity, event_mac, record
from juyong.services.actiontrail.tables import EventRow

__all__ = ["AuditEvent", "EventRow", "UserIdentity", "event_mac", "record"]
