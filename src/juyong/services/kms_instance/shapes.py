"""Answers of instances; bytes are Base64, which the wire format turns back."""

from juyong.api.shape import Shape
from juyong.base.secret import Secret


class Ciphertext(Shape, frozen=True, kw_only=True):
    """A ciphertext, and the further data that Decrypt needs. iv: empty for pairs."""

    key_id: str
    ciphertext_blob: str
    iv: str
    algorithm: str


class VersionedCiphertext(Ciphertext, frozen=True, kw_only=True):
    """A ciphertext that names the version which made it."""

    key_version_id: str


class Plaintext(Shape, frozen=True, kw_only=True):
    """A plaintext."""

    key_id: str
    plaintext: Secret
    algorithm: str


class VersionedPlaintext(Plaintext, frozen=True, kw_only=True):
    """A plaintext, and the version that opened it; empty for a bare ciphertext."""

    key_version_id: str


class DataKey(Ciphertext, frozen=True, kw_only=True):
    """A data key, open and sealed."""

    plaintext: Secret


class VersionedDataKey(DataKey, frozen=True, kw_only=True):
    """A data key that the primary version sealed."""

    key_version_id: str


class SealedPair(Shape, frozen=True, kw_only=True):
    """A data key pair, its private half sealed."""

    key_id: str
    iv: str
    key_pair_spec: str
    private_key_ciphertext_blob: str
    public_key: str
    algorithm: str


class Pair(SealedPair, frozen=True, kw_only=True):
    """A data key pair, its private half open and sealed."""

    private_key_plaintext: Secret


class VersionedSealedPair(SealedPair, frozen=True, kw_only=True):
    """A data key pair that the primary version sealed."""

    key_version_id: str


class VersionedPair(Pair, frozen=True, kw_only=True):
    """A data key pair, open too, that the primary version sealed."""

    key_version_id: str


class Signature(Shape, frozen=True, kw_only=True):
    """A signature."""

    key_id: str
    signature: str
    algorithm: str
    message_type: str


class Verified(Shape, frozen=True, kw_only=True):
    """Whether a signature fits."""

    key_id: str
    value: bool
    algorithm: str
    message_type: str


class PublicKey(Shape, frozen=True, kw_only=True):
    """The public half of a pair in PEM."""

    key_id: str
    public_key: str


class Random(Shape, frozen=True, kw_only=True):
    """Random bytes."""

    random: Secret


class SecretValue(Shape, frozen=True, kw_only=True):
    """One version of a secret with its value; members that it lacks are empty."""

    secret_name: str
    secret_type: str
    secret_data: Secret
    secret_data_type: str
    version_stages: list[str]
    version_id: str
    create_time: str
    last_rotation_date: str
    next_rotation_date: str
    extended_config: str
    automatic_rotation: str
    rotation_interval: str
