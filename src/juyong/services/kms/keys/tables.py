"""Keys, their versions and uses, aliases, and the key of each account that seals material."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.store.table import table


class State:
    """The states of keys, as the API spells them."""

    ENABLED, DISABLED = "Enabled", "Disabled"
    PENDING_DELETION, PENDING_IMPORT = "PendingDeletion", "PendingImport"


@table("kms_account_key", key=("account_id",))
class AccountKeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """The key under which an account's material is sealed, itself sealed under the platform's.

    wrapped: AES-256-GCM under the platform key `kms`, bound to the account.
    """

    account_id: AccountId
    wrapped: bytes
    created_at: Instant


@table(
    "kms_key",
    key=("key_id",),
    index=(
        ("account_id", "region", "key_id"),
        ("delete_at",),
        ("next_rotation_at",),
        ("material_expires_at",),
    ),
)
class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One key. Every use of it reads this row in the transaction that commits the use.

    spec, usage, origin, protection, state: As the API spells them.
    creator: Account or, where owner_service is set, the cloud service that made it.
    deletion_asked_at, delete_at: When the waiting for deletion began, and when it is over.
    material_expires_at: EXTERNAL only; kept until the material is wiped.
    material_print: Keyed fingerprint of imported material: only the same may come again.
    primary_version: Symmetric and MAC keys; None until there is material.
    rotation_seconds: Set while a rotation policy exists, suspended or not.
    instance_id: The KMS instance it belongs to. policy: Its own key policy, only there.
    storage: KeyStorageMechanism, only in a hardware instance.
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
    deletion_asked_at: Instant | None = None
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

    @property
    def made_by(self) -> str:
        """Return the account, or the cloud service, that made the key."""
        return self.owner_service or self.creator

    @property
    def expires_at(self) -> Instant | None:
        """Return when the material will be wiped, unless there is none any more."""
        return None if self.state == State.PENDING_IMPORT else self.material_expires_at

    @property
    def automatic_rotation(self) -> str:
        """Return Enabled, Disabled, or Suspended while a policy waits for the key to be usable."""
        if self.rotation_seconds is None:
            return "Disabled"
        return "Suspended" if self.state in (State.DISABLED, State.PENDING_DELETION) else "Enabled"


@table(
    "kms_key_version",
    key=("version_id",),
    unique=(("key_id", "number"),),
    index=(("account_id",), ("token_label",)),
)
class KeyVersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a key's material.

    material: Sealed under the account's key and bound to the facts of the key
        (engines.crypto.sealing). For a key in a hardware module it is no material but a proof of
        the object that the row names. None while imported material is absent.
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
class AliasRow(msgspec.Struct, frozen=True, kw_only=True):
    """A name of a key, unique in its account and region; `alias/` is part of it."""

    account_id: AccountId
    region: str
    alias_name: str
    key_id: str
    created_at: Instant
    version: int = 0


@table("kms_import_pair", key=("token_hash",), index=(("expires_at",), ("key_id",)))
class ImportPairRow(msgspec.Struct, frozen=True, kw_only=True):
    """A wrapping pair, by the SHA-256 of the import token that goes with it.

    private_key: Sealed like material, and wiped at expiry; wrapped material cannot be opened then.
    """

    token_hash: bytes
    pair_id: str
    key_id: str
    account_id: AccountId
    wrapping_spec: str
    algorithm: str
    expires_at: Instant
    private_key: bytes | None
    version: int = 0


@table("kms_token_object", key=("label",))
class TokenObjectRow(msgspec.Struct, frozen=True, kw_only=True):
    """An object of the hardware module that is to be destroyed, or that no version names.

    destroy_at: Not before this; an object without a row might be of a call still under way.
    """

    label: str
    destroy_at: Instant


@table("kms_sealed_messages", key=("version_id",))
class SealedMessagesRow(msgspec.Struct, frozen=True, kw_only=True):
    """The messages that may have been sealed under a key version.

    claimed: Messages allowed so far, those of blocks that processes took and did not use included.
    claimant: The process that took the last block.
    """

    version_id: str
    claimed: int
    claimant: str
    version: int = 0
