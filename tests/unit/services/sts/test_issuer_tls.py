"""Which certificate chains count for an issuer."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from juyong.base.clock import Instant
from juyong.engines.federation.fingerprint import fingerprint
from juyong.services.sts.issuer_tls import is_pinned

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = 86_400
Pair = tuple[ec.EllipticCurvePrivateKey, x509.Certificate]


def certificate(
    name: str, by: Pair | None, *, host: x509.GeneralName | None = None, days: int = 30
) -> Pair:
    """A CA certificate, or with a host a server certificate, signed by another or itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = by[0] if by else key
    is_ca = host is None
    flags = dict.fromkeys(
        (
            *("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("encipher_only", "decipher_only"),
        ),
        False,
    )
    usage = x509.KeyUsage(digital_signature=not is_ca, key_cert_sign=is_ca, crl_sign=is_ca, **flags)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by[1].subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
            critical=False,
        )
    )
    if host is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([host]), critical=False)
    return key, builder.sign(signer, hashes.SHA256())


def der(pair: Pair) -> bytes:
    return pair[1].public_bytes(serialization.Encoding.DER)


ROOT = certificate("root", None)
MIDDLE = certificate("middle", ROOT)
LEAF = certificate("leaf", MIDDLE, host=x509.DNSName("issuer.example.test"))
CHAIN = [der(LEAF), der(MIDDLE), der(ROOT)]
AT = Instant(int(NOW.timestamp()))
HOST = "issuer.example.test"


@pytest.mark.parametrize("pinned", [ROOT, MIDDLE, LEAF])
def test_any_certificate_of_a_sound_chain_may_be_registered(pinned: Pair) -> None:
    assert is_pinned(CHAIN, [fingerprint(der(pinned))], HOST, AT)
    assert is_pinned(CHAIN, ["0" * 40, fingerprint(der(pinned)).upper()], HOST, AT)


def test_nothing_registered_or_nothing_shown_is_refused() -> None:
    assert not is_pinned(CHAIN, [], HOST, AT)
    assert not is_pinned(CHAIN, [""], HOST, AT)
    assert not is_pinned([], [fingerprint(der(ROOT))], HOST, AT)
    assert not is_pinned(CHAIN, ["0" * 40], HOST, AT)


def test_leaf_of_somebody_else_is_refused() -> None:
    stranger = certificate("root", None)
    forged = certificate("leaf", stranger, host=x509.DNSName(HOST))
    assert not is_pinned([der(forged), der(ROOT)], [fingerprint(der(ROOT))], HOST, AT)
    assert not is_pinned([der(forged), *CHAIN], [fingerprint(der(LEAF))], HOST, AT)


def test_leaf_for_another_host_is_refused() -> None:
    assert not is_pinned(CHAIN, [fingerprint(der(ROOT))], "other.example.test", AT)


def test_leaf_for_an_address_is_taken() -> None:
    local = certificate("leaf", ROOT, host=x509.IPAddress(ip_address("127.0.0.1")))
    chain = [der(local), der(ROOT)]
    assert is_pinned(chain, [fingerprint(der(ROOT))], "127.0.0.1", AT)
    assert not is_pinned(chain, [fingerprint(der(ROOT))], "127.0.0.2", AT)


def test_expired_chain_is_refused() -> None:
    assert is_pinned(CHAIN, [fingerprint(der(ROOT))], HOST, Instant(AT + 29 * DAY))
    assert not is_pinned(CHAIN, [fingerprint(der(ROOT))], HOST, Instant(AT + 31 * DAY))


def test_intermediate_that_is_no_authority_is_refused() -> None:
    clerk = certificate("clerk", ROOT, host=x509.DNSName("clerk.example.test"))
    forged = certificate("leaf", clerk, host=x509.DNSName(HOST))
    assert not is_pinned([der(forged), der(clerk), der(ROOT)], [fingerprint(der(ROOT))], HOST, AT)


def test_bytes_that_are_no_certificate_are_refused() -> None:
    junk = b"junk"
    assert not is_pinned([junk, der(ROOT)], [fingerprint(der(ROOT))], HOST, AT)
    assert not is_pinned([der(LEAF), junk, der(ROOT)], [fingerprint(der(ROOT))], HOST, AT)
