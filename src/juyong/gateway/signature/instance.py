"""The signature of KMS instances: RSA PKCS #1 v1.5 with SHA-256, by a client key.

It covers method, body hash, content type, date, the `x-kms-` headers and the path; the host is not
covered, and there is no nonce.

Source: the official client alibabacloud-dkms-gcs (observed).
"""

import base64
import binascii
from collections.abc import Mapping

ALGORITHM = "RSA_PKCS1_SHA_256"
_SCHEME = "Bearer"
_PREFIX = "x-kms-"


class Unreadable(ValueError):
    """The Authorization header is not `Bearer <Base64>`."""


def parse_authorization(value: str) -> bytes:
    """Return the signature.

    Raises:
        Unreadable: another form.
    """
    scheme, _, text = value.partition(" ")
    try:
        signature = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as bad:
        raise Unreadable("authorization") from bad
    if scheme != _SCHEME or not signature:
        raise Unreadable("authorization")
    return signature


def string_to_sign(method: str, headers: Mapping[str, str]) -> str:
    """Canonicalise a request, whose path is always `/` and whose query is empty."""
    lines = (method, *(headers.get(n, "") for n in ("content-sha256", "content-type", "date")))
    names = sorted(name for name in headers if name.startswith(_PREFIX))
    block = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    return "\n".join(lines) + f"\n{block}/"


def verify(certificate: str, text: str, signature: bytes) -> bool:
    """Tell whether a signature is that of a certificate's key.

    Args:
        certificate: PEM of an RSA key.
        text: The signed text.
        signature: Its bytes.
    """
    from cryptography import x509  # noqa: PLC0415  # a start need not wait for it
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(signature, text.encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
