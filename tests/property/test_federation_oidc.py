"""Laws of OIDC verification, over drawn times and damaged tokens."""

import base64
import json
import string

from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import OKPKey
from joserfc.jws import JWSRegistry

from juyong.engines.federation.oidc import (
    OidcError,
    TokenExpired,
    TokenInvalid,
    parse_jwks,
    verify_token,
)

NOW = 1_750_000_000
ISSUER = "https://idp.example.test"
CLIENT = "sts.aliyuncs.com"
SKEW = 60
KEY = OKPKey.generate_key("Ed25519")
KEYS = parse_jwks(json.dumps({"keys": [KEY.as_dict(private=False)]}).encode())


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(issued_at: int, expires_at: int) -> str:
    claims = {"iss": ISSUER, "sub": "s", "aud": CLIENT, "iat": issued_at, "exp": expires_at}
    header = b64(b'{"alg":"Ed25519"}')
    signing_input = f"{header}.{b64(json.dumps(claims).encode())}"
    signature = JWSRegistry.algorithms["Ed25519"].sign(signing_input.encode(), KEY)
    return f"{signing_input}.{b64(signature)}"


def verify(text: str, hours: int = 12) -> object:
    return verify_token(
        text,
        KEYS,
        issuer=ISSUER,
        client_ids=[CLIENT],
        now=NOW,
        issuance_limit_hours=hours,
        skew_seconds=SKEW,
    )


GOOD = token(NOW, NOW + 600)


@settings(max_examples=400, deadline=None)
@given(
    st.integers(0, len(GOOD) - 1),
    st.sampled_from(string.ascii_letters + string.digits + "-_.=+/ \n"),
)
def test_any_other_character_anywhere_is_refused(at: int, character: str) -> None:
    changed = GOOD[:at] + character + GOOD[at + 1 :]
    if changed == GOOD:
        assert verify(changed)
        return
    try:
        verify(changed)
    except OidcError:
        return
    raise AssertionError(changed)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(-200_000, 200),
    st.integers(-100, 100),
    st.integers(1, 48),
)
def test_time_decides_as_the_limits_say(issued: int, expires: int, hours: int) -> None:
    try:
        verify(token(NOW + issued, NOW + expires), hours)
        outcome = "accepted"
    except TokenExpired:
        outcome = "expired"
    except TokenInvalid:
        outcome = "early"
    if expires <= 0:
        assert outcome == "expired"
    elif issued > SKEW:
        assert outcome == "early"
    elif issued < -hours * 3600:
        assert outcome == "expired"
    else:
        assert outcome == "accepted"
