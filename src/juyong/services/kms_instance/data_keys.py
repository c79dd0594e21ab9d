"""Data keys and data key pairs: made here, used by the caller, kept sealed.

Source: KMS instance API, each operation (documented).
"""

from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Between, Doc, OneOf
from juyong.api.operation import operation
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.engines.crypto import software
from juyong.engines.crypto.keys import LibraryMissing
from juyong.engines.crypto.specs import Usage
from juyong.services.kms.facade import (
    INSTANCE_KEY,
    Blob,
    KeyRow,
    UnsupportedOperation,
    advance_encrypt,
    algorithm_for,
    associated_data,
    encrypt,
    pem_of,
    tobase64,
)
from juyong.services.kms_instance.parameters import SEALS, Aad, Algorithm
from juyong.services.kms_instance.product import INSTANCE
from juyong.services.kms_instance.shapes import (
    DataKey,
    Pair,
    SealedPair,
    VersionedDataKey,
    VersionedPair,
    VersionedSealedPair,
)

Size = Annotated[int, Between(1, 1024), Doc("1 to 1024; 32 without it.")]
_DEFAULT = 32
PairSpec = Annotated[
    str,
    OneOf(("RSA_2048", "RSA_3072", "EC_P256", "EC_P256K", "EC_SM2")),
    Doc("`RSA_2048`, `RSA_3072`, `EC_P256`, `EC_P256K` or `EC_SM2`."),
]
Format = Annotated[
    str,
    OneOf(("PEM", "DER")),
    Doc("`PEM` or `DER`: PKCS #8 of the private half, SubjectPublicKeyInfo of the other."),
]


@operation(INSTANCE, "GenerateDataKey", on=INSTANCE_KEY, **SEALS)
def generate_data_key(
    ctx: Context,
    key: KeyRow,
    *,
    algorithm: Algorithm | None = None,
    number_of_bytes: Size = _DEFAULT,
    aad: Aad | None = None,
) -> DataKey:
    """Draw a data key and return it open, and sealed by the first version of a symmetric key.

    Source: KMS instance API, GenerateDataKey (documented); the default size (assumed).
    """
    chosen, draw = _gcm(key, algorithm), partial(random_bytes, number_of_bytes)
    made = encrypt(ctx, key, chosen, draw, aad=associated_data(aad))
    return DataKey(
        key_id=key.key_id,
        ciphertext_blob=tobase64(made.data),
        iv=tobase64(made.nonce),
        algorithm=chosen,
        plaintext=Secret(tobase64(made.payload.content)),
    )


@operation(INSTANCE, "AdvanceGenerateDataKey", on=INSTANCE_KEY, **SEALS)
def advance_generate_data_key(
    ctx: Context, key: KeyRow, *, number_of_bytes: Size = _DEFAULT, aad: Aad | None = None
) -> VersionedDataKey:
    """Draw a data key and return it open, and sealed by the primary version of a symmetric key.

    AdvanceDecrypt opens the ciphertext with the Aad alone.

    Source: KMS instance API, AdvanceGenerateDataKey (documented); the default size (assumed).
    """
    made = advance_encrypt(ctx, key, partial(random_bytes, number_of_bytes), associated_data(aad))
    return VersionedDataKey(
        key_id=key.key_id,
        ciphertext_blob=tobase64(made.data),
        iv=tobase64(made.nonce),
        algorithm=_gcm(key, None),
        plaintext=Secret(tobase64(made.payload.content)),
        key_version_id=made.version_id,
    )


# --- pairs ---


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A pair in the form asked for, both halves."""

    private: bytes = field(repr=False)
    public: bytes


@operation(INSTANCE, "GenerateDataKeyPair", on=INSTANCE_KEY, **SEALS)
def generate_data_key_pair(
    ctx: Context,
    key: KeyRow,
    *,
    algorithm: Algorithm | None = None,
    key_pair_spec: PairSpec,
    key_format: Format = "PEM",
    aad: Aad | None = None,
) -> Pair:
    """Make a pair; its private half is returned open, and sealed by a key's first version.

    Source: KMS instance API, GenerateDataKeyPair (documented); the default format (assumed).
    """
    pair, sealed = _bare_pair(ctx, key, algorithm, aad, spec=key_pair_spec, form=key_format)
    members = _members(key, key_pair_spec, pair, sealed)
    return Pair(**members, private_key_plaintext=_secret(pair))


@operation(INSTANCE, "GenerateDataKeyPairWithoutPlaintext", on=INSTANCE_KEY, **SEALS)
def generate_data_key_pair_without_plaintext(
    ctx: Context,
    key: KeyRow,
    *,
    algorithm: Algorithm | None = None,
    key_pair_spec: PairSpec,
    key_format: Format = "PEM",
    aad: Aad | None = None,
) -> SealedPair:
    """Make a pair; its private half is returned sealed by a key's first version only."""
    pair, sealed = _bare_pair(ctx, key, algorithm, aad, spec=key_pair_spec, form=key_format)
    return SealedPair(**_members(key, key_pair_spec, pair, sealed))


@operation(INSTANCE, "AdvanceGenerateDataKeyPair", on=INSTANCE_KEY, **SEALS)
def advance_generate_data_key_pair(
    ctx: Context,
    key: KeyRow,
    *,
    key_pair_spec: PairSpec,
    key_format: Format = "PEM",
    aad: Aad | None = None,
) -> VersionedPair:
    """Make a pair; its private half is returned open, and sealed by a key's primary version.

    AdvanceDecrypt opens the private half with the Aad alone.
    """
    pair, sealed = _named_pair(ctx, key, key_pair_spec, key_format, aad)
    return VersionedPair(
        **_members(key, key_pair_spec, pair, sealed),
        private_key_plaintext=_secret(pair),
        key_version_id=sealed.version_id,
    )


@operation(INSTANCE, "AdvanceGenerateDataKeyPairWithoutPlaintext", on=INSTANCE_KEY, **SEALS)
def advance_generate_data_key_pair_without_plaintext(
    ctx: Context,
    key: KeyRow,
    *,
    key_pair_spec: PairSpec,
    key_format: Format = "PEM",
    aad: Aad | None = None,
) -> VersionedSealedPair:
    """Make a pair; its private half is returned sealed by a key's primary version only.

    AdvanceDecrypt opens the private half with the Aad alone.
    """
    pair, sealed = _named_pair(ctx, key, key_pair_spec, key_format, aad)
    members = _members(key, key_pair_spec, pair, sealed)
    return VersionedSealedPair(**members, key_version_id=sealed.version_id)


def _gcm(key: KeyRow, algorithm: str | None) -> str:
    """Return the algorithm of a symmetric key; others seal no data keys."""
    chosen = algorithm_for(key, Usage.ENCRYPT, algorithm)
    if not chosen.endswith("_GCM"):
        raise UnsupportedOperation
    return chosen


def _bare_pair(
    ctx: Context, key: KeyRow, algorithm: str | None, aad: str | None, *, spec: str, form: str
) -> tuple[_Made, Blob]:
    chosen, data, pair = _gcm(key, algorithm), associated_data(aad), _made(ctx, spec, form)
    return pair, encrypt(ctx, key, chosen, lambda: pair.private, aad=data)


def _named_pair(
    ctx: Context, key: KeyRow, spec: str, form: str, aad: str | None
) -> tuple[_Made, Blob]:
    _gcm(key, None)
    data, pair = associated_data(aad), _made(ctx, spec, form)
    return pair, advance_encrypt(ctx, key, lambda: pair.private, data)


def _members(row: KeyRow, spec: str, pair: _Made, sealed: Blob) -> dict[str, str]:
    return {
        "key_id": row.key_id,
        "iv": tobase64(sealed.nonce),
        "key_pair_spec": spec,
        "private_key_ciphertext_blob": tobase64(sealed.data),
        "public_key": tobase64(pair.public),
        "algorithm": _gcm(row, None),
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
