"""First schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply the revision."""
    op.create_table(
        "actiontrail_event",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event_name", sa.Text(), nullable=False),
        sa.Column("service_name", sa.Text(), nullable=False),
        sa.Column("event_rw", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("principal_id", sa.Text(), nullable=False),
        sa.Column("role_name", sa.Text(), nullable=False),
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("source_ip", sa.Text(), nullable=False),
        sa.Column("resource_types", sa.Text(), nullable=False),
        sa.Column("resource_names", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_actiontrail_event")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_actiontrail_event_access_key_id_at"),
        "actiontrail_event",
        ["access_key_id", "at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_actiontrail_event_account_id_at"),
        "actiontrail_event",
        ["account_id", "at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_actiontrail_event_account_id_event_id"),
        "actiontrail_event",
        ["account_id", "event_id"],
        unique=False,
    )
    op.create_table(
        "actiontrail_seal",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_actiontrail_seal")),
    )
    op.create_table(
        "actiontrail_seal_mark",
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_actiontrail_seal_mark")),
    )
    op.create_table(
        "ims_access_key_policy",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "access_key_id", name=op.f("pk_ims_access_key_policy")
        ),
    )
    op.create_table(
        "ims_credential_report",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("generated_at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ims_credential_report")),
    )
    op.create_table(
        "ims_oidc_provider",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("provider_name", sa.Text(), nullable=False),
        sa.Column("issuer_url", sa.Text(), nullable=False),
        sa.Column("client_ids", sa.Text(), nullable=False),
        sa.Column("fingerprints", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("issuance_limit_hours", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "provider_name", name=op.f("pk_ims_oidc_provider")),
        sa.UniqueConstraint(
            "account_id", "issuer_url", name=op.f("uq_ims_oidc_provider_account_id_issuer_url")
        ),
    )
    op.create_table(
        "ims_recycled_access_key",
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("recycled_at", sa.BigInteger(), nullable=False),
        sa.Column("delete_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("access_key_id", name=op.f("pk_ims_recycled_access_key")),
    )
    op.create_index(
        op.f("ix_ims_recycled_access_key_account_id_user_id"),
        "ims_recycled_access_key",
        ["account_id", "user_id"],
        unique=False,
    )
    op.create_table(
        "ims_recycled_user",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("mobile_phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("comments", sa.Text(), nullable=False),
        sa.Column("provision_type", sa.Text(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_login_at", sa.BigInteger(), nullable=True),
        sa.Column("recycled_at", sa.BigInteger(), nullable=False),
        sa.Column("delete_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_ims_recycled_user")),
    )
    op.create_index(
        op.f("ix_ims_recycled_user_account_id_user_name"),
        "ims_recycled_user",
        ["account_id", "user_name"],
        unique=False,
    )
    op.create_table(
        "ims_saml_provider",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("provider_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("metadata_document", sa.Text(), nullable=False),
        sa.Column("authn_sign_algo", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "provider_name", name=op.f("pk_ims_saml_provider")),
    )
    op.create_table(
        "ims_sso_settings",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("metadata_document", sa.Text(), nullable=False),
        sa.Column("sso_enabled", sa.Boolean(), nullable=False),
        sa.Column("login_with_domain", sa.Boolean(), nullable=False),
        sa.Column("auxiliary_domain", sa.Text(), nullable=False),
        sa.Column("authn_sign_algo", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ims_sso_settings")),
    )
    op.create_table(
        "ims_verification",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("mobile_phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_ims_verification")),
    )
    op.create_index(
        op.f("ix_ims_verification_account_id"), "ims_verification", ["account_id"], unique=False
    )
    op.create_table(
        "ram_access_key",
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("access_key_id", name=op.f("pk_ram_access_key")),
    )
    op.create_index(
        op.f("ix_ram_access_key_account_id_owner_id"),
        "ram_access_key",
        ["account_id", "owner_id"],
        unique=False,
    )
    op.create_table(
        "ram_account",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ram_account")),
        sa.UniqueConstraint("account_name", name=op.f("uq_ram_account_account_name")),
        sa.UniqueConstraint("alias", name=op.f("uq_ram_account_alias")),
    )
    op.create_table(
        "ram_attachment",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("policy_type", sa.Text(), nullable=False),
        sa.Column("policy_name", sa.Text(), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("attached_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id",
            "policy_type",
            "policy_name",
            "entity_type",
            "entity_id",
            name=op.f("pk_ram_attachment"),
        ),
    )
    op.create_index(
        op.f("ix_ram_attachment_account_id_entity_type_entity_id"),
        "ram_attachment",
        ["account_id", "entity_type", "entity_id"],
        unique=False,
    )
    op.create_table(
        "ram_deletion_task",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("role_name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_ram_deletion_task")),
    )
    op.create_table(
        "ram_group",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("group_name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("comments", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_ram_group")),
        sa.UniqueConstraint(
            "account_id", "group_name", name=op.f("uq_ram_group_account_id_group_name")
        ),
    )
    op.create_table(
        "ram_login_profile",
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.LargeBinary(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("mfa_bind_required", sa.Boolean(), nullable=False),
        sa.Column("password_reset_required", sa.Boolean(), nullable=False),
        sa.Column("initial", sa.Boolean(), nullable=False),
        sa.Column("password_changed_at", sa.BigInteger(), nullable=False),
        sa.Column("last_login_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", name=op.f("pk_ram_login_profile")),
    )
    op.create_table(
        "ram_membership",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_ram_membership")),
    )
    op.create_index(op.f("ix_ram_membership_user_id"), "ram_membership", ["user_id"], unique=False)
    op.create_table(
        "ram_mfa_device",
        sa.Column("serial_number", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("device_name", sa.Text(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.Column("activated_at", sa.BigInteger(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("serial_number", name=op.f("pk_ram_mfa_device")),
    )
    op.create_index(
        op.f("ix_ram_mfa_device_account_id"), "ram_mfa_device", ["account_id"], unique=False
    )
    op.create_index(
        op.f("ix_ram_mfa_device_owner_id"), "ram_mfa_device", ["owner_id"], unique=False
    )
    op.create_table(
        "ram_password_history",
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("password_hash", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "number", name=op.f("pk_ram_password_history")),
    )
    op.create_table(
        "ram_password_policy",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("minimum_length", sa.BigInteger(), nullable=False),
        sa.Column("require_lowercase", sa.Boolean(), nullable=False),
        sa.Column("require_uppercase", sa.Boolean(), nullable=False),
        sa.Column("require_numbers", sa.Boolean(), nullable=False),
        sa.Column("require_symbols", sa.Boolean(), nullable=False),
        sa.Column("hard_expiry", sa.Boolean(), nullable=False),
        sa.Column("max_age_days", sa.BigInteger(), nullable=False),
        sa.Column("reuse_prevention", sa.BigInteger(), nullable=False),
        sa.Column("max_login_attempts", sa.BigInteger(), nullable=False),
        sa.Column("initial_age_days", sa.BigInteger(), nullable=False),
        sa.Column("minimum_different_characters", sa.BigInteger(), nullable=False),
        sa.Column("not_contain_user_name", sa.Boolean(), nullable=False),
        sa.Column("intercept_risk_password_on_api", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ram_password_policy")),
    )
    op.create_table(
        "ram_policy",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("policy_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("default_version", sa.BigInteger(), nullable=False),
        sa.Column("last_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "policy_name", name=op.f("pk_ram_policy")),
    )
    op.create_table(
        "ram_policy_version",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("policy_name", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "policy_name", "number", name=op.f("pk_ram_policy_version")
        ),
    )
    op.create_table(
        "ram_role",
        sa.Column("role_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("role_name", sa.Text(), nullable=False),
        sa.Column("role_key", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("trust_document", sa.Text(), nullable=False),
        sa.Column("max_session_seconds", sa.BigInteger(), nullable=False),
        sa.Column("allow_console_login", sa.Boolean(), nullable=False),
        sa.Column("service_name", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("role_id", name=op.f("pk_ram_role")),
        sa.UniqueConstraint("account_id", "role_key", name=op.f("uq_ram_role_account_id_role_key")),
    )
    op.create_table(
        "ram_security_preference",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("allow_change_password", sa.Boolean(), nullable=False),
        sa.Column("allow_login_with_passkey", sa.Boolean(), nullable=False),
        sa.Column("enable_save_mfa_ticket", sa.Boolean(), nullable=False),
        sa.Column("login_session_hours", sa.BigInteger(), nullable=False),
        sa.Column("login_network_masks", sa.Text(), nullable=False),
        sa.Column("mfa_operation_for_login", sa.Text(), nullable=False),
        sa.Column("operation_for_risk_login", sa.Text(), nullable=False),
        sa.Column("allow_manage_access_keys", sa.Boolean(), nullable=False),
        sa.Column("allow_manage_service_credentials", sa.Boolean(), nullable=False),
        sa.Column("allow_manage_mfa_devices", sa.Boolean(), nullable=False),
        sa.Column("allow_manage_public_keys", sa.Boolean(), nullable=False),
        sa.Column("allow_manage_personal_dingtalk", sa.Boolean(), nullable=False),
        sa.Column("verification_types", sa.Text(), nullable=False),
        sa.Column("max_idle_days_users", sa.BigInteger(), nullable=False),
        sa.Column("max_idle_days_access_keys", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ram_security_preference")),
    )
    op.create_table(
        "ram_signin_failure",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ram_signin_failure")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_ram_signin_failure_account_id_at"),
        "ram_signin_failure",
        ["account_id", "at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ram_signin_failure_subject_at"),
        "ram_signin_failure",
        ["subject", "at"],
        unique=False,
    )
    op.create_table(
        "ram_signin_session",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_ram_signin_session")),
    )
    op.create_index(
        op.f("ix_ram_signin_session_owner_id_created_at"),
        "ram_signin_session",
        ["owner_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "ram_tag",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("tag_key", sa.Text(), nullable=False),
        sa.Column("tag_value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account_id", "resource_type", "resource_id", "tag_key", name=op.f("pk_ram_tag")
        ),
    )
    op.create_table(
        "ram_user",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("mobile_phone", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("comments", sa.Text(), nullable=False),
        sa.Column("provision_type", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("last_login_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_ram_user")),
        sa.UniqueConstraint(
            "account_id", "user_name", name=op.f("uq_ram_user_account_id_user_name")
        ),
    )
    op.create_table(
        "store_epoch",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_store_epoch")),
    )
    op.create_table(
        "store_nonce",
        sa.Column("access_key_id", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("access_key_id", "nonce", name=op.f("pk_store_nonce")),
    )
    op.create_index(op.f("ix_store_nonce_expires_at"), "store_nonce", ["expires_at"], unique=False)
    op.create_table(
        "store_resource_event",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_store_resource_event")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_store_resource_event_account_id_resource_type_resource_id"),
        "store_resource_event",
        ["account_id", "resource_type", "resource_id"],
        unique=False,
    )
    op.create_table(
        "store_tally",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_store_tally")),
    )
    op.create_table(
        "sts_assertion",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("remember_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "digest", name=op.f("pk_sts_assertion")),
    )
    op.create_index(
        op.f("ix_sts_assertion_remember_until"), "sts_assertion", ["remember_until"], unique=False
    )
