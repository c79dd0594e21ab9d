"""key service, databases, functions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "ecs_key_pair",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("key_pair_name", sa.Text(), nullable=False),
        sa.Column("key_pair_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "region", "key_pair_name", name=op.f("pk_ecs_key_pair")
        ),
    )
    op.create_table(
        "ecs_key_pair_tag",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("key_pair_name", sa.Text(), nullable=False),
        sa.Column("tag_key", sa.Text(), nullable=False),
        sa.Column("tag_value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "region", "key_pair_name", "tag_key", name=op.f("pk_ecs_key_pair_tag")
        ),
    )
    op.create_table(
        "fc_code",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("service_name", sa.Text(), nullable=False),
        sa.Column("function_name", sa.Text(), nullable=False),
        sa.Column("package", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "region", "service_name", "function_name", name=op.f("pk_fc_code")
        ),
    )
    op.create_table(
        "fc_function",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("service_name", sa.Text(), nullable=False),
        sa.Column("function_name", sa.Text(), nullable=False),
        sa.Column("function_id", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("runtime", sa.Text(), nullable=False),
        sa.Column("handler", sa.Text(), nullable=False),
        sa.Column("timeout", sa.BigInteger(), nullable=False),
        sa.Column("memory_size", sa.BigInteger(), nullable=False),
        sa.Column("environment", sa.LargeBinary(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("internet_access", sa.Boolean(), nullable=False),
        sa.Column("withhold", sa.Text(), nullable=False),
        sa.Column("code_size", sa.BigInteger(), nullable=False),
        sa.Column("code_checksum", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "region", "service_name", "function_name", name=op.f("pk_fc_function")
        ),
    )
    op.create_table(
        "fc_invocation",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("service_name", sa.Text(), nullable=False),
        sa.Column("function_name", sa.Text(), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_fc_invocation")),
    )
    op.create_index(op.f("ix_fc_invocation_due_at"), "fc_invocation", ["due_at"], unique=False)
    op.create_table(
        "fc_service",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("service_name", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("internet_access", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "service_name", name=op.f("pk_fc_service")),
    )
    op.create_table(
        "kms_access_point",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("policies", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "name", name=op.f("pk_kms_access_point")),
    )
    op.create_table(
        "kms_access_policy",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("permissions", sa.Text(), nullable=False),
        sa.Column("resources", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "name", name=op.f("pk_kms_access_policy")),
    )
    op.create_table(
        "kms_account_key",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_kms_account_key")),
    )
    op.create_table(
        "kms_alias",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("alias_name", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "alias_name", name=op.f("pk_kms_alias")),
    )
    op.create_index(
        op.f("ix_kms_alias_key_id_alias_name"), "kms_alias", ["key_id", "alias_name"], unique=False
    )
    op.create_table(
        "kms_client_key",
        sa.Column("client_key_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("point_name", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("not_after", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("client_key_id", name=op.f("pk_kms_client_key")),
    )
    op.create_index(
        op.f("ix_kms_client_key_account_id_region_point_name_client_key_id"),
        "kms_client_key",
        ["account_id", "region", "point_name", "client_key_id"],
        unique=False,
    )
    op.create_table(
        "kms_import_pair",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("wrapping_spec", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_kms_import_pair")),
    )
    op.create_index(
        op.f("ix_kms_import_pair_expires_at"), "kms_import_pair", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_kms_import_pair_key_id"), "kms_import_pair", ["key_id"], unique=False)
    op.create_table(
        "kms_instance",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("connected_at", sa.BigInteger(), nullable=True),
        sa.Column("vpc_id", sa.Text(), nullable=False),
        sa.Column("zones", sa.Text(), nullable=False),
        sa.Column("vswitches", sa.Text(), nullable=False),
        sa.Column("bound", sa.Text(), nullable=False),
        sa.Column("deletion_protected", sa.Boolean(), nullable=False),
        sa.Column("protection_note", sa.Text(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_kms_instance")),
    )
    op.create_table(
        "kms_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("protection", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("owner_service", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("deletion_asked_at", sa.BigInteger(), nullable=True),
        sa.Column("delete_at", sa.BigInteger(), nullable=True),
        sa.Column("material_expires_at", sa.BigInteger(), nullable=True),
        sa.Column("material_print", sa.LargeBinary(), nullable=True),
        sa.Column("primary_version", sa.Text(), nullable=True),
        sa.Column("last_rotation_at", sa.BigInteger(), nullable=True),
        sa.Column("rotation_seconds", sa.BigInteger(), nullable=True),
        sa.Column("next_rotation_at", sa.BigInteger(), nullable=True),
        sa.Column("instance_id", sa.Text(), nullable=True),
        sa.Column("storage", sa.Text(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.Column("deletion_protected", sa.Boolean(), nullable=False),
        sa.Column("protection_note", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_kms_key")),
    )
    op.create_index(
        op.f("ix_kms_key_account_id_region_key_id"),
        "kms_key",
        ["account_id", "region", "key_id"],
        unique=False,
    )
    op.create_index(op.f("ix_kms_key_delete_at"), "kms_key", ["delete_at"], unique=False)
    op.create_index(
        op.f("ix_kms_key_material_expires_at"), "kms_key", ["material_expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_kms_key_next_rotation_at"), "kms_key", ["next_rotation_at"], unique=False
    )
    op.create_table(
        "kms_key_version",
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("material", sa.LargeBinary(), nullable=True),
        sa.Column("token_label", sa.Text(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_kms_key_version")),
        sa.UniqueConstraint("key_id", "number", name=op.f("uq_kms_key_version_key_id_number")),
    )
    op.create_index(
        op.f("ix_kms_key_version_account_id"), "kms_key_version", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_kms_key_version_token_label"), "kms_key_version", ["token_label"], unique=False
    )
    op.create_table(
        "kms_network_rule",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "region", "name", name=op.f("pk_kms_network_rule")),
    )
    op.create_table(
        "kms_sealed_messages",
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=False),
        sa.Column("claimant", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_kms_sealed_messages")),
    )
    op.create_table(
        "kms_secret",
        sa.Column("secret_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_type", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("config", sa.Text(), nullable=False),
        sa.Column("custom_data", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("own_key", sa.Boolean(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=True),
        sa.Column("policy", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("delete_at", sa.BigInteger(), nullable=True),
        sa.Column("automatic_rotation", sa.Text(), nullable=False),
        sa.Column("rotation_seconds", sa.BigInteger(), nullable=True),
        sa.Column("last_rotation_at", sa.BigInteger(), nullable=True),
        sa.Column("next_rotation_at", sa.BigInteger(), nullable=True),
        sa.Column("rotated_hour", sa.BigInteger(), nullable=False),
        sa.Column("rotated_count", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("secret_id", name=op.f("pk_kms_secret")),
        sa.UniqueConstraint(
            "account_id", "region", "name", name=op.f("uq_kms_secret_account_id_region_name")
        ),
    )
    op.create_index(op.f("ix_kms_secret_delete_at"), "kms_secret", ["delete_at"], unique=False)
    op.create_index(op.f("ix_kms_secret_key_id"), "kms_secret", ["key_id"], unique=False)
    op.create_index(
        op.f("ix_kms_secret_next_rotation_at"), "kms_secret", ["next_rotation_at"], unique=False
    )
    op.create_table(
        "kms_secret_rotation",
        sa.Column("secret_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("secret_id", name=op.f("pk_kms_secret_rotation")),
    )
    op.create_index(
        op.f("ix_kms_secret_rotation_account_id"),
        "kms_secret_rotation",
        ["account_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_kms_secret_rotation_due_at"), "kms_secret_rotation", ["due_at"], unique=False
    )
    op.create_table(
        "kms_secret_stage",
        sa.Column("secret_id", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("secret_id", "stage", name=op.f("pk_kms_secret_stage")),
    )
    op.create_table(
        "kms_secret_version",
        sa.Column("secret_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("data_type", sa.Text(), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("key_version_id", sa.Text(), nullable=False),
        sa.Column("data_key", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("secret_id", "version_id", name=op.f("pk_kms_secret_version")),
        sa.UniqueConstraint(
            "secret_id", "number", name=op.f("uq_kms_secret_version_secret_id_number")
        ),
    )
    op.create_index(
        op.f("ix_kms_secret_version_account_id"), "kms_secret_version", ["account_id"], unique=False
    )
    op.create_table(
        "kms_tag",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("tag_key", sa.Text(), nullable=False),
        sa.Column("tag_value", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id",
            "region",
            "resource_type",
            "resource_id",
            "tag_key",
            name=op.f("pk_kms_tag"),
        ),
    )
    op.create_table(
        "kms_token_object",
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("destroy_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("label", name=op.f("pk_kms_token_object")),
    )
    op.create_table(
        "rds_account_note",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "instance_id", "account_name", name=op.f("pk_rds_account_note")
        ),
    )
    op.create_table(
        "rds_database_note",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("db_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "instance_id", "db_name", name=op.f("pk_rds_database_note")
        ),
    )
    op.create_table(
        "rds_instance",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("engine_version", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("target", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "instance_id", name=op.f("pk_rds_instance")),
    )
    op.create_index(
        op.f("ix_rds_instance_account_id_region"),
        "rds_instance",
        ["account_id", "region"],
        unique=False,
    )
    op.create_table(
        "rds_tag",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Text(), nullable=False),
        sa.Column("tag_key", sa.Text(), nullable=False),
        sa.Column("tag_value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "instance_id", "tag_key", name=op.f("pk_rds_tag")),
    )
