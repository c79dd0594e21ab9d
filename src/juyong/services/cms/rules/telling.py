"""Tell of a change of the state of a resource: the entry of the history, and the messages."""

from urllib.parse import urlencode

import msgspec

from juyong.base.clock import Instant, iso
from juyong.base.ids import new_uuid
from juyong.services.cms.notifying import Messenger, Told
from juyong.services.cms.rules.history import INEFFECTIVE, TOLD, UNTOLD
from juyong.services.cms.rules.hours import effective
from juyong.services.cms.rules.judging import LEVELS, OK, Escalation
from juyong.services.cms.rules.on_groups import told_by
from juyong.services.cms.tables import AlertLogRow, RuleRow
from juyong.services.cms.texts import dimensions_of, instance_of, split, to_json
from juyong.store.transaction import Transaction

_FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the state of a resource, or a repeated alert.

    at: The end of the period that was judged. before: The level before, empty for none. by: The
    condition that holds, or the first one of the rule.
    """

    rule: RuleRow
    at: Instant
    resource: str
    level: str
    before: str
    value: str
    by: Escalation

    @property
    def alert(self) -> str:
        """The level, if the level is one of alerts."""
        return self.level if self.level in LEVELS else ""

    @property
    def state(self) -> str:
        """The state as webhooks and mails name the state."""
        return "ALERT" if self.alert else self.level


def tell(tx: Transaction, change: Change, now: Instant) -> Instant:
    """Write the entry and send the messages; returns when they were sent, 0 for not at all."""
    rule = change.rule
    log_id = f"{change.at:012}-{new_uuid()}"
    contacts = split(told_by(tx, rule))
    is_effective = effective(rule.effective, rule.ineffective, change.at)
    told = Told()
    if is_effective and (change.level != OK or rule.send_ok):
        told = _send(Messenger(tx, rule.account_id, f"cms/{log_id}", now), change, contacts)
    status = TOLD if told.mails or told.hosts else UNTOLD
    tx.insert(
        AlertLogRow(
            account_id=rule.account_id,
            log_id=log_id,
            at=change.at,
            rule_id=rule.rule_id,
            rule_name=rule.rule_name,
            namespace=rule.namespace,
            metric_name=rule.metric_name,
            group_id=rule.group_id,
            resource=change.resource,
            level=change.level,
            before=change.before or OK,
            value=change.value,
            expression=change.by.expression,
            times=change.by.times,
            send_status=status if is_effective else INEFFECTIVE,
            groups=to_json(contacts),
            mails=to_json(told.mails),
            hosts=to_json(told.hosts),
        )
    )
    return change.at if is_effective else Instant(0)


def _send(messenger: Messenger, change: Change, contacts: list[str]) -> Told:
    rule = change.rule
    subject = rule.subject or f"{change.state}: {rule.rule_name} ({rule.metric_name})"
    labels = msgspec.json.decode(rule.labels)
    text = "\n".join(
        (
            f"{rule.rule_name}: {change.before or OK} -> {change.level}",
            f"{rule.namespace} {rule.metric_name} {change.resource}",
            f"{change.by.expression}, value {change.value or 'unknown'}, at {iso(change.at)}",
            *(f"{each['Key']}={each.get('Value', '')}" for each in labels),
        )
    )
    messenger.contacts(contacts, subject, text)
    if rule.webhook is not None:
        messenger.webhook(rule.webhook.reveal(), _form(change), _FORM)
    return messenger.told()


def _form(change: Change) -> str:
    """Write the form that webhooks of rules get.

    Source: CloudMonitor, alert callbacks (documented); the member `signature` is left out, since
    its key is published nowhere.
    """
    rule = change.rule
    held = dimensions_of(change.resource)
    return urlencode(
        {
            "userId": rule.account_id,
            "alertName": rule.rule_name,
            "ruleId": rule.rule_id,
            "alertState": change.state,
            "triggerLevel": change.alert,
            "preTriggerLevel": change.before if change.before in LEVELS else "",
            "curValue": change.value,
            "expression": change.by.expression,
            "metricName": rule.metric_name,
            "metricProject": rule.namespace,
            "namespace": rule.namespace,
            "instanceName": instance_of(change.resource),
            "dimensions": "{" + ", ".join(f"{k}={v}" for k, v in held.items()) + "}",
            "timestamp": str(change.at * 1000),
        }
    )
