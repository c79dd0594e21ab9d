"""OpenID Connect tokens: what is accepted, and each way of being refused."""

import base64
import hashlib
import hmac
import json
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from juyong.engines.federation.oidc import (
    MAX_TOKEN_CHARS,
    SKEW_SECONDS,
    AudienceMismatch,
    BadSignature,
    IssuerMismatch,
    JwkSet,
    OidcClaims,
    OidcError,
    TokenExpired,
    TokenInvalid,
    UnknownKey,
    UnverifiedToken,
    check_addressed,
    parse_jwks,
    parse_token,
    verify_token,
)

NOW = 1_750_000_000
ISSUER = "https://idp.example.test"
CLIENT = "sts.aliyuncs.com"
HOUR = 3600

Key = RSAKey | ECKey | OKPKey


@cache
def key(kind: str, name: str = "one") -> Key:
    del name  # distinct names make distinct keys
    if kind == "RSA":
        return RSAKey.generate_key(2048)
    if kind in ("Ed25519", "Ed448"):
        return OKPKey.generate_key(kind)
    return ECKey.generate_key(kind)


def public(member: Key, **more: str) -> dict[str, object]:
    return {**member.as_dict(private=False), **more}


def key_set(*members: dict[str, object]) -> JwkSet:
    return parse_jwks(json.dumps({"keys": members}).encode())


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(**changes: object) -> dict[str, object]:
    standard = {
        "iss": ISSUER,
        "sub": "system:serviceaccount:shop:cart",
        "aud": CLIENT,
        "iat": NOW - 60,
        "exp": NOW + 600,
    }
    return {name: value for name, value in {**standard, **changes}.items() if value is not None}


def signed_by(algorithm: str, signer: Key, payload: bytes, **header: object) -> str:
    head = json.dumps({"alg": algorithm, "typ": "JWT", **header}).encode()
    signing_input = f"{b64(head)}.{b64(payload)}"
    signature = JWSRegistry.algorithms[algorithm].sign(signing_input.encode(), signer)
    return f"{signing_input}.{b64(signature)}"


def token(algorithm: str = "ES256", signer: Key | None = None, **changes: object) -> str:
    return signed_by(
        algorithm, signer or key("P-256"), json.dumps(claims(**changes)).encode(), kid="k1"
    )


KEYS = key_set(public(key("P-256"), kid="k1"))


def verify(text: str, keys: JwkSet = KEYS, **options: object) -> OidcClaims:
    settings = {
        "issuer": ISSUER,
        "client_ids": [CLIENT],
        "now": NOW,
        "issuance_limit_hours": 12,
        **options,
    }
    return verify_token(text, keys, **settings)  # type: ignore[arg-type]


def test_good_token_is_read_in_full() -> None:
    assert verify(token(jti="t-1")) == OidcClaims(
        subject="system:serviceaccount:shop:cart",
        issuer=ISSUER,
        audiences=(CLIENT,),
        issued_at=NOW - 60,
        expires_at=NOW + 600,
        token_id="t-1",
        source_identity=None,
    )


ALGORITHMS = [
    ("RS256", "RSA"),
    ("RS384", "RSA"),
    ("RS512", "RSA"),
    ("PS256", "RSA"),
    ("PS384", "RSA"),
    ("PS512", "RSA"),
    ("ES256", "P-256"),
    ("ES384", "P-384"),
    ("ES512", "P-521"),
    ("EdDSA", "Ed25519"),
    ("EdDSA", "Ed448"),
    ("Ed25519", "Ed25519"),
]


@pytest.mark.parametrize(("algorithm", "kind"), ALGORITHMS)
def test_each_asymmetric_algorithm(algorithm: str, kind: str) -> None:
    keys = key_set(public(key(kind), kid="k1"))
    assert verify(token(algorithm, key(kind)), keys).issuer == ISSUER
    with pytest.raises(BadSignature):
        verify(token(algorithm, key(kind, "two")), keys)


def test_every_algorithm_ran() -> None:
    assert len(ALGORITHMS) == 12


def test_none_algorithm_is_refused() -> None:
    payload = b64(json.dumps(claims()).encode())
    for name in ("none", "None", "NONE", ""):
        head = b64(json.dumps({"alg": name}).encode())
        for text in (f"{head}.{payload}.", f"{head}.{payload}.AA"):
            with pytest.raises(TokenInvalid, match="algorithm"):
                verify(text)


def test_hmac_with_the_public_key_is_refused() -> None:
    keys = key_set(public(key("RSA"), kid="k1"))
    for secret in (key("RSA").as_pem(private=False), json.dumps(public(key("RSA"))).encode()):
        for name, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
            head = b64(json.dumps({"alg": name, "kid": "k1"}).encode())
            signing_input = f"{head}.{b64(json.dumps(claims()).encode())}"
            forged = hmac.new(secret, signing_input.encode(), digest).digest()
            with pytest.raises(TokenInvalid, match="algorithm"):
                verify(f"{signing_input}.{b64(forged)}", keys)


def test_symmetric_key_in_the_set_is_never_used() -> None:
    shared = {"kty": "oct", "k": b64(b"x" * 32), "kid": "k1"}
    keys = key_set(shared, public(key("P-256"), kid="k2"))
    assert [member.key_id for member in keys.keys] == ["k2"]


@pytest.mark.parametrize(
    ("algorithm", "signer", "member"),
    [
        ("RS256", "RSA", "P-256"),
        ("ES256", "P-256", "RSA"),
        ("ES256", "P-256", "P-384"),
        ("EdDSA", "Ed25519", "P-256"),
        ("Ed25519", "Ed25519", "Ed448"),
    ],
)
def test_key_of_another_type_never_fits(algorithm: str, signer: str, member: str) -> None:
    keys = key_set(public(key(member), kid="k1"))
    with pytest.raises(BadSignature):
        verify(token(algorithm, key(signer)), keys)


def test_only_fitting_keys_are_candidates() -> None:
    kinds = ("RSA", "P-256", "P-384", "P-521", "Ed25519", "Ed448")
    keys = key_set(*(public(key(kind), kid=kind) for kind in kinds))
    fitting = {
        algorithm: {member.key_id for member in keys.candidates(algorithm, None)}
        for algorithm, _ in ALGORITHMS
    }
    expected: dict[str, set[str]] = {}
    for algorithm, kind in ALGORITHMS:
        expected.setdefault(algorithm, set()).add(kind)
    assert fitting == expected


def test_key_bound_to_an_algorithm_serves_no_other() -> None:
    bound = key_set(public(key("RSA"), kid="k1", alg="RS256"))
    assert verify(token("RS256", key("RSA")), bound)
    with pytest.raises(BadSignature):
        verify(token("PS256", key("RSA")), bound)


def test_kid_selects_the_key() -> None:
    keys = key_set(
        public(key("P-256", "two"), kid="k2"),
        public(key("P-256"), kid="k1"),
    )
    assert verify(token(), keys)
    with pytest.raises(BadSignature):
        verify(token(signer=key("P-256", "two")), keys)


def test_unknown_kid_is_told_apart() -> None:
    keys = key_set(public(key("P-256"), kid="other"))
    with pytest.raises(UnknownKey):
        verify(token(), keys)
    assert issubclass(UnknownKey, BadSignature)


def test_without_kid_every_fitting_key_is_tried() -> None:
    text = signed_by("ES256", key("P-256"), json.dumps(claims()).encode())
    keys = key_set(public(key("P-256", "two"), kid="a"), public(key("P-256"), kid="b"))
    assert verify(text, keys)
    with pytest.raises(BadSignature):
        verify(text, key_set(public(key("P-256", "two"), kid="a")))


def test_tampered_parts_are_refused() -> None:
    head, _, signature = token().split(".")
    forged = b64(json.dumps(claims(sub="root")).encode())
    with pytest.raises(BadSignature):
        verify(f"{head}.{forged}.{signature}")
    other_head = b64(json.dumps({"alg": "ES256", "kid": "k1", "typ": "at+jwt"}).encode())
    with pytest.raises(BadSignature):
        verify(".".join((other_head, token().split(".")[1], signature)))
    with pytest.raises(BadSignature):
        verify(token().rpartition(".")[0] + ".")


TIMES: list[tuple[dict[str, object], type[OidcError] | None]] = [
    ({"exp": NOW + 1}, None),
    ({"exp": NOW}, TokenExpired),
    ({"exp": NOW + 0.5}, TokenExpired),
    ({"exp": NOW + 1.5}, None),
    ({"iat": NOW + SKEW_SECONDS}, None),
    ({"iat": NOW + SKEW_SECONDS + 1}, TokenInvalid),
    ({"iat": NOW - 12 * HOUR}, None),
    ({"iat": NOW - 12 * HOUR - 1}, TokenExpired),
    ({"nbf": NOW + SKEW_SECONDS}, None),
    ({"nbf": NOW + SKEW_SECONDS + 1}, TokenInvalid),
    ({"iat": -1}, TokenInvalid),
    ({"exp": 2**53 + 2}, TokenInvalid),
    ({"exp": 10**40}, TokenInvalid),
]


@pytest.mark.parametrize(("changes", "error"), TIMES)
def test_time_limits(changes: dict[str, object], error: type[OidcError] | None) -> None:
    if error is None:
        assert verify(token(**changes)).subject
    else:
        with pytest.raises(error):
            verify(token(**changes))


REFUSED: list[tuple[dict[str, object], type[OidcError]]] = [
    ({"iss": "https://other.example.test"}, IssuerMismatch),
    ({"iss": ISSUER + "/"}, IssuerMismatch),
    ({"iss": ISSUER.upper()}, IssuerMismatch),
    ({"aud": "other"}, AudienceMismatch),
    ({"aud": ["other", "more"]}, AudienceMismatch),
    ({"iss": None}, TokenInvalid),
    ({"sub": None}, TokenInvalid),
    ({"aud": None}, TokenInvalid),
    ({"iat": None}, TokenInvalid),
    ({"exp": None}, TokenInvalid),
    ({"sub": ""}, TokenInvalid),
    ({"aud": []}, TokenInvalid),
    ({"aud": [""]}, TokenInvalid),
    ({"aud": {"a": CLIENT}}, TokenInvalid),
    ({"aud": [CLIENT, 1]}, TokenInvalid),
    ({"sub": 7}, TokenInvalid),
    ({"exp": "soon"}, TokenInvalid),
    ({"exp": True}, TokenInvalid),
]


@pytest.mark.parametrize(("changes", "error"), REFUSED)
def test_refused_claims(changes: dict[str, object], error: type[OidcError]) -> None:
    with pytest.raises(error):
        verify(token(**changes))


def test_tables_are_not_empty() -> None:
    assert (len(TIMES), len(REFUSED)) == (13, 18)


def test_one_audience_of_several_suffices() -> None:
    assert verify(token(aud=["other", CLIENT])).audiences == ("other", CLIENT)


def test_issuer_and_audience_are_judged_before_the_signature() -> None:
    stranger = key("P-256", "two")
    with pytest.raises(IssuerMismatch):
        verify(token(signer=stranger, iss="https://other.example.test"))
    with pytest.raises(AudienceMismatch):
        verify(token(signer=stranger, aud="other"))
    with pytest.raises(BadSignature):
        verify(token(signer=stranger, exp=NOW - 1))


def test_addressed_check_stands_alone() -> None:
    said = parse_token(token())
    assert said == UnverifiedToken(
        algorithm="ES256",
        key_id="k1",
        issuer=ISSUER,
        subject="system:serviceaccount:shop:cart",
        audiences=(CLIENT,),
    )
    check_addressed(said, issuer=ISSUER, client_ids=[CLIENT])
    with pytest.raises(AudienceMismatch):
        check_addressed(said, issuer=ISSUER, client_ids=[])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c",
        "....",
        "a" * MAX_TOKEN_CHARS,
        f"{b64(b'[]')}.{b64(b'{}')}.AA",
        f"{b64(b'not json')}.{b64(b'{}')}.AA",
        f"{b64(b'[' * 7000)}.{b64(b'{}')}.AA",
        f"{b64(bytes([0xFF]))}.{b64(b'{}')}.AA",
        token().replace(".", ". ", 1),
        token() + "=",
        token() + "é",
        token() + ".x",
    ],
)
def test_malformed_token_is_refused(text: str) -> None:
    with pytest.raises(TokenInvalid):
        parse_token(text)


def test_length_bound_has_two_sides() -> None:
    base = len(token(pad=""))
    padding_chars = (MAX_TOKEN_CHARS - base) * 3 // 4
    fits = token(pad="x" * (padding_chars - 3))
    assert MAX_TOKEN_CHARS - 12 <= len(fits) <= MAX_TOKEN_CHARS
    assert verify(fits)
    with pytest.raises(TokenInvalid, match="20000"):
        verify(token(pad="x" * (padding_chars + 12)))


@pytest.mark.parametrize("extension", [{"crit": ["exp"]}, {"crit": None}, {"b64": False}])
def test_header_extensions_are_refused(extension: dict[str, object]) -> None:
    text = signed_by("ES256", key("P-256"), json.dumps(claims()).encode(), kid="k1", **extension)
    with pytest.raises(TokenInvalid, match="extension"):
        verify(text)


def test_key_inside_the_header_is_ignored() -> None:
    stranger = key("P-256", "two")
    text = signed_by(
        "ES256", stranger, json.dumps(claims()).encode(), kid="k1", jwk=public(stranger)
    )
    with pytest.raises(BadSignature):
        verify(text)


def test_source_identity_comes_from_the_named_claim() -> None:
    text = token(who="alice-id")
    assert verify(text, source_identity_claim="who").source_identity == "alice-id"
    assert verify(text, source_identity_claim="other").source_identity is None
    for bad in ("a", "acs:me", 7, "a b"):
        with pytest.raises(TokenInvalid, match="source identity"):
            verify(token(who=bad), source_identity_claim="who")


def test_errors_do_not_quote_the_token() -> None:
    text = token(sub="very-secret-subject", iss="https://other.example.test")
    with pytest.raises(IssuerMismatch) as refused:
        verify(text)
    assert "secret" not in str(refused.value)
    assert "other.example" not in str(refused.value)


def test_agrees_with_a_second_implementation() -> None:
    """The signature is what the primitives say, not only what the library round-trips."""
    raw = key("RSA").private_key
    assert isinstance(raw, rsa.RSAPrivateKey)
    head = b64(b'{"alg":"RS256","kid":"k1"}')
    signing_input = f"{head}.{b64(json.dumps(claims()).encode())}"
    signature = raw.sign(signing_input.encode(), padding.PKCS1v15(), SHA256())
    assert verify(f"{signing_input}.{b64(signature)}", key_set(public(key("RSA"), kid="k1")))
