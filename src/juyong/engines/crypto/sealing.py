"""Key material at rest: sealed under its account's key, in its place; and its fingerprint."""

import hmac

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from juyong.engines.crypto.keys import BadInput, CryptoError
from juyong.engines.crypto.symmetric import NONCE_BYTES

ACCOUNT_KEY_BYTES = 32
_FORMAT = b"\x01"
_PURPOSE = b"juyong/kms/material\x00"


class MaterialTampered(CryptoError):
    """Stored material does not open in its place: changed, moved, or of another account key."""


class MaterialPlace(msgspec.Struct, frozen=True, kw_only=True):
    """The place of a version's material; a row that differs in one of these fields does not open.

    State and description are left out, since they change.
    """

    account_id: str
    key_id: str
    version_id: str
    spec: str
    usage: str
    origin: str
    protection: str

    def encoded(self) -> bytes:
        """Return the one byte string of this place: each field after its length."""
        return b"".join(
            (
                _framed(self.account_id),
                _framed(self.key_id),
                _framed(self.version_id),
                _framed(self.spec),
                _framed(self.usage),
                _framed(self.origin),
                _framed(self.protection),
            )
        )


class MaterialSealer:
    """Seals under one account's key, AES-256-GCM.

    INVARIANT: nonces are random and one account has far fewer than 2**32 versions. Layout: format
    byte, nonce, ciphertext with tag.
    """

    __slots__ = ("_aead", "_fingerprint_key")

    def __init__(self, account_key: bytes) -> None:
        """Derive what each purpose needs from the account's 32-byte key.

        Raises:
            BadInput: it has another size.
        """
        if len(account_key) != ACCOUNT_KEY_BYTES:
            raise BadInput(f"an account key has {ACCOUNT_KEY_BYTES} bytes")
        self._aead = AESGCM(_derived(account_key, b"seal"))
        self._fingerprint_key = _derived(account_key, b"fingerprint")

    def seal(self, place: MaterialPlace, *, nonce: bytes, material: bytes) -> bytes:
        """Return material that opens only in its place.

        Raises:
            BadInput: the nonce has not 12 bytes.
        """
        if len(nonce) != NONCE_BYTES:
            raise BadInput(f"a nonce has {NONCE_BYTES} bytes")
        return _FORMAT + nonce + self._aead.encrypt(nonce, material, _aad(place))

    def open(self, place: MaterialPlace, sealed: bytes) -> bytes:
        """Return the material.

        Raises:
            MaterialTampered: it does not open here.
        """
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        if sealed[:1] != _FORMAT or len(nonce) != NONCE_BYTES:
            raise MaterialTampered("sealed material has an unknown format")
        try:
            return self._aead.decrypt(nonce, body, _aad(place))
        except InvalidTag:
            raise MaterialTampered("sealed material does not open in its place") from None

    def fingerprint(self, key_id: str, material: bytes) -> bytes:
        """Return a keyed hash by which a key recognises material that it had before.

        The hash tells nothing without the account key, and differs between keys.
        """
        return hmac.digest(self._fingerprint_key, _framed(key_id) + material, "sha256")

    def check_fingerprint(self, key_id: str, material: bytes, known: bytes) -> None:
        """Return if material is what a key had before.

        Raises:
            BadInput: it is another.
        """
        if not hmac.compare_digest(self.fingerprint(key_id, material), known):
            raise BadInput("the material is not what the key had before")


def _aad(place: MaterialPlace) -> bytes:
    return _PURPOSE + _FORMAT + place.encoded()


def _framed(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(4, "big") + data


def _derived(account_key: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=None, info=_PURPOSE + purpose).derive(account_key)
