"""images."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "ecs_image",
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("image_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("image_version", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("os_name", sa.Text(), nullable=False),
        sa.Column("os_name_en", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", name=op.f("pk_ecs_image")),
        sa.UniqueConstraint(
            "account_id",
            "region",
            "image_name",
            name=op.f("uq_ecs_image_account_id_region_image_name"),
        ),
    )
    op.create_index(
        op.f("ix_ecs_image_account_id_region"), "ecs_image", ["account_id", "region"], unique=False
    )
    op.create_table(
        "ecs_image_disk",
        sa.Column("image_id", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size_gib", sa.BigInteger(), nullable=False),
        sa.Column("snapshot_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", "device", name=op.f("pk_ecs_image_disk")),
    )
    op.create_index(
        op.f("ix_ecs_image_disk_snapshot_id"), "ecs_image_disk", ["snapshot_id"], unique=False
    )
