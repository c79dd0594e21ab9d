"""Keep alerts, have them judged by the clock, and forget them."""

from typing import Any, Final

import msgspec

from juyong.api.context import Context
from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.services.sls.alerts.rule import Rule
from juyong.services.sls.alerts.tables import AlarmRow, AlertRow
from juyong.store.queue import put, withdraw
from juyong.store.transaction import Transaction

EVALUATE: Final = "sls.alert"


def item_key(row: AlertRow) -> str:
    """Return the key of the work on an alert; names of projects and alerts have no slash."""
    return f"{row.project_name}/{row.alert_name}"


def first_tick(rule: Rule, now: Instant) -> Instant:
    """Return when a rule is judged first."""
    return now if rule.begins_now else Instant(rule.schedule.next_after(now))


def due_at(rule: Rule, tick: int) -> Instant:
    """Return when the run of a tick begins."""
    return Instant(tick + rule.schedule.delay_s)


def plan(tx: Transaction, row: AlertRow, rule: Rule, now: Instant) -> None:
    """Have an alert judged at its next tick, or no more while it is disabled."""
    withdraw(tx, EVALUATE, item_key(row))
    if row.enabled:
        put(tx, EVALUATE, item_key(row), now=now, due=due_at(rule, row.tick_at))


def document_of(row: AlertRow) -> dict[str, Any]:
    """Return an alert as it was sent."""
    return msgspec.json.decode(row.document.reveal(), type=dict[str, Any])


def sealed(document: dict[str, Any]) -> Secret:
    """Return an alert as it is stored."""
    return Secret(msgspec.json.encode(document).decode())


def alarms_of(tx: Transaction, row: AlertRow) -> list[AlarmRow]:
    """Return the alarms of an alert."""
    return tx.find(
        AlarmRow,
        order=("fingerprint",),
        project_name=row.project_name,
        alert_name=row.alert_name,
    )


def forget_alarms(tx: Transaction, row: AlertRow) -> None:
    """Forget what rings; nothing is told of it."""
    for alarm in alarms_of(tx, row):
        tx.delete(alarm)


def remove_alert(tx: Transaction, row: AlertRow) -> None:
    """Delete an alert with its alarms."""
    withdraw(tx, EVALUATE, item_key(row))
    forget_alarms(tx, row)
    tx.delete(row)


def remove_alerts(ctx: Context, project: str) -> None:
    """Delete all alerts of a project."""
    for row in ctx.tx.find(AlertRow, project_name=project):
        remove_alert(ctx.tx, row)
