"""Pairs and MAC keys, whose callers name the algorithm; their material is never imported."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import msgspec

from juyong.api.context import Arguments, Context
from juyong.api.fields import Doc, OneOf, Text
from juyong.api.operation import operation
from juyong.api.resource import Target
from juyong.api.shape import Shape
from juyong.base.secret import Secret
from juyong.engines.crypto.keys import BadSignature
from juyong.engines.crypto.macs import verify_mac
from juyong.engines.crypto.public import load_public
from juyong.engines.crypto.specs import DIGEST_BYTES, SPECS, Usage
from juyong.services.kms import errors
from juyong.services.kms.crypto import using
from juyong.services.kms.crypto.parameters import (
    ALGORITHM,
    BlobText,
    Ciphertext,
    EncryptionAlgorithm,
    MessageText,
    Plaintext,
    tobase64,
    unbase64,
    use,
)
from juyong.services.kms.keys.key import AnyKeyName, find_usable_key, key_to_use
from juyong.services.kms.keys.material import primary_version, public_key_of, version_of
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow
from juyong.services.kms.keys.versions import KeyUsed, VersionId
from juyong.services.kms.product import ASYMMETRIC, KMS, NO_RECIPIENT, ONLY_CHECK, SYMMETRIC

DigestText = Annotated[
    Secret,
    Text(1, 128),
    Doc("Base64 of 32 bytes: SHA-256, for SM2DSA SM3 over Z_A and the message."),
]
SigningAlgorithm = Annotated[
    str,
    OneOf(("RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256", "ECDSA_SHA_256", "SM2DSA")),
    Doc("How it is signed."),
]
MacAlgorithm = Annotated[
    str,
    OneOf(tuple(name for spec in SPECS.values() for name in spec.algorithms.get(Usage.MAC, ()))),
    Doc("The key's own."),
]


class Signature(KeyUsed, frozen=True, kw_only=True):
    """A signature in Base64."""

    value: str


class Verified(KeyUsed, frozen=True, kw_only=True):
    """Whether a signature fits."""

    value: bool


class Mac(Shape, frozen=True, kw_only=True):
    """An authentication code in Base64."""

    key_id: str
    algorithm: str
    mac: Secret


class MacVerified(Shape, frozen=True, kw_only=True):
    """Whether an authentication code fits."""

    key_id: str
    algorithm: str
    value: bool


# --- which version, with which algorithm ---


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a key that may be used with an algorithm."""

    row: KeyRow
    version: KeyVersionRow
    algorithm: str


def choose(
    ctx: Context, usage: Usage, name: str, algorithm: str, version_id: str | None = None
) -> Chosen:
    """Return the version of a key that a call names; of a MAC key, which has one, the primary.

    Raises NoKey, NoAlias, KeyDisabled, KeyPendingDeletion; UnsupportedOperation (the key is for
    something else, or has no such algorithm); NoKeyVersion.
    """
    row = find_usable_key(ctx, name)
    using.check_use(row, algorithm, usage)
    version = version_of(ctx, row, version_id) if version_id else primary_version(ctx, row)
    return Chosen(row=row, version=version, algorithm=algorithm)


def _choice(usage: Usage, algorithm: Any) -> Target[Chosen]:
    """Name a key, the version of a pair, and an algorithm; algorithm: the parameter's type."""
    named = key_to_use(find_usable_key, *errors.UNIMPORTED)
    version = {} if usage is Usage.MAC else {"key_version_id": VersionId}
    return Target(
        parameters={"key_id": AnyKeyName, **version, "algorithm": algorithm, **ONLY_CHECK},
        arn=named.arn,
        find=lambda ctx, given: choose(
            ctx, usage, given["key_id"], given["algorithm"], given.get("key_version_id")
        ),
        errors=(*named.errors, errors.UnsupportedOperation),
        conditions=named.conditions,
        policy=named.policy,
    )


def _of_algorithm(_ctx: Context, arguments: Arguments) -> Mapping[str, tuple[str, ...]]:
    """Return the conditions of an encryption or decryption under a pair."""
    return {ALGORITHM: (arguments["algorithm"],)}


ENCRYPTING = _choice(Usage.ENCRYPT, EncryptionAlgorithm)
SIGNING = _choice(Usage.SIGN, SigningAlgorithm)
AUTHENTICATING = _choice(Usage.MAC, MacAlgorithm)

# --- pairs ---


@operation(
    KMS,
    "AsymmetricEncrypt",
    on=ENCRYPTING,
    **use(ASYMMETRIC, (errors.InvalidParameter,), _of_algorithm),
)
def asymmetric_encrypt(ctx: Context, pair: Chosen, *, plaintext: MessageText) -> Ciphertext:
    """Encrypt to the public half of a pair; the ciphertext has the standard form.

    Args:
        plaintext: Base64; how much depends on key and algorithm.
    """
    sealed = encrypted(ctx, pair, unbase64(plaintext.reveal(), "Plaintext"))
    return Ciphertext.of(pair.version, ciphertext_blob=tobase64(sealed))


def encrypted(ctx: Context, pair: Chosen, message: bytes) -> bytes:
    """Encrypt to the public half of a pair; raises InvalidParameter, UnsupportedOperation."""
    with using.Refusing("Plaintext"):
        public = load_public(pair.row.spec, public_key_of(ctx, pair.row, pair.version))
        return public.encrypt(pair.algorithm, message)


@operation(
    KMS,
    "AsymmetricDecrypt",
    on=ENCRYPTING,
    unsupported=NO_RECIPIENT,
    **use(ASYMMETRIC, using.USING, _of_algorithm),
)
def asymmetric_decrypt(
    ctx: Context,
    pair: Chosen,
    *,
    ciphertext_blob: Annotated[BlobText, Doc("A standard ciphertext in Base64.")],
) -> Plaintext:
    """Decrypt what was encrypted to the public half of a pair, here or anywhere."""
    message = decrypted(ctx, pair, unbase64(ciphertext_blob, "CiphertextBlob"))
    return Plaintext.of(pair.version, plaintext=Secret(tobase64(message)))


def decrypted(ctx: Context, pair: Chosen, sealed: bytes) -> bytes:
    """Decrypt under a pair; raises as using.perform."""
    work = partial(using.private_key(ctx, pair.row, pair.version).decrypt, pair.algorithm, sealed)
    return using.perform(ctx, pair.row, pair.version, work, what="decrypt", name="CiphertextBlob")


@operation(KMS, "AsymmetricSign", on=SIGNING, **use(ASYMMETRIC, using.USING))
def asymmetric_sign(ctx: Context, pair: Chosen, *, digest: DigestText) -> Signature:
    """Sign a digest; messages are never hashed here. Signatures of curves are in DER."""
    return Signature.of(pair.version, value=tobase64(signature_of(ctx, pair, _digest(digest))))


def signature_of(ctx: Context, pair: Chosen, digest: bytes) -> bytes:
    """Sign a digest; raises as using.perform."""
    work = partial(using.private_key(ctx, pair.row, pair.version).sign, pair.algorithm, digest)
    return using.perform(ctx, pair.row, pair.version, work, what="sign", name="Digest")


@operation(KMS, "AsymmetricVerify", on=SIGNING, **use(ASYMMETRIC, (errors.InvalidParameter,)))
def asymmetric_verify(
    ctx: Context,
    pair: Chosen,
    *,
    digest: DigestText,
    value: Annotated[str, Text(1, 1024), Doc("The signature in Base64.")],
) -> Verified:
    """Say whether a signature is a digest's; a wrong one is no error."""
    content, signature = _digest(digest), unbase64(value, "Value")
    public_key = public_key_of(ctx, pair.row, pair.version)
    fits = verifies(pair.row, public_key, pair.algorithm, content, signature)
    return Verified.of(pair.version, value=fits)


def verifies(
    row: KeyRow, public_key: bytes, algorithm: str, digest: bytes, signature: bytes
) -> bool:
    """Tell whether a signature is a digest's under a pair, by its public half as DER."""
    with using.Refusing("Digest"):
        public = load_public(row.spec, public_key)
        try:
            public.verify(algorithm, digest, signature)
        except BadSignature:
            return False
    return True


def _digest(text: DigestText) -> bytes:
    content = unbase64(text.reveal(), "Digest")
    if len(content) != DIGEST_BYTES:
        raise errors.InvalidParameter(name="Digest")
    return content


# --- MAC keys ---


@operation(KMS, "GenerateMac", on=AUTHENTICATING, **use(SYMMETRIC, using.USING))
def generate_mac(ctx: Context, key: Chosen, *, message: MessageText) -> Mac:
    """Make the authentication code of a message, whole.

    Source: the official SDK's models (observed); no reference page is published. Sizes and errors
    are assumed.
    """
    content = unbase64(message.reveal(), "Message")
    work = partial(using.mac_key(ctx, key.row, key.version).mac, key.algorithm, content)
    code = using.perform(ctx, key.row, key.version, work, what="mac", name="Message")
    return Mac(key_id=key.row.key_id, algorithm=key.algorithm, mac=Secret(tobase64(code)))


@operation(KMS, "VerifyMac", on=AUTHENTICATING, **use(SYMMETRIC, using.USING))
def verify_mac_of(
    ctx: Context,
    key: Chosen,
    *,
    message: MessageText,
    mac: Annotated[Secret, Text(1, 256), Doc("The code in Base64, whole.")],
) -> MacVerified:
    """Say whether a code is a message's, in constant time; a wrong one is no error.

    Source: the official SDK's models (observed); no reference page is published. Sizes and errors
    are assumed.
    """
    content, code = (
        unbase64(message.reveal(), "Message"),
        unbase64(mac.reveal(), "Mac"),
    )
    made_by = using.mac_key(ctx, key.row, key.version)

    def fits() -> bool:
        try:
            verify_mac(made_by, key.algorithm, content, code)
        except BadSignature:
            return False
        return True

    value = using.perform(ctx, key.row, key.version, fits, what="verify", name="Message")
    return MacVerified(key_id=key.row.key_id, algorithm=key.algorithm, value=value)
