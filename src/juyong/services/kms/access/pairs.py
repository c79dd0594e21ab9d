"""The key pair of a client key, sealed for the caller who asked for it.

The private half leaves in PKCS#12 under the caller's password and is kept nowhere.

SECURITY: the password seals it by triple DES and SHA-1, since readers of that format in Go and
older Java open nothing else, and the official clients use them. The rounds of the key derivation
set the cost of a guess; only the password sets the number of guesses.
"""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from juyong.base.clock import Instant
from juyong.base.ids import new_uuid
from juyong.base.secret import Secret

_BITS, _EXPONENT = 2048, 65537
_ROUNDS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientPair:
    """A pair just made. certificate: PEM. sealed: PKCS#12 in Base64."""

    client_key_id: str
    certificate: str
    sealed: Secret


def make_pair(*, password: Secret, not_before: Instant, not_after: Instant) -> ClientPair:
    """Make an RSA pair with a certificate that it signs itself.

    Cost: tenths of a second; not for a transaction.
    """
    key_id = f"KAAP.{new_uuid()}"
    key = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_BITS)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, key_id)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_moment(not_before))
        .not_valid_after(_moment(not_after))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    sealed = pkcs12.serialize_key_and_certificates(
        key_id.encode(),
        key,
        certificate,
        None,
        serialization.PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(_ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303  # see the module's text
        .build(password.reveal().encode()),
    )
    return ClientPair(
        client_key_id=key_id,
        certificate=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        sealed=Secret(base64.b64encode(sealed).decode()),
    )


def _moment(at: Instant) -> datetime:
    return datetime.fromtimestamp(at, UTC)
