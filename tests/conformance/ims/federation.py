"""Metadata of a SAML identity provider, as IMS takes it."""

import base64
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"


@cache
def _certificate(name: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def metadata_xml(name: str = "idp", extra: str = "") -> bytes:
    return (
        f'<md:EntityDescriptor xmlns:md="{METADATA}" entityID="https://{name}.example"{extra}>'
        "<md:IDPSSODescriptor"
        ' protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        '<md:KeyDescriptor use="signing">'
        '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
        f"<ds:X509Certificate>{_certificate(name)}</ds:X509Certificate>"
        "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor></md:IDPSSODescriptor>"
        "</md:EntityDescriptor>"
    ).encode()


def metadata(name: str = "idp", extra: str = "") -> str:
    return encoded(metadata_xml(name, extra))


def encoded(xml: bytes) -> str:
    return base64.b64encode(xml).decode()
