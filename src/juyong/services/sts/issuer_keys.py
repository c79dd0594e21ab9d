"""Fetch the keys an OIDC issuer signs with."""

from functools import lru_cache
from urllib.parse import urlsplit

from juyong.api.context import FetchRefused, Platform
from juyong.base.clock import Instant
from juyong.engines.federation.oidc import (
    IssuerConfigurationBroken,
    JwkSet,
    parse_discovery,
    parse_jwks,
)
from juyong.services.identity.facade import OidcProviderRow
from juyong.services.sts.issuer_tls import is_pinned
from juyong.services.sts.trust import unproven

_DISCOVERY = "/.well-known/openid-configuration"
_OK = 200
IssuerBroken = unproven(
    "OIDCToken.IssuerConfigurationBroken",
    "The configuration of the issuer is broken: {reason}.",
    "The discovery document or the key set cannot be fetched or cannot be used.",
)
FingerprintMismatch = unproven(
    "OIDCToken.PublicKeyFingerprintMismatch",
    "The fingerprint of the issuer's certificate is not registered.",
    "No certificate the issuer showed leads to a registered one.",
)
HttpsUrlInvalid = unproven(
    "OIDCToken.HttpsUrlInvalid",
    "The URL of the issuer must be a valid https URL.",
    "The issuer is not asked over https.",
)


def issuer_keys(
    platform: Platform, provider: OidcProviderRow, now: Instant, *, fresh: bool = False
) -> JwkSet:
    """Return the public keys of a provider, from answers a few minutes old unless `fresh`.

    Plain http is for development: the platform's way out allows it to loopback only, and only
    where the setting `oidc_allow_http_loopback` is on.

    Raises:
        IssuerBroken, FingerprintMismatch, HttpsUrlInvalid: as named.
    """
    issuer = provider.issuer_url
    plain = issuer.startswith("http://")
    document = _get(platform, provider, issuer.rstrip("/") + _DISCOVERY, now)
    try:
        url = parse_discovery(document, issuer, allow_loopback_http=plain)
        return _parsed(_get(platform, provider, url, now, fresh=fresh))
    except IssuerConfigurationBroken as bad:
        raise IssuerBroken(reason=bad.reason) from bad


def _get(
    platform: Platform, provider: OidcProviderRow, url: str, now: Instant, *, fresh: bool = False
) -> bytes:
    parts = urlsplit(url)
    try:
        fetched = platform.fetch(url, fresh=fresh)
    except OSError as failure:
        if parts.scheme != "https":
            raise HttpsUrlInvalid from failure
        if isinstance(failure, FetchRefused):
            raise IssuerBroken(reason=str(failure)) from failure
        raise IssuerBroken(reason="it does not answer") from failure
    fingerprints = provider.fingerprints.split(",")
    if parts.scheme == "https" and not is_pinned(
        fetched.chain, fingerprints, parts.hostname or "", now
    ):
        raise FingerprintMismatch
    if fetched.status != _OK:
        raise IssuerBroken(reason=f"it answers with status {fetched.status}")
    return fetched.body


@lru_cache(maxsize=64)
def _parsed(body: bytes) -> JwkSet:
    return parse_jwks(body)
