"""Data keys of logstores."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "logs_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("master", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_logs_key")),
    )
    op.create_index(
        op.f("ix_logs_key_store_id_made_at"), "logs_key", ["store_id", "made_at"], unique=False
    )
    for name in ("logs_batch", "logs_file"):
        op.add_column(name, sa.Column("key_id", sa.Text(), nullable=False, server_default=""))
    op.add_column("logs_file", sa.Column("keys", sa.LargeBinary(), nullable=True))
