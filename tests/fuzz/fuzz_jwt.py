"""Fuzz OpenID Connect tokens: whatever is accepted must be the one token that was signed."""

import contextlib

from juyong.engines.federation.oidc import (
    IssuerConfigurationBroken,
    OidcClaims,
    OidcError,
    TokenInvalid,
    parse_jwks,
    parse_token,
    verify_token,
)

NOW = 1_750_000_000
ISSUER = "https://idp.example.test"
CLIENT = "sts.aliyuncs.com"
KEY_SET = (
    b'{"keys": [{"crv": "P-256", "x": "-oUPbB7_e2PMaTdrdOCg8j_wrUkZ_v5VT8B40APHfJQ", "y": '
    b'"F2pdsC4WsJLCVfkVIqJ-VQoKY1t2Udr6UZ4Eixn1t10", "kty": "EC", "kid": "k1"}]}'
)
KEYS = parse_jwks(KEY_SET)
# Signed once with a key that was thrown away, so that nobody can sign another.
SIGNED = (
    b"eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLnRlc3QiLCJz"
    b"dWIiOiJhbGljZSIsImF1ZCI6WyJzdHMuYWxpeXVuY3MuY29tIl0sImlhdCI6MTc0OTk5OTk0MCwiZXhwIjox"
    b"NzUwMDAwNjAwLCJqdGkiOiJ0LTEifQ.QdmcWJnray7bq3KT5F45qjCh2ySGEcNy1nE8-RNISRVsP_e6nyLEV"
    b"gzmm8HVb_uzm_mHc7n5dyrMxe_jnDKrBQ"
)
EXPECTED = OidcClaims(
    subject="alice",
    issuer=ISSUER,
    audiences=(CLIENT,),
    issued_at=NOW - 60,
    expires_at=NOW + 600,
    token_id="t-1",
    source_identity=None,
)
SEEDS = [
    SIGNED,
    SIGNED.rpartition(b".")[0] + b".",
    b"eyJhbGciOiJub25lIn0." + SIGNED.split(b".")[1] + b".",
    b"eyJhbGciOiJIUzI1NiJ9." + SIGNED.split(b".")[1] + b".AA",
    b"a.b.c",
    KEY_SET,
    b"",
]


def target(data: bytes) -> None:
    """Verify `data` as a token, and read it as a key set."""
    token = data.decode("utf-8", "surrogateescape")
    try:
        found = verify_token(
            token, KEYS, issuer=ISSUER, client_ids=[CLIENT], now=NOW, issuance_limit_hours=12
        )
    except OidcError:
        pass
    else:
        assert found == EXPECTED
        assert data == SIGNED
    with contextlib.suppress(TokenInvalid):
        parse_token(token)
    try:
        keys = parse_jwks(data).keys
    except IssuerConfigurationBroken:
        return
    assert all(not member.key.is_private for member in keys)
