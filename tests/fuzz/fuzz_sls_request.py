"""Requests of SLS: signed as clients sign them means accepted, changed is refused."""

import base64
import hmac
from urllib.parse import unquote_to_bytes

from msgspec.structs import replace
from tests.fuzz.messages import raw_from

from juyong.api.errors import ApiError
from juyong.api.request import Raw
from juyong.base.clock import iso, parse_iso
from juyong.base.secret import Secret
from juyong.services.sls.wire.errors import BadContent, BadSignature
from juyong.services.sls.wire.format import FORMAT

SECRET = "right-secret"
_HOST = b"host:project-1.cn-hangzhou.log.aliyuncs.com\n"
_OWN = b"x-log-apiversion:0.6.0\nx-log-signaturemethod:hmac-sha1\n"
SEEDS: list[bytes] = [
    b"GET /logstores?offset=0&size=9\n"
    + _HOST
    + _OWN
    + b"date:Thu, 01 Jan 2026 00:00:00 GMT\nauthorization:LOG k:c2ln",
    (
        b"POST /logstores/a%20b\nhost:127.0.0.1\nx-log-apiversion:0.6.0\n"
        b"x-log-date:20260101T000000Z\ncontent-type:application/json\n"
        b"authorization:SLS4-HMAC-SHA256 Credential=k/20260101/cn-hangzhou/sls/aliyun_v4_request,"
        b"Signature=00"
    ),
    b"POST /\n" + _HOST + _OWN + b"x-log-date:Thu, 01 Jan 2026 00:00:00 GMT\n"
    b"date:Fri, 02 Jan 2026 00:00:00 GMT\nauthorization:LOG k:c2ln\n\n[1,2]",
    b"GET /?a=%FF&a&&=\n" + _HOST,
    b"GET /logstores/l/shards/0?action=split&key\n" + _HOST + _OWN + b"date:99 Feb 99999 9:9:9 +9",
    b"",
]


def target(data: bytes) -> None:
    """Read `data` as a message, and its body; sign what was read, and verify it."""
    raw = raw_from(data)
    try:
        read = FORMAT.read(raw)
        read.members()
        claim = read.claim
    except ApiError:
        claim = None
    if claim is not None:
        assert iso(parse_iso(claim.timestamp)) == claim.timestamp
        try:
            claim.check(Secret(SECRET))
        except (BadSignature, BadContent):
            pass
        else:
            raise AssertionError("a signature that nobody made is accepted")
    _check_v1(raw)


def _check_v1(raw: Raw) -> None:
    kept = {
        name: value
        for name, value in raw.headers.items()
        if name and not name.startswith(("x-log-", "content-md5", "authorization"))
    }
    own = {"x-log-apiversion": "0.6.0", "x-log-signaturemethod": "hmac-sha1"}
    headers = {**kept, **own, "date": "Thu, 01 Jan 2026 00:00:00 GMT"}
    raw = replace(raw, headers=headers, query="")
    try:
        path = unquote_to_bytes(raw.path).decode()
    except UnicodeDecodeError:
        return
    lines = sorted(f"{k}:{_written(v)}" for k, v in headers.items() if k.startswith(_SIGNED))
    kind = _written(headers.get("content-type", ""))
    text = "\n".join((raw.method, "", kind, headers["date"], *lines, path))
    code = hmac.digest(SECRET.encode(), text.encode(), "sha1")
    claimed = f"LOG k:{base64.b64encode(code).decode()}"
    _accepted(replace(raw, headers={**headers, "authorization": claimed}))


_SIGNED = ("x-log-", "x-acs-")


def _written(value: str) -> str:
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _accepted(raw: Raw) -> None:
    try:
        claim = FORMAT.read(raw).claim
    except ApiError:
        return  # its path is one that is not served
    assert claim is not None
    claim.check(Secret(SECRET))
    again = FORMAT.read(replace(raw, method=raw.method + "X")).claim
    assert again is not None
    try:
        again.check(Secret(SECRET))
    except BadSignature:
        return
    raise AssertionError("a changed request is accepted")
