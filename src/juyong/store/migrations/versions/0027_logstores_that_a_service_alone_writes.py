"""Logstores that a service alone writes."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Apply the revision."""
    op.add_column("sls_logstore", sa.Column("writer", sa.Text(), nullable=False, server_default=""))
