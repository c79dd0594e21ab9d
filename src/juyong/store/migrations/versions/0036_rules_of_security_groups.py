"""Rules of security groups."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "network_feed",
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("every_s", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("passed_over", sa.BigInteger(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", name=op.f("pk_network_feed")),
    )
    op.create_index(op.f("ix_network_feed_due_at"), "network_feed", ["due_at"], unique=False)
    op.create_table(
        "network_port_list",
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("max_entries", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", name=op.f("pk_network_port_list")),
    )
    op.create_index(
        op.f("ix_network_port_list_account_id_region"),
        "network_port_list",
        ["account_id", "region"],
        unique=False,
    )
    op.create_table(
        "network_ports",
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("port_range", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "port_range", name=op.f("pk_network_ports")),
    )
    op.create_table(
        "network_prefix",
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("cidr", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", "cidr", name=op.f("pk_network_prefix")),
    )
    op.create_table(
        "network_prefix_list",
        sa.Column("list_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("list_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("ip_version", sa.BigInteger(), nullable=False),
        sa.Column("max_entries", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("list_id", name=op.f("pk_network_prefix_list")),
    )
    op.create_index(
        op.f("ix_network_prefix_list_account_id_region"),
        "network_prefix_list",
        ["account_id", "region"],
        unique=False,
    )
    op.create_table(
        "network_rule",
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("protocol", sa.Text(), nullable=False),
        sa.Column("port_range", sa.Text(), nullable=False),
        sa.Column("source_port_range", sa.Text(), nullable=False),
        sa.Column("port_list_id", sa.Text(), nullable=False),
        sa.Column("peer_cidr", sa.Text(), nullable=False),
        sa.Column("peer_group_id", sa.Text(), nullable=False),
        sa.Column("peer_list_id", sa.Text(), nullable=False),
        sa.Column("own_cidr", sa.Text(), nullable=False),
        sa.Column("accepts", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("cost", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("rule_id", name=op.f("pk_network_rule")),
    )
    op.create_index(op.f("ix_network_rule_group_id"), "network_rule", ["group_id"], unique=False)
    op.create_index(
        op.f("ix_network_rule_peer_group_id"), "network_rule", ["peer_group_id"], unique=False
    )
    op.create_index(
        op.f("ix_network_rule_peer_list_id"), "network_rule", ["peer_list_id"], unique=False
    )
    op.create_index(
        op.f("ix_network_rule_port_list_id"), "network_rule", ["port_list_id"], unique=False
    )
