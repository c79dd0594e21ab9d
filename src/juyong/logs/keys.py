"""Data keys: what seals the logs of a store whose owner has a key of the KMS.

A batch and the keys of a file's blobs are sealed with AES-256-GCM under a data key, and lie so
where all logs lie: in segments, and in rows. The data key itself lies sealed under the key of the
KMS (KeyRow). Who may open a data key is judged by the service that the store belongs to; here are
only the uses of an open one.

Layout of what is sealed: nonce (12 bytes), ciphertext and tag. The purpose and the id of the data
key are authenticated.

INVARIANT: a data key seals for a day, so that random nonces do not meet: fewer than 2^32 of them.
"""

import base64
from collections.abc import Callable, Iterable

import msgspec

from juyong.base.ids import random_bytes
from juyong.base.secret import Secret
from juyong.blobs.arrived import Blob
from juyong.engines.crypto.keys import Undecipherable
from juyong.engines.crypto.symmetric import NONCE_BYTES, AesGcm

_BATCH, _BLOB = "batch", "blob"


class DataKey:
    """An open data key; no text shows its bytes.

    key_id: Of its row.
    """

    __slots__ = ("_cipher", "key_id")

    def __init__(self, key_id: str, material: bytes) -> None:
        self.key_id = key_id
        self._cipher = AesGcm(material)

    def seal_batch(self, body: bytes) -> bytes:
        """Seal the bytes of a batch."""
        return self._sealed(_BATCH, body)

    def open_batch(self, sealed: bytes) -> bytes:
        """Open the bytes of a batch; raises Undecipherable."""
        return self._opened(_BATCH, sealed)

    def seal_keys(self, blobs: Iterable[Blob]) -> Secret:
        """Seal the keys of blobs, as a row keeps them: a JSON array in their order."""
        sealed = [
            self._sealed(f"{_BLOB} {each.blob_id}", each.key.reveal().encode()) for each in blobs
        ]
        texts = [base64.b64encode(each).decode() for each in sealed]
        return Secret(msgspec.json.encode(texts).decode())

    def open_keys(self, keys: Secret, blob_ids: Iterable[str]) -> list[Secret]:
        """Open the keys of blobs, in base64; raises Undecipherable."""
        texts = msgspec.json.decode(keys.reveal(), type=list[str])
        return [
            Secret(self._opened(f"{_BLOB} {blob_id}", base64.b64decode(text)).decode())
            for blob_id, text in zip(blob_ids, texts, strict=True)
        ]

    def _sealed(self, purpose: str, content: bytes) -> bytes:
        nonce = random_bytes(NONCE_BYTES)
        return nonce + self._cipher.seal(nonce, content, self._bound(purpose))

    def _opened(self, purpose: str, sealed: bytes) -> bytes:
        if len(sealed) < NONCE_BYTES:
            raise Undecipherable("the ciphertext does not open")
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        return self._cipher.open(nonce, rest, self._bound(purpose))

    def _bound(self, purpose: str) -> bytes:
        return f"juyong/logs/{self.key_id}/{purpose}".encode()


class KeyNotOpen(LookupError):
    """A data key is needed that is not open."""


KeyOf = Callable[[str], DataKey]
"""Returns the open data key of an id; raises KeyNotOpen."""


def no_key(key_id: str) -> DataKey:
    """Raise KeyNotOpen: no data key is open."""
    raise KeyNotOpen(key_id)
