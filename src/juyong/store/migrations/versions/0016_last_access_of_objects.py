"""Versions of objects know when they were last read."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Apply the revision."""
    op.add_column(
        "oss_object",
        sa.Column("accessed_at", sa.BigInteger(), nullable=False, server_default="0"),
    )
