"""Assume a role with a token of an OpenID Connect provider."""

from typing import Any

from juyong.api.access import Entry
from juyong.api.context import Arguments, Context, Platform
from juyong.api.denial import AccessDenied
from juyong.api.errors import ApiError
from juyong.api.operation import Prepare, Rate, operation
from juyong.api.shape import Shape
from juyong.base.clock import Instant, iso
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
from juyong.services.sts.federation import Gathered, Proof, gathering, require_trust
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
    BAD_WISH,
    DurationSeconds,
    SessionAnswer,
    SessionPolicy,
    Wish,
    checked_seconds,
    issue,
    new_session,
)


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


class NoOidcProvider(ApiError):
    """The role's account has no such provider."""

    code, status = "AuthenticationFail.NoPermission", 401
    text = "No such OIDC Provider registered."


class InvalidOidcToken(ApiError):
    """Malformed, under a refused algorithm, lacking a claim, or not valid yet."""

    code, status = "AuthenticationFail.OIDCToken.Invalid", 401
    text = "The OIDC token is invalid: {reason}."


class ExpiredOidcToken(ApiError):
    """Past its `exp`, or issued longer ago than the provider's limit."""

    code, status = "AuthenticationFail.OIDCToken.Expired", 401
    text = "This JsonWebToken is expired."


class AudienceNotMatch(ApiError):
    """Meant for a client that is not registered."""

    code, status = "AuthenticationFail.OIDCToken.AudienceNotMatch", 401
    text = "Invalid audience."


class IssuerNotMatch(ApiError):
    """Another issuer than the provider's has issued it."""

    code, status = "AuthenticationFail.OIDCToken.IssuerNotMatch", 401
    text = "Invalid issuer."


class InvalidSignature(ApiError):
    """Not signed by a key of the provider."""

    code, status = "AuthenticationFail.OIDCToken.InvalidSignature", 401
    text = "OIDC token validate failed: invalid signature."


_REFUSALS: dict[type[OidcError], type[ApiError]] = {
    TokenInvalid: InvalidOidcToken,
    TokenExpired: ExpiredOidcToken,
    AudienceMismatch: AudienceNotMatch,
    IssuerMismatch: IssuerNotMatch,
    BadSignature: InvalidSignature,
    UnknownKey: InvalidSignature,
}


class OidcTokenInfo(Shape, frozen=True, kw_only=True):
    """The verified claims of the token, times in UTC."""

    subject: str
    issuer: str
    client_ids: str
    expiration_time: str
    issuance_time: str
    verification_info: str


class OidcSessionAnswer(SessionAnswer, frozen=True, kw_only=True):
    """A session, and the token's claims; no claim of a token sets a SourceIdentity."""

    oidc_token_info: OidcTokenInfo


_Proof = Proof[OidcProviderRow, OidcClaims]


def _verify(
    platform: Platform, arguments: Arguments, gathered: Gathered[OidcProviderRow]
) -> _Proof:
    """Verify the token under the keys the issuer publishes now.

    Nothing is fetched for a token that was not made for this provider and its clients. For an
    unknown key id the keys are fetched once more, since issuers roll their keys.
    """
    provider = gathered.provider
    if provider is None:
        raise NoOidcProvider
    token = arguments["oidc_token"].reveal()
    try:
        check_addressed(
            parse_token(token), issuer=provider.issuer_url, client_ids=_clients(provider)
        )
        try:
            claims = _claims(platform, provider, token, gathered.now, fresh=False)
        except UnknownKey:
            claims = _claims(platform, provider, token, gathered.now, fresh=True)
    except OidcError as refusal:
        raise _refusal(refusal) from refusal
    return Proof(provider=provider, word=claims)


def _claims(
    platform: Platform, provider: OidcProviderRow, token: str, now: Instant, *, fresh: bool
) -> OidcClaims:
    return verify_token(
        token,
        issuer_keys(platform, provider, now, fresh=fresh),
        issuer=provider.issuer_url,
        client_ids=_clients(provider),
        now=now,
        issuance_limit_hours=provider.issuance_limit_hours,
    )


def _refusal(refusal: OidcError) -> ApiError:
    kind = _REFUSALS[type(refusal)]
    return kind(reason=refusal.reason) if kind is InvalidOidcToken else kind()


def _clients(provider: OidcProviderRow) -> list[str]:
    return [client for client in provider.client_ids.split(",") if client]


@operation(
    STS,
    "AssumeRoleWithOIDC",
    entry=Entry.ANONYMOUS,
    prepare=Prepare(gather=gathering(OidcProviderRow, "oidc_provider_arn"), work=_verify),
    rate=Rate(per_second=100),
    raises=(
        NoOidcProvider,
        NoSuchRole,
        InvalidOidcToken,
        ExpiredOidcToken,
        AudienceNotMatch,
        IssuerNotMatch,
        InvalidSignature,
        IssuerBroken,
        FingerprintMismatch,
        HttpsUrlInvalid,
        *BAD_WISH,
        NotTrusted,
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
    account_id, name = split_arn(role_arn)
    claims = prepared.word
    if not prepared.holds(ctx):
        raise NoOidcProvider
    role = find_role(ctx.tx, account_id, name)
    if role is None:
        raise NoSuchRole(arn=role_arn)
    wish = Wish(
        role=role,
        session_name=role_session_name,
        seconds=checked_seconds(role, duration_seconds),
        policy=policy,
        federated=oidc_provider_arn,
    )
    session = new_session(ctx.now, wish)
    ctx.journal.acting = session.caller()
    registered = _clients(prepared.provider)
    keys = {
        "oidc:iss": (claims.issuer,),
        "oidc:aud": tuple(a for a in claims.audiences if a in registered),
        "oidc:sub": (claims.subject,),
    }
    try:
        require_trust(ctx, role, oidc_provider_arn, keys)
    except AccessDenied as denial:
        raise NotTrusted(denial) from denial
    issued = issue(ctx, role, session)
    return OidcSessionAnswer(
        assumed_role_user=issued.user,
        credentials=issued.credentials,
        oidc_token_info=OidcTokenInfo(
            subject=claims.subject,
            issuer=claims.issuer,
            client_ids=",".join(claims.audiences),
            expiration_time=iso(Instant(claims.expires_at)),
            issuance_time=iso(Instant(claims.issued_at)),
            verification_info="Success",
        ),
    )
