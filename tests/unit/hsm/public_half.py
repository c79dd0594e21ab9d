"""What the holder of a public key does, by `cryptography`."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import load_der_public_key

SHA256 = hashes.SHA256()
OAEP_HASHES = {"RSAES_OAEP_SHA_256": SHA256, "RSAES_OAEP_SHA_1": hashes.SHA1()}  # noqa: S303  # the API's name


def verify(algorithm, spki, signature, digest) -> None:
    """Raise InvalidSignature unless the signature is one of the digest."""
    public = load_der_public_key(spki)
    if algorithm == "ECDSA_SHA_256":
        public.verify(signature, digest, ec.ECDSA(Prehashed(SHA256)))
    elif algorithm == "RSA_PKCS1_SHA_256":
        public.verify(signature, digest, padding.PKCS1v15(), Prehashed(SHA256))
    else:
        assert algorithm == "RSA_PSS_SHA_256"
        public.verify(signature, digest, padding.PSS(padding.MGF1(SHA256), 32), Prehashed(SHA256))


def oaep(algorithm):
    """Return the padding."""
    hashed = OAEP_HASHES[algorithm]
    return padding.OAEP(padding.MGF1(hashed), algorithm=hashed, label=None)


def encrypt(algorithm, spki, plaintext) -> bytes:
    """Encrypt to the key."""
    return load_der_public_key(spki).encrypt(plaintext, oaep(algorithm))
