"""RSA and EC pairs in memory, read from PKCS#8 DER."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from juyong.engines.crypto.keys import BadInput, NotOffered, Undecipherable
from juyong.engines.crypto.paddings import (
    CURVES,
    ECDSA,
    ENCRYPTION,
    PKCS1V15,
    PREHASHED,
    SIGNING,
    check_digest,
)
from juyong.engines.crypto.specs import KeySpec

_EXPONENT = 65537


def generate_rsa(spec: KeySpec) -> bytes:
    """Return a new pair as PKCS#8 DER.

    COST: 0.1 to several seconds; never run it where other calls wait.
    """
    return _encoded(rsa.generate_private_key(_EXPONENT, spec.modulus_bits))


def generate_ec(spec: KeySpec) -> bytes:
    """Return a new pair as PKCS#8 DER."""
    return _encoded(ec.generate_private_key(CURVES[spec.name]()))


class RsaPair:
    """An RSA private key.

    COST: to read the material takes microseconds, but the first use of an object twice as long as
    the next ones, since its tables are made then; code that signs much should keep the object.
    """

    __slots__ = ("_key", "_name")

    def __init__(self, spec: KeySpec, material: bytes) -> None:
        """Read PKCS#8 DER.

        Raises:
            BadInput: it is no RSA key of this spec.
        """
        key = _read(material)
        if not isinstance(key, rsa.RSAPrivateKey) or key.key_size != spec.modulus_bits:
            raise BadInput(f"the material is no {spec.name} pair")
        self._key = key
        self._name = spec.name

    def public_key(self) -> bytes:
        """Return the public half as DER SubjectPublicKeyInfo."""
        return _public(self._key)

    def decrypt(self, algorithm: str, ciphertext: bytes) -> bytes:
        """Open an OAEP ciphertext.

        SECURITY: one error for every fault inside the block, so that the error tells nothing about
        it.
        """
        padding = ENCRYPTION.get(algorithm)
        if padding is None:
            raise NotOffered(f"{self._name} has no such encryption algorithm")
        try:
            return self._key.decrypt(ciphertext, padding)
        except ValueError:
            raise Undecipherable("the ciphertext does not open") from None

    def decrypt_pkcs1(self, ciphertext: bytes) -> bytes:
        """Open a PKCS #1 v1.5 block, which only imports of material use.

        Raises:
            Undecipherable: the ciphertext has another length than the modulus, or is above it.
            NotOffered: the library tells a broken block from a sound one.

        SECURITY: a broken block must open as bytes that only key and block determine (implicit
        rejection, OpenSSL 3.2 on), else each answer is a step of a padding oracle.
        """
        if not _rejects_implicitly(self._key):
            raise NotOffered("PKCS #1 v1.5 needs an OpenSSL with implicit rejection")
        try:
            return self._key.decrypt(ciphertext, PKCS1V15)
        except ValueError:
            raise Undecipherable("the ciphertext does not open") from None

    def sign(self, algorithm: str, digest: bytes) -> bytes:
        """Sign a SHA-256 digest."""
        padding = SIGNING.get(algorithm)
        if padding is None:
            raise NotOffered(f"{self._name} has no such signature algorithm")
        check_digest(digest)
        return self._key.sign(digest, padding, PREHASHED)


class EcPair:
    """A private key on a NIST or Koblitz curve; it only signs."""

    __slots__ = ("_key", "_name")

    def __init__(self, spec: KeySpec, material: bytes) -> None:
        """Read PKCS#8 DER.

        Raises:
            BadInput: it is no key on this spec's curve.
        """
        key = _read(material)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise BadInput(f"the material is no {spec.name} pair")
        if not isinstance(key.curve, CURVES[spec.name]):
            raise BadInput(f"the material is no {spec.name} pair")
        self._key = key
        self._name = spec.name

    def public_key(self) -> bytes:
        """Return the public half as DER SubjectPublicKeyInfo."""
        return _public(self._key)

    def decrypt(self, algorithm: str, ciphertext: bytes) -> bytes:  # noqa: ARG002  # the port's
        """Refuse: these curves only sign."""
        raise NotOffered(f"{self._name} has no such encryption algorithm")

    def sign(self, algorithm: str, digest: bytes) -> bytes:
        """Sign a SHA-256 digest; DER SEQUENCE of r and s."""
        if algorithm != "ECDSA_SHA_256":
            raise NotOffered(f"{self._name} has no such signature algorithm")
        check_digest(digest)
        return self._key.sign(digest, ECDSA)


def _rejects_implicitly(key: rsa.RSAPrivateKey) -> bool:
    """Tell whether a block without padding, the number one, opens without an error.

    COST: a private operation; imports are rare.
    """
    try:
        key.decrypt((1).to_bytes(key.key_size // 8, "big"), PKCS1V15)
    except ValueError:
        return False
    return True


def _encoded(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _public(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _read(material: bytes) -> object:
    """Read PKCS#8 DER.

    SECURITY: RSA's consistency check (30 ms) is left out. Material comes only from `generate`, and
    its seal vouches for each byte of it; pairs cannot be imported.
    """
    try:
        return load_der_private_key(material, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadInput("the material is no PKCS#8 pair") from None
