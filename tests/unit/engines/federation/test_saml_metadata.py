"""Identity-provider metadata: what is read, and what is refused."""

import pytest
from tests.unit.engines.federation import saml_idp as idp

from juyong.engines.federation.saml import BadMetadata, IdpMetadata, parse_metadata
from juyong.engines.federation.saml_metadata import MAX_METADATA_BYTES

ONE = idp.keypair().der
TWO = idp.keypair("two", "ec").der
THREE = idp.keypair("three", "ec").der
DESCRIPTOR = (
    '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/>'
)


def test_reads_entity_certificates_and_urls() -> None:
    urls = ("https://idp.example.test/post", "https://idp.example.test/redirect")
    assert parse_metadata(idp.metadata(ONE, TWO, sso=urls)) == IdpMetadata(
        entity_id=idp.ENTITY, certificates=(ONE, TWO), sso_urls=urls
    )


def test_key_without_use_signs_too() -> None:
    assert parse_metadata(idp.metadata(ONE, use=None)).certificates == (ONE,)


def test_repeated_certificate_counts_once() -> None:
    assert parse_metadata(idp.metadata(ONE, ONE, TWO, ONE)).certificates == (ONE, TWO)


def test_elliptic_curve_certificate_is_accepted() -> None:
    curve = idp.keypair("curve", kind="ec").der
    assert parse_metadata(idp.metadata(curve)).certificates == (curve,)


def test_one_entity_inside_a_list_is_accepted() -> None:
    entity = idp.metadata(ONE).partition(b"?>\n")[2].decode()
    listed = f'<md:EntitiesDescriptor xmlns:md="{idp.NS["md"]}">{entity}</md:EntitiesDescriptor>'
    assert parse_metadata(listed.encode()).entity_id == idp.ENTITY


def test_valid_until_has_two_sides() -> None:
    xml = idp.metadata(ONE, root_attributes=f' validUntil="{idp.iso(idp.NOW)}"')
    assert parse_metadata(xml, now=idp.NOW - 1).entity_id == idp.ENTITY
    with pytest.raises(BadMetadata, match="validUntil"):
        parse_metadata(xml, now=idp.NOW)
    assert parse_metadata(xml).entity_id == idp.ENTITY


def test_size_bound_has_two_sides() -> None:
    xml = idp.metadata(ONE)
    fits = xml + b" " * (MAX_METADATA_BYTES - len(xml))
    assert parse_metadata(fits).entity_id == idp.ENTITY
    with pytest.raises(BadMetadata, match="larger"):
        parse_metadata(fits + b" ")


REFUSED: list[tuple[bytes, str]] = [
    (idp.metadata(), "found 0"),
    (idp.metadata(ONE, TWO, THREE), "found 3"),
    (idp.metadata(ONE, use="encryption"), "found 0"),
    (idp.metadata(b"not a certificate"), "cannot be read"),
    (idp.metadata(ONE.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x1c")), "cannot be read"),
    (idp.metadata(idp.keypair("weak", bits=1024).der), "fewer than 2048 bits"),
    (idp.metadata(ONE, extra=DESCRIPTOR), "exactly one IDPSSODescriptor, found 2"),
    (idp.metadata(ONE).replace(b"IDPSSODescriptor", b"SPSSODescriptor"), "found 0"),
    (idp.metadata(ONE, entity_id=""), "entityID"),
    (idp.metadata(ONE, entity_id="x" * 1025), "entityID"),
    (idp.metadata(ONE, protocol="urn:oasis:names:tc:SAML:1.1:protocol"), "SAML 2.0"),
    (idp.metadata(ONE, sso=("javascript:alert(1)",)), "no http"),
    (idp.metadata(ONE, sso=("",)), "no http"),
    (idp.metadata(ONE, root_attributes=' validUntil="tomorrow"'), "no UTC instant"),
    (b"<!DOCTYPE x>" + idp.metadata(ONE).partition(b"?>\n")[2], "DOCTYPE"),
    (b"<r>" + idp.metadata(ONE).partition(b"?>\n")[2] + b"</r>", "top of the document"),
    (
        DESCRIPTOR.replace("<md:", f'<md:X xmlns:md="{idp.NS["md"]}"><md:').encode() + b"</md:X>",
        "outside",
    ),
    (b"", "well-formed"),
    (b"{}", "well-formed"),
]


@pytest.mark.parametrize(("xml", "reason"), REFUSED)
def test_refused_metadata(xml: bytes, reason: str) -> None:
    with pytest.raises(BadMetadata, match=reason):
        parse_metadata(xml)


def test_refusal_table_is_not_empty() -> None:
    assert len(REFUSED) == 19
