"""Events of what a cloud service does by itself: rotations, expiries, deletions that were due.

Source: ActionTrail event reference, "AliyunServiceEvent" (documented); that the address and agent
of such an event are the service's name (assumed).
"""

from dataclasses import dataclass

from juyong.api.caller import Service
from juyong.api.context import Journal, Platform
from juyong.api.errors import ApiError
from juyong.api.product import Product
from juyong.api.shape import to_record
from juyong.base.clock import Instant, iso
from juyong.base.ids import new_request_id
from juyong.services.actiontrail.events import AuditEvent, UserIdentity, record
from juyong.store.inventory import Cause, ResourceEventRow, write
from juyong.store.transaction import Transaction

_PURPOSE = "audit"
_LONGEST = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAction:
    """Something a service did in an account.

    service: Who, and for which account. name: As an operation would be called. journal: What it was
    about, and the states resources took. error: Set when it was tried in vain.
    """

    service: Service
    product: Product
    name: str
    region: str
    journal: Journal
    at: Instant
    error: ApiError | None = None


def record_service_action(tx: Transaction, platform: Platform, action: ServiceAction) -> None:
    """Write the event and the snapshots of an action into the transaction that does it."""
    request_id = new_request_id()
    service, product, journal = action.service, action.product, action.journal
    references: dict[str, list[str]] = {}
    for kind, name in journal.references:
        references.setdefault(kind, []).append(name)
    flat = [(kind, name) for kind, names in references.items() for name in names]
    event = AuditEvent(
        event_id=request_id,
        event_version=1,
        event_time=iso(action.at),
        event_type="AliyunServiceEvent",
        event_category="Management",
        event_rw="Write",
        event_name=action.name,
        event_source=service.name,
        service_name=product.code,
        api_version=product.version,
        acs_region=action.region,
        is_global=product.is_global,
        request_id=request_id,
        source_ip_address=service.name,
        user_agent=service.name,
        recipient_account_id=service.account_id,
        user_identity=UserIdentity(
            type="system",
            principal_id=service.name,
            account_id=service.account_id,
            user_name=service.name,
        ),
        referenced_resources=references,
        resource_type=";".join(kind for kind, _ in flat),
        resource_name=";".join(name for _, name in flat),
        error_code=action.error.code if action.error else "",
        error_message=action.error.message[:_LONGEST] if action.error else "",
        additional_event_data=dict(journal.extra),
    )
    record(tx, event, at=action.at, key=platform.keys[_PURPOSE])
    write(tx, journal.noted.values(), Cause(request_id, action.at))
    for snapshot in journal.snapshots:
        tx.insert_later(
            ResourceEventRow(
                account_id=service.account_id,
                region=action.region,
                resource_type=snapshot.resource_type,
                resource_id=snapshot.resource_id,
                name=snapshot.name,
                change=snapshot.change,
                snapshot=to_record(snapshot.state).decode(),
                request_id=request_id,
                at=action.at,
                whole=False,
            )
        )
