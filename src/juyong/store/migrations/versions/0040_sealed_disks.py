"""sealed disks."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "ecs_snapshot",
        sa.Column("snapshot_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("snapshot_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("disk_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size_gib", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("seal_key", sa.LargeBinary(), nullable=True),
        sa.Column("blob_id", sa.Text(), nullable=False),
        sa.Column("blob_key", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", name=op.f("pk_ecs_snapshot")),
    )
    op.create_index(
        op.f("ix_ecs_snapshot_account_id_region"),
        "ecs_snapshot",
        ["account_id", "region"],
        unique=False,
    )
    op.create_index(op.f("ix_ecs_snapshot_disk_id"), "ecs_snapshot", ["disk_id"], unique=False)
    op.add_column(
        "ecs_disk", sa.Column("snapshot_id", sa.Text(), nullable=False, server_default="")
    )
    op.add_column("ecs_disk", sa.Column("blob_id", sa.Text(), nullable=False, server_default=""))
    op.add_column("ecs_disk", sa.Column("base", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "ecs_disk", sa.Column("unsealed", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("ecs_disk", sa.Column("seal_key", sa.LargeBinary(), nullable=True))
    op.add_column("ecs_disk", sa.Column("blob_key", sa.LargeBinary(), nullable=True))
    op.add_column("ecs_disk", sa.Column("opened_key", sa.LargeBinary(), nullable=True))
