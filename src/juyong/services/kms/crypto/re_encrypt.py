"""ReEncrypt: from one key to another, the plaintext never leaving."""

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.operation import operation
from juyong.engines.crypto.envelope import Kind
from juyong.services.kms.crypto.access import ALGORITHM, Conditions, symmetric_conditions
from juyong.services.kms.crypto.blobs import find_blob, located, name_of
from juyong.services.kms.crypto.pairs import opened
from juyong.services.kms.crypto.parameters import (
    BlobText,
    ContextText,
    EncryptionAlgorithm,
    context_of,
)
from juyong.services.kms.crypto.sealing import (
    Payload,
    check_symmetric,
    open_blob,
    seal_payload,
)
from juyong.services.kms.crypto.shapes import Ciphertext
from juyong.services.kms.crypto.using import BY_NAME
from juyong.services.kms.errors import LimitExceeded, MissingParameter, NoKeyVersion
from juyong.services.kms.keys.find import find_usable_key, key_name_of, key_policy, policy_of
from juyong.services.kms.keys.names import KeyName
from juyong.services.kms.keys.versions import VersionId
from juyong.services.kms.product import PRODUCT as KMS
from juyong.services.kms.rates import SYMMETRIC
from juyong.services.kms.tagging import resource_tags

_FROM, _TO = "kms:ReEncryptFrom", "kms:ReEncryptTo"


def _by_itself(ctx: Context, arguments: Arguments) -> tuple[str, ...]:  # noqa: ARG001
    """Name nothing: both keys have conditions of their own, so each stands among the needs."""
    return ()


def _both_keys(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the source key and the destination key, each with its context, tags and policy."""
    return (_source(ctx, arguments), _destination(ctx, arguments))


def _source(ctx: Context, arguments: Arguments) -> Also:
    name = arguments.get("source_key_id")
    if name is not None:
        algorithm = arguments.get("source_encryption_algorithm")
        conditions: Conditions = {ALGORITHM: (algorithm,)} if algorithm else {}
        resource, policy = key_name_of(ctx, name), key_policy(ctx, {"key_id": name})
    else:
        found = located(ctx, arguments["ciphertext_blob"])
        conditions = symmetric_conditions(arguments.get("source_encryption_context"))
        resource, policy = name_of(ctx, found), policy_of(found.row) if found else None
    return Also(
        action=_FROM,
        resource=resource,
        conditions={**conditions, **resource_tags(ctx, resource)},
        policy=policy,
    )


def _destination(ctx: Context, arguments: Arguments) -> Also:
    name = arguments["destination_key_id"]
    resource = key_name_of(ctx, name)
    conditions = symmetric_conditions(arguments.get("destination_encryption_context"))
    return Also(
        action=_TO,
        resource=resource,
        conditions={**conditions, **resource_tags(ctx, resource)},
        policy=key_policy(ctx, {"key_id": name}),
    )


@operation(
    KMS,
    "ReEncrypt",
    effect="Read",
    action=_FROM,
    resource=_by_itself,
    also=_both_keys,
    rate=SYMMETRIC,
    raises=(*BY_NAME, NoKeyVersion, MissingParameter, LimitExceeded),
    writes_seldom=True,
)
def re_encrypt(
    ctx: Context,
    *,
    ciphertext_blob: BlobText,
    destination_key_id: KeyName,
    source_encryption_context: ContextText | None = None,
    destination_encryption_context: ContextText | None = None,
    source_key_id: KeyName | None = None,
    source_key_version_id: VersionId | None = None,
    source_encryption_algorithm: EncryptionAlgorithm | None = None,
    dry_run: bool = False,  # noqa: ARG001  # the gateway ends such a call
) -> Ciphertext:
    """Open a ciphertext and seal what it holds under another key, version or context.

    Args:
        ciphertext_blob: A ciphertext of a symmetric key, which names its key; or one of a pair.
        destination_key_id: The symmetric key to seal under.
        source_encryption_context: What the ciphertext was sealed with.
        destination_encryption_context: What the new one is bound to.
        source_key_id: The pair, where the ciphertext is of one.
        source_key_version_id: Its version; needed with a pair.
        source_encryption_algorithm: How it was encrypted; needed with a pair.
        dry_run: Only check.

    Returns:
        The new ciphertext. What a pair had encrypted comes out of Decrypt in Base64.

    Source: KMS API reference, ReEncrypt (documented).
    """
    context = context_of(destination_encryption_context, "DestinationEncryptionContext")
    if source_key_id is None:
        found = find_blob(ctx, ciphertext_blob)
        source = context_of(source_encryption_context, "SourceEncryptionContext")
        payload = open_blob(ctx, found, source)
    else:
        if source_key_version_id is None:
            raise MissingParameter(name="SourceKeyVersionId")
        if source_encryption_algorithm is None:
            raise MissingParameter(name="SourceEncryptionAlgorithm")
        pair = find_usable_key(ctx, source_key_id)
        message = opened(
            ctx, pair, source_key_version_id, source_encryption_algorithm, ciphertext_blob
        )
        payload = Payload(kind=Kind.RAW, content=message)
    row = find_usable_key(ctx, destination_key_id)
    check_symmetric(row)
    _, blob = seal_payload(ctx, row, lambda: payload, context)
    return Ciphertext(key_id=blob.key_id, key_version_id=blob.version_id, ciphertext_blob=blob.text)
