"""Bodies without a type: any bytes are read, and what is JSON, a form or XML is read as such."""

from tests.unit.engines.inspect.requests import request

from juyong.engines.inspect.bodies.read import read_body
from juyong.engines.inspect.limits import Limits
from juyong.waf.bodies import is_document

SEEDS: list[bytes] = [
    b'{"q": "\\u003cscript\\u003e", "r": [1, "\\n"]}',
    '{"q":"a"}'.encode("utf-16"),
    '["a"]'.encode("utf-32-be"),
    b"a=1%27+or&b=2",
    b"<x y='&#39;'>&#60;</x>",
    b"\xef\xbb\xbf[]",
    b"\xac\xed\0\x05sr",
    b"<!DOCTYPE html>",
    b"",
]
_LIMITS = Limits(values=200, names=2_000, json_depth=20, arguments=50)
_JSON = request(method=b"POST", kind=b"application/json")
_UNREAD = request(method=b"POST", kind=b"image/png")


def target(data: bytes) -> None:
    """Read bytes as of an unread type, and as JSON; a document is one however it is cut."""
    unread = read_body(_UNREAD, data, _LIMITS, force_raw=True)
    told = read_body(_JSON, data, _LIMITS)
    if told.refusal is None and b"\\" in data:
        assert unread.guessed == told.arguments
    at = 1
    while at < len(data) and (decided := is_document(data[:at], whole=False)) is None:
        at += 1
    if at < len(data):
        assert decided == bool(is_document(data, whole=True)) or at > 512
