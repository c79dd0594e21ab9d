"""Data keys of logstores, and exports."""

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
    op.create_table(
        "sls_export",
        sa.Column("project_name", sa.Text(), nullable=False),
        sa.Column("export_name", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("logstore_name", sa.Text(), nullable=False),
        sa.Column("schedule_id", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_name", "export_name", name=op.f("pk_sls_export")),
    )
    op.create_table(
        "sls_export_shard",
        sa.Column("schedule_id", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("shard_id", sa.BigInteger(), nullable=False),
        sa.Column("next_sequence", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "schedule_id", "store_id", "shard_id", name=op.f("pk_sls_export_shard")
        ),
    )
