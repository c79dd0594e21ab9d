"""peering connections."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "network_peering",
        sa.Column("peering_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("vpc_id", sa.Text(), nullable=False),
        sa.Column("accepting_account_id", sa.Text(), nullable=False),
        sa.Column("accepting_region", sa.Text(), nullable=False),
        sa.Column("accepting_vpc_id", sa.Text(), nullable=False),
        sa.Column("pair", sa.Text(), nullable=False),
        sa.Column("peering_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("peering_id", name=op.f("pk_network_peering")),
        sa.UniqueConstraint("pair", name=op.f("uq_network_peering_pair")),
    )
    op.create_index(
        op.f("ix_network_peering_accepting_account_id"),
        "network_peering",
        ["accepting_account_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_network_peering_accepting_vpc_id"),
        "network_peering",
        ["accepting_vpc_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_network_peering_account_id_region"),
        "network_peering",
        ["account_id", "region"],
        unique=False,
    )
    op.create_index(op.f("ix_network_peering_vpc_id"), "network_peering", ["vpc_id"], unique=False)
