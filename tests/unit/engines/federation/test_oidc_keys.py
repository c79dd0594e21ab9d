"""Key sets, discovery documents and certificate fingerprints."""

import hashlib
import json

import pytest
from joserfc.jwk import ECKey, RSAKey

from juyong.engines.federation.oidc import (
    IssuerConfigurationBroken,
    any_fingerprint_matches,
    fingerprint,
    parse_discovery,
    parse_jwks,
)
from juyong.engines.federation.oidc_keys import MAX_DOCUMENT_BYTES, MAX_KEYS

ISSUER = "https://idp.example.test"
EC = ECKey.generate_key("P-256", private=True)
PUBLIC = EC.as_dict(private=False)


def ids(*members: object) -> list[str | None]:
    return [key.key_id for key in parse_jwks(json.dumps({"keys": members}).encode()).keys]


def test_private_members_are_not_loaded() -> None:
    whole = parse_jwks(json.dumps({"keys": [EC.as_dict(private=True)]}).encode())
    assert not whole.keys[0].key.is_private


SKIPPED: list[object] = [
    {"kty": "oct", "k": "AAAA", "kid": "x"},
    {"kty": "unknown", "kid": "x"},
    {**PUBLIC, "kid": "x", "use": "enc"},
    {**PUBLIC, "kid": "x", "key_ops": ["sign"]},
    {**PUBLIC, "kid": "x", "alg": "HS256"},
    {**PUBLIC, "kid": "x", "alg": "ECDH-ES"},
    {**PUBLIC, "kid": "x", "crv": "secp256k1"},
    {**PUBLIC, "kid": "x", "x": PUBLIC["y"]},
    {**PUBLIC, "kid": "x", "x": ""},
    {**PUBLIC, "kid": "x", "x": "not base64!"},
    {"kty": "EC", "kid": "x", "crv": "Ed25519", "x": "AAAA", "y": "AAAA"},
    {"kty": "OKP", "kid": "x", "crv": "X25519", "x": "A" * 43},
    {"kty": "OKP", "kid": "x", "crv": "P-256", "x": "A" * 43},
    {"kty": "RSA", "kid": "x", "n": "AQAB", "e": "AQAB"},
    {"kty": "RSA", "kid": "x", "n": "_" * 1400, "e": "AQAB"},
    {"kty": "RSA", "kid": "x", "n": "_" * 342, "e": ""},
    {"kid": "x"},
    "text",
    7,
    None,
]


@pytest.mark.parametrize("member", SKIPPED)
def test_unusable_key_is_passed_over(member: object) -> None:
    assert ids(member, {**PUBLIC, "kid": "good"}) == ["good"]
    with pytest.raises(IssuerConfigurationBroken, match="no usable"):
        ids(member)


def test_skip_table_is_not_empty() -> None:
    assert len(SKIPPED) == 20


def test_rsa_needs_2048_bits() -> None:
    exactly = RSAKey.generate_key(2048).as_dict(private=False)
    assert ids({**exactly, "kid": "big"}) == ["big"]


def test_number_of_keys_has_two_sides() -> None:
    assert len(ids(*[PUBLIC] * MAX_KEYS)) == MAX_KEYS
    with pytest.raises(IssuerConfigurationBroken, match="more than"):
        ids(*[PUBLIC] * (MAX_KEYS + 1))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"keys": {}}',
        b'{"keys": []}',
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"keys":[' + b"[" * 100_000,
        b" " * (MAX_DOCUMENT_BYTES + 1),
    ],
)
def test_broken_key_set(data: bytes) -> None:
    with pytest.raises(IssuerConfigurationBroken):
        parse_jwks(data)


def discovery(uri: object, issuer: object = ISSUER) -> bytes:
    return json.dumps({"issuer": issuer, "jwks_uri": uri, "scopes_supported": ["openid"]}).encode()


def test_discovery_names_the_key_set() -> None:
    assert parse_discovery(discovery(ISSUER + "/keys?v=1"), ISSUER) == ISSUER + "/keys?v=1"
    assert parse_discovery(discovery("https://keys.example.test"), ISSUER)


@pytest.mark.parametrize(
    ("uri", "allowed"),
    [
        ("http://localhost:8080/keys", True),
        ("http://127.0.0.1/keys", True),
        ("http://[::1]:9/keys", True),
        ("http://127.0.0.1.example.test/keys", False),
        ("http://idp.example.test/keys", False),
        ("http://localhost@idp.example.test/keys", False),
    ],
)
def test_plain_http_only_on_loopback_and_only_when_allowed(uri: str, allowed: bool) -> None:
    with pytest.raises(IssuerConfigurationBroken, match="https"):
        parse_discovery(discovery(uri), ISSUER)
    if allowed:
        assert parse_discovery(discovery(uri), ISSUER, allow_loopback_http=True) == uri
    else:
        with pytest.raises(IssuerConfigurationBroken):
            parse_discovery(discovery(uri), ISSUER, allow_loopback_http=True)


@pytest.mark.parametrize(
    "data",
    [
        discovery(ISSUER + "/keys", issuer="https://other.example.test"),
        discovery(ISSUER + "/keys", issuer=ISSUER + "/"),
        discovery(7),
        discovery("file:///etc/passwd"),
        discovery("https://"),
        discovery("https://u:p@idp.example.test/keys"),
        discovery("https://idp.example.test:port/keys"),
        discovery("https://[::1/keys"),
        discovery("https://idp.example.test/keys#x"),
        b"{}",
        b"",
        b"<html>",
    ],
)
def test_broken_discovery(data: bytes) -> None:
    with pytest.raises(IssuerConfigurationBroken):
        parse_discovery(data, ISSUER)


def test_fingerprint_is_forty_lower_case_hex_characters() -> None:
    assert fingerprint(b"abc") == "a9993e364706816aba3e25717850c26c9cd0d89d"


@pytest.mark.parametrize(
    ("chain", "registered", "expected"),
    [
        ([b"leaf", b"ca"], ["ca"], True),
        ([b"leaf", b"ca"], ["other", "leaf"], True),
        ([b"leaf", b"ca"], ["other"], False),
        ([b"leaf"], [], False),
        ([], ["ca"], False),
    ],
)
def test_fingerprint_match(chain: list[bytes], registered: list[str], expected: bool) -> None:
    shown = [hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest() for name in registered]
    assert any_fingerprint_matches(chain, shown) is expected
    assert any_fingerprint_matches(chain, [text.upper() for text in shown]) is expected


def test_shortened_fingerprint_matches_nothing() -> None:
    assert not any_fingerprint_matches([b"ca"], [fingerprint(b"ca")[:39], ""])
