"""the box of keys of an upload."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Apply the revision."""
    op.add_column("oss_upload", sa.Column("keys", sa.LargeBinary(), nullable=True))
