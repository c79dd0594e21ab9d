"""The inventory: current states, links, tags; history events hold the whole picture."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_NOT_YET = (1 << 62) - 1


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "store_link",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("to_account_id", sa.Text(), nullable=False),
        sa.Column("to_type", sa.Text(), nullable=False),
        sa.Column("to_region", sa.Text(), nullable=False),
        sa.Column("to_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id",
            "resource_type",
            "region",
            "resource_id",
            "kind",
            "to_account_id",
            "to_type",
            "to_region",
            "to_id",
            name=op.f("pk_store_link"),
        ),
    )
    op.create_index(
        op.f("ix_store_link_to_account_id_to_type_to_id"),
        "store_link",
        ["to_account_id", "to_type", "to_id"],
        unique=False,
    )
    op.create_table(
        "store_resource",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("arn", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("links", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "resource_type", "region", "resource_id", name=op.f("pk_store_resource")
        ),
    )
    op.create_table(
        "store_tag",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("tag_key", sa.Text(), nullable=False),
        sa.Column("tag_value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id",
            "resource_type",
            "region",
            "resource_id",
            "tag_key",
            name=op.f("pk_store_tag"),
        ),
    )
    op.add_column(
        "store_resource_event", sa.Column("arn", sa.Text(), nullable=False, server_default="")
    )
    op.add_column(
        "store_resource_event", sa.Column("tags", sa.Text(), nullable=False, server_default="{}")
    )
    op.add_column(
        "store_resource_event", sa.Column("links", sa.Text(), nullable=False, server_default="[]")
    )
    op.add_column(
        "store_resource_event",
        sa.Column("whole", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_table(
        "store_inventory",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("known_from", sa.BigInteger(), nullable=False),
        sa.Column("kept_after", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_store_inventory")),
    )
    op.create_table(
        "resourcecenter_account",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("enabled_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_resourcecenter_account")),
    )
    _ask_for_baseline()


def _ask_for_baseline() -> None:
    """Have the resources of a home that is in use noted; until then the past is unknown."""
    in_use = sa.exists().select_from(sa.table("ram_account"))
    extent = {"name": "inventory", "known_from": _NOT_YET, "kept_after": 0, "version": 0}
    item = {
        "kind": "inventory.baseline",
        "key": "all",
        "item_id": "baseline-0008",
        "due_at": 0,
        "attempts": 0,
        "lease": "",
        "again": sa.false(),
        "error": "",
        "created_at": 0,
        "version": 0,
    }
    for name, values in (("store_inventory", extent), ("store_queue", item)):
        columns: list[sa.ColumnClause[object]] = [sa.column(column) for column in values]
        literals = [
            v if isinstance(v, sa.sql.elements.False_) else sa.literal(v) for v in values.values()
        ]
        only = sa.select(*literals).where(in_use)
        op.execute(sa.insert(sa.table(name, *columns)).from_select(columns, only))
