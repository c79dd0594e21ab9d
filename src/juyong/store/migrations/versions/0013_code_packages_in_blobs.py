"""code packages in blobs: a job moves those that rows have, an item each."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_PLACE = ("account_id", "region", "service_name", "function_name")


def upgrade() -> None:
    """Apply the revision."""
    op.add_column("fc_code", sa.Column("blob_id", sa.Text(), nullable=False, server_default=""))
    _ask_for_moves()


def _ask_for_moves() -> None:
    """Have each package moved to a blob; until then a package is used where it is."""
    code = sa.table("fc_code", *(sa.column(name, sa.Text()) for name in _PLACE))
    account_id, *rest = (code.c[name] for name in _PLACE)
    key: sa.ColumnElement[str] = account_id
    for part in rest:
        key = key.concat("/").concat(part)
    item: dict[str, sa.ColumnElement[Any]] = {
        "kind": sa.literal("fc.move-code"),
        "key": key,
        "item_id": sa.literal("move-0013-").concat(key),
        "due_at": sa.literal(0),
        "attempts": sa.literal(0),
        "lease": sa.literal(""),
        "again": sa.false(),
        "error": sa.literal(""),
        "created_at": sa.literal(0),
        "version": sa.literal(0),
    }
    queue = sa.table("store_queue", *map(sa.column, item))
    op.execute(sa.insert(queue).from_select(list(item), sa.select(*item.values())))
