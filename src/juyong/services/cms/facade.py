"""Events for CloudMonitor, by other services."""

from typing import Any

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.services.cms.events.storing import store, system_event
from juyong.store.transaction import Transaction


def emit(  # the members of an event
    tx: Transaction,
    account_id: AccountId,
    *,
    product: str,
    name: str,
    level: str,
    status: str,
    content: dict[str, Any],
    resource_id: str,
    region: str,
    now: Instant,
) -> None:
    """Store an event of a product and pass the event on by the account's rules.

    Args:
        tx: Commits the event together with its reason.
        account_id: The account that gets the event.
        product: The abbreviation that rules name, such as `KMS`.
        name: Of the event. level: `CRITICAL`, `WARN` or `INFO`. status: Such as `Failure`.
        content: What happened; no secret.
        resource_id: The ARN of what the event is about.
        region: Where.
        now: The present.
    """
    text = msgspec.json.encode(content).decode()
    event = system_event(
        account_id,
        at=now,
        product=product,
        name=name,
        level=level,
        status=status,
        content=text,
        resource_id=resource_id,
        region=region,
    )
    store(tx, event, now)
