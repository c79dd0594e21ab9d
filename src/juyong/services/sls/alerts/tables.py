"""Alerts, and the alarms that stand."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.table import table


@table("sls_alert", key=("project_name", "alert_name"))
class AlertRow(msgspec.Struct, frozen=True, kw_only=True):
    """One alert.

    document: JSON, as it was sent. SECURITY: older forms have URLs and headers of webhooks in it.
    schedule_id: Of this alert and of no later one of the same name. tick_at: When it is judged
    next.
    """

    project_name: str
    alert_name: str
    account_id: AccountId
    region: str
    schedule_id: str
    document: Secret
    enabled: bool = True
    tick_at: Instant
    created_at: Instant
    modified_at: Instant
    version: int = 0


@table("sls_alarm", key=("project_name", "alert_name", "fingerprint"))
class AlarmRow(msgspec.Struct, frozen=True, kw_only=True):
    """One group of an alert that met a condition at the last tick.

    fingerprint: A digest of the labels. labels: JSON; they quote logs. streak: Ticks in a row.
    fired_at: Since when it rings, None while it does not. told_at: When that was told last.
    """

    project_name: str
    alert_name: str
    fingerprint: str
    labels: Secret
    severity: int
    streak: int
    fired_at: Instant | None = None
    told_at: Instant | None = None
    version: int = 0
