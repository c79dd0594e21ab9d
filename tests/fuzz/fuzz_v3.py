"""Signature V3: whatever is readable, and signed as a client signs it, is accepted; else refused."""

import hashlib
from urllib.parse import parse_qsl

from msgspec.structs import replace
from tests.fuzz import signer
from tests.fuzz.messages import raw_from

from juyong.api.errors import ApiError
from juyong.api.request import Raw
from juyong.base.secret import Secret
from juyong.gateway.errors import ContentMismatch, SignatureMismatchV3
from juyong.gateway.signature.v3 import Authorization, Unreadable, parse_authorization
from juyong.gateway.wire.v3 import FORMAT

SECRET, OTHER = "right-secret", "wrong-secret"
_SIGNED = b"host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-version"
_HEAD = (
    b"host:ram.aliyuncs.com\nx-acs-action:GetUser\nx-acs-version:2015-05-01\n"
    b"x-acs-date:2026-01-01T00:00:00Z\nx-acs-content-sha256:e3b0\n"
    b"authorization:ACS3-HMAC-SHA256 Credential=k,SignedHeaders=" + _SIGNED + b",Signature=ab"
)
SEEDS: list[bytes] = [
    b"GET /?UserName=alice\n" + _HEAD,
    b"POST /?b=2&a=1&a.1=%20+%2B&%E4%B8%AD=~*&empty=&bare\n" + _HEAD + b";x-acs-signature-nonce",
    b"POST /\n" + _HEAD + b"\ncontent-type:application/json; charset=utf-8\n\n"
    b'{"UserName":"alice","n":[1,{"a":null}]}',
    b"POST /\n" + _HEAD + b"\ncontent-type:application/x-www-form-urlencoded\n\nUserName=a%20b&c",
    b"PUT /functions/a%20b?x=%2F\n" + _HEAD + b"\nx-acs-security-token:t",
    b"GET /\n" + _HEAD + b" , Credential=k",
    b"GET /\nauthorization:ACS3-HMAC-SHA256 Signature= ,,=",
    b"",
]


def target(data: bytes) -> None:
    """Read `data` as an authorization and as a message; sign what was read and verify it."""
    _check_authorization(data.decode("latin-1"))
    raw = raw_from(data)
    if not FORMAT.recognises(raw):
        return
    try:
        envelope = FORMAT.read(raw)
    except ApiError:
        return
    assert envelope.claim is not None
    parsed = parse_authorization(raw.headers["authorization"])
    assert envelope.claim.access_key_id == parsed.access_key_id
    if "authorization" in parsed.signed_headers:
        return  # A signature cannot sign itself.
    for encoder in (signer.percent, str):
        _check_signatures(raw, parsed, encoder)


def _check_authorization(text: str) -> None:
    try:
        found = parse_authorization(text)
    except Unreadable:
        return
    assert found.access_key_id
    assert found.signature
    assert parse_authorization(_render(found)) == found


def _check_signatures(raw: Raw, parsed: Authorization, encoder) -> None:
    digest = hashlib.sha256(raw.body).hexdigest()
    headers = {**raw.headers, "x-acs-content-sha256": digest}
    pairs = sorted(parse_qsl(raw.query, keep_blank_values=True, errors="strict"))
    query = "&".join(f"{encoder(name)}={signer.percent(value)}" for name, value in pairs)
    signature = signer.v3(
        *(raw.method, raw.path or "/", query, headers), signed=parsed.signed_headers, secret=SECRET
    )
    headers["authorization"] = _render(replace(parsed, signature=signature))
    good = replace(raw, headers=headers)
    _check(good, SECRET)
    _refused(good, OTHER, SignatureMismatchV3)
    _refused(replace(good, query=f"{good.query}&z=1"), SECRET, SignatureMismatchV3)
    _refused(replace(good, body=good.body + b" "), SECRET, ContentMismatch)


def _check(raw: Raw, secret: str) -> None:
    claim = FORMAT.read(raw).claim
    assert claim is not None
    claim.check(Secret(secret))


def _refused(raw: Raw, secret: str, error: type[ApiError]) -> None:
    try:
        claim = FORMAT.read(raw).claim
    except ApiError:
        return  # The change made it unreadable, such as a name given twice.
    assert claim is not None
    try:
        claim.check(Secret(secret))
    except error:
        return
    raise AssertionError(f"{error.__name__} expected, the request was accepted")


def _render(parts: Authorization) -> str:
    names = ";".join(parts.signed_headers)
    return (
        f"ACS3-HMAC-SHA256 Credential={parts.access_key_id},"
        f"SignedHeaders={names},Signature={parts.signature}"
    )
