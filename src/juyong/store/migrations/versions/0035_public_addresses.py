"""Public addresses and flow logs."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "network_eip",
        sa.Column("allocation_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("eip_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("bandwidth", sa.BigInteger(), nullable=False),
        sa.Column("internet_charge_type", sa.Text(), nullable=False),
        sa.Column("deletion_protection", sa.Boolean(), nullable=False),
        sa.Column("bound_type", sa.Text(), nullable=False),
        sa.Column("bound_id", sa.Text(), nullable=False),
        sa.Column("interface_id", sa.Text(), nullable=False),
        sa.Column("private_address", sa.Text(), nullable=False),
        sa.Column("vpc_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("allocation_id", name=op.f("pk_network_eip")),
        sa.UniqueConstraint("address", name=op.f("uq_network_eip_address")),
    )
    op.create_index(
        op.f("ix_network_eip_account_id_region"),
        "network_eip",
        ["account_id", "region"],
        unique=False,
    )
    op.create_index(op.f("ix_network_eip_bound_id"), "network_eip", ["bound_id"], unique=False)
    op.create_index(
        op.f("ix_network_eip_interface_id"), "network_eip", ["interface_id"], unique=False
    )
    op.create_index(op.f("ix_network_eip_vpc_id"), "network_eip", ["vpc_id"], unique=False)
    op.create_table(
        "network_flow_log",
        sa.Column("flow_log_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("flow_log_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("vpc_id", sa.Text(), nullable=False),
        sa.Column("traffic_type", sa.Text(), nullable=False),
        sa.Column("traffic_path", sa.Text(), nullable=False),
        sa.Column("project_name", sa.Text(), nullable=False),
        sa.Column("logstore_name", sa.Text(), nullable=False),
        sa.Column("aggregation_minutes", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("flow_log_id", name=op.f("pk_network_flow_log")),
    )
    op.create_index(
        op.f("ix_network_flow_log_account_id_region"),
        "network_flow_log",
        ["account_id", "region"],
        unique=False,
    )
    op.create_index(
        op.f("ix_network_flow_log_resource_id"), "network_flow_log", ["resource_id"], unique=False
    )
    op.create_table(
        "network_flow_part",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("flow_log_id", sa.Text(), nullable=False),
        sa.Column("window_at", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_network_flow_part")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_network_flow_part_flow_log_id_window_at_seq"),
        "network_flow_part",
        ["flow_log_id", "window_at", "seq"],
        unique=False,
    )
    op.create_table(
        "network_flow_state",
        sa.Column("flow_log_id", sa.Text(), nullable=False),
        sa.Column("waiting", sa.BigInteger(), nullable=False),
        sa.Column("lost", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("flow_log_id", name=op.f("pk_network_flow_state")),
    )
    op.create_table(
        "network_forward_entry",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("nat_id", sa.Text(), nullable=False),
        sa.Column("entry_name", sa.Text(), nullable=False),
        sa.Column("external_address", sa.Text(), nullable=False),
        sa.Column("external_port", sa.Text(), nullable=False),
        sa.Column("internal_address", sa.Text(), nullable=False),
        sa.Column("internal_port", sa.Text(), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_network_forward_entry")),
    )
    op.create_index(
        op.f("ix_network_forward_entry_nat_id"), "network_forward_entry", ["nat_id"], unique=False
    )
    op.create_table(
        "network_nat",
        sa.Column("nat_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("vpc_id", sa.Text(), nullable=False),
        sa.Column("vswitch_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("nat_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("snat_table_id", sa.Text(), nullable=False),
        sa.Column("forward_table_id", sa.Text(), nullable=False),
        sa.Column("private_address", sa.Text(), nullable=False),
        sa.Column("bind_mode", sa.Text(), nullable=False),
        sa.Column("deletion_protection", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("nat_id", name=op.f("pk_network_nat")),
    )
    op.create_index(
        op.f("ix_network_nat_account_id_region"),
        "network_nat",
        ["account_id", "region"],
        unique=False,
    )
    op.create_index(
        op.f("ix_network_nat_forward_table_id"), "network_nat", ["forward_table_id"], unique=False
    )
    op.create_index(
        op.f("ix_network_nat_snat_table_id"), "network_nat", ["snat_table_id"], unique=False
    )
    op.create_index(op.f("ix_network_nat_vpc_id"), "network_nat", ["vpc_id"], unique=False)
    op.create_index(op.f("ix_network_nat_vswitch_id"), "network_nat", ["vswitch_id"], unique=False)
    op.create_table(
        "network_snat_entry",
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("nat_id", sa.Text(), nullable=False),
        sa.Column("entry_name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("vswitch_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_network_snat_entry")),
    )
    op.create_index(
        op.f("ix_network_snat_entry_nat_id"), "network_snat_entry", ["nat_id"], unique=False
    )
    op.create_index(
        op.f("ix_network_snat_entry_vswitch_id"), "network_snat_entry", ["vswitch_id"], unique=False
    )
