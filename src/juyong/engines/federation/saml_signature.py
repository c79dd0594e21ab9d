"""Find the one assertion in a response that the provider really signed.

SECURITY: signature wrapping moves a signed element aside and puts a forged one where a careless
reader looks. Two walls stand against it. The document must have the one shape real providers
send: a single Assertion, child of the Response; Signatures only as children of those two; every
ID unique. And the assertion is parsed from the very bytes whose digest was verified.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import cryptography.exceptions
from cryptography import x509
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from juyong.engines.federation.saml_errors import SamlInvalid
from juyong.engines.federation.xml import DSIG, SAML, hardened_parser, local_name

_METHODS = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.ECDSA_SHA256,
    }
)
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_TRANSFORMS = frozenset(
    {
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
    }
)
_MAX_TRANSFORMS = 2
_ID_ATTRIBUTES = ("id", "ID", "Id")


def signed_assertion(
    response: etree._Element, certificates: Sequence[bytes], *, allow_sha1: bool = False
) -> etree._Element:
    """Return the assertion as it was signed, parsed anew from the verified bytes.

    Args:
        response: Root of the received document.
        certificates: DER; the signature must verify under one of them. Certificates inside the
            document are ignored, and validity dates are not enforced.
        allow_sha1: Also accept rsa-sha1 with SHA-1 digests, which old providers still send.

    Raises:
        SamlInvalid: the shape is unexpected, nothing is signed, or a signature does not verify.

    Cost: at most two signatures times the number of certificates, each linear in the document.
    Source: SAML 2.0 Core, 5.4 (documented).
    """
    assertion = _only_assertion(response)
    _refuse_repeated_ids(response)
    on_response, on_assertion = _signatures(response, assertion)
    methods = _METHODS | {SignatureMethod.RSA_SHA1} if allow_sha1 else _METHODS
    digests = _DIGESTS | {DigestAlgorithm.SHA1} if allow_sha1 else _DIGESTS
    verified: etree._Element | None = None
    for signature, parent, location in (
        (on_response, response, "./"),
        (on_assertion, assertion, f"./{SAML}Assertion/"),
    ):
        if signature is None:
            continue
        _check_form(signature, parent, methods, digests)
        config = SignatureConfiguration(
            location=location,
            expect_references=1,
            signature_methods=methods,
            digest_algorithms=digests,
            ignore_ambiguous_key_info=True,  # the key comes from the metadata, never from here
        )
        signed = _verify(response, certificates, config)
        if signed.tag != parent.tag or signed.get("ID") != parent.get("ID"):
            raise SamlInvalid("the signature covers another element")
        verified = signed if parent is assertion else _only_assertion(signed)
    if verified is None:
        raise SamlInvalid("neither the response nor the assertion is signed")
    return verified


def _only_assertion(response: etree._Element) -> etree._Element:
    if next(response.iter(SAML + "EncryptedAssertion"), None) is not None:
        raise SamlInvalid("encrypted assertions are not supported")
    found = list(response.iter(SAML + "Assertion"))
    if len(found) != 1:
        raise SamlInvalid(f"expected exactly one assertion, found {len(found)}")
    if found[0].getparent() is not response:
        raise SamlInvalid("the assertion is not a child of the response")
    return found[0]


def _refuse_repeated_ids(root: etree._Element) -> None:
    ids: Counter[str] = Counter()
    for element in root.iter(etree.Element):
        for name, value in element.attrib.items():
            if etree.QName(name).localname in _ID_ATTRIBUTES:
                ids[str(value)] += 1
    if any(count > 1 for count in ids.values()):
        raise SamlInvalid("an ID is used twice")


def _signatures(
    response: etree._Element, assertion: etree._Element
) -> tuple[etree._Element | None, etree._Element | None]:
    by_parent: dict[etree._Element, etree._Element] = {}
    for signature in response.iter(DSIG + "Signature"):
        parent = signature.getparent()
        if parent is None or parent not in (response, assertion):
            raise SamlInvalid("a signature stands where none belongs")
        if parent in by_parent:
            raise SamlInvalid(f"the {local_name(parent)} carries two signatures")
        by_parent[parent] = signature
    return by_parent.get(response), by_parent.get(assertion)


def _check_form(
    signature: etree._Element,
    parent: etree._Element,
    methods: frozenset[SignatureMethod],
    digests: frozenset[DigestAlgorithm],
) -> None:
    """Refuse, with a reason, signatures that the verifier would let pass or refuse less clearly."""
    info = signature.find(DSIG + "SignedInfo")
    references = [] if info is None else info.findall(DSIG + "Reference")
    if info is None or len(references) != 1:
        raise SamlInvalid("a signature must have exactly one reference")
    reference = references[0]
    identifier = parent.get("ID")
    if not identifier or reference.get("URI") != "#" + identifier:
        raise SamlInvalid("the signature does not refer to the element that carries it")
    if _algorithm(info, "SignatureMethod") not in {method.value for method in methods}:
        raise SamlInvalid("the signature algorithm is not accepted")
    if _algorithm(reference, "DigestMethod") not in {digest.value for digest in digests}:
        raise SamlInvalid("the digest algorithm is not accepted")
    transforms = reference.findall(f"{DSIG}Transforms/{DSIG}Transform")
    if len(transforms) > _MAX_TRANSFORMS or any(
        transform.get("Algorithm") not in _TRANSFORMS for transform in transforms
    ):
        raise SamlInvalid("the signature uses a transform that SAML does not allow")
    if signature.find(DSIG + "Object") is not None:
        raise SamlInvalid("the signature carries an Object")


def _algorithm(parent: etree._Element, name: str) -> str | None:
    node = parent.find(DSIG + name)
    return None if node is None else node.get("Algorithm")


def _verify(
    response: etree._Element,
    certificates: Sequence[bytes],
    config: SignatureConfiguration,
) -> etree._Element:
    for der in certificates:
        try:
            return _verify_under(response, x509.load_der_x509_certificate(der), config)
        except (
            SignXMLException,
            cryptography.exceptions.InvalidSignature,
            cryptography.exceptions.UnsupportedAlgorithm,
            etree.LxmlError,
            ValueError,
            TypeError,
        ):
            # The other certificate may be the one in use. TypeError and ValueError are how
            # signxml meets empty or undecodable base64.
            continue
    raise SamlInvalid("the signature does not verify under the provider's certificates")


def _verify_under(
    response: etree._Element, certificate: x509.Certificate, config: SignatureConfiguration
) -> etree._Element:
    result = XMLVerifier().verify(
        response,
        x509_cert=certificate,
        parser=hardened_parser(),
        id_attribute="ID",
        # Judged at its own first second, so that its dates never decide and no clock is read.
        expect_config=replace(config, verification_time=certificate.not_valid_before_utc),
    )
    if not isinstance(result, VerifyResult) or result.signed_xml is None:
        raise SamlInvalid("the signature covers no element")
    return result.signed_xml
