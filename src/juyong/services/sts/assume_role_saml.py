"""Assume a role with an assertion of a SAML identity provider."""

import base64
import binascii

import msgspec

from juyong.api.access import Entry
from juyong.api.context import Arguments, Context, Platform
from juyong.api.denial import AccessDenied
from juyong.api.errors import ApiError
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
from juyong.services.sts.assertions import use_assertion
from juyong.services.sts.federation import Gathered, Proof, gathering, require_trust
from juyong.services.sts.fields import RoleArn, SamlAssertion, SamlProviderArn, split_arn
from juyong.services.sts.product import PRODUCT as STS
from juyong.services.sts.sessions import (
    BAD_WISH,
    DurationSeconds,
    SessionAnswer,
    SessionPolicy,
    Wish,
    checked_seconds,
    issue,
    new_session,
)

RECIPIENTS = (
    "https://signin.aliyun.com/saml-role/sso",
    "https://signin.alibabacloud.com/saml-role/sso",
)
AUDIENCES = ("urn:alibaba:cloudcomputing", "urn:alibaba:cloudcomputing:international")
"""The recipients of both sites; a role's trust policy chooses among them with saml:recipient."""


class NoSamlProvider(ApiError):
    """The role's account has no such provider."""

    code, status = "EntityNotExist.SAMLProvider", 404
    text = "The SAML provider does not exist."


class NoRoleArn(ApiError):
    """The provider's account has no such role."""

    code, status, text = "EntityNotExist.RoleArn", 404, "The role not exists: {arn}. "


class MetadataInvalid(ApiError):
    """The metadata registered for the provider cannot be used any more."""

    code, status = "AuthenticationFail.IDPMetadata.Invalid", 401
    text = "The IDP metadata is invalid: {reason}."


class AssertionExpired(ApiError):
    """The assertion has expired."""

    code, status = "AuthenticationFail.SAMLAssertion.Expired", 401
    text = "The SAML assertion is expired: {reason}."


class AssertionInvalid(ApiError):
    """Malformed, forged, for another audience, or used before."""

    code, status = "AuthenticationFail.SAMLAssertion.Invalid", 401
    text = "The SAML assertion is invalid: {reason}."


class SamlAssertionInfo(Shape, frozen=True, kw_only=True):
    """The facts that the assertion states."""

    subject_type: str
    subject: str
    recipient: str
    issuer: str


class SamlSessionAnswer(SessionAnswer, frozen=True, kw_only=True):
    """A session, and the facts of the assertion."""

    saml_assertion_info: SamlAssertionInfo


_Proof = Proof[SamlProviderRow, Assertion]


def _verify(
    platform: Platform, arguments: Arguments, gathered: Gathered[SamlProviderRow]
) -> _Proof:
    """Verify the assertion under the provider's metadata."""
    provider = gathered.provider
    if provider is None:
        raise NoSamlProvider
    try:
        metadata = parse_metadata(base64.b64decode(provider.metadata_document), now=gathered.now)
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
            now=gathered.now,
            audiences=AUDIENCES,
            recipients=RECIPIENTS,
            allow_sha1=not platform.require_signed_saml_sha256,
        )
    except SamlInvalid as bad:
        raise AssertionInvalid(reason=bad.reason) from bad
    except SamlExpired as late:
        raise AssertionExpired(reason=late.reason) from late
    return Proof(provider=provider, word=assertion)


@operation(
    STS,
    "AssumeRoleWithSAML",
    entry=Entry.ANONYMOUS,
    prepare=Prepare(gather=gathering(SamlProviderRow, "saml_provider_arn"), work=_verify),
    rate=Rate(per_second=100),
    raises=(
        NoSamlProvider,
        NoRoleArn,
        MetadataInvalid,
        AssertionExpired,
        AssertionInvalid,
        *BAD_WISH,
        AccessDenied,
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
    account_id, name = split_arn(role_arn)
    assertion = prepared.word
    if not prepared.holds(ctx):
        raise NoSamlProvider
    pairs = {(role.lower(), provider) for role, provider in assertion.role_pairs}
    if (role_arn.lower(), saml_provider_arn) not in pairs:
        raise AssertionInvalid(reason="it does not name the role and the provider")
    role = find_role(ctx.tx, account_id, name)
    if role is None:
        raise NoRoleArn(arn=role_arn)
    wish = Wish(
        role=role,
        session_name=assertion.session_name,
        seconds=_seconds(role, duration_seconds, assertion, ctx.now),
        policy=policy,
        source_identity=assertion.source_identity,
        federated=saml_provider_arn,
    )
    session = new_session(ctx.now, wish)
    ctx.journal.acting = session.caller()
    if not use_assertion(ctx, account_id, assertion):
        raise AssertionInvalid(reason="it was used before")
    require_trust(
        ctx,
        role,
        saml_provider_arn,
        {
            "saml:recipient": (assertion.recipient,),
            "sts:SourceIdentity": (assertion.source_identity,) if assertion.source_identity else (),
        },
    )
    issued = issue(ctx, role, session)
    return SamlSessionAnswer(
        assumed_role_user=issued.user,
        credentials=issued.credentials,
        source_identity=assertion.source_identity or msgspec.UNSET,
        saml_assertion_info=SamlAssertionInfo(
            subject_type=assertion.subject_type,
            subject=assertion.subject,
            recipient=assertion.recipient,
            issuer=assertion.issuer,
        ),
    )


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
