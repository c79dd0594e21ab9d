"""Secrets, their versions, and the stages that point at versions."""

import msgspec

from juyong.base.clock import Instant
from juyong.base.ids import AccountId
from juyong.services.kms.secrets.config import Config, config_of, shown_config
from juyong.store.table import table


@table(
    "kms_secret",
    key=("secret_id",),
    unique=(("account_id", "region", "name"),),
    index=(("delete_at",), ("next_rotation_at",), ("key_id",)),
)
class SecretRow(msgspec.Struct, frozen=True, kw_only=True):
    """One secret. Every use of it reads this row in the transaction that commits the use.

    secret_id: Internal; a new secret under an old name has another id, so that old versions do not
        fit.
    secret_type, automatic_rotation: As the API spells them.
    config: Its extended configuration as JSON; empty for none. custom_data: What users keep in it.
    key_id: The CMK that seals its data keys; own_key: The creator of the secret named the key.
    delete_at: When the waiting for deletion is over.
    rotated_hour, rotated_count: The hour since 1970 of the newest rotations by call, and their
        number.
    policy: Its own policy, only in an instance; None is the default one.
    """

    secret_id: str
    account_id: AccountId
    region: str
    name: str
    secret_type: str
    description: str
    config: str
    custom_data: str
    key_id: str
    own_key: bool
    instance_id: str | None = None
    policy: str | None = None
    created_at: Instant
    updated_at: Instant
    delete_at: Instant | None = None
    automatic_rotation: str = "Disabled"
    rotation_seconds: int | None = None
    last_rotation_at: Instant | None = None
    next_rotation_at: Instant | None = None
    rotated_hour: int = 0
    rotated_count: int = 0
    version: int = 0

    @property
    def arn(self) -> str:
        """Return the ARN."""
        return f"acs:kms:{self.region}:{self.account_id}:secret/{self.name}"

    @property
    def encryption_key_id(self) -> str | None:
        """Return the key that the creator named, or None where the service key seals it."""
        return self.key_id if self.own_key else None

    @property
    def configured(self) -> Config | None:
        """Return the configuration."""
        return config_of(self.secret_type, self.config)

    @property
    def extended_config(self) -> str | None:
        """Return the configuration and the custom data as callers see them, or None."""
        return shown_config(self.config, self.custom_data) if self.config else None

    @property
    def rotation(self) -> str | None:
        """Return whether it is rotated by itself, or None where nothing says how."""
        return self.automatic_rotation if self.config else None


@table(
    "kms_secret_version",
    key=("secret_id", "version_id"),
    unique=(("secret_id", "number"),),
    index=(("account_id",),),
)
class SecretVersionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One value, written once.

    number: Rises with each version. pending: A rotation made it and has not published it yet.
    key_version_id: The version of the CMK that sealed data_key. data_key, value: See sealing.py.
    """

    secret_id: str
    version_id: str
    account_id: AccountId
    number: int
    data_type: str
    pending: bool = False
    key_version_id: str
    data_key: bytes
    value: bytes
    created_at: Instant


@table("kms_secret_stage", key=("secret_id", "stage"))
class StageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A label of one version; the key makes it sit on exactly one."""

    secret_id: str
    stage: str
    version_id: str
    version: int = 0
