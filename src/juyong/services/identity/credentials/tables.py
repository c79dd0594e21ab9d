"""The credentials of users and root."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccessKeyId, AccountId, UserId
from juyong.base.secret import Secret
from juyong.store.table import table


@table(
    "ram_access_key", key=("access_key_id",), index=(("account_id", "owner_id"),), decides="changed"
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


@table("ims_access_key_policy", key=("account_id", "access_key_id"), decides="always")
class AccessKeyPolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A network policy of an AccessKey; an empty access_key_id means all keys of the account."""

    account_id: AccountId
    access_key_id: str
    document: str
    version: int = 0


@table("ims_recycled_access_key", key=("access_key_id",), index=(("account_id", "user_id"),))
class RecycledAccessKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A deleted AccessKey of a user, to be restored until delete_at; it opens nothing."""

    access_key_id: AccessKeyId
    account_id: AccountId
    user_id: UserId
    user_name: str
    secret: Secret
    created_at: Instant
    recycled_at: Instant
    delete_at: Instant


@table("ims_credential_report", key=("account_id",))
class CredentialReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """The account's newest credential report."""

    account_id: AccountId
    generated_at: Instant
    content: str
    """CSV without its heading, one line a user."""
    version: int = 0
