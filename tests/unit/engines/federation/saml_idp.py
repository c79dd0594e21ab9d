"""A small identity provider for tests: it makes metadata and signs responses."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import XMLSigner
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod

NOW = 1_750_000_000
ENTITY = "https://idp.example.test/metadata"
RECIPIENT = "https://signin.aliyun.com/saml-role/sso"
AUDIENCE = "urn:alibaba:cloudcomputing"
ROLE_ARN = "acs:ram::1234567890123456:role/reader"
PROVIDER_ARN = "acs:ram::1234567890123456:saml-provider/corp"
ATTRIBUTES = "https://www.aliyun.com/SAML-Role/Attributes/"
NS = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
}


def iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Keypair:
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


@cache
def keypair(name: str = "idp", kind: str = "rsa", bits: int = 2048) -> Keypair:
    """Make a self-signed certificate that expired years before NOW, as old providers have."""
    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=bits)
        if kind == "rsa"
        else ec.generate_private_key(ec.SECP256R1())
    )
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.fromtimestamp(NOW, UTC) - timedelta(days=3650)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    return Keypair(key, certificate)


def metadata(
    *ders: bytes,
    entity_id: str = ENTITY,
    protocol: str = NS["samlp"],
    use: str | None = "signing",
    sso: tuple[str, ...] = ("https://idp.example.test/sso",),
    extra: str = "",
    root_attributes: str = "",
) -> bytes:
    use_attribute = "" if use is None else f' use="{use}"'
    keys = "".join(
        f'<md:KeyDescriptor{use_attribute}><ds:KeyInfo xmlns:ds="{NS["ds"]}"><ds:X509Data>'
        f"<ds:X509Certificate>\n{base64.encodebytes(der).decode()}</ds:X509Certificate>"
        f"</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for der in ders
    )
    urls = "".join(
        '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"'
        f' Location="{url}"/>'
        for url in sso
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<md:EntityDescriptor xmlns:md="{NS["md"]}" entityID="{entity_id}"{root_attributes}>'
        f'<md:IDPSSODescriptor protocolSupportEnumeration="{protocol}">{keys}{urls}'
        f"</md:IDPSSODescriptor>{extra}</md:EntityDescriptor>"
    ).encode()


def attribute(name: str, *values: str) -> str:
    inner = "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
    full = name if name.startswith("http") else ATTRIBUTES + name
    return f'<saml:Attribute Name="{full}">{inner}</saml:Attribute>'


DEFAULT_ATTRIBUTES = attribute("Role", f"{ROLE_ARN},{PROVIDER_ARN}") + attribute(
    "RoleSessionName", "alice@corp"
)


def assertion(
    *,
    identifier: str = "_assertion1",
    issuer: str = ENTITY,
    name_id: str = "alice",
    name_format: str | None = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    method: str = "urn:oasis:names:tc:SAML:2.0:cm:bearer",
    recipient: str | None = RECIPIENT,
    confirmed_until: int | None = NOW + 300,
    not_before: int | None = NOW - 60,
    not_on_or_after: int | None = NOW + 600,
    audiences: tuple[str, ...] | None = (AUDIENCE,),
    more_conditions: str = "",
    session_end: int | None = None,
    attributes: str = DEFAULT_ATTRIBUTES,
    subject_extra: str = "",
    version: str = "2.0",
) -> str:
    def at(name: str, value: str | None) -> str:
        return "" if value is None else f' {name}="{value}"'

    def when(name: str, value: int | None) -> str:
        return at(name, None if value is None else iso(value))

    restriction = (
        ""
        if audiences is None
        else "<saml:AudienceRestriction>"
        + "".join(f"<saml:Audience>{name}</saml:Audience>" for name in audiences)
        + "</saml:AudienceRestriction>"
    )
    return (
        f'<saml:Assertion xmlns:saml="{NS["saml"]}" ID="{identifier}" Version="{version}"'
        f' IssueInstant="{iso(NOW)}"><saml:Issuer>{issuer}</saml:Issuer>'
        f"<saml:Subject><saml:NameID{at('Format', name_format)}>{name_id}</saml:NameID>"
        f'<saml:SubjectConfirmation Method="{method}"><saml:SubjectConfirmationData'
        f"{at('Recipient', recipient)}{when('NotOnOrAfter', confirmed_until)}/>"
        f"</saml:SubjectConfirmation>{subject_extra}</saml:Subject>"
        f"<saml:Conditions{when('NotBefore', not_before)}"
        f"{when('NotOnOrAfter', not_on_or_after)}>{restriction}{more_conditions}</saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{iso(NOW)}"'
        f"{when('SessionNotOnOrAfter', session_end)}/>"
        f"<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"
    )


def response(
    *bodies: str,
    status: str = "urn:oasis:names:tc:SAML:2.0:status:Success",
    issuer: str | None = ENTITY,
    destination: str | None = RECIPIENT,
    version: str = "2.0",
) -> str:
    issued = "" if issuer is None else f"<saml:Issuer>{issuer}</saml:Issuer>"
    to = "" if destination is None else f' Destination="{destination}"'
    return (
        f'<samlp:Response xmlns:samlp="{NS["samlp"]}" xmlns:saml="{NS["saml"]}" ID="_response1"'
        f' Version="{version}" IssueInstant="{iso(NOW)}"{to}>{issued}<samlp:Status>'
        f'<samlp:StatusCode Value="{status}"/></samlp:Status>{"".join(bodies)}</samlp:Response>'
    )


class _Sha1Signer(XMLSigner):
    """Old providers still do it; the library refuses unless asked like this."""

    def check_deprecated_methods(self) -> None:
        pass


def sign(
    xml: str,
    by: Keypair | None = None,
    *,
    algorithm: SignatureMethod = SignatureMethod.RSA_SHA256,
    digest: DigestAlgorithm = DigestAlgorithm.SHA256,
    c14n: CanonicalizationMethod = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
) -> str:
    """Return the document with an enveloped signature over its root as the root's last child."""
    pair = by or keypair()
    root = etree.fromstring(xml)
    signer = _Sha1Signer if "SHA1" in algorithm.name else XMLSigner
    signed = signer(
        signature_algorithm=algorithm,
        digest_algorithm=digest,
        c14n_algorithm=c14n,
    ).sign(
        root,
        key=pair.key,
        cert=pair.pem,
        reference_uri=root.get("ID"),
        id_attribute="ID",
    )
    return etree.tostring(signed).decode()


def good_response(**fields: object) -> bytes:
    """Return a response whose assertion is signed, the usual kind."""
    return response(sign(assertion(**fields))).encode()  # type: ignore[arg-type]
