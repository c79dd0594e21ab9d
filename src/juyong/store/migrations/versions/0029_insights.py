"""Insights of calls, losses of trails, and advanced query templates."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "actiontrail_insight",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("insight_type", sa.Text(), nullable=False),
        sa.Column("insight_object", sa.Text(), nullable=False),
        sa.Column("service_name", sa.Text(), nullable=False),
        sa.Column("event_name", sa.Text(), nullable=False),
        sa.Column("source_ip", sa.Text(), nullable=False),
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "event_id", name=op.f("pk_actiontrail_insight")),
    )
    op.create_index(
        op.f("ix_actiontrail_insight_account_id_at"),
        "actiontrail_insight",
        ["account_id", "at"],
        unique=False,
    )
    op.create_index(op.f("ix_actiontrail_insight_at"), "actiontrail_insight", ["at"], unique=False)
    op.create_table(
        "actiontrail_insight_position",
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_actiontrail_insight_position")),
    )
    op.create_table(
        "actiontrail_insight_series",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("insight_type", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("first_hour", sa.BigInteger(), nullable=False),
        sa.Column("newest_hour", sa.BigInteger(), nullable=False),
        sa.Column("rang_hour", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "insight_type", "object", name=op.f("pk_actiontrail_insight_series")
        ),
    )
    op.create_index(
        op.f("ix_actiontrail_insight_series_newest_hour"),
        "actiontrail_insight_series",
        ["newest_hour"],
        unique=False,
    )
    op.create_table(
        "actiontrail_insight_switch",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("insight_type", sa.Text(), nullable=False),
        sa.Column("since_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "insight_type", name=op.f("pk_actiontrail_insight_switch")
        ),
    )
    op.add_column(
        "actiontrail_delivery", sa.Column("insights", sa.Text(), nullable=False, server_default="")
    )
    op.add_column(
        "actiontrail_trail", sa.Column("insights", sa.Text(), nullable=False, server_default="")
    )
    op.add_column(
        "actiontrail_delivery",
        sa.Column("lost", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.add_column("actiontrail_delivery", sa.Column("lost_until", sa.BigInteger(), nullable=True))
    op.add_column("actiontrail_delivery", sa.Column("told_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "actiontrail_template",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("simple", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "region", "template_id", name=op.f("pk_actiontrail_template")
        ),
    )
