"""Seal and open ciphertext blobs under symmetric keys."""

from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from juyong.api.context import Context
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.engines.crypto.context import EncryptionContext
from juyong.engines.crypto.envelope import Kind, algorithm_of, seal, unseal
from juyong.engines.crypto.specs import SYMMETRIC_DEFAULT, Usage, spec_of
from juyong.engines.crypto.symmetric import NONCE_BYTES
from juyong.services.kms.crypto.allowance import ALLOWANCE
from juyong.services.kms.crypto.blobs import Located
from juyong.services.kms.crypto.parameters import canonical_base64, tobase64
from juyong.services.kms.crypto.using import check_use, perform, symmetric_key
from juyong.services.kms.errors import InvalidParameter
from juyong.services.kms.keys.find import refuse_unusable
from juyong.services.kms.keys.material import primary_version
from juyong.services.kms.keys.tables import KeyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """What a blob holds."""

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
    """A ciphertext just made."""

    key_id: str
    version_id: str
    nonce: bytes
    data: bytes

    @property
    def text(self) -> str:
        """Return it as answers carry it."""
        return tobase64(self.data)


def callers_text(row: KeyRow, plaintext: Secret, name: str = "Plaintext") -> Payload:
    """Return a caller's text as a payload.

    Raises:
        InvalidParameter: it stands for more than 6144 bytes, or has no UTF-8 form.

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


def check_symmetric(row: KeyRow) -> None:
    """Refuse a key that seals nothing; raises UnsupportedOperation."""
    check_use(row, SYMMETRIC_DEFAULT, Usage.ENCRYPT)


def seal_payload(
    ctx: Context, row: KeyRow, make: Callable[[], Payload], context: EncryptionContext
) -> tuple[Payload, Blob]:
    """Seal a payload under the primary version of a key that is symmetric and usable.

    Args:
        ctx: The call.
        row: The key.
        make: Gives the payload, where it is sealed: what is drawn at random and sealed outside the
            transaction must be the same in the next attempt.
        context: What the blob is bound to.

    Raises:
        LimitExceeded: the version has sealed as much as it may.
        KeyPendingImport, KeyUnavailable, UnsupportedOperation: as perform.
    """
    version = primary_version(ctx, row)
    key = symmetric_key(ctx, row, version)
    algorithm = algorithm_of(row.spec)
    ALLOWANCE.spend(ctx, version.version_id)

    def work() -> tuple[Payload, Blob]:
        payload, nonce = make(), random_bytes(NONCE_BYTES)
        data = seal(
            key,
            version_id=version.version_id,
            algorithm=algorithm,
            kind=payload.kind,
            nonce=nonce,
            plaintext=payload.content,
            context=context,
        )
        return payload, Blob(
            key_id=row.key_id, version_id=version.version_id, nonce=nonce, data=data
        )

    return perform(ctx, row, version, work, what="seal", name="Plaintext")


def open_blob(ctx: Context, found: Located, context: EncryptionContext) -> Payload:
    """Open a blob under the key version it names.

    Raises:
        InvalidParameter: it is not as it was sealed, or was sealed under another context.
        KeyDisabled, KeyPendingDeletion, KeyPendingImport: the key's state.
        KeyUnavailable: the hardware module does not serve.
    """
    row, version, header = found.row, found.version, found.header
    refuse_unusable(row)
    key = symmetric_key(ctx, row, version)
    algorithm = algorithm_of(row.spec)

    def work() -> bytes:
        return unseal(key, header, algorithm=algorithm, context=context)

    content = perform(ctx, row, version, work, what="open", name="CiphertextBlob")
    return Payload(kind=header.kind, content=content)
