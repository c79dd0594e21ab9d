"""Each algorithm over an object of the token; PKCS#11's errors pass, as callers handle them."""

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11 import MGF, GCMParams, Mechanism

from juyong.engines.crypto.specs import SYMMETRIC_DEFAULT
from juyong.hsm.specs import TAG_BYTES

# DER of DigestInfo up to the digest: SHA-256 (RFC 8017, 9.2, note 1; documented).
_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
_SALT_BYTES = 32

OAEP = {
    "RSAES_OAEP_SHA_256": (Mechanism.SHA256, MGF.SHA256, None),
    "RSAES_OAEP_SHA_1": (Mechanism.SHA_1, MGF.SHA1, None),
}
MACS = {
    "HMAC_SHA_224": Mechanism.SHA224_HMAC,
    "HMAC_SHA_256": Mechanism.SHA256_HMAC,
    "HMAC_SHA_384": Mechanism.SHA384_HMAC,
    "HMAC_SHA_512": Mechanism.SHA512_HMAC,
}


def seal(key: Any, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Encrypt by AES-GCM; returns ciphertext and tag."""
    return bytes(
        key.encrypt(plaintext, mechanism=Mechanism.AES_GCM, mechanism_param=_gcm(nonce, aad))
    )


def open_sealed(key: Any, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Decrypt by AES-GCM."""
    return bytes(key.decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=_gcm(nonce, aad)))


def _gcm(nonce: bytes, aad: bytes) -> GCMParams:
    return GCMParams(nonce, aad or None, TAG_BYTES * 8)


def decrypt(key: Any, algorithm: str, ciphertext: bytes) -> bytes:
    """Decrypt and unpad by OAEP."""
    parameters = OAEP[algorithm]
    return bytes(
        key.decrypt(ciphertext, mechanism=Mechanism.RSA_PKCS_OAEP, mechanism_param=parameters)
    )


def mac(key: Any, algorithm: str, message: bytes) -> bytes:
    """Authenticate a message."""
    return bytes(key.sign(message, mechanism=MACS[algorithm]))


def _sign_pkcs1(key: Any, digest: bytes) -> bytes:
    return bytes(key.sign(_SHA256_INFO + digest, mechanism=Mechanism.RSA_PKCS))


def _sign_pss(key: Any, digest: bytes) -> bytes:
    parameters = (Mechanism.SHA256, MGF.SHA256, _SALT_BYTES)
    return bytes(key.sign(digest, mechanism=Mechanism.RSA_PKCS_PSS, mechanism_param=parameters))


def _sign_ecdsa(key: Any, digest: bytes) -> bytes:
    """Sign; the token returns r and s of equal length, callers get DER."""
    raw = bytes(key.sign(digest, mechanism=Mechanism.ECDSA))
    half = len(raw) // 2
    return encode_dss_signature(
        int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big")
    )


SIGNERS: dict[str, Callable[[Any, bytes], bytes]] = {
    "RSA_PKCS1_SHA_256": _sign_pkcs1,
    "RSA_PSS_SHA_256": _sign_pss,
    "ECDSA_SHA_256": _sign_ecdsa,
}
MECHANISMS = {
    SYMMETRIC_DEFAULT: Mechanism.AES_GCM,
    "RSAES_OAEP_SHA_256": Mechanism.RSA_PKCS_OAEP,
    "RSAES_OAEP_SHA_1": Mechanism.RSA_PKCS_OAEP,
    "RSA_PKCS1_SHA_256": Mechanism.RSA_PKCS,
    "RSA_PSS_SHA_256": Mechanism.RSA_PKCS_PSS,
    "ECDSA_SHA_256": Mechanism.ECDSA,
    **MACS,
}
