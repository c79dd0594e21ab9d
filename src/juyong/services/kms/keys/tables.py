"""Keys, their versions, aliases, and the key of each account that seals material."""

from dataclasses import dataclass

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


@table("kms_account_key", key=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class AccountKeyRow:
    """The key under which an account's material is sealed, itself sealed under the platform's.

    wrapped: AES-256-GCM under the platform key `kms`, bound to the account.
    """

    account_id: AccountId
    wrapped: bytes
    created_at: Instant


@table(
    "kms_key",
    key=("key_id",),
    index=(("account_id", "region", "key_id"), ("delete_at",), ("next_rotation_at",)),
)
@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """One key. Every use of it reads this row in the transaction that commits the use.

    spec, usage, origin, protection, state: As the API spells them.
    creator: Account or, where owner_service is set, the cloud service that made it.
    delete_at: When the waiting for deletion is over. material_expires_at: EXTERNAL only.
    material_print: Keyed fingerprint of imported material: only the same may come again.
    primary_version: Symmetric and MAC keys; None until there is material.
    rotation_seconds: Set while a rotation policy exists, suspended or not.
    instance_id: The KMS instance it belongs to. policy: Its key policy, only there.
    """

    key_id: str
    account_id: AccountId
    region: str
    spec: str
    usage: str
    origin: str
    protection: str
    state: str
    description: str
    creator: str
    owner_service: str | None = None
    created_at: Instant
    delete_at: Instant | None = None
    material_expires_at: Instant | None = None
    material_print: bytes | None = None
    primary_version: str | None = None
    last_rotation_at: Instant | None = None
    rotation_seconds: int | None = None
    next_rotation_at: Instant | None = None
    instance_id: str | None = None
    storage: str | None = None
    policy: str | None = None
    deletion_protected: bool = False
    protection_note: str = ""
    version: int = 0


@table("kms_key_version", key=("version_id",), index=(("key_id", "number"),))
@dataclass(frozen=True, slots=True, kw_only=True)
class KeyVersionRow:
    """One version of a key's material.

    material: Sealed under the account's key and bound to what the key is (engines.crypto.sealing);
        None in a hardware module, and while imported material is absent.
    token_label: Names the object in the hardware module.
    public_key: DER SubjectPublicKeyInfo of asymmetric keys.
    """

    version_id: str
    key_id: str
    account_id: AccountId
    number: int
    created_at: Instant
    material: bytes | None = None
    token_label: str | None = None
    public_key: bytes | None = None
    version: int = 0


@table("kms_alias", key=("account_id", "region", "alias_name"), index=(("key_id", "alias_name"),))
@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRow:
    """A name of a key, unique in its account and region; `alias/` is part of it."""

    account_id: AccountId
    region: str
    alias_name: str
    key_id: str
    created_at: Instant
    version: int = 0
