"""Wrappers: each holds a root key and wraps the master key with it."""

from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from juyong.app.keys.errors import WrongRootKey
from juyong.base.ids import random_bytes
from juyong.store.seal import derive_key

NONCE_BYTES = 12


class Wrapper(Protocol):
    """Wraps a key under a root key, which callers never see."""

    def wrap(self, master: bytes, bound: bytes) -> bytes:
        """Encrypt so that it opens only with the same `bound`."""
        ...

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        """Decrypt, or raise WrongRootKey."""
        ...


class RootKeyWrapper:
    """A root key in memory: AES-256-GCM under a key that is derived for this purpose only.

    Layout: nonce, ciphertext with tag.
    """

    __slots__ = ("_aead",)

    def __init__(self, root: bytes) -> None:
        self._aead = AESGCM(derive_key(root, "wrap-master"))

    def wrap(self, master: bytes, bound: bytes) -> bytes:
        """Encrypt so that it opens only with the same `bound`."""
        nonce = random_bytes(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, master, bound)

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        """Decrypt.

        Raises:
            WrongRootKey: another root key, or changed bytes.
        """
        nonce, body = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
        try:
            return self._aead.decrypt(nonce, body, bound)
        except InvalidTag as bad:
            raise WrongRootKey("the root key, or its passphrase, does not open the seal") from bad


def key_id_of(root: bytes) -> str:
    """Name a root key, so that files which belong together find each other; says nothing of it."""
    return derive_key(root, "root-key-id")[:8].hex()
