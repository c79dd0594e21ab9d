"""Read a provider's discovery document and its set of public keys."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from juyong.engines.federation.oidc_errors import IssuerConfigurationBroken

MAX_DOCUMENT_BYTES = 262_144
MAX_KEYS = 100
MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192

T = TypeVar("T")

PublicKey = RSAKey | ECKey | OKPKey

# An algorithm, and the key type and curves it may be used with. Nothing symmetric is here, so a
# public key can never be taken for a shared secret.
ALGORITHMS: Mapping[str, tuple[str, frozenset[str]]] = {
    **dict.fromkeys(
        ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", frozenset({""}))
    ),
    "ES256": ("EC", frozenset({"P-256"})),
    "ES384": ("EC", frozenset({"P-384"})),
    "ES512": ("EC", frozenset({"P-521"})),
    "EdDSA": ("OKP", frozenset({"Ed25519", "Ed448"})),
    "Ed25519": ("OKP", frozenset({"Ed25519"})),
}
_CURVES = frozenset({"P-256", "P-384", "P-521", "Ed25519", "Ed448"})


class _Jwk(msgspec.Struct):
    kty: str
    kid: str | None = None
    use: str | None = None
    alg: str | None = None
    key_ops: list[str] | None = None
    crv: str = ""
    n: str = ""
    e: str = ""
    x: str = ""
    y: str = ""


class _JwkSet(msgspec.Struct):
    keys: list[msgspec.Raw]


class _Discovery(msgspec.Struct):
    issuer: str
    jwks_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationKey:
    """One public key, and what its owner says it is for; `algorithm` None means any that fits."""

    key_id: str | None
    key_type: str
    curve: str
    algorithm: str | None
    key: PublicKey

    def fits(self, algorithm: str) -> bool:
        """Tell whether a signature under `algorithm` may be checked with this key."""
        key_type, curves = ALGORITHMS[algorithm]
        return (
            self.key_type == key_type
            and self.curve in curves
            and self.algorithm in (None, algorithm)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JwkSet:
    """The usable signature keys of one provider, in document order; never empty."""

    keys: tuple[VerificationKey, ...]

    def candidates(self, algorithm: str, key_id: str | None) -> tuple[VerificationKey, ...]:
        """Return the keys that fit; with a `key_id`, only those that have it."""
        return tuple(
            key
            for key in self.keys
            if (key_id is None or key.key_id == key_id) and key.fits(algorithm)
        )

    def has(self, key_id: str) -> bool:
        """Tell whether any key has `key_id`."""
        return any(key.key_id == key_id for key in self.keys)


def parse_jwks(data: bytes) -> JwkSet:
    """Read a JSON Web Key Set.

    Keys of unknown types, for encryption, malformed, or weak (RSA below 2048 bits) are passed
    over, as are private members; a set that leaves nothing is refused.

    Raises:
        IssuerConfigurationBroken: too large, no key set, or without a usable key.

    Cost: linear in the size; at most `MAX_KEYS` keys are loaded.
    Source: RFC 7517, 5 (documented); bounds (assumed).
    """
    entries = _decode(data, _JwkSet, "key set").keys
    if len(entries) > MAX_KEYS:
        raise IssuerConfigurationBroken(f"the key set has more than {MAX_KEYS} keys")
    keys = tuple(key for entry in entries if (key := _verification_key(entry)) is not None)
    if not keys:
        raise IssuerConfigurationBroken("the key set has no usable signature key")
    return JwkSet(keys=keys)


def parse_discovery(data: bytes, issuer: str, *, allow_loopback_http: bool = False) -> str:
    """Read an OpenID Connect discovery document and return where its key set is.

    Args:
        data: The document, at most `MAX_DOCUMENT_BYTES`.
        issuer: The registered issuer URL; the document must name the very same.
        allow_loopback_http: Also accept `http` to localhost, 127.0.0.1 or ::1, for development.

    Raises:
        IssuerConfigurationBroken: too large, malformed, of another issuer, or not over https.

    Source: OpenID Connect Discovery 1.0, 4.2 and 4.3 (documented).
    """
    document = _decode(data, _Discovery, "discovery document")
    if document.issuer != issuer:
        raise IssuerConfigurationBroken("the discovery document names another issuer")
    if not _is_fetchable(document.jwks_uri, allow_loopback_http=allow_loopback_http):
        raise IssuerConfigurationBroken("jwks_uri is no https URL")
    return document.jwks_uri


def _decode(data: bytes, shape: type[T], what: str) -> T:
    if len(data) > MAX_DOCUMENT_BYTES:
        raise IssuerConfigurationBroken(f"the {what} is larger than {MAX_DOCUMENT_BYTES} bytes")
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as bad:
        raise IssuerConfigurationBroken(f"the {what} is malformed") from bad


def _verification_key(entry: msgspec.Raw) -> VerificationKey | None:
    try:
        jwk = msgspec.json.decode(entry, type=_Jwk)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    for_signing = jwk.use in (None, "sig") and (jwk.key_ops is None or "verify" in jwk.key_ops)
    if not for_signing or jwk.alg not in (None, *ALGORITHMS):
        return None
    try:
        key = _load(jwk)
    except (JoseError, ValueError, KeyError, TypeError, UnsupportedAlgorithm):
        return None
    if key is None:
        return None
    return VerificationKey(
        key_id=jwk.kid, key_type=jwk.kty, curve=_curve(jwk), algorithm=jwk.alg, key=key
    )


def _load(jwk: _Jwk) -> PublicKey | None:
    """Build the key from its public members only."""
    if jwk.kty == "RSA" and MIN_RSA_BITS <= _bits(jwk.n) <= MAX_RSA_BITS:
        return RSAKey.import_key({"kty": "RSA", "n": jwk.n, "e": jwk.e})
    if jwk.kty == "EC" and jwk.crv in _CURVES:
        return ECKey.import_key({"kty": "EC", "crv": jwk.crv, "x": jwk.x, "y": jwk.y})
    if jwk.kty == "OKP" and jwk.crv in _CURVES:
        return OKPKey.import_key({"kty": "OKP", "crv": jwk.crv, "x": jwk.x})
    return None


def _curve(jwk: _Jwk) -> str:
    return "" if jwk.kty == "RSA" else jwk.crv


def _bits(base64url: str) -> int:
    try:
        raw = base64.urlsafe_b64decode(base64url + "=" * (-len(base64url) % 4))
    except (binascii.Error, ValueError):
        return 0
    return int.from_bytes(raw).bit_length()


def _is_fetchable(url: str, *, allow_loopback_http: bool) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        return False
    if parts.scheme == "https":
        return True
    loopback = host in ("localhost", "127.0.0.1", "::1")
    return allow_loopback_http and loopback and parts.scheme == "http"
