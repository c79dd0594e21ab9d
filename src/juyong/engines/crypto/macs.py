"""Authentication codes over whole messages."""

import hmac
from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from juyong.engines.crypto.keys import BadSignature, MacKey, NotOffered

_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    "HMAC_SHA_224": hashes.SHA224(),
    "HMAC_SHA_256": hashes.SHA256(),
    "HMAC_SHA_384": hashes.SHA384(),
    "HMAC_SHA_512": hashes.SHA512(),
    "HMAC_SM3": hashes.SM3(),
}


class HmacKey:
    """HMAC with the one hash of its spec."""

    __slots__ = ("_algorithm", "_material")

    def __init__(self, algorithm: str, material: bytes) -> None:
        """Take key bytes."""
        self._algorithm = algorithm
        self._material = material

    def mac(self, algorithm: str, message: bytes) -> bytes:
        """Return the whole code."""
        if algorithm != self._algorithm:
            raise NotOffered(f"the key makes {self._algorithm} only")
        made = HMAC(self._material, _HASHES[algorithm])
        made.update(message)
        return made.finalize()


def verify_mac(key: MacKey, algorithm: str, message: bytes, code: bytes) -> None:
    """Return if the code is the message's, whole and unshortened.

    Raises:
        BadSignature: it is not.
        NotOffered: the key has no such algorithm.
    """
    if not hmac.compare_digest(key.mac(algorithm, message), code):
        raise BadSignature("the authentication code does not fit")
