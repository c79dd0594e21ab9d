"""SM2 by GmSSL: keys in standard encodings, signatures of digests, encryption.

The library takes bare points and scalars. This module has their framing, which is constant, so that
it is compared and not parsed. Material is PKCS#8 as OpenSSL writes it, with the public point, since
nothing here can compute it from the scalar.

Source: GB/T 32918 and GM/T 0009 (documented), RFC 5915 and RFC 5480 for the framing.
"""

from types import ModuleType

from juyong.engines.crypto.keys import (
    BadInput,
    BadSignature,
    LibraryMissing,
    NotOffered,
    Undecipherable,
)
from juyong.engines.crypto.paddings import check_digest
from juyong.engines.crypto.specs import spec_of

_OIDS = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d")
_SPKI = bytes.fromhex("3059") + _OIDS + bytes.fromhex("03420004")
_PKCS8 = bytes.fromhex("308187020100") + _OIDS + bytes.fromhex("046d306b0201010420")
_PKCS8_POINT = bytes.fromhex("a14403420004")
_SCALAR, _POINT = 32, 64
_BELOW_ORDER = bytes.fromhex("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122")
"""n - 1, of which a scalar must be below (GB/T 32918.1, 6.1)."""


def _library() -> ModuleType:
    """Import GmSSL's binding when it is first needed; it is an extra.

    Raises:
        LibraryMissing: it is not installed.
    """
    try:
        import gmssl_pyx  # noqa: PLC0415  # optional
    except ImportError:
        raise LibraryMissing("SM2 needs the extra juyong[sm]") from None
    module: ModuleType = gmssl_pyx
    return module


def generate() -> bytes:
    """Return new material: PKCS#8 DER.

    Raises:
        LibraryMissing: the extra is not installed.
    """
    point, scalar = _library().sm2_key_generate()
    return b"".join((_PKCS8, scalar, _PKCS8_POINT, point))


class Sm2PrivateKey:
    """A pair that decrypts and signs."""

    __slots__ = ("_library", "_point", "_scalar")

    def __init__(self, material: bytes) -> None:
        """Read PKCS#8 DER.

        Raises:
            BadInput: the bytes have another form than `generate` gives.
            LibraryMissing: the extra is not installed.
        """
        middle = len(_PKCS8) + _SCALAR
        head, scalar = material[: len(_PKCS8)], material[len(_PKCS8) : middle]
        mark, point = material[middle : -_POINT or None], material[-_POINT:]
        if (head, mark, len(scalar)) != (_PKCS8, _PKCS8_POINT, _SCALAR):
            raise BadInput("the material is no SM2 pair")
        if not bytes(_SCALAR) < scalar < _BELOW_ORDER:
            raise BadInput("the material is no SM2 pair")
        self._library = _library()
        self._scalar = scalar
        self._point = _on_curve(self._library, point)

    def public_key(self) -> bytes:
        """Return the public half as DER SubjectPublicKeyInfo."""
        return _SPKI + self._point

    def decrypt(self, algorithm: str, ciphertext: bytes) -> bytes:
        """Open a GM/T 0009 SEQUENCE."""
        if algorithm != "SM2PKE":
            raise NotOffered("EC_SM2 decrypts SM2PKE only")
        try:
            plaintext: bytes = self._library.sm2_decrypt(self._scalar, ciphertext)
        except self._library.GmsslInnerError:
            raise Undecipherable("the ciphertext does not open") from None
        return plaintext

    def sign(self, algorithm: str, digest: bytes) -> bytes:
        """Sign e = SM3(Z_A ‖ M), which the caller computed; DER SEQUENCE of r and s."""
        if algorithm != "SM2DSA":
            raise NotOffered("EC_SM2 signs SM2DSA only")
        check_digest(digest)
        signature: bytes = self._library.sm2_sign_sm3_digest(self._scalar, digest)
        return signature


class Sm2PublicKey:
    """The half that encrypts and verifies."""

    __slots__ = ("_library", "_point")

    def __init__(self, der: bytes) -> None:
        """Read DER SubjectPublicKeyInfo.

        Raises:
            BadInput: another form, another curve, or no point of the curve.
            LibraryMissing: the extra is not installed.
        """
        if der[: len(_SPKI)] != _SPKI or len(der) != len(_SPKI) + _POINT:
            raise BadInput("the public key is no SM2 SubjectPublicKeyInfo")
        self._library = _library()
        self._point = _on_curve(self._library, der[-_POINT:])

    def encrypt(self, algorithm: str, plaintext: bytes) -> bytes:
        """Encrypt into a GM/T 0009 SEQUENCE."""
        if algorithm != "SM2PKE":
            raise NotOffered("EC_SM2 encrypts by SM2PKE only")
        if not 1 <= len(plaintext) <= spec_of("EC_SM2").max_plaintext_bytes[algorithm]:
            raise BadInput("SM2PKE takes 1 to 255 bytes")
        ciphertext: bytes = self._library.sm2_encrypt(self._point, plaintext)
        return ciphertext

    def verify(self, algorithm: str, digest: bytes, signature: bytes) -> None:
        """Return if the signature is the digest's, else raise BadSignature."""
        if algorithm != "SM2DSA":
            raise NotOffered("EC_SM2 verifies SM2DSA only")
        check_digest(digest)
        try:
            fits = self._library.sm2_verify_sm3_digest(self._point, digest, signature)
        except self._library.GmsslInnerError:
            fits = False
        if not fits:
            raise BadSignature("the signature does not fit")


def _on_curve(library: ModuleType, point: bytes) -> bytes:
    try:
        found: bytes = library.normalize_sm2_public_key(point)
    except library.GmsslInnerError:
        raise BadInput("the public point is not on the curve") from None
    return found
