"""The protocol of KMS instances: what is readable is read as others read it; else refused.

The reader is compared with another one, written from the format's description; what was read and
signed as a client signs it is accepted.
"""

import base64
import hashlib
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import pkcs12
from msgspec.structs import replace
from tests.fuzz.messages import raw_from

from juyong.api.errors import ApiError
from juyong.api.request import Raw
from juyong.base.clock import Instant
from juyong.base.secret import Secret
from juyong.gateway.signature.instance import string_to_sign
from juyong.gateway.wire.instance import FORMAT, SignatureNotMatch
from juyong.gateway.wire.instance import MESSAGES as WRITER
from juyong.gateway.wire.instance_messages import MESSAGES
from juyong.gateway.wire.protobuf import Kind, Malformed, Message, decode, encode
from juyong.services.kms.access.pairs import make_pair

_HEAD = (
    b"host:kst-1.cryptoservice.kms.aliyuncs.com\nx-kms-apiversion:dkms-gcs-0.2\n"
    b"x-kms-signaturemethod:RSA_PKCS1_SHA_256\nx-kms-acccesskeyid:KAAP.1\n"
    b"date:Thu, 01 Jan 2026 00:00:00 GMT\ncontent-type:application/x-protobuf\n"
    b"content-sha256:E3B0\nauthorization:Bearer aGVsbG8=\nx-kms-apiname:"
)
SEEDS: list[bytes] = [
    b"POST /\n" + _HEAD + b"Encrypt\n\n\x0a\x03key\x12\x04text\x22\x03aad",
    b"POST /\n" + _HEAD + b"GenerateRandom\n\n\x08\x80\x01",
    b"POST /\n" + _HEAD + b"GetSecretValue\n\n\x0a\x02db\x20\x01\x2d1234\x3112345678",
    b"POST /\n" + _HEAD + b"Sign\n\n\x0a\x01k\x0a\x01k",
    b"POST /?a=b\nx-kms-apiname:Encrypt\n\n\x0b\x0c",
    b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"",
]


def target(data: bytes) -> None:
    """Read `data` as every message, and as a request that is then signed."""
    for messages in MESSAGES.values():
        for message in messages:
            _check_message(message, data)
    raw = replace(raw_from(data), secure=True)
    if not FORMAT.recognises(raw):
        return
    try:
        envelope = FORMAT.read(raw)
    except ApiError:
        return
    assert envelope.writer is WRITER
    assert envelope.claim is not None
    assert envelope.claim.by_client_key
    assert all(isinstance(v, str | int | bool | list) for v in envelope.params.values())
    _check_signature(raw)


def _check_signature(raw: Raw) -> None:
    key, certificate = _pair()
    digest = hashlib.sha256(raw.body).hexdigest().upper()
    headers = {**raw.headers, "content-sha256": digest}
    text = string_to_sign(raw.method, headers).encode()
    signature = key.sign(text, padding.PKCS1v15(), hashes.SHA256())
    headers["authorization"] = f"Bearer {base64.b64encode(signature).decode()}"
    signed = replace(raw, headers=headers)
    _claim(signed).check(certificate)
    for changed in (
        replace(signed, body=raw.body + b"\x08\x01"),
        replace(signed, headers={**headers, "date": "Thu, 01 Jan 2026 00:00:01 GMT"}),
        replace(signed, headers={**headers, "x-kms-extra": "1"}),
    ):
        if changed.headers == headers and changed.body == raw.body:
            continue
        try:
            claim = _claim(changed)
        except ApiError:
            continue
        try:
            claim.check(certificate)
        except SignatureNotMatch:
            continue
        raise AssertionError("a changed request has the same signature")


def _claim(raw: Raw) -> Any:
    return FORMAT.read(raw).claim


@lru_cache(maxsize=1)
def _pair() -> tuple[Any, Secret]:
    """Make a client key."""
    begin, end = Instant(0), Instant(2**32)
    made = make_pair(password=Secret("only-here-1"), not_before=begin, not_after=end)
    opened = pkcs12.load_pkcs12(base64.b64decode(made.sealed.reveal()), b"only-here-1")
    return opened.key, Secret(made.certificate)


def _check_message(message: Message, data: bytes) -> None:
    try:
        found = decode(message, data)
    except Malformed:
        return
    assert found == _other(message, data)
    kept = {name: value for name, value in found.items() if value}
    assert decode(message, encode(message, kept)) == {
        name: [each for each in value if each] if isinstance(value, list) else value
        for name, value in kept.items()
        if not isinstance(value, list) or any(value)
    }


def _other(message: Message, data: bytes) -> dict[str, Any]:
    """Read a message that is known to be well-formed."""
    found: dict[str, Any] = {}
    left = list(data)
    while left:
        tag = _number(left)
        field, wire = message.get(tag // 8), tag % 8
        if wire == 0:
            value: Any = _number(left)
        else:
            size = _number(left) if wire == 2 else {1: 8, 5: 4}[wire]
            value, left = bytes(left[:size]), left[size:]
        if field is None:
            continue
        match field.kind:
            case Kind.TEXT:
                found[field.name] = value.decode()
            case Kind.TEXTS:
                found[field.name] = [*found.get(field.name, []), value.decode()]
            case Kind.BYTES:
                found[field.name] = base64.b64encode(value).decode()
            case Kind.INTEGER:
                found[field.name] = int.from_bytes(value.to_bytes(8), signed=True)
            case Kind.BOOLEAN:
                found[field.name] = value != 0
    return found


def _number(left: list[int]) -> int:
    digits = []
    while True:
        digits.append(left[0] % 128)
        if left.pop(0) < 128:
            return sum(digit << (7 * at) for at, digit in enumerate(digits))
