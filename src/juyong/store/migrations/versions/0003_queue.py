"""Queue: rotations and asynchronous calls under way become items of it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_COLUMNS = "kind, key, item_id, due_at, attempts, lease, again, error, created_at, version"
_ROTATIONS = f"""
INSERT INTO store_queue ({_COLUMNS})
SELECT 'kms.rotate-secret', secret_id, request_id, due_at, attempt, '', false, error, started_at, 0
FROM kms_secret_rotation
"""  # noqa: S608  # names only
_CALLS = f"""
INSERT INTO store_queue ({_COLUMNS})
SELECT 'fc.run', request_id, request_id, due_at, attempts, '', false, '', created_at, 0
FROM fc_invocation
"""  # noqa: S608  # names only


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
    op.execute(sa.text(_ROTATIONS))
    op.execute(sa.text(_CALLS))
    op.drop_index(op.f("ix_fc_invocation_due_at"), table_name="fc_invocation")
    with op.batch_alter_table("fc_invocation") as table:
        table.drop_column("due_at")
        table.drop_column("attempts")
    op.create_index(op.f("ix_fc_invocation_account_id"), "fc_invocation", ["account_id"])
    op.drop_index(op.f("ix_kms_secret_rotation_due_at"), table_name="kms_secret_rotation")
    with op.batch_alter_table("kms_secret_rotation") as table:
        table.drop_column("due_at")
        table.drop_column("holder")
