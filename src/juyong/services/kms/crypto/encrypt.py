"""Encrypt, Decrypt and ReEncrypt."""

from juyong.api.access import Also
from juyong.api.context import Arguments, Context
from juyong.api.operation import operation
from juyong.engines.crypto.envelope import Kind
from juyong.services.kms.crypto.pairs import opened
from juyong.services.kms.crypto.parameters import (
    ALGORITHM,
    SYMMETRIC_USE,
    BlobText,
    Ciphertext,
    ContextText,
    EncryptionAlgorithm,
    MessageText,
    Plaintext,
    context_of,
    symmetric_conditions,
)
from juyong.services.kms.crypto.sealing import (
    BLOB,
    Located,
    Payload,
    callers_text,
    check_symmetric,
    find_blob,
    located,
    name_of,
    open_blob,
    seal_payload,
)
from juyong.services.kms.crypto.using import SEALING, USING
from juyong.services.kms.errors import USABLE, MissingParameter, NoAlias, NoKey, NoKeyVersion
from juyong.services.kms.keys.key import (
    KEY,
    USABLE_KEY,
    KeyName,
    find_usable_key,
    needed,
    policy_of,
)
from juyong.services.kms.keys.tables import KeyRow
from juyong.services.kms.keys.versions import VersionId
from juyong.services.kms.product import KMS, NO_RECIPIENT, SYMMETRIC, OnlyCheck
from juyong.services.kms.tagging import by_itself, need


@operation(KMS, "Encrypt", on=USABLE_KEY, raises=SEALING, writes_seldom=True, **SYMMETRIC_USE)
def encrypt(
    ctx: Context,
    key: KeyRow,
    *,
    plaintext: MessageText,
    encryption_context: ContextText | None = None,
    dry_run: OnlyCheck = False,  # noqa: ARG001  # the gateway's
) -> Ciphertext:
    """Seal up to 6 KB under the primary version of a symmetric key.

    Args:
        plaintext: Base64; Decrypt returns the same text, whatever it is.
    """
    check_symmetric(key)
    context = context_of(encryption_context)
    payload = callers_text(key, plaintext)
    _, blob = seal_payload(ctx, key, lambda: payload, context)
    return blob.answer


@operation(
    KMS,
    "Decrypt",
    on=BLOB,
    unsupported=NO_RECIPIENT,
    raises=(*USING, *USABLE),
    reads_only=True,
    **SYMMETRIC_USE,
)
def decrypt(
    ctx: Context,
    found: Located,
    *,
    encryption_context: ContextText | None = None,
    dry_run: OnlyCheck = False,  # noqa: ARG001  # the gateway's
) -> Plaintext:
    """Open a ciphertext of Encrypt, ReEncrypt or GenerateDataKey, of any version of the key.

    The answer is the text that was given to Encrypt, or a data key in Base64.

    Assumed: the answer for a key that is gone.
    """
    payload = open_blob(ctx, found, context_of(encryption_context))
    return Plaintext(
        key_id=found.row.key_id, key_version_id=found.version.version_id, plaintext=payload.shown()
    )


# --- from one key to another ---

_FROM, _TO = "kms:ReEncryptFrom", "kms:ReEncryptTo"


def _both_keys(ctx: Context, arguments: Arguments) -> tuple[Also, ...]:
    """Name the source key and the destination key, each with its context, tags and policy."""
    return (_source(ctx, arguments), _destination(ctx, arguments))


def _source(ctx: Context, arguments: Arguments) -> Also:
    name = arguments.get("source_key_id")
    if name is not None:
        algorithm = arguments.get("source_encryption_algorithm")
        return need(ctx, _FROM, KEY, name, {ALGORITHM: (algorithm,)} if algorithm else {})
    found = located(ctx, arguments["ciphertext_blob"])
    conditions = symmetric_conditions(arguments.get("source_encryption_context"))
    policy = policy_of(found.row) if found else None
    return needed(ctx, _FROM, name_of(ctx, found), policy, conditions)


def _destination(ctx: Context, arguments: Arguments) -> Also:
    conditions = symmetric_conditions(arguments.get("destination_encryption_context"))
    return need(ctx, _TO, KEY, arguments["destination_key_id"], conditions)


@operation(
    KMS,
    "ReEncrypt",
    effect="Read",
    action=_FROM,
    resource=by_itself,
    also=_both_keys,
    rate=SYMMETRIC,
    raises=(*SEALING, NoKey, NoAlias, *USABLE, NoKeyVersion, MissingParameter),
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
    dry_run: OnlyCheck = False,  # noqa: ARG001  # the gateway's
) -> Ciphertext:
    """Open a ciphertext and seal its content under another key, version or context.

    The plaintext never leaves. Decrypt gives the plaintext of a pair's ciphertext in Base64.

    Args:
        ciphertext_blob: A ciphertext of a symmetric key, which names its key; or one of a pair.
        destination_key_id: The symmetric key to seal under.
        source_encryption_context: The context that the ciphertext was sealed with.
        destination_encryption_context: The context that the new ciphertext is bound to.
        source_key_id: The pair, where the ciphertext is of one.
        source_key_version_id: Its version; needed with a pair.
        source_encryption_algorithm: How it was encrypted; needed with a pair.
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
    key = find_usable_key(ctx, destination_key_id)
    check_symmetric(key)
    _, blob = seal_payload(ctx, key, lambda: payload, context)
    return blob.answer
