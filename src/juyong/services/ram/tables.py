"""What RAM keeps. Only services.ram writes these tables; IMS and STS go through its facade."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccessKeyId, AccountId, GroupId, RoleId, UserId
from juyong.base.secret import Secret
from juyong.store.table import UNASSIGNED, Serial, table


@table("ram_account", key=("account_id",), unique=(("alias",), ("account_name",)))
class AccountRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant. The root user's password and MFA live with the other login profiles."""

    account_id: AccountId
    account_name: str
    alias: str | None = None
    created_at: Instant
    version: int = 0


@table(
    "ram_user",
    key=("user_id",),
    unique=(("account_id", "user_name"),),
    decides="changed",
)
class UserRow(msgspec.Struct, frozen=True, kw_only=True):
    """One RAM user; names may change, the id never does."""

    user_id: UserId
    account_id: AccountId
    user_name: str
    display_name: str = ""
    mobile_phone: str = ""
    email: str = ""
    comments: str = ""
    provision_type: str = "Manual"
    created_at: Instant
    updated_at: Instant
    last_login_at: Instant | None = None
    version: int = 0


@table("ram_group", key=("group_id",), unique=(("account_id", "group_name"),))
class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """One group of users; no principal itself."""

    group_id: GroupId
    account_id: AccountId
    group_name: str
    display_name: str = ""
    comments: str = ""
    created_at: Instant
    updated_at: Instant
    version: int = 0


@table(
    "ram_membership",
    key=("group_id", "user_id"),
    index=(("user_id",),),
    decides="always",
)
class MembershipRow(msgspec.Struct, frozen=True, kw_only=True):
    """A user's place in a group."""

    account_id: AccountId
    group_id: GroupId
    user_id: UserId
    joined_at: Instant


@table(
    "ram_access_key",
    key=("access_key_id",),
    index=(("account_id", "owner_id"),),
    decides="changed",
)
class AccessKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One AccessKey pair, found by its id in one indexed read."""

    access_key_id: AccessKeyId
    account_id: AccountId
    owner_id: str
    """The user id, or the account id for a root AccessKey."""
    secret: Secret
    active: bool
    created_at: Instant
    updated_at: Instant
    version: int = 0


@table("ram_policy", key=("account_id", "policy_name"), decides="changed")
class PolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One custom policy; its documents are its versions."""

    account_id: AccountId
    policy_name: str
    description: str = ""
    default_version: int = 1
    last_version: int = 1
    """The highest number ever given: version ids are never reused."""
    created_at: Instant
    updated_at: Instant
    version: int = 0


@table("ram_policy_version", key=("account_id", "policy_name", "number"), decides="changed")
class PolicyVersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One document of a custom policy; `number` 3 is version id `v3`."""

    account_id: AccountId
    policy_name: str
    number: int
    document: str
    created_at: Instant


@table(
    "ram_attachment",
    key=("account_id", "policy_type", "policy_name", "entity_type", "entity_id"),
    index=(("account_id", "entity_type", "entity_id"),),
    decides="always",
)
class AttachmentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A policy (`System` or `Custom`) attached to a `user`, `group` or `role` by its id."""

    account_id: AccountId
    policy_type: str
    policy_name: str
    entity_type: str
    entity_id: str
    attached_at: Instant


@table("ram_role", key=("role_id",), unique=(("account_id", "role_key"),), decides="changed")
class RoleRow(msgspec.Struct, frozen=True, kw_only=True):
    """One role; `role_key` is the name in lower case, as role names compare."""

    role_id: RoleId
    account_id: AccountId
    role_name: str
    role_key: str
    description: str = ""
    trust_document: str
    max_session_seconds: int = 3600
    allow_console_login: bool = True
    service_name: str | None = None
    """Set for a service-linked role: the service that alone may assume it."""
    created_at: Instant
    updated_at: Instant
    version: int = 0


@table("ram_login_profile", key=("owner_id",))
class LoginProfileRow(msgspec.Struct, frozen=True, kw_only=True):
    """Console access of a user (owner_id: user id) or of root (owner_id: account id)."""

    owner_id: str
    account_id: AccountId
    password_hash: Secret
    active: bool = True
    mfa_bind_required: bool = False
    password_reset_required: bool = False
    initial: bool = True
    """The password was set by an administrator and not yet changed by its owner."""
    password_changed_at: Instant
    last_login_at: Instant | None = None
    created_at: Instant
    updated_at: Instant
    version: int = 0


@table("ram_password_history", key=("owner_id", "number"))
class PasswordHistoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One former password, kept while the reuse policy can ask for it."""

    owner_id: str
    number: int
    password_hash: Secret
    changed_at: Instant


@table("ram_mfa_device", key=("serial_number",), index=(("account_id",), ("owner_id",)))
class MfaDeviceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One virtual MFA device; `owner_id` is the user (or account, for root) it is bound to."""

    serial_number: str
    account_id: AccountId
    device_name: str
    seed: Secret
    owner_id: str | None = None
    activated_at: Instant | None = None
    last_step: int = 0
    """The newest TOTP step accepted: a code is good once."""
    created_at: Instant
    version: int = 0


@table(
    "ram_signin_failure",
    key=("seq",),
    index=(("subject", "at"), ("account_id", "at")),
)
class SigninFailureRow(msgspec.Struct, frozen=True, kw_only=True):
    """One failed sign-in of the last hours."""

    seq: Serial = UNASSIGNED
    account_id: AccountId
    subject: str
    """The user id, the account id for root, or what stands for a name that nobody has."""
    at: Instant


@table("ram_signin_session", key=("session_id",), index=(("owner_id", "created_at"),))
class SigninSessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One session that may still be open; without its row a session token is worth nothing."""

    session_id: str
    account_id: AccountId
    owner_id: str
    created_at: Instant
    expires_at: Instant


@table(
    "ram_passkey",
    key=("passkey_id",),
    unique=(("credential_id",), ("owner_id", "passkey_name")),
    index=(("account_id",),),
)
class PasskeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One passkey of a user; the private part never leaves the authenticator."""

    passkey_id: str
    account_id: AccountId
    owner_id: str
    passkey_name: str
    credential_id: str
    """The authenticator's own name for it: base64url of at most 1023 bytes."""
    public_part: str
    """Base64url of WebAuthn's attested credential data, which holds the public key."""
    counter: int
    """The signature counter of the last use; 0 where the authenticator keeps none."""
    created_at: Instant
    last_used_at: Instant | None = None
    version: int = 0


@table("ram_spent_challenge", key=("challenge",), index=(("expires_at",),))
class SpentChallengeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey challenge that was answered: it is good once."""

    challenge: str
    """SHA-256, hex."""
    expires_at: Instant


@table("ram_tag", key=("account_id", "resource_type", "resource_id", "tag_key"))
class TagRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tag on a `user`, `role` (by id) or `policy` (by name)."""

    account_id: AccountId
    resource_type: str
    resource_id: str
    tag_key: str
    tag_value: str


@table("ram_password_policy", key=("account_id",))
class PasswordPolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """The account's password rules; RAM and IMS edit the same ones."""

    account_id: AccountId
    minimum_length: int = 8
    require_lowercase: bool = False
    require_uppercase: bool = False
    require_numbers: bool = False
    require_symbols: bool = False
    hard_expiry: bool = False
    max_age_days: int = 0
    reuse_prevention: int = 0
    max_login_attempts: int = 0
    initial_age_days: int = 14
    minimum_different_characters: int = 0
    not_contain_user_name: bool = False
    intercept_risk_password_on_api: bool = False
    version: int = 0


@table("ram_security_preference", key=("account_id",), decides="always")
class SecurityPreferenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """What users may do for themselves, and how they sign in."""

    account_id: AccountId
    allow_change_password: bool = True
    allow_login_with_passkey: bool = True
    enable_save_mfa_ticket: bool = False
    login_session_hours: int = 6
    login_network_masks: str = ""
    mfa_operation_for_login: str = "independent"
    operation_for_risk_login: str = "autonomous"
    allow_manage_access_keys: bool = False
    allow_manage_service_credentials: bool = False
    allow_manage_mfa_devices: bool = True
    allow_manage_public_keys: bool = False
    allow_manage_personal_dingtalk: bool = True
    max_idle_days_users: int = 730
    max_idle_days_access_keys: int = 730
    version: int = 0


@table("ram_deletion_task", key=("task_id",))
class DeletionTaskRow(msgspec.Struct, frozen=True, kw_only=True):
    """One deletion of a service-linked role and how it ended."""

    task_id: str
    account_id: AccountId
    role_name: str
    status: str
    created_at: Instant
