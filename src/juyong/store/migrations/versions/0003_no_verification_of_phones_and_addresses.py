"""no verification of phones and addresses."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply the revision."""
    op.drop_index(op.f("ix_ims_verification_account_id"), table_name="ims_verification")
    op.drop_table("ims_verification")
    op.drop_column("ram_security_preference", "verification_types")
