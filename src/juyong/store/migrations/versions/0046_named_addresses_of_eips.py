"""The private address that the call which bound an EIP named."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    """Apply the revision."""
    op.add_column(
        "network_eip", sa.Column("named_address", sa.Text(), nullable=False, server_default="")
    )
