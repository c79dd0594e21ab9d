"""Names of algorithms as the library's objects.

Source: KMS API reference, AsymmetricEncrypt and AsymmetricSign (documented); a PSS salt of 32 bytes
is assumed, since its length is unpublished, and any length verifies.
"""

from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from juyong.engines.crypto.keys import BadInput
from juyong.engines.crypto.specs import DIGEST_BYTES

Padding = padding.AsymmetricPadding


def _oaep(algorithm: hashes.HashAlgorithm) -> padding.OAEP:
    return padding.OAEP(padding.MGF1(algorithm), algorithm, None)


PKCS1V15 = padding.PKCS1v15()
PREHASHED = Prehashed(hashes.SHA256())
ECDSA = ec.ECDSA(PREHASHED)
ENCRYPTION: Mapping[str, Padding] = {
    "RSAES_OAEP_SHA_256": _oaep(hashes.SHA256()),
    "RSAES_OAEP_SHA_1": _oaep(hashes.SHA1()),  # noqa: S303  # OAEP does not rest on collisions
}
SIGNING: Mapping[str, Padding] = {
    "RSA_PSS_SHA_256": padding.PSS(padding.MGF1(hashes.SHA256()), DIGEST_BYTES),
    "RSA_PKCS1_SHA_256": PKCS1V15,
}
VERIFYING: Mapping[str, Padding] = {
    "RSA_PSS_SHA_256": padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO),
    "RSA_PKCS1_SHA_256": PKCS1V15,
}
CURVES: Mapping[str, type[ec.EllipticCurve]] = {
    "EC_P256": ec.SECP256R1,
    "EC_P256K": ec.SECP256K1,
}


def check_digest(digest: bytes) -> None:
    """Refuse bytes that are no digest; nothing is hashed here.

    Raises:
        BadInput: it has not 32 bytes.
    """
    if len(digest) != DIGEST_BYTES:
        raise BadInput(f"a digest has {DIGEST_BYTES} bytes")
