"""Forms with files: read or refused, alike however they are cut, and nothing passes unseen."""

from tests.unit.engines.inspect.requests import request

from juyong.engines.inspect.bodies.parsed import FLAGS, HARMLESS
from juyong.engines.inspect.bodies.read import form_reader, read_body
from juyong.engines.inspect.limits import Limits

_HEAD = b'Content-Disposition: form-data; name="q"'
_FILE = b'Content-Disposition: form-data; name="f"; filename="a\\b.txt"\r\nContent-Type: a/b'
SEEDS: list[bytes] = [
    b"\x01--a\r\n" + _HEAD + b"\r\n\r\n1\r\n--a\r\n" + _FILE + b"\r\n\r\nxyz\r\n--a--\r\n",
    b"\x04--a\r\n" + _FILE + b"\r\n\r\n" + b"\r\n-" * 40 + b"\r\n--a--",
    b"\x02\r\n--a\r\n" + _HEAD + b"\r\n\r\n--b\n--a\r\n--a--\r\nbehind",
    b"\x06--a\r\n" + _HEAD + b";\r\n filename*=utf-8''%41\r\n\r\n1\r\n--a--",
    b"\x03--a--\r\n--a\r\n" + _HEAD + b"\r\n\r\n1",
    b"\x03before\r\n--a\n" + _HEAD + b"\n\n1\n--a--\n",
    b"",
]
_ASKED = request(method=b"POST", kind=b"multipart/form-data; boundary=a")
_LIMITS = Limits(parts=5, fields=300, part_seen=16)


def target(data: bytes) -> None:
    """Cut the form by the first byte; read it so and whole."""
    size, body = (data[0] + 1, data[1:]) if data else (1, b"")
    whole = read_body(_ASKED, body, _LIMITS)
    if not body:
        return
    assert (whole.refusal is not None) == bool(whole.error)
    if whole.flags - HARMLESS:
        assert whole.refusal is not None
    assert whole.flags <= FLAGS
    reader = form_reader(_ASKED, _LIMITS)
    assert reader is not None
    for start in range(0, len(body), size):
        reader.add(body[start : start + size])
    pieces = reader.end()
    assert (pieces.refusal is None) == (whole.refusal is None)
    if whole.refusal is None:
        assert pieces == whole
        seen = sum(len(value) for _, value in whole.arguments)
        assert seen + sum(file.size for file in whole.files) <= len(body)
    assert len(whole.part_lines) <= len(body)
    assert all(len(file.begins) <= _LIMITS.part_seen for file in whole.files)
