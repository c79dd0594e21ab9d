"""Ciphertext blobs of symmetric keys: which key and version they name, sealing and opening."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from juyong.api.access import Also, TargetPolicy
from juyong.api.context import Arguments, Context
from juyong.api.resource import Target
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.engines.crypto.context import EncryptionContext
from juyong.engines.crypto.envelope import Header, Kind, algorithm_of, peek, seal, unseal
from juyong.engines.crypto.keys import NotOffered, Undecipherable
from juyong.engines.crypto.specs import SYMMETRIC_DEFAULT, Usage, spec_of
from juyong.engines.crypto.symmetric import NONCE_BYTES
from juyong.services.kms.crypto.allowance import ALLOWANCE
from juyong.services.kms.crypto.parameters import BlobText, Ciphertext, canonical_base64, tobase64
from juyong.services.kms.crypto.using import check_use, perform, symmetric_key
from juyong.services.kms.errors import USABLE, InvalidParameter, UnsupportedOperation
from juyong.services.kms.keys.key import (
    KEY,
    USE,
    as_of,
    find_usable_key,
    key_arn,
    key_to_use,
    policy_of,
    refuse,
)
from juyong.services.kms.keys.material import primary_version
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow
from juyong.services.kms.product import ONLY_CHECK


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The content of a blob."""

    kind: Kind
    content: bytes = field(repr=False)

    def shown(self) -> Secret:
        """Return it as a caller sees it again."""
        return Secret(self.content.decode() if self.kind is Kind.STRING else tobase64(self.content))

    def raw(self) -> bytes:
        """Return the data it stands for: what a caller's Base64 spells, where it is Base64."""
        if self.kind is Kind.RAW:
            return self.content
        spelled = canonical_base64(self.content.decode())
        return self.content if spelled is None else spelled


class Blob(msgspec.Struct, frozen=True, kw_only=True):
    """A ciphertext just made, and the payload in it."""

    key_id: str
    version_id: str
    nonce: bytes
    data: bytes
    payload: Payload

    @property
    def answer(self) -> Ciphertext:
        """Return the answer of an operation that gives nothing else."""
        return Ciphertext(
            key_id=self.key_id,
            key_version_id=self.version_id,
            ciphertext_blob=tobase64(self.data),
        )


# --- which key a blob names ---


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """A blob taken apart, with the key and the version it names; not yet opened."""

    row: KeyRow
    version: KeyVersionRow
    header: Header


def located(ctx: Context, text: str) -> Located | None:
    """Return the key and version of a blob, or None if the caller could never reach them.

    SECURITY: a key of another account without a policy is out of this caller's reach, and so looks
    like no key.
    """
    place = ("blob", text)
    if place not in ctx.cache:
        ctx.cache[place] = _read(ctx, text)
    found: Located | None = ctx.cache[place]
    return found


def _read(ctx: Context, text: str) -> Located | None:
    try:
        header = peek(canonical_base64(text) or b"")
    except Undecipherable:
        return None
    version = ctx.tx.get(KeyVersionRow, header.version_id)
    stored = ctx.tx.get(KeyRow, version.key_id) if version else None
    row = as_of(stored, ctx.now) if stored else None
    if version is None or row is None or row.region != ctx.region:
        return None
    try:
        if header.algorithm is not algorithm_of(row.spec):
            return None
    except NotOffered:
        return None
    if row.account_id != ctx.account_id and policy_of(row) is None:
        return None
    return Located(row=row, version=version, header=header)


def find_blob(ctx: Context, text: str) -> Located:
    """Return the key and version of a blob; raises InvalidParameter."""
    found = located(ctx, text)
    if found is None:
        raise InvalidParameter(name="CiphertextBlob")
    ctx.journal.refer(KEY.kind, found.row.key_id, found.row.account_id)
    return found


def _named(ctx: Context, text: str) -> tuple[str, TargetPolicy | None]:
    """Return the ARN of a blob's key, and the policy of that key, if it carries a policy.

    SECURITY: a blob without a key names every key, so that only a caller who may use all keys
    learns that there is none.
    """
    found = located(ctx, text)
    if found is None:
        return key_arn(ctx.account_id, ctx.region, "*"), None
    return KEY.arn_of(found.row), policy_of(found.row)


def need_of_blob(
    ctx: Context, action: str, text: str, conditions: Mapping[str, tuple[str, ...]]
) -> Also:
    """Return the needs of an action on a blob's key; conditions: of the use."""
    arn, policy = _named(ctx, text)
    found = {**conditions, **KEY.tag_conditions(ctx, arn)}
    return Also(action=action, resource=arn, conditions=found, policy=policy)


def blob_resource(ctx: Context, arguments: Arguments) -> tuple[str, ...]:
    """Name the key of a blob."""
    return (_named(ctx, arguments["ciphertext_blob"])[0],)


def blob_policy(ctx: Context, arguments: Arguments) -> TargetPolicy | None:
    """Return the policy of a blob's key, if it carries a policy."""
    return _named(ctx, arguments["ciphertext_blob"])[1]


BLOB = Target(
    parameters={"ciphertext_blob": BlobText, **ONLY_CHECK},
    arn=blob_resource,
    find=lambda ctx, arguments: find_blob(ctx, arguments["ciphertext_blob"]),
    errors=(InvalidParameter,),
    conditions=KEY.tag_conditions,
    policy=blob_policy,
)


# --- sealing and opening ---


def callers_text(row: KeyRow, plaintext: Secret, name: str = "Plaintext") -> Payload:
    """Return a caller's text as a payload.

    Raises InvalidParameter (it stands for more than 6144 bytes, or has no UTF-8 form).

    Source: KMS API reference, Encrypt (documented: Base64 of up to 6 KB); any other text goes back
        as it is, as Terraform's provider relies on (observed).
    """
    try:
        content = plaintext.reveal().encode()
    except UnicodeEncodeError:
        raise InvalidParameter(name=name) from None
    payload = Payload(kind=Kind.STRING, content=content)
    if len(payload.raw()) > spec_of(row.spec).max_plaintext_bytes[SYMMETRIC_DEFAULT]:
        raise InvalidParameter(name=name)
    return payload


def find_sealing_key(ctx: Context, name: str) -> KeyRow:
    """Return a usable key that seals; raises as find_usable_key, and UnsupportedOperation."""
    row = find_usable_key(ctx, name)
    check_use(row, SYMMETRIC_DEFAULT, Usage.ENCRYPT)
    return row


SEALING_KEY = key_to_use(find_sealing_key, *USABLE, UnsupportedOperation)


def seal_bytes(
    ctx: Context,
    row: KeyRow,
    make: Callable[[], bytes],
    context: EncryptionContext,
    kind: Kind = Kind.RAW,
) -> Blob:
    """Seal under the primary version of a key that is symmetric and usable.

    Args:
        make: Gives the content at the moment of sealing: random content that is sealed outside the
            transaction must be the same in the next attempt.
        context: The context that the blob is bound to.

    Raises LimitExceeded (the version has sealed as much as it may); KeyPendingImport,
    KeyUnavailable, UnsupportedOperation (as perform).
    """
    version = primary_version(ctx, row)
    key = symmetric_key(ctx, row, version)
    algorithm = algorithm_of(row.spec)
    ALLOWANCE.spend(ctx, version.version_id)

    def work() -> Blob:
        content, nonce = make(), random_bytes(NONCE_BYTES)
        data = seal(
            key,
            version_id=version.version_id,
            algorithm=algorithm,
            kind=kind,
            nonce=nonce,
            plaintext=content,
            context=context,
        )
        return Blob(
            key_id=row.key_id,
            version_id=version.version_id,
            nonce=nonce,
            data=data,
            payload=Payload(kind=kind, content=content),
        )

    return perform(ctx, row, version, work, what="seal", name="Plaintext")


def open_blob(ctx: Context, found: Located, context: EncryptionContext) -> Payload:
    """Open a blob under the key version it names.

    Raises InvalidParameter (it is not as it was sealed, or was sealed under another context);
    KeyDisabled, KeyPendingDeletion, KeyPendingImport (the key's state); KeyUnavailable (the
    hardware module does not serve).
    """
    row, version, header = found.row, found.version, found.header
    refuse(row, USE)
    key = symmetric_key(ctx, row, version)
    algorithm = algorithm_of(row.spec)

    def work() -> bytes:
        return unseal(key, header, algorithm=algorithm, context=context)

    content = perform(ctx, row, version, work, what="open", name="CiphertextBlob")
    return Payload(kind=header.kind, content=content)
