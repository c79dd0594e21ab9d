"""A text taken out of a JSON document as it arrives: alike however it is cut, and as JSON has it."""

import base64
import binascii
import json
from typing import Any

from juyong.api.errors import ApiError, InvalidField
from juyong.gateway.json_member import MemberReader

PATH = ("code", "zipFile")
SEEDS: list[bytes] = [
    b'\x05{"code":{"zipFile":"UEsFBg=="},"functionName":"f","timeout":3}',
    b'\x01{"a":[{"zipFile":"x"},"code"],"code":{"checksum":"1","zipFile":"AA\\u0041\\/\\u003d="}}',
    b'\x02{"code":{"zip\\u0046ile":"QUJD"},"o":{"code":{"zipFile":"no"}}}',
    b'\x09{"code":{"zipFile":"QUJD","zipFile":"QUJD"}}',
    b'\x03{"code":{"zipFile":"QUJD"},"code":{}}',
    b'\x03{"code":{"zipFile":null}}',
    b'\x03{"code":[{"zipFile":"QUJD"}]}',
    b'\x03 { "code" : { "zipFile" : "" } } ',
    b'\x04{"code":{"zipFile":"QUJ',
    b"\x00[[[{}]],1e5,true]",
    b"",
]


def target(data: bytes) -> None:
    """Cut the document by the first byte; read it so, whole, and with the library's own reader."""
    size, body = (data[0] + 1, data[1:]) if data else (1, b"")
    outcome = _read(body, size)
    assert outcome == _read(body, len(body) + 1), "the cuts of a document change what it is"
    if not isinstance(outcome, type):
        _compare(body, *outcome)


def _read(body: bytes, size: int) -> Any:
    """Return the refusal, or what a document comes to."""
    reader = MemberReader(PATH)
    try:
        pieces = [reader.add(body[at : at + size]) for at in range(0, len(body), size)]
        members = reader.members()
    except (ApiError, InvalidField) as refusal:
        return type(refusal)
    assert reader.found or not any(pieces)
    return b"".join(pieces), members


def _compare(body: bytes, found: bytes, members: dict[str, Any]) -> None:
    """Compare with the whole document, in which the text is taken out at its place."""
    whole = json.loads(body, parse_constant=_refused) if body else {}
    code = whole.get("code")
    text = code.pop("zipFile", None) if isinstance(code, dict) else None
    assert json.dumps(whole, sort_keys=True) == json.dumps(members, sort_keys=True)
    assert found == (base64.b64decode(text, validate=True) if text else b"")
    if text:
        assert binascii.a2b_base64(text, strict_mode=True) == found


def _refused(constant: str) -> Any:
    raise AssertionError(f"{constant} was read")
