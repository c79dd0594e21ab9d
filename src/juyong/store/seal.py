"""Sealed columns: AES-256-GCM bound to table, column and primary key, so rows cannot be swapped.

The key is not in the database: it is derived from the home's master key (see juyong.app.keys), and
the code that gives the store its sealer holds it.
"""

from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from juyong.base.ids import random_bytes
from juyong.store.errors import Tampered

_VERSION = b"\x01"
_NONCE = 12


class Sealer(Protocol):
    """Seals and opens short values under a key that callers never see."""

    def seal(self, plaintext: bytes, place: bytes) -> bytes:
        """Encrypt plaintext so that it opens only at `place`."""
        ...

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Decrypt, or raise Tampered."""
        ...


class AesSealer:
    """AES-256-GCM with random 96-bit nonces.

    INVARIANT: one key seals far fewer than 2**32 values (AccessKeys, seeds, provider secrets), so
    random nonces stay safe. Layout: version byte, nonce, ciphertext with tag.
    """

    __slots__ = ("_aead",)

    def __init__(self, key: bytes | bytearray) -> None:
        self._aead = AESGCM(key)

    def seal(self, plaintext: bytes, place: bytes) -> bytes:
        """Encrypt plaintext so that it opens only at `place`."""
        nonce = random_bytes(_NONCE)
        return _VERSION + nonce + self._aead.encrypt(nonce, plaintext, _VERSION + place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Decrypt.

        Raises:
            Tampered: another key, another place, or changed bytes.
        """
        if sealed[:1] != _VERSION:
            raise Tampered("a sealed value has an unknown format version")
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            return self._aead.decrypt(nonce, body, _VERSION + place)
        except (InvalidTag, ValueError) as bad:
            raise Tampered("a sealed value does not open in its place") from bad


def derive_key(root: bytes, purpose: str) -> bytes:
    """Derive the 32-byte key for one purpose from another key (HKDF-SHA256)."""
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"juyong/" + purpose.encode()).derive(root)
