"""Fuzz SAML responses: whatever is accepted must be the one assertion that was signed."""

from juyong.engines.federation.saml import (
    Assertion,
    SamlError,
    SamlInvalid,
    parse_metadata,
    verify_response,
)
from juyong.engines.federation.saml_assertion import (
    Bounds,
    check_conditions,
    read_role_attributes,
    read_subject,
    session_end,
)
from juyong.engines.federation.xml import SAML, UnsafeXml, parse_xml

NOW = 1_750_000_000
AUDIENCES = ("urn:alibaba:cloudcomputing",)
RECIPIENTS = ("https://signin.aliyun.com/saml-role/sso",)
METADATA = parse_metadata(
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
# Signed once with a key that was thrown away, so that nobody can sign another.
SIGNED = (
    b'<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:o'
    b'asis:names:tc:SAML:2.0:assertion" ID="_response1" Version="2.0" IssueInstant="2025-0'
    b'6-15T15:06:40Z" Destination="https://signin.aliyun.com/saml-role/sso"><saml:Issuer>h'
    b"ttps://idp.example.test/metadata</saml:Issuer><samlp:Status><samlp:StatusCode Value="
    b'"urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion xmlns:s'
    b'aml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_assertion1" Version="2.0" IssueInst'
    b'ant="2025-06-15T15:06:40Z"><saml:Issuer>https://idp.example.test/metadata</saml:Issu'
    b'er><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:pers'
    b'istent">alice</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML'
    b':2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="https://signin.aliyun.com/s'
    b'aml-role/sso" NotOnOrAfter="2025-06-15T15:11:40Z"/></saml:SubjectConfirmation></saml'
    b':Subject><saml:Conditions NotBefore="2025-06-15T15:05:40Z" NotOnOrAfter="2025-06-15T'
    b'15:16:40Z"><saml:AudienceRestriction><saml:Audience>urn:alibaba:cloudcomputing</saml'
    b":Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnIns"
    b'tant="2025-06-15T15:06:40Z"/><saml:AttributeStatement><saml:Attribute Name="https://'
    b'www.aliyun.com/SAML-Role/Attributes/Role"><saml:AttributeValue>acs:ram::123456789012'
    b"3456:role/reader,acs:ram::1234567890123456:saml-provider/corp</saml:AttributeValue><"
    b'/saml:Attribute><saml:Attribute Name="https://www.aliyun.com/SAML-Role/Attributes/Ro'
    b'leSessionName"><saml:AttributeValue>alice@corp</saml:AttributeValue></saml:Attribute'
    b'><saml:Attribute Name="https://www.aliyun.com/SAML-Role/Attributes/SessionDuration">'
    b"<saml:AttributeValue>3600</saml:AttributeValue></saml:Attribute><saml:Attribute Name"
    b'="https://www.aliyun.com/SAML-Role/Attributes/SourceIdentity"><saml:AttributeValue>a'
    b"lice-id</saml:AttributeValue></saml:Attribute></saml:AttributeStatement><ds:Signatur"
    b'e xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationM'
    b'ethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algor'
    b'ithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/><ds:Reference URI="#_ass'
    b'ertion1"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#e'
    b'nveloped-signature"/><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n'
    b'#"/></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha'
    b'256"/><ds:DigestValue>RaMJnF0RU0ANxam/LaYGeIEOtJznsvA7hypCHiFO2JI=</ds:DigestValue><'
    b"/ds:Reference></ds:SignedInfo><ds:SignatureValue>jWAINZSDhp7JSTKb+1iQFy6FLJwWanBu89u"
    b"kKIqjyqh2pZO6K1TNssu+XHZv9cRy47mV6+BKA6b/ePs5bLPXQw==</ds:SignatureValue><ds:KeyInfo"
    b"><ds:X509Data><ds:X509Certificate>MIIBHDCBwqADAgECAhREAoMMzl5nrdt/fLgqhwTX60oCczAKBg"
    b"gqhkjOPQQDAjAO\n"
    b"MQwwCgYDVQQDDANpZHAwHhcNMTUwNjE4MTUwNjQwWhcNMTUwNzE4MTUwNjQwWjAO\n"
    b"MQwwCgYDVQQDDANpZHAwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASOo1jG7U5B\n"
    b"0gnprE8neCUzJ4f7cO+fpOAFvSr/yoqxK5YSNEyIxHjrADcN5NgaFLAtKuLrI+gj\n"
    b"5uXtsQGxEPIuMAoGCCqGSM49BAMCA0kAMEYCIQDo6XFRFUEY42fsv9tuIo83NV4Q\n"
    b"zZz+WfIKCbZOLaS7IgIhAOBvIWVz0xP2kqkc4DpoBZ9j3rAgNv1q+zeS3AkREtIB\n"
    b"</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature></saml:Assertion></sa"
    b"mlp:Response>"
)
EXPECTED = Assertion(
    id="_assertion1",
    issuer="https://idp.example.test/metadata",
    subject="alice",
    subject_type="persistent",
    recipient="https://signin.aliyun.com/saml-role/sso",
    role_pairs=(
        (
            "acs:ram::1234567890123456:role/reader",
            "acs:ram::1234567890123456:saml-provider/corp",
        ),
    ),
    session_name="alice@corp",
    session_duration=3600,
    source_identity="alice-id",
    not_on_or_after=NOW + 300,
    session_not_on_or_after=None,
    remember_until=NOW + 360,
)
SEEDS = [
    SIGNED,
    SIGNED.replace(b">alice<", b">al<!-- -->ice<"),
    SIGNED.replace(b">alice<", b">root<"),
    SIGNED.replace(b"ds:Signature", b"ds:Sig"),
    SIGNED.replace(b"<saml:Subject>", b"<saml:Subject><saml:NameID>x</saml:NameID>"),
    b"<!DOCTYPE x>" + SIGNED,
    b"<samlp:Response xmlns:samlp='urn:oasis:names:tc:SAML:2.0:protocol'/>",
]


def target(data: bytes) -> None:
    """Verify `data`; then read its assertions as though the signature had held."""
    try:
        found = verify_response(data, METADATA, now=NOW, audiences=AUDIENCES, recipients=RECIPIENTS)
    except SamlError:
        pass
    else:
        assert found == EXPECTED
    _read_unsigned(data)


def _read_unsigned(data: bytes) -> None:
    """Reach the readers behind the signature, which mutated bytes never pass."""
    try:
        root = parse_xml(data, max_bytes=100_000)
    except UnsafeXml:
        return
    bounds = Bounds(now=NOW, skew_seconds=60, audiences=AUDIENCES, recipients=RECIPIENTS)
    for assertion in root.iter(SAML + "Assertion"):
        for read in (read_subject, check_conditions, session_end):
            try:
                read(assertion, bounds)
            except SamlError:
                continue
        try:
            roles = read_role_attributes(assertion)
        except SamlInvalid:
            continue
        assert roles.role_pairs
        assert 2 <= len(roles.session_name) <= 64
