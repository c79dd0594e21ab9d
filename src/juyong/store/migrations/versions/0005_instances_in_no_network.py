"""An instance of the key service is in no network: nothing judged by what was said of one."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply the revision."""
    op.drop_column("kms_instance", "bound")
    op.drop_column("kms_instance", "vswitches")
    op.drop_column("kms_instance", "vpc_id")
    op.drop_column("kms_instance", "zones")
    op.drop_column("kms_instance", "connected_at")
