"""Events carry the questions that were asked, and a table of uses sums them up."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply the revision.

    Events that are there keep their MACs: an event without evidence has the MAC that it had. The
    job that sums up uses begins with the oldest event.
    """
    op.add_column(
        "actiontrail_event", sa.Column("evidence", sa.Text(), nullable=False, server_default="")
    )
    op.create_table(
        "audit_use",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("principal_id", sa.Text(), nullable=False),
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("service_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            *("account_id", "principal_id", "access_key_id", "service_name", "action"),
            *("outcome", "resource"),
            name=op.f("pk_audit_use"),
        ),
    )
    op.create_index(
        op.f("ix_audit_use_access_key_id_last_at"), "audit_use", ["access_key_id", "last_at"]
    )
    op.create_index(
        op.f("ix_audit_use_account_id_action_last_at"),
        "audit_use",
        ["account_id", "action", "last_at"],
    )
    op.create_table(
        "audit_use_position",
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_audit_use_position")),
    )
