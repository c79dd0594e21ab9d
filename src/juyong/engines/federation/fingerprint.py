"""Name a certificate by its SHA-1 fingerprint, as OIDC providers are registered."""

import hashlib
import hmac
from collections.abc import Collection, Iterable


def fingerprint(cert_der: bytes) -> str:
    """Return the SHA-1 of a DER certificate as 40 lower-case hexadecimal characters.

    Source: RAM documentation, OIDC provider fingerprints (documented). SHA-1 names a certificate
    here and authenticates nothing: code that pins it must also verify that the pinned certificate
    signed the peer's leaf, directly or through others.
    """
    return hashlib.sha1(cert_der, usedforsecurity=False).hexdigest()


def any_fingerprint_matches(chain: Iterable[bytes], fingerprints: Collection[str]) -> bool:
    """Tell whether any certificate of `chain` (DER) has one of `fingerprints`, in either case.

    Cost: one digest a certificate and one comparison a pair; all pairs are always compared.
    """
    registered = [text.strip().lower().encode() for text in fingerprints]
    matched = False
    for cert_der in chain:
        shown = fingerprint(cert_der).encode()
        for expected in registered:
            matched |= hmac.compare_digest(shown, expected)
    return matched
