"""sealed disks."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Apply the revision."""
    op.add_column("ecs_disk", sa.Column("blob_id", sa.Text(), nullable=False, server_default=""))
    op.add_column("ecs_disk", sa.Column("base", sa.Text(), nullable=False, server_default=""))
    op.add_column("ecs_disk", sa.Column("seal_key", sa.LargeBinary(), nullable=True))
    op.add_column("ecs_disk", sa.Column("blob_key", sa.LargeBinary(), nullable=True))
    op.add_column("ecs_disk", sa.Column("opened_key", sa.LargeBinary(), nullable=True))
