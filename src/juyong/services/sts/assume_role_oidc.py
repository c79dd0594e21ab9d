"""Assume a role with a token of an OpenID Connect provider."""

from typing import Annotated, Any

from juyong.api.access import Entry
from juyong.api.context import Arguments, Context, Platform
from juyong.api.denial import AccessDenied
from juyong.api.errors import ApiError
from juyong.api.operation import Prepare, Rate, operation
from juyong.api.shape import Of, Shape
from juyong.base.clock import iso
from juyong.engines.federation.oidc import (
    AudienceMismatch,
    BadSignature,
    IssuerMismatch,
    OidcClaims,
    OidcError,
    TokenExpired,
    TokenInvalid,
    UnknownKey,
    check_addressed,
    parse_token,
    verify_token,
)
from juyong.services.identity.facade import OidcProviderRow, find_role
from juyong.services.sts.assume_role import NoSuchRole
from juyong.services.sts.fields import (
    OidcProviderArn,
    OidcToken,
    RoleArn,
    RoleSessionName,
    split_arn,
)
from juyong.services.sts.issuer_keys import (
    FingerprintMismatch,
    HttpsUrlInvalid,
    IssuerBroken,
    issuer_keys,
)
from juyong.services.sts.product import PRODUCT as STS
from juyong.services.sts.sessions import (
    DurationSeconds,
    SessionAnswer,
    SessionPolicy,
    checked_seconds,
    issue,
    new_session,
)
from juyong.services.sts.trust import Gathered, Proof, gathering, require_trust, unproven


class NotTrusted(ApiError):
    """The role's trust policy does not allow the token's claims, or denies them."""

    code, status = "AuthenticationFail.NoPermission", 401
    text = "There is no permission."

    def __init__(self, denial: AccessDenied) -> None:
        super().__init__()
        self._denial = denial

    def details(self) -> dict[str, Any]:
        """Return the AccessDeniedDetail of the denial."""
        return self._denial.details()


NoOidcProvider = unproven(
    "NoPermission", "No such OIDC Provider registered.", "The role's account has no such provider."
)
_InvalidSignature = unproven(
    "OIDCToken.InvalidSignature",
    "OIDC token validate failed: invalid signature.",
    "Not signed by a key of the provider.",
)
_REFUSALS: dict[type[OidcError], type[ApiError]] = {
    TokenInvalid: unproven(
        "OIDCToken.Invalid",
        "The OIDC token is invalid: {reason}.",
        "Malformed, under a refused algorithm, lacking a claim, or not valid yet.",
    ),
    TokenExpired: unproven(
        "OIDCToken.Expired",
        "This JsonWebToken is expired.",
        "Past its `exp`, or issued longer ago than the provider's limit.",
    ),
    AudienceMismatch: unproven(
        "OIDCToken.AudienceNotMatch",
        "Invalid audience.",
        "Meant for a client that is not registered.",
    ),
    IssuerMismatch: unproven(
        "OIDCToken.IssuerNotMatch",
        "Invalid issuer.",
        "Another issuer than the provider's has issued it.",
    ),
    BadSignature: _InvalidSignature,
    UnknownKey: _InvalidSignature,
}


class OidcTokenInfo(Shape, frozen=True, kw_only=True):
    """The verified claims of the token, times in UTC."""

    subject: str
    issuer: str
    client_ids: str
    expiration_time: Annotated[str, Of("expires_at", iso)]
    issuance_time: Annotated[str, Of("issued_at", iso)]
    verification_info: str


class OidcSessionAnswer(SessionAnswer, frozen=True, kw_only=True):
    """A session, and the token's claims; no claim of a token sets a SourceIdentity."""

    oidc_token_info: OidcTokenInfo


_Gathered = Gathered[OidcProviderRow]
_Proof = Proof[OidcProviderRow, OidcClaims]


def _verify(platform: Platform, arguments: Arguments, gathered: _Gathered) -> _Proof:
    """Verify the token under the keys the issuer publishes now.

    Nothing is fetched for a token that was not made for this provider and its clients. For an
    unknown key id the keys are fetched once more, since issuers roll their keys.
    """
    provider, now = gathered
    token, issuer, clients = (
        arguments["oidc_token"].reveal(),
        provider.issuer_url,
        _clients(provider),
    )

    def claims(*, fresh: bool) -> OidcClaims:
        return verify_token(
            token,
            issuer_keys(platform, provider, now, fresh=fresh),
            issuer=issuer,
            client_ids=clients,
            now=now,
            issuance_limit_hours=provider.issuance_limit_hours,
        )

    try:
        check_addressed(parse_token(token), issuer=issuer, client_ids=clients)
        try:
            return Proof(provider, claims(fresh=False))
        except UnknownKey:
            return Proof(provider, claims(fresh=True))
    except OidcError as refusal:
        raise _REFUSALS[type(refusal)](reason=refusal.reason) from refusal


def _clients(provider: OidcProviderRow) -> list[str]:
    return [client for client in provider.client_ids.split(",") if client]


@operation(
    STS,
    "AssumeRoleWithOIDC",
    entry=Entry.ANONYMOUS,
    prepare=Prepare(
        gather=gathering(OidcProviderRow, "oidc_provider_arn", NoOidcProvider), work=_verify
    ),
    rate=Rate(per_second=100),
    raises=(
        *(NoOidcProvider, NoSuchRole, *_REFUSALS.values()),
        *(IssuerBroken, FingerprintMismatch, HttpsUrlInvalid, NotTrusted),
    ),
    reads_only=True,
)
def assume_role_with_oidc(
    ctx: Context,
    *,
    oidc_provider_arn: OidcProviderArn,
    role_arn: RoleArn,
    oidc_token: OidcToken,  # noqa: ARG001  # verified beforehand
    role_session_name: RoleSessionName,
    duration_seconds: DurationSeconds | None = None,
    policy: SessionPolicy | None = None,
    prepared: _Proof,
) -> OidcSessionAnswer:
    """Issue temporary credentials to an identity with a token of an OIDC provider.

    Args:
        oidc_provider_arn: `acs:ram::<account>:oidc-provider/<name>`, of the role's account.
        role_arn: A role that trusts the provider.
        oidc_token: The signed token as the provider issued it; may be used until it expires.
        prepared: The verified claims.

    Assumed: VerificationInfo, and the code for an unknown role.
    """
    if not prepared.holds(ctx):
        raise NoOidcProvider
    role = find_role(ctx.tx, *split_arn(role_arn))
    if role is None:
        raise NoSuchRole(arn=role_arn)
    session = new_session(
        role,
        ctx.now,
        session_name=role_session_name,
        seconds=checked_seconds(role, duration_seconds),
        policy=policy,
        federated=oidc_provider_arn,
    )
    ctx.journal.acting = session.caller()
    claims, registered = prepared.word, _clients(prepared.provider)
    keys = {
        "oidc:iss": (claims.issuer,),
        "oidc:aud": tuple(a for a in claims.audiences if a in registered),
        "oidc:sub": (claims.subject,),
    }
    try:
        require_trust(ctx, role, oidc_provider_arn, keys)
    except AccessDenied as denial:
        raise NotTrusted(denial) from denial
    info = OidcTokenInfo.of(
        claims, client_ids=",".join(claims.audiences), verification_info="Success"
    )
    return issue(ctx, role, session, OidcSessionAnswer, oidc_token_info=info)
