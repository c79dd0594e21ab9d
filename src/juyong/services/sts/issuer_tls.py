"""Check an OIDC issuer's TLS certificates against its registered fingerprints.

SECURITY: a handshake proves possession of the leaf's key only. Any peer can send a leaf of its own
with another's CA certificate behind it, so a registered CA counts only if the leaf verifies under
it, for the host asked and at this time.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from juyong.base.clock import Instant
from juyong.engines.federation.fingerprint import any_fingerprint_matches


def is_pinned(
    chain: Sequence[bytes], fingerprints: Collection[str], host: str, now: Instant
) -> bool:
    """Tell whether a chain (DER, leaf first) belongs to a host under a registered certificate.

    Args:
        chain: As the peer sent it; neither its order nor its completeness is certain.
        fingerprints: SHA-1, hexadecimal, of the leaf or of a CA that stands in the chain.
        host: The name or address that the request went to.
        now: For the validity dates.

    Cost: a path validation for each certificate that has a registered fingerprint.
    Source: RAM documentation, OIDC provider fingerprints (documented); the leaf's own (assumed).
    """
    if not chain:
        return False
    if any_fingerprint_matches(chain[:1], fingerprints):
        return True
    return any(
        _leads_to(chain, anchor, host, now)
        for anchor in chain[1:]
        if any_fingerprint_matches((anchor,), fingerprints)
    )


def _leads_to(chain: Sequence[bytes], anchor: bytes, host: str, now: Instant) -> bool:
    try:
        leaf, *others = (x509.load_der_x509_certificate(der) for der in chain)
        verifier = (
            PolicyBuilder()
            .store(Store([x509.load_der_x509_certificate(anchor)]))
            .time(datetime.fromtimestamp(now, UTC))
            .build_server_verifier(_subject(host))
        )
        verifier.verify(leaf, others)
    except (VerificationError, ValueError, x509.InvalidVersion):
        return False
    return True


def _subject(host: str) -> x509.IPAddress | x509.DNSName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
