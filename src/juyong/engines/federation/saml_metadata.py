"""Read the metadata of a SAML 2.0 identity provider."""

import base64
import binascii
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from juyong.engines.federation.instants import parse_instant
from juyong.engines.federation.xml import DSIG, METADATA, UnsafeXml, leaf_text, parse_xml

MAX_METADATA_BYTES = 200_000
MAX_CERTIFICATES = 2
MIN_RSA_BITS = 2048

_SAML2 = "urn:oasis:names:tc:SAML:2.0:protocol"
_MAX_ENTITY_ID = 1024
_MAX_SSO_URLS = 16


class BadMetadata(ValueError):
    """The document is no usable identity-provider metadata; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class IdpMetadata:
    """One identity provider: its name, its certificates, its sign-in address.

    `certificates` are DER, in document order, without repeats.
    """

    entity_id: str
    certificates: tuple[bytes, ...]
    sso_urls: tuple[str, ...]


def parse_metadata(xml: bytes, *, now: int | None = None) -> IdpMetadata:
    """Read identity-provider metadata.

    Args:
        xml: At most `MAX_METADATA_BYTES`, UTF-8, without a DOCTYPE.
        now: Seconds since 1970; when given, metadata past its `validUntil` is refused.

    Returns:
        The provider, with one or two signing certificates (RSA of at least 2048 bits, or EC).
        Their validity dates are not looked at: providers sign for years with self-signed
        certificates that are never renewed, and trust comes from the metadata itself.

    Raises:
        BadMetadata: not SAML 2.0 metadata with exactly one IDPSSODescriptor and its certificates.

    Cost: linear in the size.
    Source: RAM documentation, SAML provider limits (documented); key size and byte limit (assumed).
    """
    try:
        root = parse_xml(xml, max_bytes=MAX_METADATA_BYTES)
    except UnsafeXml as bad:
        raise BadMetadata(bad.reason) from bad
    idp, entity = _only_descriptor(root)
    _refuse_outdated((root, entity, idp), now)
    entity_id = entity.get("entityID", "").strip()
    if not 1 <= len(entity_id) <= _MAX_ENTITY_ID:
        raise BadMetadata(f"entityID must have 1 to {_MAX_ENTITY_ID} characters")
    return IdpMetadata(
        entity_id=entity_id, certificates=_certificates(idp), sso_urls=_sso_urls(idp)
    )


def _only_descriptor(root: etree._Element) -> tuple[etree._Element, etree._Element]:
    found = list(root.iter(METADATA + "IDPSSODescriptor"))
    if len(found) != 1:
        raise BadMetadata(f"expected exactly one IDPSSODescriptor, found {len(found)}")
    idp = found[0]
    entity = idp.getparent()
    if entity is None or entity.tag != METADATA + "EntityDescriptor":
        raise BadMetadata("the IDPSSODescriptor stands outside an EntityDescriptor")
    holder = entity.getparent()
    if entity is not root and (holder is not root or root.tag != METADATA + "EntitiesDescriptor"):
        raise BadMetadata("the EntityDescriptor is not at the top of the document")
    if _SAML2 not in idp.get("protocolSupportEnumeration", "").split():
        raise BadMetadata("the provider does not support SAML 2.0")
    return idp, entity


def _refuse_outdated(elements: tuple[etree._Element, ...], now: int | None) -> None:
    for element in elements:
        text = element.get("validUntil")
        if text is None:
            continue
        until = parse_instant(text)
        if until is None:
            raise BadMetadata("validUntil is no UTC instant")
        if now is not None and now >= until:
            raise BadMetadata("the metadata is past its validUntil")


def _certificates(idp: etree._Element) -> tuple[bytes, ...]:
    found: dict[bytes, None] = {}
    for key in idp.findall(METADATA + "KeyDescriptor"):
        if key.get("use", "signing") != "signing":
            continue
        for node in key.findall(f"{DSIG}KeyInfo/{DSIG}X509Data/{DSIG}X509Certificate"):
            found[_certificate(node)] = None
    if not 1 <= len(found) <= MAX_CERTIFICATES:
        raise BadMetadata(
            f"expected 1 to {MAX_CERTIFICATES} signing certificates, found {len(found)}"
        )
    return tuple(found)


def _certificate(node: etree._Element) -> bytes:
    try:
        der = base64.b64decode("".join((leaf_text(node) or "").split()), validate=True)
        key = x509.load_der_x509_certificate(der).public_key()
    except (binascii.Error, ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as bad:
        raise BadMetadata("an X509Certificate cannot be read") from bad
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < MIN_RSA_BITS:
            raise BadMetadata(f"a certificate's RSA key has fewer than {MIN_RSA_BITS} bits")
    elif not isinstance(key, ec.EllipticCurvePublicKey):
        raise BadMetadata("a certificate's key is neither RSA nor EC")
    return der


def _sso_urls(idp: etree._Element) -> tuple[str, ...]:
    urls = dict.fromkeys(
        node.get("Location", "").strip() for node in idp.findall(METADATA + "SingleSignOnService")
    )
    if len(urls) > _MAX_SSO_URLS:
        raise BadMetadata(f"more than {_MAX_SSO_URLS} SingleSignOnService locations")
    # SECURITY: a browser may be sent there, so a `javascript:` or `data:` location is refused.
    if not all(url.startswith(("https://", "http://")) for url in urls):
        raise BadMetadata("a SingleSignOnService location is no http(s) URL")
    return tuple(urls)
