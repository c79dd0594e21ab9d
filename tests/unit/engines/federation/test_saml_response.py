"""SAML responses: what is accepted, and each way of being refused."""

from collections.abc import Callable

import pytest
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from tests.unit.engines.federation import saml_idp as idp

from juyong.engines.federation import xml
from juyong.engines.federation.saml import (
    MAX_RESPONSE_BYTES,
    SKEW_SECONDS,
    Assertion,
    IdpMetadata,
    SamlExpired,
    SamlInvalid,
    parse_metadata,
    verify_response,
)

METADATA = parse_metadata(idp.metadata(idp.keypair().der))


def verify(
    data: bytes, *, metadata: IdpMetadata = METADATA, now: int = idp.NOW, **options: object
) -> Assertion:
    return verify_response(
        data,
        metadata,
        now=now,
        audiences=[idp.AUDIENCE],
        recipients=[idp.RECIPIENT],
        **options,  # type: ignore[arg-type]
    )


def test_signed_assertion_is_read_in_full() -> None:
    more = idp.attribute("SessionDuration", "3600") + idp.attribute("SourceIdentity", "alice-id")
    found = verify(idp.good_response(attributes=idp.DEFAULT_ATTRIBUTES + more))
    assert found == Assertion(
        id="_assertion1",
        issuer=idp.ENTITY,
        subject="alice",
        subject_type="persistent",
        recipient=idp.RECIPIENT,
        role_pairs=((idp.ROLE_ARN, idp.PROVIDER_ARN),),
        session_name="alice@corp",
        session_duration=3600,
        source_identity="alice-id",
        not_on_or_after=idp.NOW + 300,
        session_not_on_or_after=None,
        remember_until=idp.NOW + 300 + SKEW_SECONDS,
    )


def test_signed_response_is_enough() -> None:
    assert verify(idp.sign(idp.response(idp.assertion())).encode()).subject == "alice"


def test_both_signatures_are_accepted_together() -> None:
    both = idp.sign(idp.response(idp.sign(idp.assertion())))
    assert verify(both.encode()).subject == "alice"


def test_one_bad_signature_of_two_refuses() -> None:
    stranger = idp.keypair("stranger")
    for outer, inner in ((stranger, None), (None, stranger)):
        both = idp.sign(idp.response(idp.sign(idp.assertion(), inner)), outer)
        with pytest.raises(SamlInvalid, match="does not verify"):
            verify(both.encode())


def test_second_certificate_of_the_metadata_counts() -> None:
    old, new = idp.keypair("old"), idp.keypair("new")
    metadata = parse_metadata(idp.metadata(old.der, new.der))
    for by in (old, new):
        assert verify(idp.response(idp.sign(idp.assertion(), by)).encode(), metadata=metadata)


def test_elliptic_curve_beside_rsa_certificate() -> None:
    curve = idp.keypair("curve", kind="ec")
    metadata = parse_metadata(idp.metadata(idp.keypair().der, curve.der))
    signed = idp.sign(idp.assertion(), curve, algorithm=SignatureMethod.ECDSA_SHA256)
    assert verify(idp.response(signed).encode(), metadata=metadata).subject == "alice"


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        (SignatureMethod.RSA_SHA256, DigestAlgorithm.SHA256),
        (SignatureMethod.RSA_SHA384, DigestAlgorithm.SHA384),
        (SignatureMethod.RSA_SHA512, DigestAlgorithm.SHA512),
    ],
)
def test_accepted_rsa_algorithms(algorithm: SignatureMethod, digest: DigestAlgorithm) -> None:
    signed = idp.sign(idp.assertion(), algorithm=algorithm, digest=digest)
    assert verify(idp.response(signed).encode()).subject == "alice"


@pytest.mark.parametrize(
    ("algorithm", "digest", "reason"),
    [
        (SignatureMethod.RSA_SHA1, DigestAlgorithm.SHA1, "signature algorithm"),
        (SignatureMethod.RSA_SHA1, DigestAlgorithm.SHA256, "signature algorithm"),
        (SignatureMethod.RSA_SHA224, DigestAlgorithm.SHA256, "signature algorithm"),
        (SignatureMethod.SHA256_RSA_MGF1, DigestAlgorithm.SHA256, "signature algorithm"),
        (SignatureMethod.RSA_SHA256, DigestAlgorithm.SHA224, "digest algorithm"),
    ],
)
def test_other_algorithms_are_refused(
    algorithm: SignatureMethod, digest: DigestAlgorithm, reason: str
) -> None:
    signed = idp.sign(idp.assertion(), algorithm=algorithm, digest=digest)
    with pytest.raises(SamlInvalid, match=reason):
        verify(idp.response(signed).encode())


def test_sha1_only_when_allowed() -> None:
    signed = idp.sign(
        idp.assertion(), algorithm=SignatureMethod.RSA_SHA1, digest=DigestAlgorithm.SHA1
    )
    xml = idp.response(signed).encode()
    assert verify(xml, allow_sha1=True).subject == "alice"
    with pytest.raises(SamlInvalid):
        verify(xml)


def test_unsigned_is_refused() -> None:
    with pytest.raises(SamlInvalid, match="neither"):
        verify(idp.response(idp.assertion()).encode())


def test_strangers_signature_is_refused() -> None:
    signed = idp.sign(idp.assertion(), idp.keypair("stranger"))
    with pytest.raises(SamlInvalid, match="does not verify"):
        verify(idp.response(signed).encode())


def test_tampered_text_is_refused() -> None:
    xml = idp.good_response()
    assert xml.count(b">alice<") == 1
    with pytest.raises(SamlInvalid, match="does not verify"):
        verify(xml.replace(b">alice<", b">root<"))


# Times ------------------------------------------------------------------------------------------

SKEW = 30
TIMES = [
    # (fields, now, error): both sides of each edge, with a tolerance of 30 seconds.
    ({"not_before": idp.NOW}, idp.NOW - SKEW, None),
    ({"not_before": idp.NOW}, idp.NOW - SKEW - 1, SamlInvalid),
    ({"not_on_or_after": idp.NOW, "not_before": None}, idp.NOW + SKEW - 1, None),
    ({"not_on_or_after": idp.NOW, "not_before": None}, idp.NOW + SKEW, SamlExpired),
    ({"confirmed_until": idp.NOW}, idp.NOW + SKEW - 1, None),
    ({"confirmed_until": idp.NOW}, idp.NOW + SKEW, SamlExpired),
    ({"session_end": idp.NOW}, idp.NOW + SKEW - 1, None),
    ({"session_end": idp.NOW}, idp.NOW + SKEW, SamlExpired),
    ({"not_on_or_after": None, "not_before": None}, idp.NOW, None),
    ({"confirmed_until": None}, idp.NOW, SamlInvalid),
]


@pytest.mark.parametrize(("fields", "now", "error"), TIMES)
def test_time_limits(fields: dict[str, object], now: int, error: type[Exception] | None) -> None:
    xml = idp.good_response(**fields)
    if error is None:
        assert verify(xml, now=now, skew_seconds=SKEW).id == "_assertion1"
    else:
        with pytest.raises(error):
            verify(xml, now=now, skew_seconds=SKEW)


def test_earlier_limit_is_the_one_returned() -> None:
    early = verify(idp.good_response(confirmed_until=idp.NOW + 500, not_on_or_after=idp.NOW + 200))
    assert early.not_on_or_after == idp.NOW + 200
    only = verify(idp.good_response(confirmed_until=idp.NOW + 500, not_on_or_after=None))
    assert only.not_on_or_after == idp.NOW + 500


def test_nothing_is_accepted_once_it_may_be_forgotten() -> None:
    xml = idp.good_response()
    first = verify(xml)
    assert verify(xml, now=first.remember_until - 1).id == first.id
    with pytest.raises(SamlExpired):
        verify(xml, now=first.remember_until)


def test_session_end_is_returned() -> None:
    found = verify(idp.good_response(session_end=idp.NOW + 1200))
    assert found.session_not_on_or_after == idp.NOW + 1200


def test_replay_bears_the_same_id_whatever_surrounds_it() -> None:
    signed = idp.sign(idp.assertion())
    plain = verify(idp.response(signed).encode())
    dressed = verify(
        idp.response("\n  <!-- again -->\n  ", signed, "\n", issuer=None, destination=None).encode()
    )
    assert plain == dressed


# Names and form ---------------------------------------------------------------------------------

Change = dict[str, object]
REFUSED_ASSERTIONS: list[tuple[Change, str]] = [
    ({"issuer": "https://other.example.test"}, "another issuer"),
    ({"recipient": "https://other.example.test/acs"}, "another recipient"),
    ({"recipient": None}, "another recipient"),
    ({"audiences": ("urn:other",)}, "another audience"),
    ({"audiences": ()}, "another audience"),
    ({"audiences": None}, "no audience"),
    (
        {
            "more_conditions": "<saml:AudienceRestriction><saml:Audience>urn:other</saml:Audience>"
            "</saml:AudienceRestriction>"
        },
        "another audience",
    ),
    ({"more_conditions": '<x:Moon xmlns:x="urn:x"/>'}, "Moon is not understood"),
    ({"more_conditions": "<saml:Condition/>"}, "Condition is not understood"),
    ({"method": "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"}, "bearer"),
    ({"name_id": ""}, "NameID must hold text"),
    ({"name_id": "<b>alice</b>"}, "NameID must hold text"),
    ({"subject_extra": "<saml:NameID>bob</saml:NameID>"}, "exactly one NameID, found 2"),
    (
        {
            "subject_extra": '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:'
            'bearer"/>'
        },
        "exactly one SubjectConfirmation, found 2",
    ),
    ({"version": "1.1"}, "not a SAML 2.0 assertion"),
]
ROLE = idp.attribute("Role", f"{idp.ROLE_ARN},{idp.PROVIDER_ARN}")
NAME = idp.attribute("RoleSessionName", "alice")
REFUSED_ATTRIBUTES: list[tuple[str, str]] = [
    ("", "Role attribute is missing"),
    (NAME, "Role attribute is missing"),
    (idp.attribute("Role") + NAME, "Role attribute is missing"),
    (idp.attribute("Role", f"{idp.PROVIDER_ARN},{idp.ROLE_ARN}") + NAME, "role ARN"),
    (idp.attribute("Role", idp.ROLE_ARN) + NAME, "role ARN"),
    (idp.attribute("Role", f"{idp.ROLE_ARN},{idp.PROVIDER_ARN},x") + NAME, "role ARN"),
    (ROLE, "exactly one value, found 0"),
    (ROLE + idp.attribute("RoleSessionName", "alice", "bob"), "exactly one value, found 2"),
    (ROLE + NAME + NAME, "exactly one value, found 2"),
    (ROLE + idp.attribute("RoleSessionName", "a"), "RoleSessionName is wrongly"),
    (ROLE + idp.attribute("RoleSessionName", "a" * 65), "RoleSessionName is wrongly"),
    (ROLE + idp.attribute("RoleSessionName", "al ice"), "RoleSessionName is wrongly"),
    (ROLE + idp.attribute("RoleSessionName", "alïce"), "RoleSessionName is wrongly"),
    (ROLE + NAME + idp.attribute("SessionDuration", "899"), "SessionDuration must be 900"),
    (ROLE + NAME + idp.attribute("SessionDuration", "43201"), "SessionDuration must be 900"),
    (ROLE + NAME + idp.attribute("SessionDuration", "1h"), "whole number"),
    (ROLE + NAME + idp.attribute("SessionDuration", "1000", "1000"), "whole number"),
    (ROLE + NAME + idp.attribute("SourceIdentity", "a"), "SourceIdentity"),
    (ROLE + NAME + idp.attribute("SourceIdentity", "a" * 65), "SourceIdentity"),
    (ROLE + NAME + idp.attribute("SourceIdentity", "aliyun:me"), "SourceIdentity"),
    (ROLE + NAME + idp.attribute("SourceIdentity", "alice", "bob"), "SourceIdentity"),
]


@pytest.mark.parametrize(("change", "reason"), REFUSED_ASSERTIONS)
def test_refused_assertion(change: Change, reason: str) -> None:
    with pytest.raises(SamlInvalid, match=reason):
        verify(idp.good_response(**change))


@pytest.mark.parametrize(("attributes", "reason"), REFUSED_ATTRIBUTES)
def test_refused_attributes(attributes: str, reason: str) -> None:
    with pytest.raises(SamlInvalid, match=reason):
        verify(idp.good_response(attributes=attributes))


def test_refusal_tables_are_not_empty() -> None:
    assert (len(REFUSED_ASSERTIONS), len(REFUSED_ATTRIBUTES), len(TIMES)) == (15, 21, 10)


@pytest.mark.parametrize(
    ("name", "values", "field", "expected"),
    [
        ("RoleSessionName", "ab", "session_name", "ab"),
        ("RoleSessionName", "a" * 64, "session_name", "a" * 64),
        ("RoleSessionName", "-_.@=,+A9", "session_name", "-_.@=,+A9"),
        ("SessionDuration", "900", "session_duration", 900),
        ("SessionDuration", "43200", "session_duration", 43_200),
        ("SourceIdentity", "ab", "source_identity", "ab"),
        ("SourceIdentity", "a" * 64, "source_identity", "a" * 64),
    ],
)
def test_attribute_edges_are_accepted(name: str, values: str, field: str, expected: object) -> None:
    others = ROLE if name == "RoleSessionName" else ROLE + NAME
    found = verify(idp.good_response(attributes=others + idp.attribute(name, values)))
    assert getattr(found, field) == expected


def test_roles_keep_their_order_and_lose_repeats() -> None:
    second = idp.ROLE_ARN.replace("reader", "writer")
    values = [f" {second} , {idp.PROVIDER_ARN} ", f"{idp.ROLE_ARN},{idp.PROVIDER_ARN}"]
    attributes = idp.attribute("Role", *values, values[0]) + NAME
    assert verify(idp.good_response(attributes=attributes)).role_pairs == (
        (second, idp.PROVIDER_ARN),
        (idp.ROLE_ARN, idp.PROVIDER_ARN),
    )


@pytest.mark.parametrize(
    ("urn", "short"),
    [
        (None, "unspecified"),
        ("urn:oasis:names:tc:SAML:2.0:nameid-format:transient", "transient"),
        ("urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", "emailAddress"),
        ("urn:example:own", "urn:example:own"),
    ],
)
def test_name_format_is_shortened(urn: str | None, short: str) -> None:
    assert verify(idp.good_response(name_format=urn)).subject_type == short


def test_user_sign_in_needs_no_roles() -> None:
    found = verify(idp.good_response(attributes=""), require_roles=False)
    assert (found.subject, found.role_pairs, found.session_name) == ("alice", (), "")


@pytest.mark.parametrize(
    ("envelope", "reason"),
    [
        ({"status": "urn:oasis:names:tc:SAML:2.0:status:Requester"}, "no success"),
        ({"issuer": "https://other.example.test"}, "another issuer"),
        ({"destination": "https://other.example.test/acs"}, "another destination"),
        ({"version": "1.1"}, "not a SAML 2.0 response"),
    ],
)
def test_refused_envelope(envelope: dict[str, str], reason: str) -> None:
    xml = idp.response(idp.sign(idp.assertion()), **envelope)  # type: ignore[arg-type]
    with pytest.raises(SamlInvalid, match=reason):
        verify(xml.encode())


def test_bare_assertion_is_no_response() -> None:
    with pytest.raises(SamlInvalid, match=r"not a SAML 2\.0 response"):
        verify(idp.sign(idp.assertion()).encode())


# XML hygiene ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prolog",
    [
        "<!DOCTYPE r>",
        '<!DOCTYPE r [<!ENTITY a "alice">]>',
        '<!DOCTYPE r SYSTEM "http://192.0.2.1/evil.dtd">',
        '<!DOCTYPE r [<!ENTITY % x SYSTEM "file:///etc/passwd">%x;]>',
    ],
)
def test_doctype_is_refused(prolog: str) -> None:
    with pytest.raises(SamlInvalid, match="DOCTYPE"):
        verify(prolog.encode() + idp.good_response())


def test_doctype_is_refused_before_anything_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entities in attribute values are expanded while the parser reads, so it must not start."""

    def no_parser() -> None:
        pytest.fail("the parser was started")

    monkeypatch.setattr(xml, "hardened_parser", no_parser)
    laughs = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><r x="&b;"/>'
    with pytest.raises(SamlInvalid, match="DOCTYPE"):
        verify(laughs)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        b"<a>",
        b"\x00" * 100,
        b"<a>&undeclared;</a>",
        "<a/>".encode("utf-16"),
        b'<?xml version="1.0" encoding="latin-1"?><a>\xe9</a>',
        b"<a>" * 300 + b"</a>" * 300,
    ],
)
def test_unreadable_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(SamlInvalid, match=r"well-formed|not a SAML"):
        verify(data)


def test_size_bound_has_two_sides() -> None:
    xml = idp.good_response()
    fits = xml + b" " * (MAX_RESPONSE_BYTES - len(xml))
    assert verify(fits).subject == "alice"
    with pytest.raises(SamlInvalid, match="larger"):
        verify(fits + b" ")


# Signature wrapping -----------------------------------------------------------------------------

EVIL = idp.assertion(identifier="_evil", name_id="root")
SIGNED = idp.sign(idp.assertion())


def without_signature(xml: str) -> tuple[str, str]:
    """Split a signed assertion into the assertion alone and its signature."""
    root = etree.fromstring(xml)
    signature = root.find(f"{{{idp.NS['ds']}}}Signature")
    root.remove(signature)
    return etree.tostring(root).decode(), etree.tostring(signature).decode()


def inside(outer: str, inner: str, tag: str) -> str:
    """Put `inner` as the last content of the first `tag` in `outer`."""
    return outer.replace(f"</{tag}>", inner + f"</{tag}>", 1)


def two_assertions(order: int) -> str:
    return idp.response(*(EVIL, SIGNED)[::order])


def signed_one_in_extensions() -> str:
    return idp.response(f"<samlp:Extensions>{SIGNED}</samlp:Extensions>", EVIL)


def signed_one_in_object() -> str:
    bare, signature = without_signature(SIGNED)
    wrapped = inside(
        signature, f'<ds:Object xmlns:ds="{idp.NS["ds"]}">{bare}</ds:Object>', "ds:Signature"
    )
    return idp.response(inside(EVIL, wrapped, "saml:Assertion"))


def signed_one_in_advice() -> str:
    return idp.response(inside(EVIL, f"<saml:Advice>{SIGNED}</saml:Advice>", "saml:Assertion"))


def same_id_twice() -> str:
    return idp.response(idp.assertion(name_id="root"), SIGNED)


def same_id_on_another_element() -> str:
    return idp.response(f'<samlp:Extensions ID="_assertion1"/>{SIGNED}')


def signature_borrowed_by_the_forged_one() -> str:
    bare, signature = without_signature(SIGNED)
    forged = inside(EVIL, signature, "saml:Assertion")
    return idp.response(f"<samlp:Extensions>{bare}</samlp:Extensions>", forged)


def signature_borrowed_and_original_gone() -> str:
    _, signature = without_signature(SIGNED)
    return idp.response(inside(idp.assertion(name_id="root"), signature, "saml:Assertion"))


def signature_hung_on_the_response() -> str:
    bare, signature = without_signature(SIGNED)
    return idp.response(bare, signature)


def signature_in_extensions() -> str:
    bare, signature = without_signature(SIGNED)
    return idp.response(f"<samlp:Extensions>{signature}</samlp:Extensions>", bare)


def signed_response_inside_a_forged_one() -> str:
    real = idp.sign(idp.response(idp.assertion()))
    return idp.response(f"<samlp:Extensions>{real}</samlp:Extensions>", EVIL).replace(
        'ID="_response1"', 'ID="_forged"', 1
    )


def signed_response_moved_into_object() -> str:
    root = etree.fromstring(idp.sign(idp.response(idp.assertion())))
    signature = root.find(f"{{{idp.NS['ds']}}}Signature")
    root.remove(signature)
    holder = etree.SubElement(signature, f"{{{idp.NS['ds']}}}Object")
    holder.append(root)
    forged = etree.fromstring(idp.response(EVIL).replace("_response1", "_forged"))
    forged.append(signature)
    return etree.tostring(forged).decode()


def two_signatures_on_one_element() -> str:
    _, signature = without_signature(SIGNED)
    return idp.response(inside(SIGNED, signature, "saml:Assertion"))


def reference_to_the_whole_document() -> str:
    return idp.sign(idp.response(idp.assertion())).replace('URI="#_response1"', 'URI=""')


def object_in_the_signature() -> str:
    spare = f'<ds:Object xmlns:ds="{idp.NS["ds"]}">spare</ds:Object>'
    return idp.response(inside(SIGNED, spare, "ds:Signature"))


def encrypted_beside_the_signed_one() -> str:
    return idp.response(SIGNED, "<saml:EncryptedAssertion/>")


def only_encrypted() -> str:
    return idp.response("<saml:EncryptedAssertion/>")


def xpath_transform() -> str:
    enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
    assert enveloped in SIGNED
    return idp.response(
        SIGNED.replace(enveloped, "http://www.w3.org/TR/1999/REC-xpath-19991116", 1)
    )


WRAPPINGS: list[tuple[Callable[[], str], str]] = [
    (lambda: two_assertions(1), "exactly one assertion, found 2"),
    (lambda: two_assertions(-1), "exactly one assertion, found 2"),
    (idp.response, "exactly one assertion, found 0"),
    (signed_one_in_extensions, "exactly one assertion, found 2"),
    (signed_one_in_object, "exactly one assertion, found 2"),
    (signed_one_in_advice, "exactly one assertion, found 2"),
    (
        lambda: idp.response(f"<samlp:Extensions>{SIGNED}</samlp:Extensions>"),
        "not a child of the response",
    ),
    (same_id_twice, "exactly one assertion, found 2"),
    (same_id_on_another_element, "an ID is used twice"),
    (signature_borrowed_by_the_forged_one, "exactly one assertion, found 2"),
    (signature_borrowed_and_original_gone, "does not verify"),
    (signature_hung_on_the_response, "does not refer to the element"),
    (signature_in_extensions, "stands where none belongs"),
    (signed_response_inside_a_forged_one, "exactly one assertion, found 2"),
    (signed_response_moved_into_object, "exactly one assertion, found 2"),
    (two_signatures_on_one_element, "two signatures"),
    (reference_to_the_whole_document, "does not refer to the element"),
    (object_in_the_signature, "carries an Object"),
    (encrypted_beside_the_signed_one, "encrypted assertions are not supported"),
    (only_encrypted, "encrypted assertions are not supported"),
    (xpath_transform, "transform"),
]


@pytest.mark.parametrize(("build", "reason"), WRAPPINGS)
def test_wrapped_signature_is_refused(build: Callable[[], str], reason: str) -> None:
    with pytest.raises(SamlInvalid, match=reason):
        verify(build().encode())


def test_wrapping_variants_all_ran() -> None:
    assert len(WRAPPINGS) == 21


@pytest.mark.parametrize("where", ["al<!-- x -->ice", "<!-- x -->alice", "alice<!-- x -->"])
def test_comment_put_into_the_name_does_not_shorten_it(where: str) -> None:
    xml = idp.good_response().replace(b">alice<", f">{where}<".encode())
    assert verify(xml).subject == "alice"


def test_comment_under_the_signature_is_refused() -> None:
    """Some canonical forms keep comments, so that one may stand in what was signed."""
    method = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0_WITH_COMMENTS
    split = idp.assertion(name_id="al<!-- x -->ice")
    with pytest.raises(SamlInvalid, match="must hold text"):
        verify(idp.response(idp.sign(split, c14n=method)).encode())
    assert verify(idp.response(idp.sign(idp.assertion(), c14n=method)).encode()).subject == "alice"


def test_processing_instruction_in_the_name_is_refused() -> None:
    with pytest.raises(SamlInvalid, match="must hold text"):
        verify(idp.good_response(name_id="al<?x y?>ice"))


@pytest.mark.parametrize("tag", ["ds:SignatureValue", "ds:DigestValue", "ds:SignedInfo"])
def test_emptied_signature_is_refused(tag: str) -> None:
    root = etree.fromstring(idp.good_response())
    for node in root.iterfind(f".//{tag}", namespaces=idp.NS):
        node.clear()
    with pytest.raises(SamlInvalid):
        verify(etree.tostring(root))
