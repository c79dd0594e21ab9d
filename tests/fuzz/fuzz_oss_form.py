"""Forms of OSS: read or refused, alike however they are cut; only a right signature is believed."""

from typing import Any

from tests.oss_forms import BOUNDARY, body_of, policy_of, signed_v1, signed_v4

from juyong.api.errors import ApiError
from juyong.api.request import Raw
from juyong.api.wire import Envelope
from juyong.base.secret import Secret
from juyong.services.oss.errors import BadSignature
from juyong.services.oss.wire.form import PostForm
from juyong.services.oss.wire.format import FORMAT

SECRET = "right-secret"
_SIZE = ["content-length-range", 0, 30]
_TESTS = (
    *(["eq", "$key", "k"], ["starts-with", "$key", ""], {"bucket": "bucket-1"}),
    *(["in", "$content-type", ["a/b", "image/jpeg"]], ["not-in", "$x-oss-meta-a", ["b"]]),
)
_V1 = signed_v1("key", SECRET, policy_of(_SIZE, *_TESTS))
_V4 = signed_v4("key", SECRET, _SIZE, at=1767225600, token="t")
_MORE = {"x-oss-meta-a": "ü", "success_action_redirect": "https://a.b/?c", "cache-control": "no"}
SEEDS: list[bytes] = [
    b"\x05" + body_of({"key": "k", **_V1, **_MORE}),
    b"\x01" + body_of({"Key": "k", **_V4, "x-oss-object-acl": "private"}, behind={"submit": "x"}),
    b"\x00" + body_of({"key": "k", **_V1, "Signature": "c2ln"}, b"\r\n--" + BOUNDARY.encode()[:9]),
    b"\x03" + body_of({"key": "k/${filename}"}, filename='a\\"b\\\\c'),
    b"\x02" + body_of({"key": "k", "policy": "e30=", "OSSAccessKeyId": "k", "Signature": "x"}),
    b"\x02" + body_of({"key": "k", "callback": "x"}),
    b"\x07" + body_of({}, None),
    b"\x09\r\n--" + BOUNDARY.encode() + b"\r\n\r\n",
    b"",
]
_RAW = Raw(
    method="POST",
    path="/bucket-1",
    query="",
    headers={
        "host": "127.0.0.1:1",
        "content-type": f"multipart/form-data; boundary={BOUNDARY}",
        "x-oss-object-acl": "public-read-write",
    },
    body=b"",
    peer="",
    secure=False,
)
_HEAD = Envelope(
    claim=None,
    action=None,
    version=None,
    params={"bucket": "bucket-1"},
    writer=FORMAT.writer(_RAW),
)


def target(data: bytes) -> None:
    """Cut the form by the first byte; read it so and whole."""
    size, body = (data[0] + 1, data[1:]) if data else (1, b"")
    outcome = _read(body, size)
    assert outcome == _read(body, len(body) + 1), "the cuts of a body change what it is"


def _read(body: bytes, size: int) -> Any:
    """Return what a form comes to, fed in pieces of a size."""
    form = FORMAT.form(_RAW)
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    try:
        while not form.begins():
            form.add(pieces.pop(0)) if pieces else form.end()
        asked = FORMAT.read_form(_RAW, form, _HEAD)
        signed = _check(form, asked)
        file = [form.take()]
        while not form.ended:
            form.add(pieces.pop(0)) if pieces else form.end()
            file.append(form.take())
    except ApiError as error:
        return type(error), error.message
    assert form.policy is None or form.policy.least <= len(b"".join(file)) <= form.policy.most
    return asked.params, form.headers, signed, b"".join(file)


def _check(form: PostForm, asked: Envelope) -> str:
    """Verify a form; a form that was changed is signed by nobody."""
    for name, value in form.headers.items():
        assert not any(letter in name + value for letter in "\r\n\0")
    assert form.headers.get("x-oss-object-acl") != "public-read-write" or "x-oss-object-acl" in (
        form.fields
    )
    claim = asked.claim
    if claim is None:
        assert "policy" not in form.fields
        return "anonymous"
    try:
        claim.check(Secret("another-secret"))
    except BadSignature:
        pass
    else:
        raise AssertionError("a signature that nobody made is accepted")
    try:
        claim.check(Secret(SECRET))
    except BadSignature:
        return "wrong"
    assert form.fields["policy"] in (_V1["policy"], _V4["policy"])
    assert form.policy is not None
    assert claim.until is not None
    assert claim.until <= form.policy.until
    return "right"
