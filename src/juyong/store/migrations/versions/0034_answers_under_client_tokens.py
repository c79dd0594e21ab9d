"""Answers under client tokens."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "store_repeat",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "region", "operation", "token", name=op.f("pk_store_repeat")
        ),
    )
    op.create_index(
        op.f("ix_store_repeat_expires_at"), "store_repeat", ["expires_at"], unique=False
    )
