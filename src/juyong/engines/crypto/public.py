"""Public keys: encrypt, and verify signatures of digests."""

from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from juyong.engines.crypto.keys import BadInput, BadSignature, NotOffered
from juyong.engines.crypto.paddings import (
    CURVES,
    ECDSA,
    ENCRYPTION,
    PREHASHED,
    VERIFYING,
    check_digest,
)
from juyong.engines.crypto.sm2 import Sm2PublicKey
from juyong.engines.crypto.specs import Family, KeySpec, spec_of

MAX_DER_BYTES = 1200
"""Above RSA_4096 with the longest exponent that is taken (550 bytes)."""
_MAX_EXPONENT_BITS = 64


class PublicKey(Protocol):
    """The public half of a pair."""

    def encrypt(self, algorithm: str, plaintext: bytes) -> bytes:
        """Return the ciphertext; raises BadInput when it is too long, NotOffered."""
        ...

    def verify(self, algorithm: str, digest: bytes, signature: bytes) -> None:
        """Return if the signature is the digest's; raises BadSignature, BadInput, NotOffered."""
        ...


def load_public(spec_name: str, der: bytes) -> PublicKey:
    """Read a public key of a spec, in its one DER encoding of SubjectPublicKeyInfo.

    SECURITY: the bytes may come from any caller. Another encoding of the same key, explicit curve
    parameters, a point that is not on the curve, an even or huge exponent are all refused.

    Raises:
        BadInput: it is no such key.
        NotOffered: no such spec, or one without public keys.
        LibraryMissing: EC_SM2 without its extra.
    """
    spec = spec_of(spec_name)
    match spec.family:
        case Family.RSA:
            return _RsaPublic(spec, der)
        case Family.EC:
            return _EcPublic(spec, der)
        case Family.SM2:
            return Sm2PublicKey(der)
        case Family.SYMMETRIC | Family.MAC:
            raise NotOffered(f"{spec_name} has no public keys")


class _RsaPublic:
    __slots__ = ("_key", "_spec")

    def __init__(self, spec: KeySpec, der: bytes) -> None:
        key = _read(der)
        if not isinstance(key, rsa.RSAPublicKey) or key.key_size != spec.modulus_bits:
            raise BadInput(f"the public key is no {spec.name} key")
        numbers = key.public_numbers()
        if not numbers.n & numbers.e & 1 or not 1 < numbers.e < 1 << _MAX_EXPONENT_BITS:
            raise BadInput("the public key's numbers are out of bounds")
        self._key = key
        self._spec = spec

    def encrypt(self, algorithm: str, plaintext: bytes) -> bytes:
        padding = ENCRYPTION.get(algorithm)
        if padding is None:
            raise NotOffered(f"{self._spec.name} has no such encryption algorithm")
        limit = self._spec.max_plaintext_bytes[algorithm]
        if len(plaintext) > limit:
            raise BadInput(f"{self._spec.name} with {algorithm} takes up to {limit} bytes")
        return self._key.encrypt(plaintext, padding)

    def verify(self, algorithm: str, digest: bytes, signature: bytes) -> None:
        padding = VERIFYING.get(algorithm)
        if padding is None:
            raise NotOffered(f"{self._spec.name} has no such signature algorithm")
        check_digest(digest)
        try:
            self._key.verify(signature, digest, padding, PREHASHED)
        except InvalidSignature:
            raise BadSignature("the signature does not fit") from None


class _EcPublic:
    __slots__ = ("_key", "_name")

    def __init__(self, spec: KeySpec, der: bytes) -> None:
        key = _read(der)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise BadInput(f"the public key is no {spec.name} key")
        if not isinstance(key.curve, CURVES[spec.name]):
            raise BadInput(f"the public key is no {spec.name} key")
        self._key = key
        self._name = spec.name

    def encrypt(self, algorithm: str, plaintext: bytes) -> bytes:  # noqa: ARG002  # the port's
        raise NotOffered(f"{self._name} has no such encryption algorithm")

    def verify(self, algorithm: str, digest: bytes, signature: bytes) -> None:
        if algorithm != "ECDSA_SHA_256":
            raise NotOffered(f"{self._name} has no such signature algorithm")
        check_digest(digest)
        try:
            self._key.verify(signature, digest, ECDSA)
        except InvalidSignature:
            raise BadSignature("the signature does not fit") from None


def _read(der: bytes) -> object:
    if len(der) > MAX_DER_BYTES:
        raise BadInput("the public key is too long")
    try:
        key = load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadInput("the public key is no SubjectPublicKeyInfo") from None
    if key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != der:
        raise BadInput("the public key is not encoded canonically")
    return key
