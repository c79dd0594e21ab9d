"""Which leaf of the log says what expired."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Apply the revision."""
    op.add_column(
        "audit_log",
        sa.Column("expiry", sa.BigInteger(), nullable=False, server_default="0"),
    )
