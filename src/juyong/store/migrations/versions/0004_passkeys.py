"""passkeys."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "ram_passkey",
        sa.Column("passkey_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("passkey_name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_part", sa.Text(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("passkey_id", name=op.f("pk_ram_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_ram_passkey_credential_id")),
        sa.UniqueConstraint(
            "owner_id", "passkey_name", name=op.f("uq_ram_passkey_owner_id_passkey_name")
        ),
    )
    op.create_index(op.f("ix_ram_passkey_account_id"), "ram_passkey", ["account_id"], unique=False)
    op.create_table(
        "ram_spent_challenge",
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("challenge", name=op.f("pk_ram_spent_challenge")),
    )
    op.create_index(
        op.f("ix_ram_spent_challenge_expires_at"),
        "ram_spent_challenge",
        ["expires_at"],
        unique=False,
    )
