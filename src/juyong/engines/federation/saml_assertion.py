"""Read a verified assertion, and check its time, place and form."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from lxml import etree

from juyong.engines.federation.instants import parse_instant
from juyong.engines.federation.saml_errors import SamlExpired, SamlInvalid
from juyong.engines.federation.source_identity import is_source_identity
from juyong.engines.federation.xml import SAML, leaf_text, local_name

_ATTRIBUTES = "https://www.aliyun.com/SAML-Role/Attributes/"
ROLE = _ATTRIBUTES + "Role"
ROLE_SESSION_NAME = _ATTRIBUTES + "RoleSessionName"
SESSION_DURATION = _ATTRIBUTES + "SessionDuration"
SOURCE_IDENTITY = _ATTRIBUTES + "SourceIdentity"

MIN_SESSION_SECONDS = 900
MAX_SESSION_SECONDS = 43_200

_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_NAME_ID_FORMAT = re.compile(r"urn:oasis:names:tc:SAML:(?:1\.1|2\.0):nameid-format:(\w+)", re.ASCII)
_ROLE_PAIR = re.compile(
    r"\s*(acs:ram::\d+:role/[\w.-]{1,128})\s*,\s*(acs:ram::\d+:saml-provider/[\w.-]{1,128})\s*",
    re.ASCII,
)
_SESSION_NAME = re.compile(r"[-_.@=,+A-Za-z0-9]{2,64}", re.ASCII)
_SECONDS = re.compile(r"\d{1,6}", re.ASCII)
_KNOWN_CONDITIONS = ("AudienceRestriction", "OneTimeUse", "ProxyRestriction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The measure of an assertion: the time, the clocks' tolerance, and the platform's names."""

    now: int
    skew_seconds: int
    audiences: Collection[str]
    recipients: Collection[str]

    def refuse_early(self, not_before: int | None, what: str) -> None:
        """Raise SamlInvalid before `not_before`, less the tolerance."""
        if not_before is not None and self.now < not_before - self.skew_seconds:
            raise SamlInvalid(f"{what} is not valid yet")

    def refuse_late(self, not_on_or_after: int | None, what: str) -> None:
        """Raise SamlExpired from `not_on_or_after` on, plus the tolerance."""
        if not_on_or_after is not None and self.now >= not_on_or_after + self.skew_seconds:
            raise SamlExpired(f"{what} has expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The subject of an assertion, and the endpoint and the time that it was issued for."""

    name: str
    name_format: str
    recipient: str
    not_on_or_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAttributes:
    """The wish of the provider: roles through providers, and the session's name and bounds."""

    role_pairs: tuple[tuple[str, str], ...]
    session_name: str
    session_duration: int | None
    source_identity: str | None


def only_child(parent: etree._Element, name: str) -> etree._Element:
    """Return the one SAML child of that name.

    Raises:
        SamlInvalid: there is none, or more than one.
    """
    found = parent.findall(SAML + name)
    if len(found) != 1:
        raise SamlInvalid(f"{local_name(parent)} must have exactly one {name}, found {len(found)}")
    return found[0]


def text_of(element: etree._Element) -> str:
    """Return the element's text.

    Raises:
        SamlInvalid: it is empty, or holds anything but text (a comment, for one).
    """
    text = leaf_text(element)
    if not text:
        raise SamlInvalid(f"{local_name(element)} must hold text and nothing else")
    return text


def read_subject(assertion: etree._Element, bounds: Bounds) -> Subject:
    """Read the subject and its bearer confirmation.

    Raises:
        SamlInvalid: not one NameID and one bearer confirmation, or for another recipient.
        SamlExpired: the confirmation's NotOnOrAfter has passed.
    """
    subject = only_child(assertion, "Subject")
    name = only_child(subject, "NameID")
    confirmation = only_child(subject, "SubjectConfirmation")
    if confirmation.get("Method") != _BEARER:
        raise SamlInvalid("the subject confirmation is not of the bearer kind")
    data = only_child(confirmation, "SubjectConfirmationData")
    recipient = data.get("Recipient", "")
    if recipient not in bounds.recipients:
        raise SamlInvalid("the assertion is meant for another recipient")
    not_on_or_after = _instant(data, "NotOnOrAfter")
    if not_on_or_after is None:
        raise SamlInvalid("SubjectConfirmationData has no NotOnOrAfter")
    bounds.refuse_early(_instant(data, "NotBefore"), "the subject confirmation")
    bounds.refuse_late(not_on_or_after, "the subject confirmation")
    return Subject(
        name=text_of(name),
        name_format=_short_format(name.get("Format", "")),
        recipient=recipient,
        not_on_or_after=not_on_or_after,
    )


def check_conditions(assertion: etree._Element, bounds: Bounds) -> int | None:
    """Hold the assertion to its conditions and return their NotOnOrAfter, if any.

    Every AudienceRestriction must name one of the platform's audiences. An unknown condition is
    refused, as the standard asks.

    Raises:
        SamlInvalid: another audience, an unknown condition, or not valid yet.
        SamlExpired: NotOnOrAfter has passed.
    """
    conditions = only_child(assertion, "Conditions")
    restrictions = []
    for child in conditions.iterchildren(etree.Element):
        name = local_name(child)
        if child.tag != SAML + name or name not in _KNOWN_CONDITIONS:
            raise SamlInvalid(f"the condition {name} is not understood")
        if name == "AudienceRestriction":
            restrictions.append(child)
    if not restrictions:
        raise SamlInvalid("the assertion names no audience")
    for restriction in restrictions:
        named = {text_of(audience) for audience in restriction.findall(SAML + "Audience")}
        if named.isdisjoint(bounds.audiences):
            raise SamlInvalid("the assertion is meant for another audience")
    bounds.refuse_early(_instant(conditions, "NotBefore"), "the assertion")
    not_on_or_after = _instant(conditions, "NotOnOrAfter")
    bounds.refuse_late(not_on_or_after, "the assertion")
    return not_on_or_after


def session_end(assertion: etree._Element, bounds: Bounds) -> int | None:
    """Return the earliest SessionNotOnOrAfter, which caps the role session, if one is given.

    Raises:
        SamlInvalid: it is no instant.
        SamlExpired: the provider's own session is over.
    """
    ends = [
        end
        for statement in assertion.findall(SAML + "AuthnStatement")
        if (end := _instant(statement, "SessionNotOnOrAfter")) is not None
    ]
    earliest = min(ends, default=None)
    bounds.refuse_late(earliest, "the provider's session")
    return earliest


def read_role_attributes(assertion: etree._Element) -> RoleAttributes:
    """Read the role attributes.

    Raises:
        SamlInvalid: no role, not exactly one session name, or a value of the wrong form.

    Source: RAM documentation, SAML assertion for role-based SSO (documented; longest session
    and the numeric form assumed).
    """
    values = _attribute_values(assertion)
    pairs = values.get(ROLE, [])
    if not pairs:
        raise SamlInvalid("the Role attribute is missing")
    return RoleAttributes(
        role_pairs=tuple(dict.fromkeys(_role_pair(text) for text in pairs)),
        session_name=_session_name(values.get(ROLE_SESSION_NAME, [])),
        session_duration=_session_duration(values.get(SESSION_DURATION, [])),
        source_identity=_source_identity(values.get(SOURCE_IDENTITY, [])),
    )


def _attribute_values(assertion: etree._Element) -> dict[str, list[str]]:
    wanted = (ROLE, ROLE_SESSION_NAME, SESSION_DURATION, SOURCE_IDENTITY)
    values: dict[str, list[str]] = {}
    for attribute in assertion.findall(f"{SAML}AttributeStatement/{SAML}Attribute"):
        name = attribute.get("Name", "")
        if name in wanted:
            texts = [text_of(value) for value in attribute.findall(SAML + "AttributeValue")]
            values.setdefault(name, []).extend(texts)
    return values


def _role_pair(text: str) -> tuple[str, str]:
    match = _ROLE_PAIR.fullmatch(text)
    if match is None:
        raise SamlInvalid("a Role value is not `<role ARN>,<provider ARN>`")
    return match[1], match[2]


def _session_name(values: list[str]) -> str:
    if len(values) != 1:
        raise SamlInvalid(f"RoleSessionName must have exactly one value, found {len(values)}")
    if _SESSION_NAME.fullmatch(values[0]) is None:
        raise SamlInvalid("RoleSessionName is wrongly formed")
    return values[0]


def _session_duration(values: list[str]) -> int | None:
    if not values:
        return None
    if len(values) != 1 or _SECONDS.fullmatch(values[0]) is None:
        raise SamlInvalid("SessionDuration must be one whole number of seconds")
    seconds = int(values[0])
    if not MIN_SESSION_SECONDS <= seconds <= MAX_SESSION_SECONDS:
        raise SamlInvalid(
            f"SessionDuration must be {MIN_SESSION_SECONDS} to {MAX_SESSION_SECONDS} seconds"
        )
    return seconds


def _source_identity(values: list[str]) -> str | None:
    if not values:
        return None
    if len(values) != 1 or not is_source_identity(values[0]):
        raise SamlInvalid("SourceIdentity is wrongly formed")
    return values[0]


def _short_format(urn: str) -> str:
    if not urn:
        return "unspecified"
    match = _NAME_ID_FORMAT.fullmatch(urn)
    return urn if match is None else match[1]


def _instant(element: etree._Element, name: str) -> int | None:
    text = element.get(name)
    if text is None:
        return None
    instant = parse_instant(text)
    if instant is None:
        raise SamlInvalid(f"{name} is no UTC instant")
    return instant
