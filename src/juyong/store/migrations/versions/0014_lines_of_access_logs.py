"""lines of access logs."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "oss_log_line",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bucket_name", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_oss_log_line")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_oss_log_line_bucket_name_seq"),
        "oss_log_line",
        ["bucket_name", "seq"],
        unique=False,
    )
