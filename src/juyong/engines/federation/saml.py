"""Accept or refuse a SAML 2.0 response: the public face of SAML federation."""

from collections.abc import Collection
from dataclasses import dataclass

from lxml import etree

from juyong.engines.federation.saml_assertion import (
    Bounds,
    RoleAttributes,
    check_conditions,
    only_child,
    read_role_attributes,
    read_subject,
    session_end,
    text_of,
)
from juyong.engines.federation.saml_errors import SamlError, SamlExpired, SamlInvalid
from juyong.engines.federation.saml_metadata import BadMetadata, IdpMetadata, parse_metadata
from juyong.engines.federation.saml_signature import signed_assertion
from juyong.engines.federation.xml import SAML, SAMLP, UnsafeXml, parse_xml

__all__ = [
    "MAX_RESPONSE_BYTES",
    "SKEW_SECONDS",
    "Assertion",
    "BadMetadata",
    "IdpMetadata",
    "SamlError",
    "SamlExpired",
    "SamlInvalid",
    "parse_metadata",
    "verify_response",
]

MAX_RESPONSE_BYTES = 75_000  # what 100,000 characters of base64 can hold
SKEW_SECONDS = 60

_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_NO_ATTRIBUTES = RoleAttributes(
    role_pairs=(), session_name="", session_duration=None, source_identity=None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """The contents of an assertion, all of them under the provider's signature.

    `id` with `issuer` names this assertion for good. A caller that wants each assertion used once
    remembers the pair until `remember_until`; from then on `verify_response` refuses it by time.
    Instants are seconds since 1970; `session_duration` is in seconds.
    """

    id: str
    issuer: str
    subject: str
    subject_type: str
    recipient: str
    role_pairs: tuple[tuple[str, str], ...]
    session_name: str
    session_duration: int | None
    source_identity: str | None
    not_on_or_after: int
    session_not_on_or_after: int | None
    remember_until: int


def verify_response(
    xml: bytes,
    metadata: IdpMetadata,
    *,
    now: int,
    audiences: Collection[str],
    recipients: Collection[str],
    skew_seconds: int = SKEW_SECONDS,
    allow_sha1: bool = False,
    require_roles: bool = True,
) -> Assertion:
    """Verify a whole SAML response and return the assertion in it.

    Args:
        xml: The decoded document, at most `MAX_RESPONSE_BYTES`.
        metadata: The provider expected to have signed it.
        now: Seconds since 1970.
        audiences: Names of the platform that an AudienceRestriction may carry.
        recipients: Endpoints of the platform; a Destination, if given, must be one of them.
        skew_seconds: Tolerance for the provider's clock, at every time limit.
        allow_sha1: Also accept rsa-sha1, for providers that cannot do better.
        require_roles: Read and require the role attributes. False is for signing in as a RAM
            user, where only the subject matters; the role fields are then empty.

    Returns:
        The assertion, read only from what was signed. A Response signature without an Assertion
        signature suffices, and the other way round; if both are there, both must verify.

    Raises:
        SamlInvalid: malformed, unsigned, forged, encrypted, not yet valid, or for someone else.
        SamlExpired: a time limit has passed.

    Cost: linear in the size, with up to two signature checks for each certificate.
    Source: SAML 2.0 Core and Profiles 4.1; RAM documentation, SAML assertion (documented).
    """
    try:
        response = parse_xml(xml, max_bytes=MAX_RESPONSE_BYTES)
    except UnsafeXml as bad:
        raise SamlInvalid(bad.reason) from bad
    bounds = Bounds(now=now, skew_seconds=skew_seconds, audiences=audiences, recipients=recipients)
    _check_envelope(response, metadata, bounds)
    assertion = signed_assertion(response, metadata.certificates, allow_sha1=allow_sha1)
    return _read(assertion, metadata, bounds, require_roles=require_roles)


def _check_envelope(response: etree._Element, metadata: IdpMetadata, bounds: Bounds) -> None:
    """Refuse a response that is addressed elsewhere or reports a failure.

    These parts are not always signed, so they can only cause a refusal: nothing read here is
    returned.
    """
    if response.tag != SAMLP + "Response" or response.get("Version") != "2.0":
        raise SamlInvalid("not a SAML 2.0 response")
    codes = response.findall(f"{SAMLP}Status/{SAMLP}StatusCode")
    if [code.get("Value") for code in codes] != [_SUCCESS]:
        raise SamlInvalid("the provider reports no success")
    issuer = response.find(SAML + "Issuer")
    if issuer is not None and text_of(issuer) != metadata.entity_id:
        raise SamlInvalid("the response comes from another issuer")
    destination = response.get("Destination")
    if destination and destination not in bounds.recipients:
        raise SamlInvalid("the response is addressed to another destination")


def _read(
    assertion: etree._Element, metadata: IdpMetadata, bounds: Bounds, *, require_roles: bool
) -> Assertion:
    identifier = assertion.get("ID")
    if not identifier or assertion.get("Version") != "2.0":
        raise SamlInvalid("not a SAML 2.0 assertion with an ID")
    issuer = text_of(only_child(assertion, "Issuer"))
    if issuer != metadata.entity_id:
        raise SamlInvalid("the assertion comes from another issuer")
    subject = read_subject(assertion, bounds)
    limit = check_conditions(assertion, bounds)
    not_on_or_after = (
        subject.not_on_or_after if limit is None else min(limit, subject.not_on_or_after)
    )
    session = session_end(assertion, bounds)
    roles = read_role_attributes(assertion) if require_roles else _NO_ATTRIBUTES
    return Assertion(
        id=identifier,
        issuer=issuer,
        subject=subject.name,
        subject_type=subject.name_format,
        recipient=subject.recipient,
        role_pairs=roles.role_pairs,
        session_name=roles.session_name,
        session_duration=roles.session_duration,
        source_identity=roles.source_identity,
        not_on_or_after=not_on_or_after,
        session_not_on_or_after=session,
        remember_until=not_on_or_after + bounds.skew_seconds,
    )
