"""Alerts as calls send them: members of both versions, of which unknown ones are kept.

Source: SLS API reference, Alert, AlertConfiguration (documented); members of version 1, and those
that clients spell otherwise (observed in aliyun-log-go-sdk and Terraform's provider).
"""

from typing import Any

import msgspec

from juyong.engines.alerting.schedule import Sent as SentSchedule


class Camel(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A part of a document; members that it does not name are passed over."""


class SentQuery(Camel, frozen=True, kw_only=True):
    """One query."""

    store_type: str = "log"
    region: str = ""
    project: str = ""
    store: str = ""
    log_store: str = ""
    query: str = ""
    start: str = ""
    end: str = "now"
    time_span_type: str = "Relative"
    role_arn: str = ""


class Condition(Camel, frozen=True, kw_only=True):
    """A condition on rows, and one on how many met it; empty for none."""

    condition: str | None = None
    count_condition: str | None = None


class SentLevel(Camel, frozen=True, kw_only=True):
    """A severity, and when a group has it."""

    severity: int
    eval_condition: Condition | None = None


class SentJoin(Camel, frozen=True, kw_only=True):
    """How a result is joined to those before."""

    type: str
    condition: str | None = None


class SentGroup(Camel, frozen=True, kw_only=True):
    """How rows are grouped."""

    type: str = "no_group"
    fields: list[str] | None = None


class Pair(Camel, frozen=True, kw_only=True):
    """A label or an annotation."""

    key: str
    value: str = ""


class SentPolicy(Camel, frozen=True, kw_only=True):
    """The receivers of alarms, and how often they are told."""

    alert_policy_id: str = ""
    action_policy_id: str = ""
    repeat_interval: str = ""


class Switch(Camel, frozen=True, kw_only=True):
    """A further place for alarms."""

    enabled: bool = False


class SentTemplate(Camel, frozen=True, kw_only=True):
    """A rule that the service ships; tokens fill its gaps."""

    id: str = ""
    tokens: dict[str, Any] | None = None


class SentNotification(Camel, frozen=True, kw_only=True):
    """A receiver of alarms, in version 1."""

    type: str
    content: str = ""
    email_list: list[str] | None = None
    service_uri: str = ""
    method: str = "POST"
    headers: dict[str, str] | None = None


class Configuration(Camel, frozen=True, kw_only=True):
    """The configuration of an alert, of either version."""

    version: str = ""
    type: str = "default"
    query_list: list[SentQuery] = []
    condition: str | None = None
    notification_list: list[SentNotification] | None = None
    notify_threshold: int | None = None
    throttling: str | None = None
    mute_until: int | None = None
    join_configurations: list[SentJoin] | None = None
    group_configuration: SentGroup | None = None
    severity_configurations: list[SentLevel] | None = None
    condition_configuration: Condition | None = None
    threshold: int | None = None
    no_data_fire: bool = False
    no_data_severity: int = 6
    send_resolved: bool = False
    annotations: list[Pair] | None = None
    labels: list[Pair] | None = None
    policy_configuration: SentPolicy | None = None
    sink_event_store: Switch | None = None
    sink_cms: Switch | None = None
    template_configuration: SentTemplate | None = None


class SentAlert(Camel, frozen=True, kw_only=True):
    """One alert."""

    name: str
    display_name: str
    schedule: SentSchedule
    configuration: Configuration
    type: str = "Alert"
    state: str = ""
    status: str = ""
