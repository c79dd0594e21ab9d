"""raw logs."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "logs_batch",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("shard", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("codec", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.BigInteger(), nullable=False),
        sa.Column("logs", sa.BigInteger(), nullable=False),
        sa.Column("min_time", sa.BigInteger(), nullable=False),
        sa.Column("max_time", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "shard", "sequence", name=op.f("pk_logs_batch")),
    )
    op.create_index(op.f("ix_logs_batch_segment_id"), "logs_batch", ["segment_id"], unique=False)
    op.create_index(
        op.f("ix_logs_batch_store_id_shard_received_at"),
        "logs_batch",
        ["store_id", "shard", "received_at"],
        unique=False,
    )
    op.create_table(
        "logs_file",
        sa.Column("blob_id", sa.Text(), nullable=False),
        sa.Column("words_id", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("logs", sa.BigInteger(), nullable=False),
        sa.Column("min_time", sa.BigInteger(), nullable=False),
        sa.Column("max_time", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("last_received_at", sa.BigInteger(), nullable=False),
        sa.Column("index", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("blob_id", name=op.f("pk_logs_file")),
        sa.UniqueConstraint("words_id", name=op.f("uq_logs_file_words_id")),
    )
    op.create_index(
        op.f("ix_logs_file_store_id_last_received_at"),
        "logs_file",
        ["store_id", "last_received_at"],
        unique=False,
    )
    op.create_table(
        "logs_shard",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("shard", sa.BigInteger(), nullable=False),
        sa.Column("next_sequence", sa.BigInteger(), nullable=False),
        sa.Column("logs", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "shard", name=op.f("pk_logs_shard")),
    )
    op.create_table(
        "logs_store",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("ttl_days", sa.BigInteger(), nullable=False),
        sa.Column("index", sa.Text(), nullable=True),
        sa.Column("indexed_since", sa.BigInteger(), nullable=False),
        sa.Column("dropped_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_logs_store")),
    )
    op.create_table(
        "logs_turned",
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("shard", sa.BigInteger(), nullable=False),
        sa.Column("next_sequence", sa.BigInteger(), nullable=False),
        sa.Column("logs", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store_id", "shard", name=op.f("pk_logs_turned")),
    )
