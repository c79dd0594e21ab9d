"""Networks: VPCs, vSwitches, security groups, interfaces and their addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "network_address",
        sa.Column("vswitch_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("vswitch_id", "address", name=op.f("pk_network_address")),
    )
    op.create_index(
        op.f("ix_network_address_owner_id"), "network_address", ["owner_id"], unique=False
    )
    op.create_table(
        "network_group",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("vpc_id", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("inner_access", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_network_group")),
    )
    op.create_index(
        op.f("ix_network_group_account_id_region"),
        "network_group",
        ["account_id", "region"],
        unique=False,
    )
    op.create_index(op.f("ix_network_group_vpc_id"), "network_group", ["vpc_id"], unique=False)
    op.create_table(
        "network_interface",
        sa.Column("interface_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("vpc_id", sa.Text(), nullable=False),
        sa.Column("vswitch_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("interface_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("device_index", sa.BigInteger(), nullable=False),
        sa.Column("is_primary", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("delete_on_release", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("interface_id", name=op.f("pk_network_interface")),
    )
    op.create_index(
        op.f("ix_network_interface_account_id_region"),
        "network_interface",
        ["account_id", "region"],
        unique=False,
    )
    op.create_index(
        op.f("ix_network_interface_instance_id"), "network_interface", ["instance_id"], unique=False
    )
    op.create_index(
        op.f("ix_network_interface_vswitch_id"), "network_interface", ["vswitch_id"], unique=False
    )
    op.create_table(
        "network_member",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("interface_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "interface_id", name=op.f("pk_network_member")),
    )
    op.create_index(
        op.f("ix_network_member_interface_id"), "network_member", ["interface_id"], unique=False
    )
    op.create_table(
        "network_vpc",
        sa.Column("vpc_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("vpc_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("cidr", sa.Text(), nullable=False),
        sa.Column("secondary_cidrs", sa.Text(), nullable=False),
        sa.Column("user_cidrs", sa.Text(), nullable=False),
        sa.Column("vrouter_id", sa.Text(), nullable=False),
        sa.Column("table_id", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("vpc_id", name=op.f("pk_network_vpc")),
    )
    op.create_index(
        op.f("ix_network_vpc_account_id_region"),
        "network_vpc",
        ["account_id", "region"],
        unique=False,
    )
    op.create_table(
        "network_vswitch",
        sa.Column("vswitch_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("vpc_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("vswitch_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("cidr", sa.Text(), nullable=False),
        sa.Column("table_id", sa.Text(), nullable=False),
        sa.Column("acl_id", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("vswitch_id", name=op.f("pk_network_vswitch")),
    )
    op.create_index(
        op.f("ix_network_vswitch_account_id_region"),
        "network_vswitch",
        ["account_id", "region"],
        unique=False,
    )
    op.create_index(op.f("ix_network_vswitch_vpc_id"), "network_vswitch", ["vpc_id"], unique=False)
