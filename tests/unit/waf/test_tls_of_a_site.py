"""Certificates are chosen by name, and a connection serves the name that it was opened for."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.unit.waf.proxied import MarkerEngine, backend, proxy, run, status

from juyong.waf.site import Certificate, Site
from juyong.waf.tls import BadCertificate, Contexts


def certificate(folder: Path, *names: str) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / f"{len(names)}{names[0]}.pem", folder / f"{len(names)}{names[0]}.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Certificate(chain=str(chain), key=str(secret))


async def asked_by(port: int, sni: str, host: str, version: ssl.TLSVersion) -> tuple[int, str]:
    """Return the status, and the first name of the certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = version
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname=sni
    )
    inside = writer.get_extra_info("ssl_object")
    names = x509.load_der_x509_certificate(inside.getpeercert(binary_form=True))
    told = names.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    got = await reader.read()
    writer.close()
    return status(got), str(told)


def test_names_choose_certificates(tmp_path: Path) -> None:
    async def work() -> None:
        both = (
            certificate(tmp_path, "a.example"),
            certificate(tmp_path, "b.example", "*.b.example"),
        )
        newest = ssl.TLSVersion.TLSv1_3
        log = tmp_path / "log"
        async with (
            backend() as site,
            proxy(site.port, engine=MarkerEngine(), certificates=both, log=log) as front,
        ):
            for sni, host, expected in (
                ("a.example", "a.example", (200, "a.example")),
                ("b.example", "B.example:443", (200, "b.example")),
                ("x.b.example", "x.b.example", (200, "b.example")),
                ("c.example", "c.example", (200, "a.example")),
                ("a.example", "b.example", (421, "a.example")),
                ("a.example", "a.example.evil", (421, "a.example")),
            ):
                assert await asked_by(front.port, sni, host, newest) == expected
            assert site.seen[0].header(b"x-forwarded-proto") == [b"https"]
            assert front.rows()[0]["ssl_protocol"] == "TLSv1.3"
            assert await asked_by(front.port, "a.example", "a.example", ssl.TLSVersion.TLSv1_2) == (
                200,
                "a.example",
            )
        strict = {"certificates": both, "minimum_tls": "1.3"}
        async with backend() as site, proxy(site.port, **strict) as front:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await asked_by(front.port, "a.example", "a.example", ssl.TLSVersion.TLSv1_2)

    run(work)


def test_certificates_that_cannot_be_used(tmp_path: Path) -> None:
    one, other = certificate(tmp_path, "a.example"), certificate(tmp_path, "b.example")
    for bad in (
        Certificate(chain=one.chain, key=other.key),
        Certificate(chain=one.key, key=one.key),
        Certificate(chain=str(tmp_path / "none"), key=one.key),
    ):
        with pytest.raises(BadCertificate):
            Contexts(Site(backends=("http://x",), certificates=(bad,)))
