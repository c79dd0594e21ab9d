"""Events of the acts of a cloud service itself: rotations, expiries, deletions that were due.

Source: ActionTrail event reference, "AliyunServiceEvent" (documented); that the address and agent
of such an event are the service's name (assumed).
"""

from dataclasses import dataclass

from juyong.api.caller import Service
from juyong.api.context import Context, Journal, Platform
from juyong.api.errors import ApiError
from juyong.api.product import Product
from juyong.audit.global_events import global_events_region
from juyong.audit.macs import event_key
from juyong.audit.recorder import Act, Origin, identity_of, record
from juyong.base.clock import Instant
from juyong.base.ids import new_request_id
from juyong.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAction:
    """Something a service did in an account.

    service: The service, and the account it acts for. name: As an operation would be called.
    journal: The resources of the action, and their new states. error: Set when the action failed.
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
    service, product, error = action.service, action.product, action.error
    region = action.region
    if product.is_global:
        region = global_events_region(tx, service.account_id, region, platform.memory)
    act = Act(
        origin=Origin(
            who=identity_of(service),
            name=action.name,
            event_type="AliyunServiceEvent",
            service=product.code,
            version=product.version,
            region=region,
            is_global=product.is_global,
            source=service.name,
            address=service.name,
            agent=service.name,
        ),
        request_id=new_request_id(),
        at=action.at,
        error_code=error.code if error else "",
        error_message=error.message if error else "",
    )
    record(tx, act, action.journal, key=event_key(platform))


def record_own_action(
    ctx: Context, service: Service, product: Product, name: str, error: ApiError | None = None
) -> None:
    """Write the event of what a service did by itself in a unit of work, with its journal.

    Args:
        product: Of the operation that the action is like; name: Its name.
        error: Set when the action failed.
    """
    action = ServiceAction(
        service=service,
        product=product,
        name=name,
        region=ctx.region,
        journal=ctx.journal,
        at=ctx.now,
        error=error,
    )
    record_service_action(ctx.tx, ctx.platform, action)
