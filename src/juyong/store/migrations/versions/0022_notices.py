"""Notices that are sent, and the mailbox."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "notices_mail",
        sa.Column("mail_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("subject", sa.LargeBinary(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("mail_id", name=op.f("pk_notices_mail")),
    )
    op.create_index(
        op.f("ix_notices_mail_received_at_mail_id"),
        "notices_mail",
        ["received_at", "mail_id"],
        unique=False,
    )
    op.create_table(
        "notices_notice",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("receiver", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key", "receiver", name=op.f("pk_notices_notice")),
    )
    op.create_index(
        op.f("ix_notices_notice_account_id_state"),
        "notices_notice",
        ["account_id", "state"],
        unique=False,
    )
    op.create_index(
        op.f("ix_notices_notice_settled_at"), "notices_notice", ["settled_at"], unique=False
    )
