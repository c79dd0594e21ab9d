"""snapshot policies, sharing and copies of images."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "ecs_image_share",
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("shared_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", "account_id", name=op.f("pk_ecs_image_share")),
    )
    op.create_index(
        op.f("ix_ecs_image_share_account_id"), "ecs_image_share", ["account_id"], unique=False
    )
    op.create_table(
        "ecs_snapshot_group",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_ecs_snapshot_group")),
    )
    op.create_index(
        op.f("ix_ecs_snapshot_group_account_id_region"),
        "ecs_snapshot_group",
        ["account_id", "region"],
        unique=False,
    )
    op.create_table(
        "ecs_snapshot_policy",
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("policy_name", sa.Text(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("weekdays", sa.Text(), nullable=False),
        sa.Column("retention_days", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_ecs_snapshot_policy")),
    )
    op.create_index(
        op.f("ix_ecs_snapshot_policy_account_id_region"),
        "ecs_snapshot_policy",
        ["account_id", "region"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ecs_snapshot_policy_due_at"), "ecs_snapshot_policy", ["due_at"], unique=False
    )
    op.create_table(
        "ecs_snapshot_policy_disk",
        sa.Column("disk_id", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("disk_id", name=op.f("pk_ecs_snapshot_policy_disk")),
    )
    op.create_index(
        op.f("ix_ecs_snapshot_policy_disk_policy_id_taken_at"),
        "ecs_snapshot_policy_disk",
        ["policy_id", "taken_at"],
        unique=False,
    )
    op.create_index(op.f("ix_ecs_disk_snapshot_id"), "ecs_disk", ["snapshot_id"], unique=False)
    op.add_column("ecs_image", sa.Column("source_id", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "ecs_snapshot", sa.Column("policy_id", sa.Text(), nullable=False, server_default="")
    )
    op.add_column("ecs_snapshot", sa.Column("delete_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "ecs_snapshot", sa.Column("group_id", sa.Text(), nullable=False, server_default="")
    )
    op.create_index(op.f("ix_ecs_snapshot_delete_at"), "ecs_snapshot", ["delete_at"], unique=False)
    op.create_index(op.f("ix_ecs_snapshot_group_id"), "ecs_snapshot", ["group_id"], unique=False)
