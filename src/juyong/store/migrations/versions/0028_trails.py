"""trails."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "actiontrail_data_event",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("trail_name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_actiontrail_data_event")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_actiontrail_data_event_account_id_trail_name_region_seq"),
        "actiontrail_data_event",
        ["account_id", "trail_name", "region", "seq"],
        unique=False,
    )
    op.create_table(
        "actiontrail_data_selector",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("trail_name", sa.Text(), nullable=False),
        sa.Column("selectors", sa.Text(), nullable=False),
        sa.Column("all_regions", sa.Boolean(), nullable=False),
        sa.Column("regions", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "trail_name", name=op.f("pk_actiontrail_data_selector")
        ),
    )
    op.create_table(
        "actiontrail_data_target",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("trail_name", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "trail_name", "region", name=op.f("pk_actiontrail_data_target")
        ),
    )
