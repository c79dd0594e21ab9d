"""AsymmetricSign and AsymmetricVerify."""

from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import OneOf, Text
from juyong.api.operation import operation
from juyong.engines.crypto.keys import BadSignature
from juyong.engines.crypto.public import load_public
from juyong.engines.crypto.specs import DIGEST_BYTES, Usage
from juyong.services.kms.crypto.parameters import DigestText, tobase64, unbase64
from juyong.services.kms.crypto.shapes import Signature, Verified
from juyong.services.kms.crypto.using import (
    BY_VERSION,
    PUBLIC_HALF,
    Refusing,
    check_use,
    perform,
    private_key,
)
from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.keys.find import find_usable_key, key_policy, key_resource
from juyong.services.kms.keys.material import public_key_of, version_of
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.keys.versions import VersionId
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import ASYMMETRIC
from juyong.services.kms.tagging import resource_tags

SigningAlgorithm = Annotated[
    str, OneOf(("RSA_PSS_SHA_256", "RSA_PKCS1_SHA_256", "ECDSA_SHA_256", "SM2DSA"))
]


@operation(
    KMS,
    "AsymmetricSign",
    effect="Read",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    rate=ASYMMETRIC,
    raises=BY_VERSION,
    reads_only=True,
)
def asymmetric_sign(
    ctx: Context,
    *,
    key_id: KeyName,
    key_version_id: VersionId,
    algorithm: SigningAlgorithm,
    digest: DigestText,
    dry_run: bool = False,  # noqa: ARG001  # the gateway ends such a call
) -> Signature:
    """Sign a digest; messages are never hashed here.

    Args:
        key_id: The key: its id, an alias of it, or the ARN of either.
        algorithm: How.
        digest: Base64 of 32 bytes: SHA-256, for SM2DSA SM3 over Z_A and the message.
        dry_run: Only check.

    Returns:
        The signature; of curves in DER.

    Source: KMS API reference, AsymmetricSign (documented).
    """
    row = find_usable_key(ctx, key_id)
    check_use(row, algorithm, Usage.SIGN)
    version = version_of(ctx, row, key_version_id)
    content = _digest(digest)
    key = private_key(ctx, row, version)
    value = perform(
        ctx, row, version, lambda: key.sign(algorithm, content), what="sign", name="Digest"
    )
    return Signature(key_id=row.key_id, key_version_id=version.version_id, value=tobase64(value))


@operation(
    KMS,
    "AsymmetricVerify",
    effect="Read",
    resource=key_resource,
    resource_conditions=resource_tags,
    resource_policy=key_policy,
    rate=ASYMMETRIC,
    raises=PUBLIC_HALF,
    reads_only=True,
)
def asymmetric_verify(
    ctx: Context,
    *,
    key_id: KeyName,
    key_version_id: VersionId,
    algorithm: SigningAlgorithm,
    digest: DigestText,
    value: Annotated[str, Text(1, 1024)],
    dry_run: bool = False,  # noqa: ARG001  # the gateway ends such a call
) -> Verified:
    """Say whether a signature is a digest's; a wrong one is no error.

    Args:
        key_id: The key: its id, an alias of it, or the ARN of either.
        algorithm: How it was signed.
        digest: Base64 of 32 bytes.
        value: The signature in Base64.
        dry_run: Only check.

    Returns:
        Whether it fits.

    Source: KMS API reference, AsymmetricVerify (documented).
    """
    row = find_usable_key(ctx, key_id)
    check_use(row, algorithm, Usage.SIGN)
    version = version_of(ctx, row, key_version_id)
    content, signature = _digest(digest), unbase64(value, "Value")
    fits = True
    with Refusing("Digest"):
        public = load_public(row.spec, public_key_of(ctx, row, version))
        try:
            public.verify(algorithm, content, signature)
        except BadSignature:
            fits = False
    return Verified(key_id=row.key_id, key_version_id=version.version_id, value=fits)


def _digest(text: DigestText) -> bytes:
    content = unbase64(text.reveal(), "Digest")
    if len(content) != DIGEST_BYTES:
        raise InvalidParameter(name="Digest")
    return content
