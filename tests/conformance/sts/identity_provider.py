"""Identity providers of both kinds, made for a test: they sign, publish keys, and can err."""

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from joserfc import jwt
from joserfc.jwk import RSAKey
from lxml import etree
from signxml import XMLSigner
from signxml.algorithms import CanonicalizationMethod

from juyong.engines.federation.fingerprint import fingerprint

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
ENTITY = "https://idp.example.test/metadata"
RECIPIENT = "https://signin.alibabacloud.com/saml-role/sso"
AUDIENCE = "urn:alibaba:cloudcomputing:international"
ATTRIBUTES = "https://www.aliyun.com/SAML-Role/Attributes/"


@cache
def saml_key(name: str) -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def saml_metadata(name: str = "idp", extra: str = "") -> str:
    """Metadata as IMS keeps it: base64 of the document."""
    der = saml_key(name)[1].public_bytes(serialization.Encoding.DER)
    xml = (
        f'<md:EntityDescriptor xmlns:md="{METADATA}" entityID="{ENTITY}"{extra}>'
        f'<md:IDPSSODescriptor protocolSupportEnumeration="{SAMLP}">'
        f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{DSIG}"><ds:X509Data>'
        f"<ds:X509Certificate>{base64.b64encode(der).decode()}</ds:X509Certificate>"
        "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor></md:IDPSSODescriptor>"
        "</md:EntityDescriptor>"
    )
    return base64.b64encode(xml.encode()).decode()


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(kw_only=True)
class SamlAssertion:
    """What a SAML provider says; every field can be bent by a test."""

    now: int
    roles: tuple[tuple[str, str], ...]
    identifier: str
    session: str = "alice@corp"
    recipient: str = RECIPIENT
    audience: str = AUDIENCE
    lasts: int = 300
    signer: str = "idp"
    attributes: dict[str, str] = field(default_factory=dict)
    session_end: int | None = None

    def encoded(self) -> str:
        """Base64 of the response, its assertion signed."""
        root = etree.fromstring(self._assertion())
        key, certificate = saml_key(self.signer)
        signed = XMLSigner(
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
        ).sign(
            root,
            key=key,
            cert=certificate.public_bytes(serialization.Encoding.PEM).decode(),
            reference_uri=self.identifier,
            id_attribute="ID",
        )
        body = etree.tostring(signed).decode()
        return base64.b64encode(
            f'<samlp:Response xmlns:samlp="{SAMLP}" ID="_r{self.identifier}" Version="2.0"'
            f' IssueInstant="{_iso(self.now)}"><samlp:Status><samlp:StatusCode'
            f' Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{body}'
            "</samlp:Response>".encode()
        ).decode()

    def _assertion(self) -> str:
        end = _iso(self.now + self.lasts)
        statement = "".join(
            f'<saml:Attribute Name="{ATTRIBUTES}{name}"><saml:AttributeValue>{value}'
            "</saml:AttributeValue></saml:Attribute>"
            for name, value in [
                *(("Role", ",".join(pair)) for pair in self.roles),
                ("RoleSessionName", self.session),
                *self.attributes.items(),
            ]
        )
        until = f' SessionNotOnOrAfter="{_iso(self.session_end)}"' if self.session_end else ""
        return (
            f'<saml:Assertion xmlns:saml="{SAML}" ID="{self.identifier}" Version="2.0"'
            f' IssueInstant="{_iso(self.now)}"><saml:Issuer>{ENTITY}</saml:Issuer><saml:Subject>'
            '<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">alice'
            '</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
            f'<saml:SubjectConfirmationData Recipient="{self.recipient}" NotOnOrAfter="{end}"/>'
            "</saml:SubjectConfirmation></saml:Subject>"
            f'<saml:Conditions NotBefore="{_iso(self.now - 60)}" NotOnOrAfter="{end}">'
            f"<saml:AudienceRestriction><saml:Audience>{self.audience}</saml:Audience>"
            "</saml:AudienceRestriction></saml:Conditions>"
            f'<saml:AuthnStatement AuthnInstant="{_iso(self.now)}"{until}/>'
            f"<saml:AttributeStatement>{statement}</saml:AttributeStatement></saml:Assertion>"
        )


@cache
def signing_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@dataclass
class Issuer:
    """An OIDC issuer on loopback; `answers` are its documents by path, and may be replaced."""

    url: str
    answers: dict[str, tuple[int, bytes]]
    asked: list[str]

    def publish(self, *kids: str) -> None:
        keys = [signing_key(kid).as_dict(private=False) for kid in kids]
        self.answers["/keys"] = 200, json.dumps({"keys": keys}).encode()

    def token(self, now: int, *, kid: str = "k1", **claims: Any) -> str:
        said = {
            "iss": self.url,
            "sub": "system:serviceaccount:ns:app",
            "aud": "sts.aliyuncs.com",
            "iat": now,
            "exp": now + 600,
            **claims,
        }
        said = {name: value for name, value in said.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": kid}, said, signing_key(kid))


@contextmanager
def issuing(tls: ssl.SSLContext | None = None) -> Iterator[Issuer]:
    """Serve an issuer with one key, `k1`, until the block ends."""
    answers: dict[str, tuple[int, bytes]] = {}
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, body = answers.get(self.path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    issuer = Issuer(url, answers, asked)
    document = {"issuer": url, "jwks_uri": f"{url}/keys"}
    answers["/.well-known/openid-configuration"] = 200, json.dumps(document).encode()
    issuer.publish("k1")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Authority:
    """A certificate authority of a test, and certificates it gives out."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.der)


def _builder(name: str, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def authority(name: str = "test ca", parent: Authority | None = None) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = parent.key if parent else key
    usage = {
        flag: flag in ("key_cert_sign", "crl_sign")
        for flag in (
            *("digital_signature", "content_commitment", "key_encipherment"),
            *("data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"),
            *("encipher_only", "decipher_only"),
        )
    }
    certificate = (
        _builder(name, key, 30)
        .issuer_name(
            parent.certificate.subject
            if parent
            else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()),
            critical=False,
        )
        .sign(issuer, hashes.SHA256())
    )
    return Authority(key, certificate)


def leaf(by: Authority) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """A server certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    host = x509.IPAddress(ip_address("127.0.0.1"))
    certificate = (
        _builder("server", key, 20)
        .issuer_name(by.certificate.subject)
        .add_extension(x509.SubjectAlternativeName([host]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()),
            critical=False,
        )
        .sign(by.key, hashes.SHA256())
    )
    return key, certificate


def tls_context(
    folder: Path, key: ec.EllipticCurvePrivateKey, *chain: x509.Certificate
) -> ssl.SSLContext:
    """A server context that shows a chain, leaf first."""
    shown, held = folder / "chain.pem", folder / "key.pem"
    shown.write_bytes(b"".join(c.public_bytes(serialization.Encoding.PEM) for c in chain))
    held.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(shown, held)
    return context
