"""commands that run in instances."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "ecs_command",
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("command_name", sa.Text(), nullable=False),
        sa.Column("command_description", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("enable_parameter", sa.Boolean(), nullable=False),
        sa.Column("working_dir", sa.Text(), nullable=False),
        sa.Column("timeout_s", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("command_id", name=op.f("pk_ecs_command")),
    )
    op.create_index(
        op.f("ix_ecs_command_account_id_region"),
        "ecs_command",
        ["account_id", "region"],
        unique=False,
    )
    op.create_table(
        "ecs_invocation",
        sa.Column("invoke_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("command_name", sa.Text(), nullable=False),
        sa.Column("command_description", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("parameters", sa.LargeBinary(), nullable=False),
        sa.Column("working_dir", sa.Text(), nullable=False),
        sa.Column("timeout_s", sa.BigInteger(), nullable=False),
        sa.Column("termination_mode", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("invoke_id", name=op.f("pk_ecs_invocation")),
    )
    op.create_index(
        op.f("ix_ecs_invocation_account_id_region"),
        "ecs_invocation",
        ["account_id", "region"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ecs_invocation_created_at"), "ecs_invocation", ["created_at"], unique=False
    )
    op.create_table(
        "ecs_invocation_result",
        sa.Column("invoke_id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("exit_code", sa.BigInteger(), nullable=True),
        sa.Column("output", sa.LargeBinary(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("invoke_id", "instance_id", name=op.f("pk_ecs_invocation_result")),
    )
    op.create_index(
        op.f("ix_ecs_invocation_result_account_id_region"),
        "ecs_invocation_result",
        ["account_id", "region"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ecs_invocation_result_instance_id"),
        "ecs_invocation_result",
        ["instance_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ecs_invocation_result_status"), "ecs_invocation_result", ["status"], unique=False
    )
