"""Requests of OSS: readable and signed as a client signs them means accepted, changed is refused."""

import base64
import hashlib
import hmac
from urllib.parse import quote, unquote_to_bytes

from msgspec.structs import replace
from tests.fuzz.messages import raw_from

from juyong.api.errors import ApiError
from juyong.api.request import Raw
from juyong.base.clock import iso, parse_iso
from juyong.base.secret import Secret
from juyong.services.oss.errors import BadSignature
from juyong.services.oss.wire.format import FORMAT

SECRET = "right-secret"
_HOST = b"host:bucket-1.oss-cn-hangzhou.aliyuncs.com\n"
SEEDS: list[bytes] = [
    b"GET /a%20b?acl&versionId=x\n" + _HOST + b"date:Thu, 01 Jan 2026 00:00:00 GMT\n"
    b"x-oss-meta-a: b \nauthorization:OSS k:c2ln",
    (
        b"PUT /bucket-1/%E4%B8%AD\nhost:127.0.0.1\nx-oss-date:20260101T000000Z\ncontent-type:t\n"
        b"authorization:OSS4-HMAC-SHA256 Credential=k/20260101/cn-hangzhou/oss/aliyun_v4_request,"
        b"AdditionalHeaders=host,Signature=00"
    ),
    b"GET /k?OSSAccessKeyId=k&Expires=1&Signature=c2ln&security-token=t\n" + _HOST,
    b"GET /k?x-oss-signature-version=OSS4-HMAC-SHA256&x-oss-date=20260101T000000Z&x-oss-expires=9"
    b"&x-oss-credential=k%2F20260101%2Fcn-hangzhou%2Foss%2Faliyun_v4_request&x-oss-signature=0\n"
    + _HOST,
    b"GET /?a=%FF&a&&=\n" + _HOST,
    b"GET /\n" + _HOST + b"date:99 Feb 99999 99:99:99 +9999\nauthorization:OSS k:s",
    b"",
]


def target(data: bytes) -> None:
    """Read `data` as a message; sign what was read with V4 in a header, and verify it."""
    raw = raw_from(data)
    try:
        claim = FORMAT.read(raw).claim
    except ApiError:
        claim = None
    if claim is not None:
        if claim.until is None:
            assert iso(parse_iso(claim.timestamp)) == claim.timestamp
        try:
            claim.check(Secret(SECRET))
        except BadSignature:
            pass
        else:
            raise AssertionError("a signature that nobody made is accepted")
    _check_v4(raw)
    _check_v1(raw)


def _own(raw: Raw) -> Raw:
    """Return the request at a host that names no bucket, without claims of its own."""
    kept = {
        name: value
        for name, value in raw.headers.items()
        if name and name not in ("authorization", "x-oss-date", "x-oss-content-sha256", "host")
    }
    return replace(raw, headers={**kept, "host": "127.0.0.1:1"})


def _parts(raw: Raw) -> tuple[str, list[tuple[str, str]]] | None:
    """Return decoded path and query; None for what no client sends."""
    try:
        path = unquote_to_bytes(raw.path).decode()
        pairs = (
            [pair.partition("=") for pair in raw.query.replace("+", " ").split("&")]
            if raw.query
            else []
        )
        query = [
            (unquote_to_bytes(name).decode(), unquote_to_bytes(value).decode())
            for name, _, value in pairs
        ]
    except UnicodeDecodeError:
        return None
    names = [name for name, _ in query]
    claims = {"OSSAccessKeyId", "Signature", "x-oss-credential", "x-oss-signature", ""}
    if len(set(names)) != len(names) or claims & set(names) or not path.startswith("/"):
        return None
    return path, query


def _written(value: str) -> str:
    try:
        return value.encode("latin-1").decode().strip()
    except UnicodeError:
        return value.strip()


def _resource(path: str) -> str:
    return path if path == "/" or path.count("/") > 1 else f"{path}/"


def _check_v4(raw: Raw) -> None:
    raw, parts = _own(raw), _parts(raw)
    if parts is None:
        return
    date, scope = "20260101T000000Z", "20260101/cn-hangzhou/oss/aliyun_v4_request"
    headers = {**raw.headers, "x-oss-date": date}
    path, query = parts
    encoded = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in query)
    names = sorted(
        name
        for name in headers
        if name.startswith("x-oss-") or name in ("content-type", "content-md5")
    )
    text = "\n".join(
        (
            raw.method,
            quote(_resource(path), safe="/-_.~"),
            "&".join(f"{k}={v}" if v else k for k, v in encoded),
            "".join(f"{name}:{_written(headers[name])}\n" for name in names),
            "",
            "UNSIGNED-PAYLOAD",
        )
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    signed = f"OSS4-HMAC-SHA256\n{date}\n{scope}\n{digest}".encode()
    key = f"aliyun_v4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, signed, "sha256").hex()
    claim = f"OSS4-HMAC-SHA256 Credential=k/{scope},Signature={signature}"
    _accepted(replace(raw, headers={**headers, "authorization": claim}))


def _check_v1(raw: Raw) -> None:
    raw, parts = _own(raw), _parts(raw)
    if parts is None or parts[1]:
        return
    date = "Thu, 01 Jan 2026 00:00:00 GMT"
    headers = {**raw.headers, "date": date}
    own = sorted((name, value) for name, value in headers.items() if name.startswith("x-oss-"))
    text = "\n".join(
        (
            raw.method,
            headers.get("content-md5", ""),
            _kept(headers.get("content-type", "")),
            date,
            *(f"{name}:{_written(value)}" for name, value in own),
            _resource(parts[0]),
        )
    )
    signature = hmac.digest(SECRET.encode(), text.encode(), "sha1")
    claim = f"OSS k:{base64.b64encode(signature).decode()}"
    _accepted(replace(raw, headers={**headers, "authorization": claim}))


def _kept(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _accepted(raw: Raw) -> None:
    claim = FORMAT.read(raw).claim
    assert claim is not None
    claim.check(Secret(SECRET))
    changed = replace(raw, method=raw.method + "X")
    again = FORMAT.read(changed).claim
    assert again is not None
    try:
        again.check(Secret(SECRET))
    except BadSignature:
        return
    raise AssertionError("a changed request is accepted")
