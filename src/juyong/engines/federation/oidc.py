"""Accept or refuse an OpenID Connect token: the public face of OIDC federation."""

import binascii
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from juyong.engines.federation.fingerprint import any_fingerprint_matches, fingerprint
from juyong.engines.federation.oidc_errors import (
    AudienceMismatch,
    BadSignature,
    IssuerConfigurationBroken,
    IssuerMismatch,
    OidcError,
    TokenExpired,
    TokenInvalid,
    UnknownKey,
)
from juyong.engines.federation.oidc_keys import (
    ALGORITHMS,
    JwkSet,
    VerificationKey,
    parse_discovery,
    parse_jwks,
)
from juyong.engines.federation.source_identity import is_source_identity

__all__ = [
    "SKEW_SECONDS",
    "AudienceMismatch",
    "BadSignature",
    "IssuerConfigurationBroken",
    "IssuerMismatch",
    "JwkSet",
    "OidcClaims",
    "OidcError",
    "TokenExpired",
    "TokenInvalid",
    "UnknownKey",
    "UnverifiedToken",
    "any_fingerprint_matches",
    "check_addressed",
    "fingerprint",
    "parse_discovery",
    "parse_jwks",
    "parse_token",
    "verify_token",
]

MIN_TOKEN_CHARS = 4
MAX_TOKEN_CHARS = 20_000
SKEW_SECONDS = 60

_SEGMENTS = 3
_HOUR = 3600
_MAX_INSTANT = 2**53  # past this, JSON numbers lose whole seconds


T = TypeVar("T")


class _Header(msgspec.Struct):
    alg: str
    kid: str | None = None
    crit: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    b64: bool = True


class _Claims(msgspec.Struct):
    iss: str
    sub: str
    aud: str | list[str]
    exp: int | float
    iat: int | float
    nbf: int | float | None = None
    jti: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedToken:
    """The claims of a token before its signature is verified.

    Enough to find the provider and its key; a decision needs `verify_token`.
    """

    algorithm: str
    key_id: str | None
    issuer: str
    subject: str
    audiences: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcClaims:
    """The claims of a verified token. Instants are seconds since 1970.

    `audiences` keeps the token's order; `source_identity` is set only if its claim was asked for.
    """

    subject: str
    issuer: str
    audiences: tuple[str, ...]
    issued_at: int
    expires_at: int
    token_id: str | None
    source_identity: str | None


@dataclass(frozen=True, slots=True)
class _Parts:
    signing_input: bytes
    header: _Header
    payload: bytes
    claims: _Claims
    signature: bytes


def parse_token(token: str) -> UnverifiedToken:
    """Take a compact JWS apart without trusting it.

    Args:
        token: 4 to 20,000 characters, three base64url parts.

    Raises:
        TokenInvalid: wrongly formed, a missing or mistyped claim (iss, sub, aud, exp, iat), a
            `crit` header, or an algorithm that is not asymmetric.

    Cost: linear in the length.
    Source: RFC 7515, 3.1 and 4.1.11; STS API reference, AssumeRoleWithOIDC (documented).
    """
    return _unverified(_take_apart(token))


def check_addressed(token: UnverifiedToken, *, issuer: str, client_ids: Collection[str]) -> None:
    """Refuse a token of another issuer or for another client.

    Worth calling before the provider's keys are fetched; `verify_token` asks again.

    Raises:
        IssuerMismatch: `iss` is not exactly `issuer`.
        AudienceMismatch: no `aud` is one of `client_ids`.
    """
    if token.issuer != issuer:
        raise IssuerMismatch("the token's issuer is not the provider")
    if not set(token.audiences) & set(client_ids):
        raise AudienceMismatch("no audience of the token is registered")


def verify_token(
    token: str,
    jwks: JwkSet,
    *,
    issuer: str,
    client_ids: Collection[str],
    now: int,
    issuance_limit_hours: int,
    skew_seconds: int = SKEW_SECONDS,
    source_identity_claim: str | None = None,
) -> OidcClaims:
    """Verify a token and return its claims.

    Checked in this order: form, issuer, audience, signature, time.

    Args:
        token: 4 to 20,000 characters.
        jwks: The provider's keys.
        issuer: The registered issuer URL; compared exactly.
        client_ids: Registered audiences; one match suffices.
        now: Seconds since 1970.
        issuance_limit_hours: Longest age of `iat` that is accepted.
        skew_seconds: How far `iat` and `nbf` may lie ahead of `now`; `exp` gets no tolerance.
        source_identity_claim: Name of a claim to read as the source identity, if any.

    Raises:
        TokenInvalid: as for `parse_token`; or `iat` or `nbf` lies in the future, or the source
            identity is wrongly formed.
        IssuerMismatch, AudienceMismatch: as for `check_addressed`.
        UnknownKey: the header names a key that the set lacks.
        BadSignature: no fitting key of the provider made the signature.
        TokenExpired: `exp` has come, or `iat` is older than the limit.

    Cost: one signature check; without a `kid`, one for each key that fits the algorithm.
    Source: RFC 7519, 4.1; RAM documentation, OIDC role SSO (documented). That an old `iat` counts
    as expired, and an `iat` ahead of time as invalid, is assumed.
    """
    parts = _take_apart(token)
    said = _unverified(parts)
    check_addressed(said, issuer=issuer, client_ids=client_ids)
    _check_signature(parts, jwks)
    issued_at, expires_at = _check_times(
        parts.claims, now=now, oldest=now - issuance_limit_hours * _HOUR, skew=skew_seconds
    )
    return OidcClaims(
        subject=said.subject,
        issuer=said.issuer,
        audiences=said.audiences,
        issued_at=issued_at,
        expires_at=expires_at,
        token_id=parts.claims.jti,
        source_identity=_source_identity(parts.payload, source_identity_claim),
    )


def _take_apart(token: str) -> _Parts:
    if not MIN_TOKEN_CHARS <= len(token) <= MAX_TOKEN_CHARS:
        raise TokenInvalid(f"a token has {MIN_TOKEN_CHARS} to {MAX_TOKEN_CHARS} characters")
    if not token.isascii():
        raise TokenInvalid("a token is ASCII")
    segments = token.encode("ascii").split(b".")
    if len(segments) != _SEGMENTS:
        raise TokenInvalid("a token has three parts")
    try:
        header, payload, signature = (urlsafe_b64decode(segment) for segment in segments)
    except (binascii.Error, ValueError) as bad:
        raise TokenInvalid("a part of the token is not base64url") from bad
    return _Parts(
        signing_input=segments[0] + b"." + segments[1],
        header=_header(header),
        payload=payload,
        claims=_decode(payload, _Claims, "claims"),
        signature=signature,
    )


def _header(data: bytes) -> _Header:
    header = _decode(data, _Header, "header")
    if header.alg not in ALGORITHMS:
        raise TokenInvalid("the token's algorithm is not accepted")
    if header.crit is not msgspec.UNSET or not header.b64:
        raise TokenInvalid("the token's header demands an extension that is not understood")
    return header


def _decode(data: bytes, shape: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        raise TokenInvalid(f"the token's {what} cannot be read") from bad


def _unverified(parts: _Parts) -> UnverifiedToken:
    claims = parts.claims
    audiences = (claims.aud,) if isinstance(claims.aud, str) else tuple(claims.aud)
    if not (claims.iss and claims.sub and audiences and all(audiences)):
        raise TokenInvalid("iss, sub and aud must not be empty")
    return UnverifiedToken(
        algorithm=parts.header.alg,
        key_id=parts.header.kid,
        issuer=claims.iss,
        subject=claims.sub,
        audiences=audiences,
    )


def _check_signature(parts: _Parts, jwks: JwkSet) -> None:
    key_id = parts.header.kid
    candidates = jwks.candidates(parts.header.alg, key_id)
    if not candidates and key_id is not None and not jwks.has(key_id):
        raise UnknownKey("the provider has no key of that id")
    if not any(_signed_by(parts, candidate) for candidate in candidates):
        raise BadSignature("the signature does not verify under the provider's keys")


def _signed_by(parts: _Parts, candidate: VerificationKey) -> bool:
    # The registry's own lookup warns about EdDSA by name; the model is the same without it.
    algorithm = JWSRegistry.algorithms[parts.header.alg]
    try:
        algorithm.check_key(candidate.key)
        return algorithm.verify(parts.signing_input, parts.signature, candidate.key)
    except (JoseError, ValueError):
        return False


def _check_times(claims: _Claims, *, now: int, oldest: int, skew: int) -> tuple[int, int]:
    issued_at = _instant(claims.iat, "iat")
    expires_at = _instant(claims.exp, "exp")
    if now >= expires_at:
        raise TokenExpired("the token is past its exp")
    if issued_at > now + skew:
        raise TokenInvalid("the token's iat lies in the future")
    if issued_at < oldest:
        raise TokenExpired("the token was issued longer ago than the provider allows")
    if claims.nbf is not None and _instant(claims.nbf, "nbf") > now + skew:
        raise TokenInvalid("the token is not valid yet")
    return issued_at, expires_at


def _instant(value: float, name: str) -> int:
    if not 0 <= value <= _MAX_INSTANT:
        raise TokenInvalid(f"{name} is no instant")
    return int(value)


def _source_identity(payload: bytes, claim: str | None) -> str | None:
    if claim is None:
        return None
    value = _decode(payload, dict[str, object], "claims").get(claim)
    if value is None:
        return None
    if not isinstance(value, str) or not is_source_identity(value):
        raise TokenInvalid("the source identity is wrongly formed")
    return value
