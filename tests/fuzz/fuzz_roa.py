"""ROA requests under signature V1: readable and signed as a client signs them means accepted."""

import base64
import hashlib
from urllib.parse import parse_qsl, unquote

from msgspec.structs import replace
from tests.fuzz import signer
from tests.fuzz.messages import raw_from

from juyong.api.errors import ApiError
from juyong.api.request import Raw
from juyong.base.secret import Secret
from juyong.gateway.errors import ContentMismatch, SignatureMismatchV1
from juyong.gateway.wire.roa import FORMAT

SECRET, OTHER = "right-secret", "wrong-secret"
_HEAD = (
    b"host:fc.aliyuncs.com\naccept:application/json\nx-acs-version:2021-04-06\n"
    b"date:Thu, 01 Jan 2026 00:00:00 GMT\nx-acs-signature-nonce:n\nauthorization:acs k:sig\n"
)
SEEDS: list[bytes] = [
    b"GET /functions/a%20b?limit=1&prefix=&bare\n" + _HEAD,
    b"POST /functions\ncontent-type:application/json\n" + _HEAD + b'\n{"name":"f","n":[1,2.5]}',
    b"DELETE /%E4%B8%AD?x=%2F+%3D\n" + _HEAD + b"x-acs-security-token: t ",
    b"GET /\nx-acs-date:Thu, 01 Jan 2026 00:00:00 -0000\nauthorization:acs k:s",
    b"GET /\ndate:99 Feb 99999 99:99:99 +9999\nauthorization:acs k:s",
    b"GET /\nauthorization:acs :s",
    b"",
]


def target(data: bytes) -> None:
    """Read `data` as a message; sign what was read and verify it."""
    raw = raw_from(data)
    if not FORMAT.recognises(raw):
        return
    try:
        FORMAT.read(raw)
    except ApiError:
        return
    pairs = sorted(parse_qsl(raw.query, keep_blank_values=True, errors="strict"))
    spellings = (
        [f"{name}={value}" for name, value in pairs],
        [f"{name}={value}" if value else name for name, value in pairs],
    )
    for spelled in spellings:
        _check_signatures(raw, unquote(raw.path) + (f"?{'&'.join(spelled)}" if pairs else ""))


def _check_signatures(raw: Raw, resource: str) -> None:
    headers = dict(raw.headers)
    if raw.body or "content-md5" in headers:
        digest = hashlib.md5(raw.body, usedforsecurity=False).digest()
        headers["content-md5"] = base64.b64encode(digest).decode()
    signature = signer.roa(raw.method, resource, headers, SECRET)
    headers["authorization"] = f"acs k:{signature}"
    good = replace(raw, headers=headers)
    _check(good, SECRET)
    _refused(good, OTHER, SignatureMismatchV1)
    _refused(replace(good, method=good.method + "X"), SECRET, SignatureMismatchV1)
    if raw.body:
        _refused(replace(good, body=good.body + b" "), SECRET, ContentMismatch)


def _check(raw: Raw, secret: str) -> None:
    claim = FORMAT.read(raw).claim
    assert claim is not None
    claim.check(Secret(secret))


def _refused(raw: Raw, secret: str, error: type[ApiError]) -> None:
    try:
        _check(raw, secret)
    except error:
        return
    raise AssertionError(f"{error.__name__} expected, the request was accepted")
