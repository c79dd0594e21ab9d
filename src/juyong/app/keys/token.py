"""The root key inside a PKCS#11 token: made there, used there, never out of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from juyong.app.hardware import token_settings
from juyong.app.home import Home
from juyong.app.keys.errors import KeyTrouble, WrongRootKey
from juyong.app.keys.wrapper import NONCE_BYTES
from juyong.app.settings import Settings
from juyong.base.ids import random_bytes
from juyong.engines.crypto.keys import CryptoError, SymmetricKey, Undecipherable
from juyong.hsm.open import open_token
from juyong.hsm.port import Hsm

_SPEC = "Aliyun_AES_256"


class TokenWrapper:
    """Wraps under a token's AES key. Layout: nonce, ciphertext with tag."""

    __slots__ = ("_key",)

    def __init__(self, hsm: Hsm, label: str) -> None:
        self._key = cast("SymmetricKey", hsm.key(_SPEC, label))

    def wrap(self, master: bytes, bound: bytes) -> bytes:
        """Encrypt so that it opens only with the same `bound`."""
        nonce = random_bytes(NONCE_BYTES)
        return nonce + self._key.seal(nonce, master, bound)

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        """Decrypt.

        Raises:
            WrongRootKey: another root key, or changed bytes.
        """
        try:
            return self._key.open(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], bound)
        except Undecipherable as bad:
            raise WrongRootKey("the token's root key does not open the seal") from bad


@contextmanager
def token_of(home: Home, settings: Settings) -> Iterator[Hsm]:
    """Open the token.

    Raises:
        KeyTrouble: there is none, it does not serve, or the key in it is gone.
    """
    try:
        hsm = open_token(token_settings(home, settings))
        try:
            yield hsm
        finally:
            hsm.close()
    except CryptoError as failure:
        raise KeyTrouble(f"the root key is in a PKCS#11 token: {failure}") from failure


def label_of(key_id: str) -> str:
    """Name a root key in the token."""
    return f"juyong-root-{key_id}"


def make_root(hsm: Hsm, label: str) -> TokenWrapper:
    """Make a root key in the token."""
    hsm.generate(_SPEC, label)
    return TokenWrapper(hsm, label)
