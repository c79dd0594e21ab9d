"""Data key pairs: made here, used by the caller, their private halves kept sealed."""

from dataclasses import dataclass, field
from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc, OneOf
from juyong.api.operation import operation
from juyong.base.secret import Secret
from juyong.engines.crypto import software
from juyong.engines.crypto.keys import LibraryMissing
from juyong.engines.crypto.specs import Usage
from juyong.services.kms.facade import (
    KeyName,
    KeyRow,
    Sealed,
    UnsupportedOperation,
    advance_encrypt,
    algorithm_for,
    associated_data,
    encrypt,
    instance_key,
    pem_of,
    tobase64,
)
from juyong.services.kms_instance.data_keys import RAISES
from juyong.services.kms_instance.parameters import SYMMETRIC_KEY, Aad, Algorithm
from juyong.services.kms_instance.product import PRODUCT as INSTANCE
from juyong.services.kms_instance.shapes import (
    Pair,
    SealedPair,
    VersionedPair,
    VersionedSealedPair,
)

PairSpec = Annotated[
    str,
    OneOf(("RSA_2048", "RSA_3072", "EC_P256", "EC_P256K", "EC_SM2")),
    Doc("As for GenerateDataKeyPair."),
]
Format = Annotated[str, OneOf(("PEM", "DER")), Doc("`PEM` or `DER`.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A pair in the form asked for, both halves."""

    private: bytes = field(repr=False)
    public: bytes


@operation(INSTANCE, "GenerateDataKeyPair", raises=RAISES, writes_seldom=True, **SYMMETRIC_KEY)
def generate_data_key_pair(
    ctx: Context,
    *,
    key_id: KeyName,
    algorithm: Algorithm | None = None,
    key_pair_spec: PairSpec,
    key_format: Format = "PEM",
    aad: Aad | None = None,
) -> Pair:
    """Make a pair; its private half is returned open, and sealed by a key's first version.

    Args:
        key_id: The symmetric key of the instance that seals it: its id, or an alias of it.
        key_pair_spec: `RSA_2048`, `RSA_3072`, `EC_P256`, `EC_P256K` or `EC_SM2`.
        key_format: `PEM` or `DER`: PKCS #8 of the private half, SubjectPublicKeyInfo of the other.
        aad: What Decrypt must be given too, up to 8192 bytes.

    Returns:
        The pair, and the Iv that Decrypt must be given.

    Source: KMS instance API, GenerateDataKeyPair (documented); the default format (assumed).
    """
    row, chosen = _key(ctx, key_id, algorithm)
    data, pair = associated_data(aad), _made(ctx, key_pair_spec, key_format)
    sealed = encrypt(ctx, row, chosen, lambda: pair.private, aad=data)
    members = _members(row, key_pair_spec, pair, sealed)
    return Pair(**members, private_key_plaintext=_secret(pair))


@operation(
    INSTANCE,
    "GenerateDataKeyPairWithoutPlaintext",
    raises=RAISES,
    writes_seldom=True,
    **SYMMETRIC_KEY,
)
def generate_data_key_pair_without_plaintext(
    ctx: Context,
    *,
    key_id: KeyName,
    algorithm: Algorithm | None = None,
    key_pair_spec: PairSpec,
    key_format: Format = "PEM",
    aad: Aad | None = None,
) -> SealedPair:
    """Make a pair; its private half is returned sealed by a key's first version only.

    Args:
        key_id: The symmetric key of the instance that seals it: its id, or an alias of it.
        aad: What Decrypt must be given too, up to 8192 bytes.

    Returns:
        The pair, and the Iv that Decrypt must be given.

    Source: KMS instance API, GenerateDataKeyPairWithoutPlaintext (documented).
    """
    row, chosen = _key(ctx, key_id, algorithm)
    data, pair = associated_data(aad), _made(ctx, key_pair_spec, key_format)
    sealed = encrypt(ctx, row, chosen, lambda: pair.private, aad=data)
    return SealedPair(**_members(row, key_pair_spec, pair, sealed))


@operation(
    INSTANCE, "AdvanceGenerateDataKeyPair", raises=RAISES, writes_seldom=True, **SYMMETRIC_KEY
)
def advance_generate_data_key_pair(
    ctx: Context,
    *,
    key_id: KeyName,
    key_pair_spec: PairSpec,
    key_format: Format = "PEM",
    aad: Aad | None = None,
) -> VersionedPair:
    """Make a pair; its private half is returned open, and sealed by a key's primary version.

    Args:
        key_id: The symmetric key of the instance that seals it: its id, or an alias of it.

    Returns:
        The pair; AdvanceDecrypt opens the private half with the Aad alone.

    Source: KMS instance API, AdvanceGenerateDataKeyPair (documented).
    """
    row, _ = _key(ctx, key_id, None)
    data, pair = associated_data(aad), _made(ctx, key_pair_spec, key_format)
    sealed = advance_encrypt(ctx, row, lambda: pair.private, data)
    return VersionedPair(
        **_members(row, key_pair_spec, pair, sealed),
        private_key_plaintext=_secret(pair),
        key_version_id=sealed.version_id,
    )


@operation(
    INSTANCE,
    "AdvanceGenerateDataKeyPairWithoutPlaintext",
    raises=RAISES,
    writes_seldom=True,
    **SYMMETRIC_KEY,
)
def advance_generate_data_key_pair_without_plaintext(
    ctx: Context,
    *,
    key_id: KeyName,
    key_pair_spec: PairSpec,
    key_format: Format = "PEM",
    aad: Aad | None = None,
) -> VersionedSealedPair:
    """Make a pair; its private half is returned sealed by a key's primary version only.

    Args:
        key_id: The symmetric key of the instance that seals it: its id, or an alias of it.

    Returns:
        The pair; AdvanceDecrypt opens the private half with the Aad alone.

    Source: KMS instance API, AdvanceGenerateDataKeyPairWithoutPlaintext (documented).
    """
    row, _ = _key(ctx, key_id, None)
    data, pair = associated_data(aad), _made(ctx, key_pair_spec, key_format)
    sealed = advance_encrypt(ctx, row, lambda: pair.private, data)
    members = _members(row, key_pair_spec, pair, sealed)
    return VersionedSealedPair(**members, key_version_id=sealed.version_id)


def _key(ctx: Context, key_id: str, algorithm: str | None) -> tuple[KeyRow, str]:
    row = instance_key(ctx, key_id)
    chosen = algorithm_for(row, Usage.ENCRYPT, algorithm)
    if not chosen.endswith("_GCM"):
        raise UnsupportedOperation
    return row, chosen


def _members(row: KeyRow, spec: str, pair: _Made, sealed: Sealed) -> dict[str, str]:
    return {
        "key_id": row.key_id,
        "iv": tobase64(sealed.iv),
        "key_pair_spec": spec,
        "private_key_ciphertext_blob": tobase64(sealed.data),
        "public_key": tobase64(pair.public),
        "algorithm": sealed.algorithm,
    }


def _secret(pair: _Made) -> Secret:
    return Secret(tobase64(pair.private))


def _made(ctx: Context, spec: str, form: str) -> _Made:
    """Make a pair, while no transaction is open: an RSA pair takes a second and more."""

    def work() -> _Made:
        try:
            material = software.generate(spec)
            public = software.public_of(spec, material)
        except LibraryMissing as missing:
            raise UnsupportedOperation from missing
        if form == "DER":
            return _Made(private=material, public=public)
        private = pem_of(material, "PRIVATE KEY").encode()
        return _Made(private=private, public=pem_of(public).encode())

    return ctx.outside(("data-key-pair", spec, form), work)
