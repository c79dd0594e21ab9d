"""The instance of an account has a row from the start, until it is released."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_NOT_YET = (1 << 62) - 1
_accounts = sa.table("ram_account", sa.column("account_id"), sa.column("created_at"))
_instances = sa.table(
    "kms_instance",
    *map(sa.column, ("account_id", "deletion_protected", "protection_note", "released_at")),
    *map(sa.column, ("created_at", "version")),
)
_extent = sa.table(
    "store_inventory", *map(sa.column, ("name", "known_from", "kept_after", "version"))
)


def upgrade() -> None:
    """Apply the revision."""
    op.add_column(
        "kms_instance", sa.Column("created_at", sa.BigInteger(), nullable=False, server_default="0")
    )
    made = sa.select(_accounts.c.created_at).where(
        _accounts.c.account_id == _instances.c.account_id
    )
    op.execute(sa.update(_instances).values(created_at=made.scalar_subquery()))
    known = sa.exists().where(_instances.c.account_id == _accounts.c.account_id)
    unchanged = sa.select(
        _accounts.c.account_id,
        sa.false(),
        sa.literal(""),
        _accounts.c.created_at,
        sa.literal(0),
    ).where(~known)
    columns = ["account_id", "deletion_protected", "protection_note", "created_at", "version"]
    op.execute(sa.insert(_instances).from_select(columns, unchanged))
    op.execute(sa.delete(_instances).where(_instances.c.released_at.is_not(None)))
    op.drop_column("kms_instance", "released_at")
    _ask_for_baseline()


def _ask_for_baseline() -> None:
    """Have the instances noted in the inventory; until then the past is unknown."""
    in_use = sa.exists().select_from(sa.table("ram_account"))
    op.execute(sa.update(_extent).values(known_from=_NOT_YET))
    extent = {"name": "inventory", "known_from": _NOT_YET, "kept_after": 0, "version": 0}
    item = {
        "kind": "inventory.baseline",
        "key": "all",
        "item_id": "baseline-0011",
        "due_at": 0,
        "attempts": 0,
        "lease": "",
        "again": sa.false(),
        "error": "",
        "created_at": 0,
        "version": 0,
    }
    for name, key, values in (
        ("store_inventory", "name", extent),
        ("store_queue", "kind", item),
    ):
        columns: list[sa.ColumnClause[object]] = [sa.column(column) for column in values]
        table = sa.table(name, *columns)
        literals = [
            v if isinstance(v, sa.sql.elements.False_) else sa.literal(v) for v in values.values()
        ]
        there = sa.exists().where(table.c[key] == values[key])
        only = sa.select(*literals).where(in_use, ~there)
        op.execute(sa.insert(table).from_select(columns, only))
