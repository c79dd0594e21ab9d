"""Assume a role with an assertion of a SAML identity provider."""

import base64
import binascii
import hashlib

from juyong.api.access import Entry
from juyong.api.context import Arguments, Context, Platform
from juyong.api.denial import AccessDenied
from juyong.api.errors import fact
from juyong.api.operation import Prepare, Rate, operation
from juyong.api.shape import Shape
from juyong.base.clock import Instant
from juyong.engines.federation.saml import (
    Assertion,
    BadMetadata,
    SamlExpired,
    SamlInvalid,
    parse_metadata,
    verify_response,
)
from juyong.services.identity.facade import RoleRow, SamlProviderRow, find_role
from juyong.services.sts.fields import RoleArn, SamlAssertion, SamlProviderArn, split_arn
from juyong.services.sts.product import PRODUCT as STS
from juyong.services.sts.sessions import (
    DurationSeconds,
    SessionAnswer,
    SessionPolicy,
    checked_seconds,
    issue,
    new_session,
)
from juyong.services.sts.sweeps import sweep
from juyong.services.sts.tables import AssertionRow
from juyong.services.sts.trust import Gathered, Proof, gathering, require_trust, unproven
from juyong.store.errors import Duplicate

RECIPIENTS = (
    "https://signin.aliyun.com/saml-role/sso",
    "https://signin.alibabacloud.com/saml-role/sso",
)
AUDIENCES = ("urn:alibaba:cloudcomputing", "urn:alibaba:cloudcomputing:international")
"""The recipients of both sites; a role's trust policy chooses among them with saml:recipient."""


_FORGOTTEN_A_CALL = 10
NoSamlProvider = fact(
    "EntityNotExist.SAMLProvider",
    404,
    "The SAML provider does not exist.",
    why="The role's account has no such provider.",
)
NoRoleArn = fact(
    "EntityNotExist.RoleArn",
    404,
    "The role not exists: {arn}. ",
    why="The provider's account has no such role.",
)
MetadataInvalid = unproven(
    "IDPMetadata.Invalid",
    "The IDP metadata is invalid: {reason}.",
    "The metadata registered for the provider cannot be used any more.",
)
AssertionExpired = unproven(
    "SAMLAssertion.Expired",
    "The SAML assertion is expired: {reason}.",
    "The assertion has expired.",
)
AssertionInvalid = unproven(
    "SAMLAssertion.Invalid",
    "The SAML assertion is invalid: {reason}.",
    "Malformed, forged, for another audience, or used before.",
)


class SamlAssertionInfo(Shape, frozen=True, kw_only=True):
    """The facts that the assertion states."""

    subject_type: str
    subject: str
    recipient: str
    issuer: str


class SamlSessionAnswer(SessionAnswer, frozen=True, kw_only=True):
    """A session, and the facts of the assertion."""

    saml_assertion_info: SamlAssertionInfo


_Gathered = Gathered[SamlProviderRow]
_Proof = Proof[SamlProviderRow, Assertion]


def _verify(platform: Platform, arguments: Arguments, gathered: _Gathered) -> _Proof:
    """Verify the assertion under the provider's metadata."""
    provider, now = gathered
    try:
        metadata = parse_metadata(base64.b64decode(provider.metadata_document), now=now)
    except (BadMetadata, binascii.Error) as bad:
        raise MetadataInvalid(reason=str(bad)) from bad
    try:
        xml = base64.b64decode(arguments["saml_assertion"].reveal(), validate=True)
    except (binascii.Error, ValueError) as bad:
        raise AssertionInvalid(reason="it is not base64") from bad
    try:
        assertion = verify_response(
            xml,
            metadata,
            now=now,
            audiences=AUDIENCES,
            recipients=RECIPIENTS,
            allow_sha1=not platform.require_signed_saml_sha256,
        )
    except SamlInvalid as bad:
        raise AssertionInvalid(reason=bad.reason) from bad
    except SamlExpired as late:
        raise AssertionExpired(reason=late.reason) from late
    return Proof(provider, assertion)


@operation(
    STS,
    "AssumeRoleWithSAML",
    entry=Entry.ANONYMOUS,
    prepare=Prepare(
        gather=gathering(SamlProviderRow, "saml_provider_arn", NoSamlProvider), work=_verify
    ),
    rate=Rate(per_second=100),
    raises=(
        *(NoSamlProvider, NoRoleArn, MetadataInvalid),
        *(AssertionExpired, AssertionInvalid, AccessDenied),
    ),
)
def assume_role_with_saml(
    ctx: Context,
    *,
    saml_provider_arn: SamlProviderArn,
    role_arn: RoleArn,
    saml_assertion: SamlAssertion,  # noqa: ARG001  # verified beforehand
    duration_seconds: DurationSeconds | None = None,
    policy: SessionPolicy | None = None,
    prepared: _Proof,
) -> SamlSessionAnswer:
    """Issue temporary credentials to an identity with an assertion of a SAML provider.

    Args:
        saml_provider_arn: `acs:ram::<account>:saml-provider/<name>`, of the role's account.
        role_arn: A role that the assertion names together with the provider.
        saml_assertion: Base64 of the whole SAML response; good for one call.
        duration_seconds: 900 up to the role's MaxSessionDuration; the assertion may shorten it.
        prepared: The verified assertion.

    Returns:
        The session, named as the assertion says.

    Assumed: single use of an assertion, and that provider and role share an account.
    """
    assertion = prepared.word
    if not prepared.holds(ctx):
        raise NoSamlProvider
    pairs = {(role.lower(), provider) for role, provider in assertion.role_pairs}
    if (role_arn.lower(), saml_provider_arn) not in pairs:
        raise AssertionInvalid(reason="it does not name the role and the provider")
    role = find_role(ctx.tx, *split_arn(role_arn))
    if role is None:
        raise NoRoleArn(arn=role_arn)
    session = new_session(
        role,
        ctx.now,
        session_name=assertion.session_name,
        seconds=_seconds(role, duration_seconds, assertion, ctx.now),
        policy=policy,
        source_identity=assertion.source_identity,
        federated=saml_provider_arn,
    )
    ctx.journal.acting = session.caller()
    _use(ctx, role, assertion)
    identity = (assertion.source_identity,) if assertion.source_identity else ()
    keys = {"saml:recipient": (assertion.recipient,), "sts:SourceIdentity": identity}
    require_trust(ctx, role, saml_provider_arn, keys)
    info = SamlAssertionInfo.of(assertion)
    return issue(ctx, role, session, SamlSessionAnswer, saml_assertion_info=info)


def _use(ctx: Context, role: RoleRow, assertion: Assertion) -> None:
    """Remember an assertion until its time is over.

    Raises:
        AssertionInvalid: it was used before.

    Cost: one insert, and a delete of some that have lapsed since.
    """
    sweep(ctx.tx, ctx.now, _FORGOTTEN_A_CALL)
    row = AssertionRow(
        account_id=role.account_id,
        digest=hashlib.sha256(f"{assertion.issuer}\0{assertion.id}".encode()).hexdigest(),
        remember_until=Instant(assertion.remember_until),
    )
    try:
        ctx.tx.insert(row)
    except Duplicate:
        raise AssertionInvalid(reason="it was used before") from None


def _seconds(role: RoleRow, wanted: int | None, assertion: Assertion, now: Instant) -> int:
    """Return how long the session lasts: the time asked for, cut to the provider's limit."""
    granted = assertion.session_duration
    if wanted is None and granted is not None:
        seconds = min(granted, role.max_session_seconds)
    else:
        seconds = checked_seconds(role, wanted)
        seconds = seconds if granted is None else min(seconds, granted)
    end = assertion.session_not_on_or_after
    return seconds if end is None else max(0, min(seconds, end - now))
