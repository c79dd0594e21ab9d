"""Projects and logstores of the log service, and what belongs to them."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "sls_checkpoint",
        sa.Column("project_name", sa.Text(), nullable=False),
        sa.Column("logstore_name", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("shard_id", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("updated_us", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_name",
            "logstore_name",
            "group_name",
            "shard_id",
            name=op.f("pk_sls_checkpoint"),
        ),
    )
    op.create_table(
        "sls_consumer",
        sa.Column("project_name", sa.Text(), nullable=False),
        sa.Column("logstore_name", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_name", "logstore_name", "group_name", "consumer", name=op.f("pk_sls_consumer")
        ),
    )
    op.create_table(
        "sls_consumer_group",
        sa.Column("project_name", sa.Text(), nullable=False),
        sa.Column("logstore_name", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("timeout_seconds", sa.BigInteger(), nullable=False),
        sa.Column("ordered", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_name", "logstore_name", "group_name", name=op.f("pk_sls_consumer_group")
        ),
    )
    op.create_table(
        "sls_document",
        sa.Column("project_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_name", "kind", "name", name=op.f("pk_sls_document")),
    )
    op.create_table(
        "sls_logstore",
        sa.Column("project_name", sa.Text(), nullable=False),
        sa.Column("logstore_name", sa.Text(), nullable=False),
        sa.Column("store_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("ttl_days", sa.BigInteger(), nullable=False),
        sa.Column("hot_days", sa.BigInteger(), nullable=False),
        sa.Column("cold_days", sa.BigInteger(), nullable=False),
        sa.Column("shard_count", sa.BigInteger(), nullable=False),
        sa.Column("next_shard", sa.BigInteger(), nullable=False),
        sa.Column("auto_split", sa.Boolean(), nullable=False),
        sa.Column("max_shards", sa.BigInteger(), nullable=False),
        sa.Column("web_tracking", sa.Boolean(), nullable=False),
        sa.Column("append_meta", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("telemetry", sa.Text(), nullable=False),
        sa.Column("metering", sa.Text(), nullable=False),
        sa.Column("encryption", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_name", "logstore_name", name=op.f("pk_sls_logstore")),
    )
    op.create_index(
        op.f("ix_sls_logstore_account_id_region_project_name_logstore_name"),
        "sls_logstore",
        ["account_id", "region", "project_name", "logstore_name"],
        unique=False,
    )
    op.create_table(
        "sls_project",
        sa.Column("project_name", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("redundancy", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("project_name", name=op.f("pk_sls_project")),
    )
    op.create_index(
        op.f("ix_sls_project_account_id_region_project_name"),
        "sls_project",
        ["account_id", "region", "project_name"],
        unique=False,
    )
    op.create_table(
        "sls_record",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("resource_name", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "resource_name", "record_id", name=op.f("pk_sls_record")
        ),
    )
    op.create_table(
        "sls_resource",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("resource_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("schema", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("acl", sa.Text(), nullable=False),
        sa.Column("ext_info", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "resource_name", name=op.f("pk_sls_resource")),
    )
    op.create_table(
        "sls_shard",
        sa.Column("project_name", sa.Text(), nullable=False),
        sa.Column("logstore_name", sa.Text(), nullable=False),
        sa.Column("shard_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("begin_key", sa.Text(), nullable=False),
        sa.Column("end_key", sa.Text(), nullable=False),
        sa.Column("parents", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "project_name", "logstore_name", "shard_id", name=op.f("pk_sls_shard")
        ),
    )
    op.create_index(
        op.f("ix_sls_shard_project_name_status"),
        "sls_shard",
        ["project_name", "status"],
        unique=False,
    )
