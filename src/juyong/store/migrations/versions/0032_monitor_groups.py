"""Monitor groups, and one namespace of ActionTrail."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "cms_monitor_group",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("contact_groups", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "group_id", name=op.f("pk_cms_monitor_group")),
    )
    op.create_table(
        "cms_group_instance",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("instance_name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id",
            "group_id",
            "category",
            "instance_id",
            name=op.f("pk_cms_group_instance"),
        ),
    )
    op.create_index(
        op.f("ix_cms_group_instance_account_id_instance_id"),
        "cms_group_instance",
        ["account_id", "instance_id"],
        unique=False,
    )
    for name in ("cms_rule", "cms_alert_log"):
        op.add_column(name, sa.Column("group_id", sa.Text(), nullable=False, server_default=""))
    # Both versions of ActionTrail count in one namespace, so rules go on to be judged.
    rule = sa.table("cms_rule", sa.column("namespace", sa.Text()))
    op.execute(
        sa.update(rule)
        .where(rule.c.namespace == "acs_actiontrail_2017")
        .values(namespace="acs_actiontrail")
    )
