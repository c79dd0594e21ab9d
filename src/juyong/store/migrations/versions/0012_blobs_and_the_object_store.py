"""blobs and the object store."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "oss_account",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("blocks_public", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_oss_account")),
    )
    op.create_table(
        "oss_bucket",
        sa.Column("bucket_name", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("storage_class", sa.Text(), nullable=False),
        sa.Column("redundancy", sa.Text(), nullable=False),
        sa.Column("acl", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("versioning", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("data_algorithm", sa.Text(), nullable=False),
        sa.Column("blocks_public", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket_name", name=op.f("pk_oss_bucket")),
    )
    op.create_index(
        op.f("ix_oss_bucket_account_id_bucket_name"),
        "oss_bucket",
        ["account_id", "bucket_name"],
        unique=False,
    )
    op.create_table(
        "oss_bucket_setting",
        sa.Column("bucket_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bucket_name", "kind", name=op.f("pk_oss_bucket_setting")),
    )
    op.create_table(
        "oss_object",
        sa.Column("bucket_name", sa.Text(), nullable=False),
        sa.Column("object_key", sa.LargeBinary(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("marker", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("md5", sa.Text(), nullable=False),
        sa.Column("crc64", sa.Text(), nullable=False),
        sa.Column("storage_class", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("acl", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("data_algorithm", sa.Text(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=True),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("readable_from", sa.BigInteger(), nullable=False),
        sa.Column("readable_until", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "bucket_name", "object_key", "version_id", name=op.f("pk_oss_object")
        ),
    )
    op.create_index(
        op.f("ix_oss_object_bucket_name_latest_object_key"),
        "oss_object",
        ["bucket_name", "latest", "object_key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_oss_object_bucket_name_object_key_rank"),
        "oss_object",
        ["bucket_name", "object_key", "rank"],
        unique=False,
    )
    op.create_table(
        "oss_part",
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("crc64", sa.Text(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", "number", name=op.f("pk_oss_part")),
    )
    op.create_table(
        "oss_upload",
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("bucket_name", sa.Text(), nullable=False),
        sa.Column("object_key", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("storage_class", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("acl", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("data_algorithm", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", name=op.f("pk_oss_upload")),
    )
    op.create_index(
        op.f("ix_oss_upload_bucket_name_object_key_upload_id"),
        "oss_upload",
        ["bucket_name", "object_key", "upload_id"],
        unique=False,
    )
    op.create_table(
        "store_blob",
        sa.Column("blob_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("blob_id", name=op.f("pk_store_blob")),
    )
    op.create_index(op.f("ix_store_blob_account_id"), "store_blob", ["account_id"], unique=False)
    op.create_table(
        "store_blob_gone",
        sa.Column("blob_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("blob_id", name=op.f("pk_store_blob_gone")),
    )
    op.create_index(op.f("ix_store_blob_gone_due_at"), "store_blob_gone", ["due_at"], unique=False)
