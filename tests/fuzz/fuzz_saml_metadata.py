"""Fuzz identity-provider metadata: what is accepted keeps its promises."""

import warnings

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from juyong.engines.federation.saml_metadata import BadMetadata, parse_metadata

NOW = 1_750_000_000
GOOD = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https'
    b'://idp.example.test/metadata"><md:IDPSSODescriptor protocolSupportEnumeration="urn:o'
    b'asis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:d'
    b's="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>\n'
    b"MIIBHDCBwqADAgECAhREAoMMzl5nrdt/fLgqhwTX60oCczAKBggqhkjOPQQDAjAOMQwwCgYDVQQD\n"
    b"DANpZHAwHhcNMTUwNjE4MTUwNjQwWhcNMTUwNzE4MTUwNjQwWjAOMQwwCgYDVQQDDANpZHAwWTAT\n"
    b"BgcqhkjOPQIBBggqhkjOPQMBBwNCAASOo1jG7U5B0gnprE8neCUzJ4f7cO+fpOAFvSr/yoqxK5YS\n"
    b"NEyIxHjrADcN5NgaFLAtKuLrI+gj5uXtsQGxEPIuMAoGCCqGSM49BAMCA0kAMEYCIQDo6XFRFUEY\n"
    b"42fsv9tuIo83NV4QzZz+WfIKCbZOLaS7IgIhAOBvIWVz0xP2kqkc4DpoBZ9j3rAgNv1q+zeS3AkR\n"
    b"EtIB\n"
    b"</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnS"
    b'ervice Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://id'
    b'p.example.test/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>'
)
SEEDS = [
    GOOD,
    GOOD.replace(b' use="signing"', b""),
    GOOD.replace(
        b"<md:IDPSSODescriptor ", b'<md:IDPSSODescriptor validUntil="2030-01-01T00:00:00Z" '
    ),
    GOOD.replace(b"</md:KeyDescriptor>", b"</md:KeyDescriptor><md:KeyDescriptor/>"),
    b"<!DOCTYPE x>" + GOOD,
    b"",
]


def target(data: bytes) -> None:
    """Parse `data` and hold the result to its documented bounds."""
    with warnings.catch_warnings():
        # Old self-signed certificates bear serial number 0, which the library grumbles about.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        try:
            found = parse_metadata(data, now=NOW)
        except BadMetadata:
            return
        for der in found.certificates:
            x509.load_der_x509_certificate(der).public_key()
    assert 1 <= len(found.entity_id) <= 1024
    assert 1 <= len(found.certificates) <= 2
    assert all(url.startswith(("http://", "https://")) for url in found.sso_urls)
