"""Series and their points, rules and their states, groups of instances, contacts, events."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.base.secret import Secret
from juyong.store.table import table


@table(
    "cms_series",
    key=("account_id", "metric", "series_id"),
    index=(("account_id", "custom"), ("seen_day",)),
)
class SeriesRow(msgspec.Struct, frozen=True, kw_only=True):
    """One set of dimensions that a metric has or had points of.

    metric: `<namespace>/<name>`. series_id: A digest of the dimensions. dimensions: JSON object.
    custom: The account brought the points. seen_day: The newest day with a point, in days since
    1970.
    """

    account_id: AccountId
    metric: str
    series_id: str
    dimensions: str
    custom: bool
    seen_day: int
    version: int = 0


@table("cms_point", key=("account_id", "metric", "at", "series_id"), index=(("at",),))
class PointRow(msgspec.Struct, frozen=True, kw_only=True):
    """The samples of a series in one minute.

    at: The end of the minute. stats: JSON array of count, sum, least and greatest.
    """

    account_id: AccountId
    metric: str
    at: Instant
    series_id: str
    stats: str
    version: int = 0


@table("cms_contact", key=("account_id", "contact_name"))
class ContactRow(msgspec.Struct, frozen=True, kw_only=True):
    """One contact.

    mail_confirmed: The owner of the address said so; until then nothing is sent there. ding_url:
    SECURITY: the URL holds the robot's token.
    """

    account_id: AccountId
    contact_name: str
    description: str
    lang: str
    mail: str = ""
    mail_confirmed: bool = False
    ding_url: Secret | None = None
    created_at: Instant
    updated_at: Instant
    version: int = 0

    @property
    def mail_state(self) -> str:
        """`PENDING` or `OK`; empty without an address."""
        return ("OK" if self.mail_confirmed else "PENDING") if self.mail else ""


@table("cms_contact_group", key=("account_id", "group_name"))
class ContactGroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """One group; contacts: JSON array of names, in their order."""

    account_id: AccountId
    group_name: str
    description: str
    contacts: str = "[]"
    subscribed: bool = False
    created_at: Instant
    updated_at: Instant
    version: int = 0


@table("cms_monitor_group", key=("account_id", "group_id"))
class MonitorGroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """One group of instances; contact_groups: Names, separated by commas."""

    account_id: AccountId
    group_id: str
    group_name: str
    contact_groups: str
    created_at: Instant
    updated_at: Instant
    version: int = 0


@table(
    "cms_group_instance",
    key=("account_id", "group_id", "category", "instance_id"),
    index=(("account_id", "instance_id"),),
)
class GroupInstanceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One instance of a group; category: The product that measures the instance, such as `oss`."""

    account_id: AccountId
    group_id: str
    category: str
    instance_id: str
    instance_name: str
    region: str
    created_at: Instant
    version: int = 0


@table("cms_rule", key=("account_id", "rule_id"))
class RuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm rule.

    resources: JSON array, as it was sent. group_id: The monitor group that the rule judges, empty
    for none. contact_groups: Names, separated by commas; of a rule on a group empty where the rule
    tells those of the group. escalations: JSON array of rules/judging.Escalation. effective,
    ineffective: `hh:mm-hh:mm`, or empty. labels: JSON array of pairs. webhook: SECURITY: URLs of
    webhooks hold tokens.
    """

    account_id: AccountId
    rule_id: str
    rule_name: str
    namespace: str
    metric_name: str
    resources: str
    group_id: str = ""
    contact_groups: str
    escalations: str
    webhook: Secret | None = None
    effective: str = ""
    ineffective: str = ""
    silence_seconds: int
    period: int
    interval: int
    subject: str = ""
    no_data: str
    send_ok: bool
    labels: str = "[]"
    enabled: bool = True
    created_at: Instant
    updated_at: Instant
    version: int = 0


@table("cms_rule_due", key=("account_id", "rule_id"), index=(("due_at",),))
class RuleDueRow(msgspec.Struct, frozen=True, kw_only=True):
    """When an enabled rule is judged next: the end of the period that is judged."""

    account_id: AccountId
    rule_id: str
    due_at: Instant
    version: int = 0


@table("cms_alarm", key=("account_id", "rule_id", "resource"))
class AlarmRow(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one resource under a rule.

    resource: The dimensions, a JSON object. level: `OK`, `INSUFFICIENT_DATA`, `CRITICAL`, `WARN`
    or `INFO`. notified_at: When the level was told last; 0 for never. value: Which was judged.
    """

    account_id: AccountId
    rule_id: str
    resource: str
    level: str
    value: str = ""
    since: Instant
    notified_at: Instant = Instant(0)
    version: int = 0


@table(
    "cms_alert_log",
    key=("account_id", "log_id"),
    index=(("account_id", "rule_id", "log_id"), ("at",)),
)
class AlertLogRow(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a state, or one repeated alert.

    log_id: Rises with time. group_id: The monitor group of the rule, empty for none. send_status: 0
    told, 1 outside the rule's hours, 4 no receiver or not to be told. groups, mails, hosts: JSON
    arrays: contact groups, addresses, hosts of webhooks.
    """

    account_id: AccountId
    log_id: str
    at: Instant
    rule_id: str
    rule_name: str
    namespace: str
    metric_name: str
    group_id: str = ""
    resource: str
    level: str
    before: str
    value: str
    expression: str
    times: int
    send_status: int
    groups: str
    mails: str
    hosts: str
    version: int = 0


@table("cms_event_rule", key=("account_id", "rule_name"))
class EventRuleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event rule.

    event_type: `SYSTEM` or `CUSTOM`. patterns: JSON array. targets: JSON array.
    SECURITY: URLs of webhooks hold tokens. sent_at: When events were passed on last.
    """

    account_id: AccountId
    rule_name: str
    event_type: str
    enabled: bool
    description: str
    silence_seconds: int
    patterns: str
    targets: Secret
    sent_at: Instant = Instant(0)
    created_at: Instant
    version: int = 0


@table("cms_event", key=("account_id", "kind", "event_id"), index=(("at",),))
class CmsEventRow(msgspec.Struct, frozen=True, kw_only=True):
    """One event. kind: `SYSTEM` or `CUSTOM`. event_id: Rises with the time of arrival.

    product, level, status, resource_id and region are of system events alone.
    """

    account_id: AccountId
    kind: str
    event_id: str
    at: Instant
    name: str
    content: str
    group_id: str = ""
    product: str = ""
    level: str = ""
    status: str = ""
    resource_id: str = ""
    region: str = ""
    version: int = 0
