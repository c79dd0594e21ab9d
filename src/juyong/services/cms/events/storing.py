"""Store an event, and pass the event on by the rules that match, in one transaction."""

from typing import Any

import msgspec

from juyong.base.clock import Instant, iso
from juyong.base.ids import AccountId, new_uuid
from juyong.services.cms.events.targets import ContactTarget, WebTarget, targets_of
from juyong.services.cms.notifying import Messenger
from juyong.services.cms.tables import CmsEventRow, EventRuleRow
from juyong.store.transaction import Transaction

CUSTOM, SYSTEM = "CUSTOM", "SYSTEM"
TYPE = "StatusNotification"
"""The type of all events. Source: types of system events (documented); that custom events have
this type too is assumed."""
EVENTS_KEPT_SECONDS = 31 * 86_400
"""How long events are kept. Source: assumed."""


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """Which events a rule passes on; an empty list, or `*`, is every value."""

    product: str
    names: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()

    def matches(self, event: CmsEventRow) -> bool:
        """Tell whether an event is one of these; products are compared without regard to case."""
        of_product = event.kind == CUSTOM or self.product.lower() == event.product.lower()
        return (
            of_product
            and _allows(self.names, event.name)
            and _allows(self.levels, event.level or "INFO")
            and _allows(self.types, TYPE)
            and _allows(self.statuses, event.status)
        )


def _allows(wanted: tuple[str, ...], held: str) -> bool:
    return not wanted or "*" in wanted or held in wanted


def patterns_of(row: EventRuleRow) -> list[Pattern]:
    """Return the patterns of a rule."""
    return msgspec.json.decode(row.patterns, type=list[Pattern])


def store(tx: Transaction, event: CmsEventRow, now: Instant) -> None:
    """Store an event and queue a notice for each target of each enabled rule that matches."""
    tx.insert(event)
    for rule in tx.find(EventRuleRow, account_id=event.account_id):
        if not rule.enabled or rule.event_type != event.kind:
            continue
        if not any(each.matches(event) for each in patterns_of(rule)):
            continue
        if rule.sent_at and now - rule.sent_at < rule.silence_seconds:
            continue
        _pass_on(tx, rule, event, now)
        if rule.silence_seconds and rule.sent_at != now:
            tx.update(rule, sent_at=now)


def _pass_on(tx: Transaction, rule: EventRuleRow, event: CmsEventRow, now: Instant) -> None:
    shown = shown_to_webhooks(rule, event)
    for target in targets_of(rule):
        # A key for each target: two targets may have one receiver.
        key = f"cms/{event.event_id}/{rule.rule_name}/{target.id}"[:256]
        messenger = Messenger(tx, event.account_id, key, now)
        if isinstance(target, ContactTarget):
            subject = f"{event.level or 'INFO'}: {event.name} ({event.product or 'custom'})"
            messenger.contacts([target.group], subject, f"{rule.rule_name}\n{event.content}")
        elif isinstance(target, WebTarget):
            messenger.post_json(target.url, shown, target.method)


def shown_to_webhooks(rule: EventRuleRow, event: CmsEventRow) -> dict[str, Any]:
    """Return the document that webhooks of event rules get. Source: the form is assumed."""
    return {
        "id": event.event_id,
        "ruleName": rule.rule_name,
        "eventType": event.kind,
        "userId": event.account_id,
        "product": event.product,
        "name": event.name,
        "level": event.level,
        "status": event.status,
        "resourceId": event.resource_id,
        "regionId": event.region,
        "groupId": event.group_id,
        "content": event.content,
        "eventTime": iso(event.at),
    }


def new_event_id(at: Instant) -> str:
    """Draw an id that sorts by time."""
    return f"{at:012}-{new_uuid()}"


def system_event(  # the members of an event
    account_id: AccountId,
    *,
    at: Instant,
    product: str,
    name: str,
    level: str,
    status: str,
    content: str,
    resource_id: str,
    region: str,
) -> CmsEventRow:
    """Make the row of an event of a product of the platform."""
    return CmsEventRow(
        account_id=account_id,
        kind=SYSTEM,
        event_id=new_event_id(at),
        at=at,
        name=name,
        content=content,
        product=product,
        level=level,
        status=status,
        resource_id=resource_id,
        region=region,
    )
