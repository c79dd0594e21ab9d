"""SSH keys: made, read from outside, and fingerprinted.

Source: RFC 4253 §6.6, RFC 8709, OpenSSH's public key format; the fingerprint is RFC 4716's, MD5
over the key's wire form.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

RSA_BITS = 2048
_LEAST_RSA_BITS = 1024
_MOST_RSA_BITS = 16384
_LONGEST = 16384
_TYPES = frozenset({"ssh-rsa", "ssh-ed25519", *(f"ecdsa-sha2-nistp{n}" for n in (256, 384, 521))})
_PARTS = 2


class BadPublicKey(ValueError):
    """The text is no public key in OpenSSH's format, or of a kind that is not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SshPublicKey:
    """A public key: its line without comment, and its fingerprint in pairs of digits."""

    line: str
    fingerprint: str


def new_rsa_key() -> tuple[str, SshPublicKey]:
    """Make an RSA key; returns the private key (PKCS#8 PEM, unencrypted) and the public one.

    Cost: some hundred milliseconds.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private.decode(), _described(key.public_key())


def parse_public_key(text: str) -> SshPublicKey:
    """Read a public key in OpenSSH's format; its comment is dropped.

    Raises:
        BadPublicKey: malformed, or neither RSA (1024 to 16384 bits), Ed25519 nor ECDSA.
    """
    if len(text) > _LONGEST or len(text.splitlines()) > 1:
        raise BadPublicKey("one line")
    parts = text.split()
    if len(parts) < _PARTS or parts[0] not in _TYPES:
        raise BadPublicKey("a type that is taken, and a key")
    try:
        base64.b64decode(parts[1], validate=True)
        key = serialization.load_ssh_public_key(" ".join(parts[:_PARTS]).encode("ascii"))
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as bad:
        raise BadPublicKey("no public key") from bad
    match key:
        case rsa.RSAPublicKey():
            if not _LEAST_RSA_BITS <= key.key_size <= _MOST_RSA_BITS:
                raise BadPublicKey("an RSA key of that size")
        case ed25519.Ed25519PublicKey() | ec.EllipticCurvePublicKey():
            pass
        case _:
            raise BadPublicKey("a key of that kind")
    return _described(key)


def _described(
    key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey,
) -> SshPublicKey:
    line = key.public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    ).decode()
    digest = hashlib.md5(base64.b64decode(line.split()[1]), usedforsecurity=False).hexdigest()
    pairs = (digest[i : i + 2] for i in range(0, len(digest), 2))
    return SshPublicKey(line=line, fingerprint=":".join(pairs))
