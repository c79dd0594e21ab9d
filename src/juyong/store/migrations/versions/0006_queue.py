"""Queue: rotations and asynchronous calls under way become items of it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_COLUMNS = (
    *("kind", "key", "item_id", "due_at", "attempts", "lease", "again", "error"),
    *("created_at", "version"),
)
_queue = sa.table("store_queue", *map(sa.column, _COLUMNS))


def _adopt(table: str, kind: str, *columns: str) -> sa.Insert:
    """Make an item of each row. columns: Of the table: key, id, due, attempts, error, creation."""
    key, item_id, due_at, attempts, error, created_at = (
        sa.column(name) if name else sa.literal("") for name in columns
    )
    values = (key, item_id, due_at, attempts, sa.literal(""), sa.false(), error, created_at)
    rows = sa.select(sa.literal(kind), *values, sa.literal(0)).select_from(sa.table(table))
    return sa.insert(_queue).from_select(_COLUMNS, rows)


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "store_queue",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("lease", sa.Text(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("dead_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_store_queue")),
    )
    op.create_index(
        op.f("ix_store_queue_kind_dead_at_due_at"), "store_queue", ["kind", "dead_at", "due_at"]
    )
    # A worker of the version before may have one now: its lease was `due_at`, and is waited for.
    rotation = ("secret_id", "request_id", "due_at", "attempt", "error", "started_at")
    op.execute(_adopt("kms_secret_rotation", "kms.rotate-secret", *rotation))
    call = ("request_id", "request_id", "due_at", "attempts", "", "created_at")
    op.execute(_adopt("fc_invocation", "fc.run", *call))
    op.drop_index(op.f("ix_fc_invocation_due_at"), table_name="fc_invocation")
    with op.batch_alter_table("fc_invocation") as table:
        table.drop_column("due_at")
        table.drop_column("attempts")
    op.create_index(op.f("ix_fc_invocation_account_id"), "fc_invocation", ["account_id"])
    op.drop_index(op.f("ix_kms_secret_rotation_due_at"), table_name="kms_secret_rotation")
    with op.batch_alter_table("kms_secret_rotation") as table:
        table.drop_column("due_at")
        table.drop_column("holder")
