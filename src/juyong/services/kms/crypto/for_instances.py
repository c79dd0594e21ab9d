"""The uses of an instance's keys by the gateway of the instance.

Its ciphertexts are bare: the nonce travels with them, and the caller says which key and which
associated data. `Encrypt` and the others use the first version of a key for ever, since nothing in
a bare ciphertext names a version; the `Advance…` operations use the primary version, and make the
blobs of the shared gateway, with a hash of the associated data as encryption context.

Source: KMS instance API, Encrypt, AdvanceEncrypt, AdvanceDecrypt, Sign (documented: which version,
which defaults); what is inside an `Advance…` ciphertext (assumed).
"""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Annotated

from juyong.api.context import Context
from juyong.api.fields import Doc
from juyong.base.ids import random_bytes
from juyong.engines.crypto.context import EncryptionContext
from juyong.engines.crypto.digests import digest_of
from juyong.engines.crypto.envelope import PURPOSE, Kind
from juyong.engines.crypto.specs import DIGEST_BYTES, SYMMETRIC_DEFAULT, Family, Usage, spec_of
from juyong.engines.crypto.symmetric import NONCE_BYTES
from juyong.services.kms import errors
from juyong.services.kms.crypto import sealing
from juyong.services.kms.crypto.allowance import ALLOWANCE
from juyong.services.kms.crypto.pairs import Chosen, decrypted, encrypted, signature_of
from juyong.services.kms.crypto.parameters import canonical_base64
from juyong.services.kms.crypto.using import check_use, perform, symmetric_key
from juyong.services.kms.instances import default_instance
from juyong.services.kms.keys.hardware import offers
from juyong.services.kms.keys.key import KEY, KeyName, find_usable_key
from juyong.services.kms.keys.material import in_hardware, public_key_of
from juyong.services.kms.keys.tables import KeyRow, KeyVersionRow

_CLOUD = ".aliyuncs.com"
_CONTEXT = "AadSHA256"
_MOST_AAD = 8192
_GCM = {"Aliyun_SM4": "SM4_GCM"}


def instance_called(ctx: Context) -> str:
    """Return the id of the instance that a call reached: the caller's own; raises NoInstance."""
    instance_id = default_instance(ctx).instance_id
    host = ctx.host.rsplit(":", 1)[0].lower().rstrip(".")
    if host.endswith(_CLOUD) and host.split(".")[0] != instance_id:
        raise errors.NoInstance
    return instance_id


def _instance_key(ctx: Context, key_id: str) -> KeyRow:
    """Return a usable key of the instance called."""
    instance_id = instance_called(ctx)
    row = find_usable_key(ctx, key_id)
    if row.instance_id != instance_id:
        raise errors.NoKey
    return row


_KeyName = Annotated[KeyName, Doc("The key of the instance: its id, or an alias of it.")]
_MISSING = (errors.NoKey, errors.NoAlias, errors.NoInstance)
INSTANCE_KEY = KEY.found(_instance_key, (*_MISSING, *errors.USABLE)).by(key_id=_KeyName)
INSTANCE_PAIR = KEY.found(_instance_key, (*_MISSING, *errors.UNIMPORTED)).by(key_id=_KeyName)
"""A pair, whose material is never imported."""


def _is_symmetric(row: KeyRow) -> bool:
    return spec_of(row.spec).family is Family.SYMMETRIC


def algorithm_for(row: KeyRow, usage: Usage, asked: str | None) -> str:
    """Return the algorithm of a call: the one asked for, else the first of the key's.

    Raises UnsupportedOperation (the key has another usage, or has no such algorithm).
    """
    if _is_symmetric(row):
        gcm = _GCM.get(row.spec, "AES_GCM")
        check_use(row, SYMMETRIC_DEFAULT, usage)
        if asked not in (None, gcm):
            raise errors.UnsupportedOperation
        return gcm
    offered = spec_of(row.spec).algorithms.get(usage, ())
    chosen = asked or (offered[0] if offered else "")
    check_use(row, chosen, usage)
    return chosen


def encrypt(
    ctx: Context, row: KeyRow, algorithm: str, make: Callable[[], bytes], *, aad: bytes
) -> sealing.Blob:
    """Seal under the first version of a key.

    Args:
        algorithm: As algorithm_for returned it.
        make: Gives the plaintext at the moment of sealing; see sealing.seal_bytes.
        aad: Data that Decrypt must get too; symmetric keys only.

    Raises InvalidParameter (the plaintext is too long for a pair, or the data are refused);
    LimitExceeded (the version has sealed all it may); KeyPendingImport, and as using.perform.
    """
    version = first_version(ctx, row)
    if not _is_symmetric(row):
        plaintext = make()
        if in_hardware(version) and not offers(ctx, row.spec, algorithm):
            # The public half would encrypt what the module of the other half cannot open.
            raise errors.UnsupportedOperation
        pair = Chosen(row=row, version=version, algorithm=algorithm)
        return _bare(version, b"", encrypted(ctx, pair, plaintext), plaintext)
    key = symmetric_key(ctx, row, version)
    ALLOWANCE.spend(ctx, version.version_id)

    def work() -> sealing.Blob:
        plaintext, iv = make(), random_bytes(NONCE_BYTES)
        return _bare(version, iv, key.seal(iv, plaintext, aad), plaintext)

    return perform(ctx, row, version, work, what="seal-bare", name="Plaintext")


def _bare(version: KeyVersionRow, iv: bytes, data: bytes, plaintext: bytes) -> sealing.Blob:
    return sealing.Blob(
        key_id=version.key_id,
        version_id=version.version_id,
        nonce=iv,
        data=data,
        payload=sealing.Payload(kind=Kind.RAW, content=plaintext),
    )


def decrypt(
    ctx: Context, row: KeyRow, algorithm: str, data: bytes, *, iv: bytes, aad: bytes
) -> bytes:
    """Open what `encrypt` sealed, or what a client encrypted to a pair.

    Raises InvalidParameter (it does not open); KeyPendingImport, and as using.perform.
    """
    version = first_version(ctx, row)
    if not _is_symmetric(row):
        return decrypted(ctx, Chosen(row=row, version=version, algorithm=algorithm), data)
    work = partial(symmetric_key(ctx, row, version).open, iv, data, aad)
    return perform(ctx, row, version, work, what="open-bare", name="CiphertextBlob")


def advance_encrypt(
    ctx: Context, row: KeyRow, make: Callable[[], bytes], aad: bytes
) -> sealing.Blob:
    """Seal under the primary version of a symmetric key; raises as encrypt."""
    if not _is_symmetric(row):
        raise errors.UnsupportedOperation
    algorithm_for(row, Usage.ENCRYPT, None)
    return sealing.seal_bytes(ctx, row, make, _context(aad))


def advance_decrypt(ctx: Context, blob: str, aad: bytes) -> tuple[sealing.Located, bytes]:
    """Open a blob of a key of the instance called; returns what it names, and its content.

    Raises NoInstance (as instance_called); InvalidParameter (it is no blob of such a key), and as
    sealing.open_blob.
    """
    instance_id = instance_called(ctx)
    found = sealing.find_blob(ctx, blob)
    if found.row.instance_id != instance_id:
        raise errors.InvalidParameter(name="CiphertextBlob")
    return found, sealing.open_blob(ctx, found, _context(aad)).raw()


def sign(ctx: Context, row: KeyRow, algorithm: str, digest: bytes) -> bytes:
    """Sign a digest with the first version of a pair; raises as using.perform."""
    pair = Chosen(row=row, version=first_version(ctx, row), algorithm=algorithm)
    return signature_of(ctx, pair, digest)


def digest(ctx: Context, row: KeyRow, algorithm: str, message: bytes, *, raw: bool) -> bytes:
    """Return the digest to sign: of a raw message, or the message itself if it is a digest.

    Raises InvalidParameter (a digest of another size).
    """
    if raw:
        return digest_of(algorithm, public_half(ctx, row), message)
    if len(message) != DIGEST_BYTES:
        raise errors.InvalidParameter(name="Message")
    return message


def public_half(ctx: Context, row: KeyRow) -> bytes:
    """Return the public half of a pair's first version as DER; raises as material.public_key_of."""
    return public_key_of(ctx, row, first_version(ctx, row))


def first_version(ctx: Context, row: KeyRow) -> KeyVersionRow:
    """Return the first version of a key; raises KeyPendingImport."""
    version = ctx.tx.find_one(KeyVersionRow, key_id=row.key_id, number=1)
    if version is None:
        raise errors.KeyPendingImport
    return version


def associated_data(text: str | None) -> bytes:
    """Read Aad, up to 8192 bytes.

    Raises InvalidParameter (it is longer, or begins as what blobs authenticate does).

    SECURITY: so the content of a blob cannot be opened or forged as a bare ciphertext, which would
    evade conditions on its encryption context.
    """
    data = canonical_base64(text or "")
    if data is None or len(data) > _MOST_AAD or data.startswith(PURPOSE):
        raise errors.InvalidParameter(name="Aad")
    return data


def _context(aad: bytes) -> EncryptionContext:
    """Return the context of a blob: a hash, since the data may be longer than a context."""
    if not aad:
        return EncryptionContext.of({})
    return EncryptionContext.of({_CONTEXT: hashlib.sha256(aad).hexdigest()})
