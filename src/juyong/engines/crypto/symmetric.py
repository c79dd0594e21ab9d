"""AES-GCM and SM4-GCM over a key in memory."""

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from juyong.engines.crypto.keys import BadInput, NotOffered, Undecipherable

NONCE_BYTES = 12
TAG_BYTES = 16


class AesGcm:
    """AES-GCM with a 12-byte nonce and a 16-byte tag."""

    __slots__ = ("_aead",)

    def __init__(self, material: bytes) -> None:
        """Take a key of 16, 24 or 32 bytes."""
        self._aead = AESGCM(material)

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Return ciphertext and tag."""
        _check_nonce(nonce)
        return self._aead.encrypt(nonce, plaintext, aad)

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext, or raise Undecipherable."""
        _check_nonce(nonce)
        try:
            return self._aead.decrypt(nonce, sealed, aad)
        except InvalidTag:
            raise Undecipherable("the ciphertext does not open") from None


class Sm4Gcm:
    """SM4-GCM with a 12-byte nonce and a 16-byte tag."""

    __slots__ = ("_algorithm",)

    def __init__(self, material: bytes) -> None:
        """Take a key of 16 bytes."""
        self._algorithm = algorithms.SM4(material)

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Return ciphertext and tag."""
        _check_nonce(nonce)
        try:
            sealing = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        except UnsupportedAlgorithm:
            raise NotOffered("this OpenSSL has no SM4-GCM") from None
        sealing.authenticate_additional_data(aad)
        return sealing.update(plaintext) + sealing.finalize() + sealing.tag

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext, or raise Undecipherable."""
        _check_nonce(nonce)
        if len(sealed) < TAG_BYTES:
            raise Undecipherable("the ciphertext does not open")
        mode = modes.GCM(nonce, sealed[-TAG_BYTES:])
        try:
            opening = Cipher(self._algorithm, mode).decryptor()
        except UnsupportedAlgorithm:
            raise NotOffered("this OpenSSL has no SM4-GCM") from None
        opening.authenticate_additional_data(aad)
        # SECURITY: nothing leaves this function before finalize has checked the tag.
        plaintext = opening.update(sealed[:-TAG_BYTES])
        try:
            return plaintext + opening.finalize()
        except InvalidTag:
            raise Undecipherable("the ciphertext does not open") from None


def _check_nonce(nonce: bytes) -> None:
    if len(nonce) != NONCE_BYTES:
        raise BadInput(f"a nonce has {NONCE_BYTES} bytes")
