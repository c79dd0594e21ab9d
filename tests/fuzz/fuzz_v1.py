"""RPC requests under signature V1: read as urllib reads them, verified as a client signs them."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from tests.fuzz import signer

from juyong.api.errors import ApiError
from juyong.api.request import Raw
from juyong.base.secret import Secret
from juyong.gateway.errors import SignatureMismatchV1
from juyong.gateway.wire.rpc import FORMAT

SECRET, OTHER = "right-secret", "wrong-secret"
COMMON = (
    b"AccessKeyId=k&Signature=s&Timestamp=2026-01-01T00%3A00%3A00Z&SignatureNonce=n"
    b"&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0"
)
SEEDS: list[bytes] = [
    b"Action=GetUser&Version=2015-05-01&UserName=alice&" + COMMON,
    b"Action=GetUser&" + COMMON + b"\nUserName=a+b%20c%2B&Comments=%E4%B8%AD%E6%96%87~*'",
    COMMON + b"&a&b=&=c&=&&%3D=%26&d=e=f",
    COMMON + b"&a=%zz%4&b=%C3%A9&c=\xc3\xa9",
    COMMON + b"&SecurityToken=t&Format=XML\na=1&a=2",
    b"\n" + COMMON + b"&a.1.b=%F0%9F%94%92",
    b"a=%ff",
    b"",
]


def target(data: bytes) -> None:
    """Read query and form (after the first newline), then sign what was read and verify it."""
    query, _, form = data.partition(b"\n")
    method = "POST" if form else "GET"
    raw = _raw(method, query.decode("latin-1"), form)
    try:
        envelope = FORMAT.read(raw)
    except ApiError:
        return
    pairs = [*_by_urllib(raw.query), *_by_urllib(form.decode())]
    assert envelope.params == dict(pairs)
    assert len(envelope.params) == len(pairs)
    if envelope.claim is not None:
        assert "\0" not in f"{envelope.claim.access_key_id}{envelope.claim.nonce}"
        _check_signatures(method, envelope.params)


def _check_signatures(method: str, read: Mapping[str, str]) -> None:
    params = {name: value for name, value in read.items() if name != "Signature"}
    good = _signed(method, params, SECRET)
    good.check(Secret(SECRET))
    _refused(good.check, OTHER)
    changed = {**params, "SignatureNonce": params["SignatureNonce"] + "x"}
    _refused(_signed(method, changed, SECRET, over=params).check, SECRET)


def _signed(method, params, secret, *, over=None):
    """Send params under the signature of `over`, half in the query and half in the form."""
    signature = signer.v1(method, over or params, secret)
    pairs = [*params.items(), ("Signature", signature)]
    half = len(pairs) // 2 if method == "POST" else len(pairs)
    form = signer.query_string(pairs[half:]).encode()
    return FORMAT.read(_raw(method, signer.query_string(pairs[:half]), form)).claim


def _refused(check, secret: str) -> None:
    try:
        check(Secret(secret))
    except SignatureMismatchV1:
        return
    raise AssertionError("a wrong signature was accepted")


def _raw(method: str, query: str, form: bytes) -> Raw:
    return Raw(
        method=method,
        path="/",
        query=query,
        headers={"host": "ram.aliyuncs.com", "content-type": "application/x-www-form-urlencoded"},
        body=form,
        peer="127.0.0.1",
        secure=False,
    )


def _by_urllib(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True, errors="strict")
