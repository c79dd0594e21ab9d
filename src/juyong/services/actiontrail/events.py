"""One audit event: the published schema, and how it becomes a row.

Source: ActionTrail event reference (documented; eventVersion as integer: observed in samples).
"""

import hmac
from typing import Any, Literal

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.services.actiontrail.tables import EventRow
from juyong.store.transaction import Transaction

EventType = Literal[
    "ApiCall", "ConsoleOperation", "ConsoleSignin", "ConsoleSignout", "AliyunServiceEvent"
]

SENSITIVE = frozenset(
    {
        "CreateAccessKey",
        "DeleteAccessKey",
        "UpdateAccessKey",
        "CreateLoginProfile",
        "UpdateLoginProfile",
        "AttachPolicyToUser",
        "AttachPolicyToGroup",
        "AttachPolicyToRole",
        "CreatePolicyVersion",
        "SetDefaultPolicyVersion",
        "UpdateRole",
        "SetPasswordPolicy",
        "SetSecurityPreference",
        "UnbindMFADevice",
        "DeleteVirtualMFADevice",
        "StopLogging",
        "DeleteTrail",
        "UpdateTrail",
        "ScheduleKeyDeletion",
        "DisableKey",
    }
)


class UserIdentity(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Who made the call."""

    type: str
    principal_id: str = ""
    account_id: str = ""
    access_key_id: str = ""
    user_name: str = ""
    session_context: dict[str, dict[str, str]] | None = None


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One event in wire form; what is empty is left out, as in delivered records."""

    event_id: str
    event_version: int = msgspec.field(name="eventVersion")
    event_time: str
    event_type: str
    event_category: str = msgspec.field(name="eventCategory")
    event_rw: str = msgspec.field(name="eventRW")
    event_name: str
    event_source: str
    service_name: str
    api_version: str = ""
    acs_region: str
    is_global: bool = msgspec.field(name="isGlobal")
    request_id: str
    source_ip_address: str
    user_agent: str = ""
    recipient_account_id: str
    user_identity: UserIdentity
    request_parameters: Any = {}
    """A mapping; a msgspec.Raw of one when it is written, since its text stands below as well."""
    request_parameter_json: str = ""
    response_elements: Any = None
    """A msgspec.Raw when it is written: the answer was encoded already, its secrets masked."""
    referenced_resources: dict[str, list[str]] = {}
    resource_type: str = ""
    resource_name: str = ""
    error_code: str = ""
    error_message: str = ""
    additional_event_data: dict[str, str] = {}


_encoder = msgspec.json.Encoder()


def event_mac(key: bytes, account_id: str, event_id: str, body: str) -> str:
    """Authenticate one event's place and content (HMAC-SHA256, hex)."""
    material = f"{account_id}\x1f{event_id}\x1f{body}".encode()
    return hmac.digest(key, material, "sha256").hex()


def macs_match(one: str, other: str) -> bool:
    """Compare two MACs in constant time; what stands in the database may be any text."""
    return hmac.compare_digest(one.encode(), other.encode())


def row_of(event: AuditEvent, body: str, *, at: Instant, mac: str) -> EventRow:
    """Derive the columns that searches use from an event, whose encoding is `body`."""
    who = event.user_identity
    return EventRow(
        account_id=AccountId(event.recipient_account_id),
        event_id=event.event_id,
        at=at,
        event_name=event.event_name,
        service_name=event.service_name,
        event_rw=event.event_rw,
        event_type=event.event_type,
        user_name=who.user_name,
        principal_id=who.principal_id,
        role_name=who.user_name.partition(":")[0] if who.type == "assumed-role" else "",
        access_key_id=who.access_key_id,
        region="" if event.is_global else event.acs_region,
        source_ip=event.source_ip_address,
        resource_types=f";{event.resource_type};" if event.resource_type else "",
        resource_names=f";{event.resource_name};" if event.resource_name else "",
        error_code=event.error_code,
        sensitive=event.event_name in SENSITIVE,
        body=body,
        mac=mac,
    )


def record(tx: Transaction, event: AuditEvent, *, at: Instant, key: bytes) -> None:
    """Write an event into the transaction of the call it tells about."""
    body = _encoder.encode(event).decode()
    mac = event_mac(key, event.recipient_account_id, event.event_id, body)
    tx.insert_later(row_of(event, body, at=at, mac=mac))
