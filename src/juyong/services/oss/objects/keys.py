"""The keys of an object's blobs, as the row of the object keeps them.

Each blob is sealed under a key of its own. Where a key of the KMS encrypts the object, the keys of
the blobs lie in a box: they are sealed under one key, the box's, and the key of the KMS seals that
one. So an object of many blobs is one use of the key. The row keeps a JSON array: the sealed key of
the box, then the key of each blob in order. Objects of older versions have no box; the key of the
KMS sealed the key of each blob.
"""

import base64

import msgspec

from juyong.api.access import Also
from juyong.api.context import Context
from juyong.api.denial import AccessDenied
from juyong.api.errors import ServiceUnavailable
from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.blobs import blob as blobs
from juyong.blobs.arrived import Blob
from juyong.blobs.tables import BlobRow
from juyong.engines.crypto.keys import Undecipherable
from juyong.engines.crypto.symmetric import NONCE_BYTES, AesGcm
from juyong.services.kms.facade import REFUSALS, open_content, opening_needs, seal_content
from juyong.services.oss.buckets.errors import KeyRefused
from juyong.services.oss.objects.encryption import (
    KMS,
    Encryption,
    Keyed,
    in_region,
    key_name,
    named,
    use_in,
)
from juyong.services.oss.tables import BucketRow
from juyong.store.errors import Tampered

_BOX, _INSIDE, _OPEN = "box:", "in:", "open:"
"""Begin the sealed key of a box, a key inside, and a key that nothing but the row seals."""
_BOX_KEY_BYTES = 32


class Box:
    """The keys of some blobs, sealed under one key.

    sealed: The key of the box, sealed under a key of the KMS.
    """

    def __init__(self, sealed: Secret, key: bytes) -> None:
        self.sealed = sealed
        self._cipher = AesGcm(key)

    def seal(self, blob_id: str, key: Secret) -> str:
        """Seal the key of a blob."""
        nonce = random_bytes(NONCE_BYTES)
        plain = base64.b64decode(key.reveal())
        sealed = nonce + self._cipher.seal(nonce, plain, blob_id.encode())
        return _INSIDE + base64.b64encode(sealed).decode()

    def open(self, blob_id: str, text: str) -> Secret:
        """Open the key of a blob; raises Tampered when the row was changed."""
        sealed = base64.b64decode(text.removeprefix(_INSIDE))
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return _secret(self._cipher.open(nonce, rest, blob_id.encode()))
        except Undecipherable as bad:
            raise Tampered(f"the key of blob {blob_id}") from bad


def new_box(ctx: Context, bucket: BucketRow, key_id: str) -> Box:
    """Make a box under a key of the KMS.

    Raises:
        KeyRefused: the key is gone, disabled, or its policy denies OSS.
    """
    key = random_bytes(_BOX_KEY_BYTES)
    where, use = in_region(ctx, bucket), use_in(bucket)
    try:
        sealed = seal_content(where, key_name(bucket, key_id), use, key)
    except (AccessDenied, *REFUSALS) as refusal:
        raise KeyRefused(KMSMasterKeyID=key_id) from refusal
    return Box(Secret(_BOX + base64.b64encode(sealed).decode()), key)


def opened_box(ctx: Context, bucket: BucketRow, sealed: Secret) -> Box:
    """Open a box; raises KeyRefused, as `new_box`."""
    return Box(sealed, _opened(ctx, bucket, sealed.reveal().removeprefix(_BOX)))


class KeyRing:
    """The keys of the blobs of a row; a box is opened with the first key that is asked for."""

    def __init__(self, ctx: Context, bucket: BucketRow, keys: Secret | None) -> None:
        self._ctx, self._bucket = ctx, bucket
        self._texts = texts_of(keys)
        self._sealed: Secret | None = None
        self._box: Box | None = None
        if self._texts and self._texts[0].startswith(_BOX):
            self._sealed = Secret(self._texts.pop(0))

    @property
    def box(self) -> Box | None:
        """The box, opened; None for a row of an older version, and where the blobs have their keys.

        Raises:
            KeyRefused: the key of the KMS is gone, disabled, or its policy denies OSS.
        """
        if self._box is None and self._sealed is not None:
            self._box = opened_box(self._ctx, self._bucket, self._sealed)
        return self._box

    def key(self, number: int, blob_id: str) -> Secret | None:
        """Return the key of a blob, by its place in the row; None where the blob has its own.

        Raises:
            KeyRefused: as `box`.
        """
        if not self._texts:
            return None
        text = self._texts[number]
        if text.startswith(_OPEN):
            return Secret(text.removeprefix(_OPEN))
        if text.startswith(_INSIDE):
            assert self.box is not None  # noqa: S101  # keys are inside only behind a box
            return self.box.open(blob_id, text)
        return _secret(_opened(self._ctx, self._bucket, text))

    def with_one_more(self, box: Box | None, text: str) -> Secret | None:
        """Return the keys as a row keeps them when a blob is added."""
        return None if box is None else joined(box.sealed, [*self._texts, text])


def keep(
    ctx: Context, bucket: BucketRow, encryption: Encryption, blob: Blob
) -> tuple[BlobRow, Encryption, Secret | None]:
    """Keep the only blob of an object with the transaction.

    Returns:
        The row, the encryption with the id of its key, and the keys of the object.

    Raises:
        KeyRefused: the key is gone, disabled, or its policy denies OSS.
        ServiceUnavailable: the encryption was changed while the body arrived.
    """
    encryption = named(ctx, bucket, encryption)
    box = box_of_new(ctx, bucket, encryption)
    row, text = keep_in(ctx, box, bucket, encryption, blob)
    return row, encryption, None if box is None else joined(box.sealed, [text])


def keep_in(
    ctx: Context, box: Box | None, bucket: BucketRow, encryption: Encryption, blob: Blob
) -> tuple[BlobRow, str]:
    """Keep a blob with the transaction, and the key of the blob in a box if there is one.

    Returns:
        The row, and what the row of the object keeps of the key; nothing without a box.

    Raises:
        ServiceUnavailable: the encryption was changed while the body arrived.
    """
    if blobs.cipher_of(blob) is not encryption.cipher:
        raise ServiceUnavailable
    keyless = box is not None
    row = blobs.keep(ctx.tx, blob, bucket.account_id, ctx.now, keyless=keyless)
    return row, "" if box is None else box.seal(blob.blob_id, blob.key)


def box_of_new(ctx: Context, bucket: BucketRow, encryption: Encryption) -> Box | None:
    """Make the box of a new object, if a key of the KMS encrypts the object; see `new_box`."""
    return new_box(ctx, bucket, encryption.key_id) if encryption.algorithm == KMS else None


def rekeyed(
    ctx: Context, source: tuple[BucketRow, Keyed], bucket: BucketRow, encryption: Encryption
) -> tuple[Encryption, Secret | None]:
    """Seal the keys of an object's blobs for another object that has the blobs in common.

    Args:
        ctx: The call.
        source: The object, and its bucket.
        bucket: Of the other object.
        encryption: Of the other object.

    Returns:
        The encryption with the id of its key, and the keys of the other object.

    Raises:
        KeyRefused: a key is gone, disabled, or its policy denies OSS.
    """
    place, row = source
    if row.keys is None and encryption.algorithm != KMS:
        return encryption, None
    ring, found = KeyRing(ctx, place, row.keys), []
    for at, (blob_id, _) in enumerate(msgspec.json.decode(row.parts, type=list[tuple[str, int]])):
        found.append((blob_id, ring.key(at, blob_id) or _own_key(ctx, blob_id)))
    if encryption.algorithm != KMS:
        return encryption, joined(None, [_OPEN + key.reveal() for _, key in found])
    encryption = named(ctx, bucket, encryption)
    box = new_box(ctx, bucket, encryption.key_id)
    return encryption, joined(box.sealed, [box.seal(blob_id, key) for blob_id, key in found])


def _own_key(ctx: Context, blob_id: str) -> Secret:
    blob = ctx.tx.get(BlobRow, blob_id)
    assert blob is not None  # noqa: S101  # rows of objects keep their blobs
    assert blob.key is not None  # noqa: S101  # a row without keys has blobs with keys
    return blob.key


def joined(box: Secret | None, texts: list[str]) -> Secret:
    """Return the keys of several blobs as a row keeps them, behind the sealed key of their box."""
    first = [] if box is None else [box.reveal()]
    return Secret(msgspec.json.encode([*first, *texts]).decode())


def texts_of(keys: Secret | None) -> list[str]:
    """Return what a row keeps of keys; nothing where the blobs have their own."""
    return [] if keys is None else msgspec.json.decode(keys.reveal(), type=list[str])


def needs_to_open(ctx: Context, bucket: BucketRow, keys: Secret | None) -> tuple[Also, ...]:
    """Return the permissions of a caller who reads blobs whose keys a row keeps; for `also=`."""
    # All blobs of an object are sealed under one key of the KMS.
    first = next(iter(texts_of(keys)), _OPEN)
    if first.startswith(_OPEN):
        return ()
    sealed = base64.b64decode(first.removeprefix(_BOX))
    return opening_needs(in_region(ctx, bucket), sealed, use_in(bucket))


def _opened(ctx: Context, bucket: BucketRow, sealed: str) -> bytes:
    try:
        return open_content(in_region(ctx, bucket), base64.b64decode(sealed), use_in(bucket))
    except (AccessDenied, *REFUSALS) as refusal:
        raise KeyRefused from refusal


def _secret(key: bytes) -> Secret:
    return Secret(base64.b64encode(key).decode())
