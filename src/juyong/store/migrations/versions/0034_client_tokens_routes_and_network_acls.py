"""Client tokens, routes and network ACLs."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "network_acl",
        sa.Column("acl_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("vpc_id", sa.Text(), nullable=False),
        sa.Column("acl_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("acl_id", name=op.f("pk_network_acl")),
    )
    op.create_index(
        op.f("ix_network_acl_account_id_region"),
        "network_acl",
        ["account_id", "region"],
        unique=False,
    )
    op.create_index(op.f("ix_network_acl_vpc_id"), "network_acl", ["vpc_id"], unique=False)
    op.create_table(
        "network_acl_entry",
        sa.Column("acl_id", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("entry_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("port", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("ip_version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "acl_id", "direction", "position", name=op.f("pk_network_acl_entry")
        ),
    )
    op.create_index(op.f("ix_network_acl_entry_peer"), "network_acl_entry", ["peer"], unique=False)
    op.create_table(
        "network_route",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("table_id", sa.Text(), nullable=False),
        sa.Column("vpc_id", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("hop_kind", sa.Text(), nullable=False),
        sa.Column("hop_id", sa.Text(), nullable=False),
        sa.Column("route_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_network_route")),
        sa.UniqueConstraint(
            "table_id", "destination", name=op.f("uq_network_route_table_id_destination")
        ),
    )
    op.create_index(op.f("ix_network_route_hop_id"), "network_route", ["hop_id"], unique=False)
    op.create_index(op.f("ix_network_route_vpc_id"), "network_route", ["vpc_id"], unique=False)
    op.create_table(
        "network_route_table",
        sa.Column("table_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("vpc_id", sa.Text(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("table_id", name=op.f("pk_network_route_table")),
    )
    op.create_index(
        op.f("ix_network_route_table_account_id_region"),
        "network_route_table",
        ["account_id", "region"],
        unique=False,
    )
    op.create_index(
        op.f("ix_network_route_table_vpc_id"), "network_route_table", ["vpc_id"], unique=False
    )
    op.create_table(
        "store_repeat",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "region", "operation", "token", name=op.f("pk_store_repeat")
        ),
    )
    op.create_index(
        op.f("ix_store_repeat_expires_at"), "store_repeat", ["expires_at"], unique=False
    )
