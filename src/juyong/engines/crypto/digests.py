"""Digests of whole messages, as each signature algorithm wants them.

Source: GB/T 32918.2, 5.5 (Z_A), and GM/T 0009, 10, for the default identity (documented).
"""

from cryptography.hazmat.primitives import hashes

_SM2_IDENTITY = b"1234567812345678"
_SM2_CURVE = bytes.fromhex(
    "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc"
    "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"
)
"""a, b and the base point."""
_POINT = 64


def digest_of(algorithm: str, public_key: bytes, message: bytes) -> bytes:
    """Return the 32 bytes that an algorithm signs of a message.

    Args:
        algorithm: Of signatures; SM2DSA hashes by SM3, with the signer's identity, all others by
            SHA-256.
        public_key: DER SubjectPublicKeyInfo of the signer.
        message: Any length.
    """
    if algorithm != "SM2DSA":
        return _hashed(hashes.SHA256(), message)
    bits = (len(_SM2_IDENTITY) * 8).to_bytes(2, "big")
    who = _hashed(hashes.SM3(), bits + _SM2_IDENTITY + _SM2_CURVE + public_key[-_POINT:])
    return _hashed(hashes.SM3(), who + message)


def _hashed(algorithm: hashes.HashAlgorithm, content: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(content)
    return digest.finalize()
