"""CloudMonitor."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "cms_alarm",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("notified_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "rule_id", "resource", name=op.f("pk_cms_alarm")),
    )
    op.create_table(
        "cms_alert_log",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("log_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("rule_name", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("metric_name", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("expression", sa.Text(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("send_status", sa.BigInteger(), nullable=False),
        sa.Column("groups", sa.Text(), nullable=False),
        sa.Column("mails", sa.Text(), nullable=False),
        sa.Column("hosts", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "log_id", name=op.f("pk_cms_alert_log")),
    )
    op.create_index(
        op.f("ix_cms_alert_log_account_id_rule_id_log_id"),
        "cms_alert_log",
        ["account_id", "rule_id", "log_id"],
        unique=False,
    )
    op.create_index(op.f("ix_cms_alert_log_at"), "cms_alert_log", ["at"], unique=False)
    op.create_table(
        "cms_contact",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("lang", sa.Text(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("mail_confirmed", sa.Boolean(), nullable=False),
        sa.Column("ding_url", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "contact_name", name=op.f("pk_cms_contact")),
    )
    op.create_table(
        "cms_contact_group",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("contacts", sa.Text(), nullable=False),
        sa.Column("subscribed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "group_name", name=op.f("pk_cms_contact_group")),
    )
    op.create_table(
        "cms_event",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "kind", "event_id", name=op.f("pk_cms_event")),
    )
    op.create_index(op.f("ix_cms_event_at"), "cms_event", ["at"], unique=False)
    op.create_table(
        "cms_event_rule",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("rule_name", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("silence_seconds", sa.BigInteger(), nullable=False),
        sa.Column("patterns", sa.Text(), nullable=False),
        sa.Column("targets", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "rule_name", name=op.f("pk_cms_event_rule")),
    )
    op.create_table(
        "cms_point",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("series_id", sa.Text(), nullable=False),
        sa.Column("stats", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "metric", "at", "series_id", name=op.f("pk_cms_point")
        ),
    )
    op.create_index(op.f("ix_cms_point_at"), "cms_point", ["at"], unique=False)
    op.create_table(
        "cms_rule",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("rule_name", sa.Text(), nullable=False),
        sa.Column("namespace", sa.Text(), nullable=False),
        sa.Column("metric_name", sa.Text(), nullable=False),
        sa.Column("resources", sa.Text(), nullable=False),
        sa.Column("contact_groups", sa.Text(), nullable=False),
        sa.Column("escalations", sa.Text(), nullable=False),
        sa.Column("webhook", sa.LargeBinary(), nullable=True),
        sa.Column("effective", sa.Text(), nullable=False),
        sa.Column("ineffective", sa.Text(), nullable=False),
        sa.Column("silence_seconds", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.BigInteger(), nullable=False),
        sa.Column("interval", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("no_data", sa.Text(), nullable=False),
        sa.Column("send_ok", sa.Boolean(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "rule_id", name=op.f("pk_cms_rule")),
    )
    op.create_table(
        "cms_rule_due",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "rule_id", name=op.f("pk_cms_rule_due")),
    )
    op.create_index(op.f("ix_cms_rule_due_due_at"), "cms_rule_due", ["due_at"], unique=False)
    op.create_table(
        "cms_series",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("series_id", sa.Text(), nullable=False),
        sa.Column("dimensions", sa.Text(), nullable=False),
        sa.Column("custom", sa.Boolean(), nullable=False),
        sa.Column("seen_day", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "metric", "series_id", name=op.f("pk_cms_series")),
    )
    op.create_index(
        op.f("ix_cms_series_account_id_custom"),
        "cms_series",
        ["account_id", "custom"],
        unique=False,
    )
    op.create_index(op.f("ix_cms_series_seen_day"), "cms_series", ["seen_day"], unique=False)
